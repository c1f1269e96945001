// Exact sums: those of BigInt, and moved by one row by just that row, in any order: what float32 in pieces did not hold.
// Source: sums in integers of any size; PROOF.md, sections 3 and 5.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RowGrid, rowGrid, wholeRow } from './wholeRows.ts'
import { type Rows, sumOfProducts, sumOfRows, type WholeSums, wholeSums } from './wholeSums.ts'

const allOf = (sums: WholeSums): bigint[] => Array.from({ length: sums.length }, (_, i) => sums.at(i))
const row = ({ data, width }: Rows, i: number) => data.subarray(i * width, (i + 1) * width)

function wholeOf(rows: Rows, i: number, grid: RowGrid): bigint[] {
  const into = new Float64Array(rows.width)
  wholeRow(row(rows, i), grid, into)
  return [...into].map(BigInt)
}

/** Upper half of x xᵀ, row by row. */
const productsOf = (x: readonly bigint[]) => x.flatMap((v, i) => x.slice(i).map((w) => v * w))
const plus = (a: readonly bigint[], b: readonly bigint[]) => a.map((v, i) => v + b[i]!)

function directly(rows: Rows, grid: RowGrid): { sums: bigint[]; products: bigint[] } {
  let sums = new Array<bigint>(rows.width).fill(0n)
  let products = new Array<bigint>((rows.width * (rows.width + 1)) / 2).fill(0n)
  for (let i = 0; i < rows.count; i++) {
    const x = wholeOf(rows, i, grid)
    sums = plus(sums, x)
    products = plus(products, productsOf(x))
  }
  return { sums, products }
}

function drawn(seed: number, count: number, width: number, kind: 'float32' | 'float64' = 'float32'): Rows {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  }
  const data = new (kind === 'float32' ? Float32Array : Float64Array)(count * width)
  for (let i = 0; i < data.length; i++) data[i] = next() * 10 ** (3 * next())
  return { data, count, width }
}

const without = (rows: Rows, left: number): Rows => ({
  ...rows,
  count: rows.count - 1,
  data: (rows.data as Float64Array).filter((_, i) => Math.floor(i / rows.width) !== left),
})
const zeroed = (rows: Rows, left: number): Rows => ({
  ...rows,
  data: (rows.data as Float64Array).map((v, i) => (Math.floor(i / rows.width) === left ? 0 : v)),
})

describe('sums of whole numbers', () => {
  it('are those of integers, in pieces and blocks of any size', async () => {
    for (const [count, width] of [
      [1, 1],
      [7, 3],
      [2047, 2],
      [2049, 5],
      [4100, 3],
      [2, 1030],
    ] as const) {
      const rows = drawn(count, count, width)
      const grid = rowGrid(20, -10)
      const { sums, products } = directly(rows, grid)
      expect(allOf(sumOfRows(rows, grid))).toEqual(sums)
      expect(allOf(await sumOfProducts(rows, grid))).toEqual(products)
    }
  })

  it('are exact up to the last bit of what a piece may hold', async () => {
    // 2,048 rows of 2^21 steps: the squares of a piece sum up to 2^53; less by one here, and pieces are carried.
    const count = 3 * 2048
    const data = new Float64Array(count * 3).map((_, i) => [2 ** 21, 0, 0][i % 3]!)
    data.set([2 ** 21 - 1, 1, -1])
    const rows = { data, count, width: 3 }
    const grid = rowGrid(2 ** 21, 0)
    expect(allOf(await sumOfProducts(rows, grid))).toEqual(directly(rows, grid).products)
    expect(allOf(sumOfRows(rows, grid))).toEqual(directly(rows, grid).sums)
  })

  it('are moved by one row by just that row, wherever it stood, left out or zero in its place, in any order', async () => {
    for (const kind of ['float32', 'float64'] as const) {
      const rows = drawn(5, 40, 6, kind)
      const grid = rowGrid(3, -12)
      const all = { sums: allOf(sumOfRows(rows, grid)), products: allOf(await sumOfProducts(rows, grid)) }
      for (let left = 0; left < rows.count; left++) {
        const own = wholeOf(rows, left, grid)
        // The norm of the vector that is released, in squares of steps: off the diagonal it counts √2.
        const squares = own.reduce((sum, v) => sum + v * v, 0n)
        expect(squares).toBeLessThanOrEqual(BigInt(grid.longest) ** 2n)
        const moved = productsOf(own)
        const length = moved.reduce((sum, v, k) => sum + v * v * (isDiagonal(k, rows.width) ? 1n : 2n), 0n)
        expect(length).toBe(squares * squares)
        for (const other of [without(rows, left), zeroed(rows, left)]) {
          expect(plus(allOf(sumOfRows(other, grid)), own)).toEqual(all.sums)
          expect(plus(allOf(await sumOfProducts(other, grid)), moved)).toEqual(all.products)
        }
      }
      const order = Array.from({ length: rows.count }, (_, i) => i).sort(
        (a, b) => ((a * 7) % 11) - ((b * 7) % 11),
      )
      const shuffled = { ...rows, data: (rows.data as Float64Array).slice() }
      for (const [to, from] of order.entries()) shuffled.data.set(row(rows, from), to * rows.width)
      expect(allOf(sumOfRows(shuffled, grid))).toEqual(all.sums)
      expect(allOf(await sumOfProducts(shuffled, grid))).toEqual(all.products)
    }
  })

  it('across pieces: the first row of 5,000 left out moves all others into other places, and nothing else', async () => {
    const rows = drawn(9, 5000, 4)
    const grid = rowGrid(1, -15)
    const [all, less] = [await sumOfProducts(rows, grid), await sumOfProducts(without(rows, 0), grid)]
    expect(plus(allOf(less), productsOf(wholeOf(rows, 0, grid)))).toEqual(allOf(all))
  })

  it('are carried before they might be rounded, and refused beyond 64 bits', () => {
    const sums = wholeSums(2)
    for (let i = 0; i < 5; i++) {
      sums.reserve(2 ** 53)
      sums.low[0] = sums.low[0]! + 2 ** 53 - i
      sums.low[1] = sums.low[1]! - 2 ** 53 + i
    }
    expect(allOf(sums)).toEqual([5n * 2n ** 53n - 10n, 10n - 5n * 2n ** 53n])
    expect(sums.plus(0, 2 ** 10, -3)).toBe(Number((5n * 2n ** 53n - 10n) * 1024n - 3n))
    expect(() => sums.reserve(2 ** 53 + 2)).toThrow(RangeError)
    expect(() => {
      for (let i = 0; i < 1024; i++) sums.reserve(2 ** 53)
    }).toThrow(/64 bits/)
  })

  it('plus noise are the double next to the exact number', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: -(2 ** 35), max: 2 ** 35 }),
        (sum, shift, whole) => {
          const sums = wholeSums(1)
          sums.reserve(2 ** 53)
          sums.low[0] = sum
          expect(sums.plus(0, 2 ** shift, whole)).toBe(Number((BigInt(sum) << BigInt(shift)) + BigInt(whole)))
        },
      ),
    )
  })

  it('stop when told', async () => {
    await expect(
      sumOfProducts(drawn(1, 10, 2), rowGrid(1, -5), { signal: AbortSignal.abort() }),
    ).rejects.toThrow(expect.objectContaining({ code: 'aborted' }))
  })
})

function isDiagonal(at: number, width: number): boolean {
  for (let i = 0, first = 0; first <= at; first += width - i, i++) if (first === at) return true
  return false
}
