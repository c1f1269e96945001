// A publisher's payout: what a table earns by its detail, less what attacks on it are expected to cost.
// Source: Wan et al. 2015, a game in which an adversary attacks where it pays; information by the entropy of covered domains.
// It is as right as the sums of money that it is given.

import type { PreparedQuality, QualityFacts, QualityModel } from '../quality.ts'
import { type Factors, factorsOf } from './factors.ts'
import { sharesOf, totalsOf } from './shares.ts'

/** Sums of money of the game, a record. */
export interface Payments {
  /** What the adversary pays for an attack on a record. */
  readonly adversaryCost: number
  /** What a record that is re-identified is worth to the adversary. */
  readonly adversaryGain: number
  /** What it costs the publisher. */
  readonly publisherLoss: number
  /** What a record in full detail is worth to the publisher. */
  readonly publisherBenefit: number
}

/**
 * What the publisher forgoes, in money.
 * @param journalist whether the adversary does not know who is in the table: it then hits one of the public table's class
 */
export function payout(payments: Payments, journalist = false, balance = 0.5): QualityModel {
  const factors = factorsOf(balance)
  return {
    name: 'payout',
    says: `publisher's payout against a ${journalist ? 'journalist' : 'prosecutor'}`,
    prepare: (facts) => preparePayout(facts, payments, journalist, factors),
  }
}

function preparePayout(
  facts: QualityFacts,
  { adversaryCost, adversaryGain, publisherLoss, publisherBenefit }: Payments,
  journalist: boolean,
  { generalisation, suppression }: Factors,
): PreparedQuality {
  const { distinct, hierarchies, rows: all } = facts
  const logs = hierarchies.map((hierarchy) => sharesOf(hierarchy).map((shares) => shares.map(Math.log10)))
  const totals = totalsOf(facts, logs)
  const most = hierarchies.reduce((sum, { leaves }) => sum + Math.log10(leaves.length), 0)
  const lossOfLogs = (sum: number) => (most === 0 ? 0 : Math.min(1, Math.max(0, sum / most + 1)))
  return {
    lossOf(levels, { count, first, rows, kept, classOf }) {
      const population = journalist ? populationOf(count, classOf) : undefined
      let total = 0
      for (let c = 0; c < count; c++) {
        if (rows[c] === 0) continue
        if (kept[c] === 0) {
          total += suppression * rows[c]! * publisherBenefit
          continue
        }
        let sum = 0
        for (let j = 0; j < logs.length; j++) sum += logs[j]![levels[j]!]![distinct.quasi[j]![first[c]!]!]!
        const chance = 1 / (population?.[c] || rows[c]!)
        const attacked = adversaryGain * chance > adversaryCost ? publisherLoss * chance : 0
        total += generalisation * rows[c]! * (publisherBenefit * lossOfLogs(sum) + attacked)
      }
      return [total]
    },
    boundOf(levels) {
      let sum = 0
      for (let j = 0; j < totals.length; j++) sum += totals[j]![levels[j]!]!
      // A suppressed row may cost less than one in the least detail, and sums in another order than above are rounded otherwise.
      const factor = Math.min(generalisation, suppression) * (1 - 1e-12)
      return [factor * publisherBenefit * all * lossOfLogs(sum / all)]
    },
  }

  function populationOf(count: number, classOf: Uint32Array): Float64Array {
    const population = new Float64Array(count)
    if (distinct.population)
      for (let d = 0; d < distinct.count; d++) population[classOf[d]!]! += distinct.population[d]!
    return population
  }
}
