// How far one teacher can move the price of a whole run: local sensitivity at any distance, and its smooth bound.
// Source: Nissim, Raskhodnikova and Smith 2007 (smooth sensitivity); Papernot et al. 2018, appendix B.
// Bounds by tables over the two largest counts: whole numbers, so nothing rests on the shape of a curve.

import { logAdd } from '../accounting/renyi.ts'
import type { ConfidentAggregation } from './aggregate.ts'
import { requireVotes } from './votes.ts'

/**
 * Prices at one order by the two largest counts, never below that of any votes with these: `at(first, second)`.
 *
 * P[another answer] is largest where the votes that are left stand together: the chance to overtake is convex in the gap,
 * since the noise's differences are log-concave, so first and second hold as many of them as they can.
 */
export interface PriceTable {
  readonly teachers: number
  readonly classes: number
  at(first: number, second: number): number
  /** The most that one teacher moves the price, from any votes that `distance` changed teachers make of these. */
  sensitivity(first: number, second: number, distance: number): number
}

/**
 * The table of an aggregation. The two largest counts change by at most one each with a vote, so all that `distance` changed
 * votes reach lies within `distance` steps of the table.
 */
export function priceTable(
  aggregation: ConfidentAggregation,
  teachers: number,
  classes: number,
  order: number,
): PriceTable {
  const side = teachers + 1
  const prices = new Float64Array(side * side).fill(Number.NaN)
  for (let first = Math.ceil(teachers / classes); first <= teachers; first++)
    for (let second = 0; second <= Math.min(first, teachers - first); second++)
      if (first + (classes - 1) * second >= teachers)
        prices[first * side + second] = aggregation.priceOf(
          first,
          anotherAnswer(aggregation, { first, second, teachers, classes }),
          order,
        )
  const around = (values: Float64Array, best: (value: number, other: number) => number): Float64Array =>
    values.map((value, at) => {
      if (Number.isNaN(value)) return value
      let result = best(value, value)
      const [first, second] = [Math.floor(at / side), at % side]
      for (const f of [first - 1, first, first + 1])
        for (const s of [second - 1, second, second + 1]) {
          const other = f < 0 || s < 0 || f >= side || s >= side ? Number.NaN : values[f * side + s]!
          if (!Number.isNaN(other)) result = Math.max(result, best(value, other))
        }
      return result
    })
  const distances = [around(prices, (value, other) => Math.abs(value - other))]
  return {
    teachers,
    classes,
    at: (first, second) => prices[first * side + second]!,
    sensitivity(first, second, distance) {
      const wanted = Math.min(distance, teachers)
      while (distances.length <= wanted) distances.push(around(distances.at(-1)!, (_, other) => other))
      return distances[wanted]![first * side + second]!
    },
  }
}

function anotherAnswer(
  { logOvertakes }: ConfidentAggregation,
  votes: { first: number; second: number; teachers: number; classes: number },
): number {
  const { first, second, teachers, classes } = votes
  let [left, log] = [teachers - first, Number.NEGATIVE_INFINITY]
  for (let other = 1; other < classes; other++) {
    const count = Math.min(second, left)
    left -= count
    log = logAdd(log, logOvertakes(first - count))
  }
  return log
}

/** The two largest counts of votes. */
export function twoLargest(votes: readonly number[]): readonly [first: number, second: number] {
  requireVotes(votes)
  const [first, second] = votes.toSorted((a, b) => b - a) as [number, number]
  return [first, second]
}

/** The sum of the table's prices over the answers of a run. */
export const tablePrice = (table: PriceTable, votes: readonly (readonly number[])[]): number =>
  votes.reduce((sum, one) => sum + table.at(...twoLargest(one)), 0)

/**
 * A bound on how far one changed teacher moves the price of all answers that is itself smooth: at least that far, and by at
 * most a factor e^β larger or smaller on any data where one teacher differs. max over d of e^(−β d) times the sum of all
 * answers' sensitivities at distance d.
 */
export function smoothSensitivity(
  table: PriceTable,
  votes: readonly (readonly number[])[],
  beta: number,
): number {
  const largest = votes.map(twoLargest)
  let smooth = 0
  for (let distance = 0; distance <= table.teachers; distance++) {
    const sum = largest.reduce(
      (total, [first, second]) => total + table.sensitivity(first, second, distance),
      0,
    )
    smooth = Math.max(smooth, sum * Math.exp(-beta * distance))
  }
  return smooth
}
