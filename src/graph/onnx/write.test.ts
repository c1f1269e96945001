import { describe, expect, test } from 'vitest'
import { foldConstants } from '../fold.ts'
import { bindDims, graph } from '../graph.ts'
import { loadRuntime } from '../native/runtime.ts'
import { add, mul } from '../operators/arithmetic.ts'
import { neg, tanh } from '../operators/elementwise.ts'
import { loop } from '../operators/loop.ts'
import { tensor } from '../tensor.ts'
import { constant, input, variable } from '../value.ts'
import { readOnnx } from './read.ts'
import { writeOnnx } from './write.ts'

/** What ONNX Runtime makes of a written model fed with x = [1, 2]. */
async function answers(bytes: Uint8Array): Promise<Record<string, number[]>> {
  const ort = await loadRuntime()
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  const results = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2), [2]) })
  await session.release()
  return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, [...(t.data as Float32Array)]]))
}

describe('a written model', () => {
  const x = input('x', [2])
  const w = variable('w', tensor([10, 20], [2]))

  test('holds its variables, and an output may have the name of one', async () => {
    const g = graph({ inputs: [x], outputs: { w: add(x, w), x2: mul(x, x), kept: w, again: w } })
    expect(await answers(writeOnnx(g))).toEqual({ w: [11, 22], x2: [1, 4], kept: [10, 20], again: [10, 20] })
  })

  test('shares a constant between a loop and what is around it', async () => {
    const two = constant([2, 2])
    const { carried } = loop(3, [mul(x, two)], ({ carried: [v] }) => ({ carried: [mul(v!, two)] }))
    const g = graph({ inputs: [x], outputs: { y: add(carried[0]!, two) } })
    expect(await answers(writeOnnx(g))).toEqual({ y: [18, 34] })
  })

  test('has its outputs in the order of the file that it was read from, whatever they are called', async () => {
    const n = input('x', ['N'])
    const made = graph({
      inputs: [n],
      outputs: { 10: neg(n), b: mul(n, n), 9: add(n, n) },
      outputOrder: ['b', '10', '9'],
    })
    const ort = await loadRuntime()
    const read = readOnnx(writeOnnx(made)).graph
    for (const g of [made, read, bindDims(foldConstants(read), { N: 2 })]) {
      const session = await ort.InferenceSession.create(writeOnnx(g), { logSeverityLevel: 3 })
      expect(session.outputNames).toEqual(['b', '10', '9'])
      const results = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2), [2]) })
      expect(results['b']!.data).toEqual(Float32Array.of(1, 4))
      await session.release()
    }
  })

  test('gives one value two names', async () => {
    const y = tanh(x)
    const found = await answers(writeOnnx(graph({ inputs: [x], outputs: { a: y, b: y } })))
    expect(found['a']).toEqual(found['b'])
    expect(found['a']?.[0]).toBeCloseTo(Math.tanh(1), 6)
  })
})
