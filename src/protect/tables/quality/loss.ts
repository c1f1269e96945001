// Loss: the mean share of its domain that a published cell covers; a suppressed cell covers all of it.
// Source: Iyengar 2002; ARX's variant, scaled so that 0 is a table left as it is and 1 one of stars alone.

import type { Classes, PreparedQuality, QualityFacts, QualityModel } from '../quality.ts'
import { type Aggregate, aggregateOf, tenDecimals } from './aggregate.ts'
import { type Factors, factorsOf } from './factors.ts'
import { sharesOf, totalsOf } from './shares.ts'

/** Settings of {@link loss}. */
export interface LossOptions {
  /** See {@link factorsOf}; default 0.5. */
  readonly balance?: number | undefined
  /** Default: geometric mean (of 1 + loss, less 1), as ARX's. */
  readonly aggregate?: Aggregate | undefined
}

/** The loss of covered domains. */
export function loss({ balance = 0.5, aggregate = 'geometric mean' }: LossOptions = {}): QualityModel {
  const factors = factorsOf(balance)
  return {
    name: 'loss',
    says: `loss, ${aggregate}${balance === 0.5 ? '' : `, balance ${balance}`}`,
    prepare: (facts) => prepareLoss(facts, factors, aggregate),
  }
}

function prepareLoss(facts: QualityFacts, factors: Factors, aggregate: Aggregate): PreparedQuality {
  const { distinct, hierarchies, weights, rows } = facts
  const { generalisation, suppression } = factors
  const shares = hierarchies.map(sharesOf)
  const totals = totalsOf(facts, shares)
  const combine = aggregateOf(aggregate, weights)
  const losses = new Float64Array(hierarchies.length)
  // Between a table left as it is and one of stars.
  const scaled = (total: number, j: number) => {
    const least = (generalisation * rows) / hierarchies[j]!.leaves.length
    return rows > least ? tenDecimals(Math.max(0, (total - least) / (rows - least))) : 0
  }

  /** What column j gains by suppression: rows that are suppressed cost more than their share, or the factors differ. */
  function suppressedOf(j: number, costs: Float64Array, { count, first, rows, kept }: Classes) {
    const codes = distinct.quasi[j]!
    let covered = 0
    let all = 0
    for (let c = 0; c < count; c++) {
      if (kept[c] === 1) continue
      covered += rows[c]! * costs[codes[first[c]!]!]!
      all += rows[c]!
    }
    return { covered, all }
  }

  return {
    lossOf(levels, classes) {
      for (let j = 0; j < losses.length; j++) {
        const level = levels[j]!
        const total = totals[j]![level]!
        const { covered, all } =
          classes.suppressed === 0 ? { covered: 0, all: 0 } : suppressedOf(j, shares[j]![level]!, classes)
        const cost = (total - covered) * generalisation + covered + suppression * (all - covered)
        losses[j] = scaled(cost, j)
      }
      return combine(losses)
    },
    boundOf(levels) {
      for (let j = 0; j < losses.length; j++) losses[j] = scaled(totals[j]![levels[j]!]! * generalisation, j)
      return combine(losses)
    },
  }
}
