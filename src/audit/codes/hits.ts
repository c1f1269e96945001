// How often a rule on released codes is right: by unit, over the law of a channel, with an interval that fits what was counted.
// Source: Clopper and Pearson 1934 for whole units; Hoeffding 1963, theorem 1, where a unit counts in part.
// Units are taken to be independent; rows of a unit may depend on each other as they like.

import { klUpper } from '../../protect/certified/limits.ts'
import { hitInterval } from '../../statistics/binomial.ts'
import type { SeenRows } from './contract.ts'

/** A rule: the class that it names of one output, and of what else it sees. */
export type Rule = (output: number, row: number) => number

/** How often a rule is right on each unit: its mean over the unit's rows and over what the channel draws. */
export function hitsByUnit(
  { codes, hidden, units }: SeenRows,
  channel: readonly (readonly number[])[],
  rule: Rule,
): ReadonlyMap<string, number> {
  const sums = new Map<string, { hits: number; rows: number }>()
  codes.forEach((code, row) => {
    const unit = sums.get(units[row]!) ?? { hits: 0, rows: 0 }
    sums.set(units[row]!, unit)
    unit.rows += 1
    channel[code]!.forEach((chance, output) => {
      if (chance > 0 && rule(output, row) === hidden[row]) unit.hits += chance
    })
  })
  return new Map([...sums].map(([unit, { hits, rows }]) => [unit, Math.min(1, hits / rows)]))
}

/** The mean over units, and its 95% interval: each end is wrong with a chance of 2.5% at most. */
export function meanOf(hits: ReadonlyMap<string, number>): {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
} {
  const wrong = 0.025
  const each = [...hits.values()]
  const value = Math.min(1, each.reduce((a, b) => a + b, 0) / each.length)
  const whole = each.every((hit) => hit === 0 || hit === 1)
  return {
    value,
    interval: whole
      ? hitInterval(Math.round(value * each.length), each.length, wrong)
      : [1 - klUpper(1 - value, each.length, wrong), klUpper(value, each.length, wrong)],
  }
}
