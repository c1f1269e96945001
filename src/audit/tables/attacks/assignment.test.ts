import fc from 'fast-check'
import { expect, it } from 'vitest'
import { assign } from './assignment.ts'

const total = (costs: readonly (readonly number[])[], columns: Int32Array) =>
  columns.reduce((sum, c, r) => sum + (c < 0 ? 0 : costs[r]![c]!), 0)

/** The cheapest by trying all: every row takes a free column, or none when rows are left over. */
function cheapest(costs: readonly (readonly number[])[], row = 0, taken: readonly number[] = []): number {
  const columns = costs[0]!.length
  if (row === costs.length)
    return taken.length === Math.min(costs.length, columns) ? 0 : Number.POSITIVE_INFINITY
  let best = costs.length > columns ? cheapest(costs, row + 1, taken) : Number.POSITIVE_INFINITY
  for (let c = 0; c < columns; c++) {
    if (!taken.includes(c)) best = Math.min(best, costs[row]![c]! + cheapest(costs, row + 1, [...taken, c]))
  }
  return best
}

it('is one to one and as cheap as the cheapest of all, for any numbers of rows and columns', () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
        fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      ),
      (costs) => {
        const found = assign(costs)
        const used = [...found].filter((c) => c >= 0)
        expect(new Set(used).size).toBe(Math.min(costs.length, costs[0]!.length))
        expect(total(costs, found)).toBe(cheapest(costs))
      },
    ),
    { numRuns: 200 },
  )
})

it('leaves rows without a column when there are none', () => {
  expect([...assign([[], []])]).toEqual([-1, -1])
  expect([...assign([])]).toEqual([])
})
