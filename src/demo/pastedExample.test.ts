import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pastedExample } from './pastedExample.ts'

/** What a shell would have curl send. */
function sent(command: string): { inputs: { name: string; shape: number[]; data: unknown[] }[] } {
  const words = command.replace(/^curl -s \S+ -d /, 'printf %s ').replace(/curl -s \S+ -d @-$/, 'cat')
  return JSON.parse(execFileSync('sh', ['-c', words], { encoding: 'utf8' }))
}

describe.skipIf(process.platform === 'win32')('the question that can be pasted', () => {
  it('is what the model takes, whatever its inputs are called', () => {
    const input = fc.record({
      name: fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0')),
      datatype: fc.constantFrom('FP32', 'INT64', 'BOOL', 'BYTES'),
      shape: fc.array(fc.constantFrom(-1, 1, 2, 7), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(input, { minLength: 1, maxLength: 2 }), (inputs) => {
        const { inputs: asked } = sent(pastedExample('http://127.0.0.1:8080', { name: 'm', inputs })!)
        asked.forEach(({ name, shape, data }, i) => {
          expect(name).toBe(inputs[i]!.name)
          expect(shape).toEqual(inputs[i]!.shape.map((size) => Math.abs(size)))
          expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1))
          const values: Record<string, unknown> = { BOOL: false, BYTES: 'word' }
          const value = values[inputs[i]!.datatype] ?? 0
          expect(new Set(data)).toEqual(new Set([value]))
        })
      }),
      { numRuns: 40 },
    )
  })

  it('is a line that can be read, of an image too, and not there where JSON cannot ask', () => {
    const image = { name: 'x', datatype: 'FP32', shape: [-1, 3, 224, 224] }
    const command = pastedExample('http://h:1', { name: 'big', inputs: [image] })!
    expect(command.length).toBeLessThan(200)
    expect(sent(command).inputs[0]!.data).toHaveLength(3 * 224 * 224)
    const half = { name: 'x', datatype: 'BF16', shape: [-1, 3] }
    expect(pastedExample('http://h:1', { name: 'm', inputs: [half] })).toBeUndefined()
  })
})
