import { describe, expect, it } from 'vitest'
import { openTable, readTable, wheatPath } from '../../data/index.ts'
import { keyActivationNames } from './activationNames.ts'
import { createKey } from './create.ts'
import { layered } from './layered.ts'
import { openKeyedPane } from './pane.ts'

const secret = new Uint8Array(32).fill(7)

async function wheat(): Promise<Float64Array[]> {
  return (await readTable(wheatPath(), { label: 'variety' })).columns as Float64Array[]
}

describe('layered', () => {
  it.each([
    ['bounded', 'tanh', 3],
    ['bounded', 'exp', 2],
    ['glorot', 'sigmoid', 2],
    ['glorot', 'tanh', 5],
  ] as const)('gives what a key gives: %s, %s, %i layers', async (matrix, activation, layers) => {
    const columns = await wheat()
    const source = await openTable(wheatPath(), { label: 'variety' })
    const { key } = await createKey(source, { matrix, activation, layers, secret })
    source.close()
    const pane = openKeyedPane(key)
    const expected = await pane.encode(columns, 210)
    await pane.close()
    const found = layered.fit(columns, { matrix, activation, layers, secret }).protect(columns)
    expected.columns.forEach((column, j) => {
      for (const [r, y] of column.entries()) expect(found[j]![r]).toBeCloseTo(y, 12)
    })
  })

  it.each(keyActivationNames)('restores what it protects: %s', async (activation) => {
    const columns = await wheat()
    const pane = layered.fit(columns, { matrix: 'bounded', activation, layers: 3, secret })
    const back = pane.restore!(pane.protect(columns))
    columns.forEach((column, j) => {
      for (const [r, x] of column.entries()) {
        expect(Math.abs(back[j]![r]! - x)).toBeLessThan(1e-8 * (1 + Math.abs(x)))
      }
    })
  })

  it('has stages that can be left out, one by one', async () => {
    const columns = await wheat()
    const base = { matrix: 'glorot', activation: 'tanh', layers: 2, secret } as const
    const plain = layered.fit(columns, base).protect(columns)
    const biased = layered.fit(columns, { ...base, bias: true }).protect(columns)
    const unordered = layered.fit(columns, { ...base, columnOrder: false }).protect(columns)
    const rounded = layered.fit(columns, { ...base, precision: 'float32' }).protect(columns)
    expect(biased[0]![0]).not.toBeCloseTo(plain[0]![0]!, 3)
    expect(unordered[0]![0]).not.toBeCloseTo(plain[0]![0]!, 3)
    expect(rounded[0]![0]).not.toBe(plain[0]![0])
    expect(rounded[0]![0]).toBeCloseTo(plain[0]![0]!, 5)
    expect(rounded[0]!.every((y) => Math.fround(y) === y)).toBe(true)
  })

  it('refuses other columns, no rows and no layers', () => {
    const options = { matrix: 'bounded', activation: 'tanh', layers: 1, secret } as const
    const pane = layered.fit([Float64Array.of(1, 2)], options)
    expect(() => pane.protect([])).toThrow(/fitted to 1 columns/)
    expect(() => layered.fit([new Float64Array(0)], options)).toThrow(RangeError)
    expect(() => layered.fit([Float64Array.of(1, Number.NaN)], options)).toThrow(/row 1/)
    expect(() => layered.fit([Float64Array.of(1, 2)], { ...options, layers: 0 })).toThrow(/layer/)
  })
})
