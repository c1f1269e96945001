// Smooth sensitivity by brute force over all votes of a few teachers, and the price of publishing, by sums.

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { confidentGnmax } from './aggregate.ts'
import { publicationCost, publishPrice } from './publish.ts'
import { type PriceTable, priceTable, smoothSensitivity, tablePrice, twoLargest } from './sensitivity.ts'

const [teachers, classes, order] = [14, 3, 6]
const aggregation = confidentGnmax({ threshold: 9, sigmaThreshold: 3, sigma: 2 })

const allVotes: number[][] = []
for (let a = 0; a <= teachers; a++)
  for (let b = 0; a + b <= teachers; b++) allVotes.push([a, b, teachers - a - b])
const changes = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, n, i) => sum + Math.abs(n - other[i]!), 0) / 2

let table: PriceTable
beforeAll(() => {
  table = priceTable(aggregation, teachers, classes, order)
})

describe('the table', () => {
  const at = (votes: readonly number[]) => table.at(...twoLargest(votes))

  it('is never below the price of any votes, and not far above', () => {
    for (const votes of allVotes) {
      const price = aggregation.price(votes)(order)
      expect(at(votes)).toBeGreaterThanOrEqual(price * (1 - 1e-12))
      expect(at(votes)).toBeLessThan(price * 1.2)
    }
  })

  it('bounds what one teacher moves, at every distance: all votes against all votes', () => {
    const local = allVotes.map((votes) =>
      Math.max(...allVotes.filter((o) => changes(votes, o) === 1).map((o) => Math.abs(at(o) - at(votes)))),
    )
    let largest = 0
    for (const votes of allVotes)
      for (const distance of [0, 1, 2, 5, 14]) {
        const true_ = Math.max(...local.filter((_, i) => changes(votes, allVotes[i]!) <= distance))
        const bound = table.sensitivity(...twoLargest(votes), distance)
        expect(bound).toBeGreaterThanOrEqual(true_)
        largest = Math.max(largest, bound)
      }
    // It is no more than the largest there is, so it is a bound worth having.
    expect(largest).toBeLessThan(1.5 * Math.max(...local))
  })

  it('several answers: smooth sensitivity is smooth, the local one is not', () => {
    const beta = 0.05
    const index = fc.integer({ min: 0, max: allVotes.length - 1 })
    const local = (run: number[][]) =>
      run.reduce((sum, votes) => sum + table.sensitivity(...twoLargest(votes), 0), 0)
    let worst = 1
    fc.assert(
      fc.property(
        fc.array(fc.tuple(index, fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 }),
        (queries) => {
          const run = queries.map(([i]) => allVotes[i]!)
          // One teacher changes its votes on all queries as it likes.
          const other = run.map((votes, i) => {
            const near = allVotes.filter((o) => changes(votes, o) <= 1)
            return near[(queries[i]?.[1] ?? 0) % near.length]!
          })
          const [here, there] = [run, other].map((own) => smoothSensitivity(table, own, beta)) as [
            number,
            number,
          ]
          expect(Math.abs(Math.log(here / there))).toBeLessThanOrEqual(beta * (1 + 1e-12))
          expect(Math.abs(tablePrice(table, run) - tablePrice(table, other))).toBeLessThanOrEqual(
            Math.min(here, there) * (1 + 1e-12),
          )
          worst = Math.max(worst, local(run) / local(other))
        },
      ),
    )
    expect(Math.log(worst)).toBeGreaterThan(beta)
  })
})

/** The Rényi divergence of discrete Gaussians, centres and σ in steps of a grid, by summing. */
function divergence(
  alpha: number,
  [c0, s0]: readonly [number, number],
  [c1, s1]: readonly [number, number],
): number {
  let [moment, first, second] = [0, 0, 0]
  const far = Math.ceil(30 * Math.max(s0, s1))
  for (let x = -far; x <= far; x++) {
    const [a, b] = [-0.5 * ((x - c0) / s0) ** 2, -0.5 * ((x - c1) / s1) ** 2]
    first += Math.exp(a)
    second += Math.exp(b)
    moment += Math.exp(alpha * a + (1 - alpha) * b)
  }
  return (Math.log(moment) - alpha * Math.log(first) - (1 - alpha) * Math.log(second)) / (alpha - 1)
}

describe('publishing', () => {
  const plan = { order: 9, beta: 0.02, noise: 6, failure: 0.05 } as const

  it('costs at least the divergence of any two releases that its promise is about, and hardly more', () => {
    const z = 1.6448536
    let worst = 0
    for (const scale of [-1, -0.5, 0, 0.5, 1].map((part) => Math.exp(part * plan.beta))) {
      // In steps of a grid that is fine beside the sensitivity.
      const [one, other] = [200, 200 * scale]
      const apart = Math.min(one, other) + z * plan.noise * Math.abs(one - other)
      worst = Math.max(
        worst,
        divergence(plan.order, [0, plan.noise * one], [Math.round(apart), plan.noise * other]),
      )
    }
    const cost = publicationCost(plan)
    expect(cost).toBeGreaterThan(worst * 0.99)
    expect(cost).toBeLessThan(worst * 1.35)
    // Planted: a cost that takes the scale for public is below it.
    expect(plan.order / (2 * plan.noise ** 2)).toBeLessThan(worst * 0.9)
  })

  it('is above the price but for its share of failures, and refuses what has no price', () => {
    const votes = allVotes.filter((_, i) => i % 9 === 0)
    const price = tablePrice(priceTable(aggregation, teachers, classes, plan.order), votes)
    const below = Array.from({ length: 40 }, () => publishPrice(aggregation, votes, plan).bound).filter(
      (bound) => bound < price,
    ).length
    // P[more than 10 of 40 at a rate of 0.05] < 10⁻⁵
    expect(below).toBeLessThanOrEqual(10)
    const published = publishPrice(aggregation, votes, plan)
    expect(published.epsilon(1e-5)).toBeGreaterThan(published.bound + published.cost)
    expect(() => publicationCost({ ...plan, beta: 0.1 })).toThrow('β')
    expect(() => publicationCost({ ...plan, order: 1 })).toThrow('order')
    expect(() =>
      publishPrice(
        aggregation,
        [
          [14, 0, 0],
          [13, 0, 0],
        ],
        plan,
      ),
    ).toThrow(RangeError)
  })
})
