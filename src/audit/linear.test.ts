import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../test/memoryTable.ts'
import { activation } from '../protect/keyed/activations.ts'
import { createKey } from '../protect/keyed/create.ts'
import { stream } from '../protect/keyed/derive.ts'
import { paneOf } from '../protect/keyed/pane.ts'
import { linearInversion, reordered, rowsThatBreak } from './linear.ts'

/** A table of Gaussian columns at different scales, and its protected side. */
async function protectedPairs(seed: Uint8Array, columns: number, rows: number, layers: number) {
  const random = stream(seed, 'rows')
  const table = memoryTable(
    Object.fromEntries(
      Array.from({ length: columns }, (_, j) => [
        `c${j}`,
        Array.from({ length: rows }, () => 100 * j + 10 ** j * random.gaussian()),
      ]),
    ),
  )
  const pane = paneOf((await createKey(table, { layers, activation: 'tanh', secret: seed })).key)
  const encoded = await pane.encode(table.columns, rows)
  await pane.close()
  return { original: table.columns as Float64Array[], protected: encoded.columns }
}

const artanh = activation('tanh').plain.inverse

describe('one layer with a public activation', () => {
  it('falls to exactly k + 1 known rows, for every k', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 2, max: 6 }),
        async (seed, k) => {
          const pairs = await protectedPairs(seed, k, 60, 1)
          expect(rowsThatBreak(pairs, artanh, { most: 30 })).toBe(k + 1)
        },
      ),
      { numRuns: 10 },
    )
  })
})

describe('three layers', () => {
  it('do not fall to k + 1 rows, nor exactly to any number; a line still recovers much of the variance', async () => {
    const pairs = await protectedPairs(new Uint8Array(32).fill(5), 5, 300, 3)
    expect(rowsThatBreak(pairs, artanh, { most: 100 })).toBeUndefined()
    const many = linearInversion(pairs, 200, artanh)
    expect(Math.min(...many.explained)).toBeGreaterThan(0.5)
    expect(Math.max(...many.largestError)).toBeGreaterThan(1e-3)
  })
})

it('is the exact inverse on a linear map, at any scale, and the mean when nothing else is known', () => {
  const x = Float64Array.of(1, 2, 4, 8, 16)
  const pairs = { original: [x.map((v) => 1000 * v - 3)], protected: [x] }
  const found = linearInversion(pairs, 2, (y) => y)
  expect(found.largestError[0]).toBeLessThan(1e-12)
  expect(found.explained[0]).toBeCloseTo(1, 12)
  const blind = linearInversion({ original: [x], protected: [new Float64Array(5)] }, 2, (y) => y)
  // Recovered is the known rows' mean, 1.5: the largest error is 14.5 of a range of 15.
  expect(blind.largestError[0]).toBeCloseTo(14.5 / 15, 12)
  expect(blind.explained[0]).toBe(0)
})

it('does not use the unseen rows', () => {
  const x = Float64Array.of(0, 1, 2, 3)
  const y = Float64Array.of(0, 1, 2, 100)
  expect(linearInversion({ original: [y], protected: [x] }, 3, (v) => v).largestError[0]).toBeCloseTo(
    0.97,
    10,
  )
})

it('reorders both sides alike and refuses counts that leave nothing to judge', () => {
  const pairs = { original: [Float64Array.of(1, 2, 3)], protected: [Float64Array.of(4, 5, 6)] }
  expect(reordered(pairs, Int32Array.of(2, 0, 1))).toEqual({
    original: [Float64Array.of(3, 1, 2)],
    protected: [Float64Array.of(6, 4, 5)],
  })
  expect(() => linearInversion(pairs, 3, (y) => y)).toThrow('from 2 to 2 can be known, but 3 came')
  expect(() => linearInversion(pairs, 1, (y) => y)).toThrow(RangeError)
})
