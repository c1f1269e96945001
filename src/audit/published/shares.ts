// Shares of people as metrics: with an interval, and beside what chance and strangers give.
// Source: Wilson's score interval. A mean of chances between 0 and 1 varies no more than a share of yes and no does.
// People of one class fare alike, which the interval does not know: it covers the choice of the people who were judged.

import { wilson } from '../../statistics/binomial.ts'
import type { Metric, MetricName } from '../finding.ts'
import type { PeopleKinds } from './candidates.ts'
import { groupedRows } from './risk/classes.ts'

/** A share of so many people. @param sum of a number from 0 to 1 for each of them */
export function shareMetric(
  name: MetricName,
  sum: number,
  people: number,
  { chance, baseline }: { readonly chance: number; readonly baseline?: number | undefined },
): Metric {
  const value = Math.min(1, sum / people)
  return {
    name,
    value,
    interval: wilson(value, people),
    chance,
    ...(baseline === undefined ? {} : { baseline }),
  }
}

/** People who are of one kind and have one hidden value. */
export interface KindValue {
  readonly kind: number
  readonly value: number
  readonly people: number
}

/** All of them, kind by kind. @param truth [people] hidden value of each */
export function kindValues({ classOf, count }: PeopleKinds, truth: Uint32Array): KindValue[] {
  const { start, rows } = groupedRows(count, classOf)
  let values = 0
  for (const value of truth) if (value >= values) values = value + 1
  // [values] one more than the place of a value's entry, of the kind at hand.
  const placeOf = new Uint32Array(values)
  const found: { kind: number; value: number; people: number }[] = []
  for (let kind = 0; kind < count; kind++) {
    const from = found.length
    for (let at = start[kind]!; at < start[kind + 1]!; at++) {
      const value = truth[rows[at]!]!
      if (placeOf[value] === 0) placeOf[value] = found.push({ kind, value, people: 0 })
      found[placeOf[value]! - 1]!.people++
    }
    for (let at = from; at < found.length; at++) placeOf[found[at]!.value] = 0
  }
  return found
}

/** The largest share of a distribution, and its sum of squares: what one answer for all gets, and what belief does. */
export function priorOf(counts: Float64Array): {
  readonly commonest: number
  readonly share: (value: number) => number
} {
  const total = counts.reduce((a, b) => a + b, 0)
  // Of a column that is suppressed in every row nothing is told.
  const of = total === 0 ? 1 : total
  const commonest = counts.reduce((most, count) => Math.max(most, count), 0) / of
  return { commonest, share: (value) => counts[value]! / of }
}
