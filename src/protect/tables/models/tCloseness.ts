// t-closeness: the sensitive values of every class are distributed as the whole table's, up to an earth mover's distance of t.
// Source: Li, Li and Venkatasubramanian, ICDE 2007; the distances are in earthMover.ts.
// It does not promise that the whole table's distribution is harmless, nor that what moved by t is not one person's whole probability.

import type { ModelFacts, PrivacyModel } from '../model.ts'
import {
  type DistanceFromTable,
  equalDistance,
  hierarchicalDistance,
  orderedDistance,
  type ValueOrder,
} from './earthMover.ts'
import { type Range, within } from './ranges.ts'

export const closenessRange: Range = { from: 0, to: 1 }

/** How far values are from each other: all alike, by an order that is stated, by the column's hierarchy. */
export type GroundDistance =
  | { readonly kind: 'equal' }
  | { readonly kind: 'ordered'; readonly order: ValueOrder }
  | { readonly kind: 'hierarchical' }

/** A class's distance from the table, by the ground distance that was chosen. */
export function distanceFrom(facts: ModelFacts, column: string, ground: GroundDistance): DistanceFromTable {
  if (ground.kind === 'equal') return equalDistance(facts, column)
  if (ground.kind === 'ordered') return orderedDistance(facts, column, ground.order)
  return hierarchicalDistance(facts, column)
}

/**
 * t-closeness. A class at distance t itself passes; a distance is rounded once, so that one third passes at t = 1/3.
 * @param options.t from 0 to 1
 * @param options.sensitive name of the sensitive column
 * @param options.ground equal distances by default
 * @throws FrostglassError `usage` where t is out of range
 */
export function tCloseness(options: {
  readonly t: number
  readonly sensitive: string
  readonly ground?: GroundDistance | undefined
}): PrivacyModel {
  const { sensitive, ground = { kind: 'equal' } } = options
  const t = within('t', options.t, closenessRange)
  return Object.freeze({
    name: `t-closeness (${ground.kind} distance)`,
    says: `${t}-closeness of ${sensitive} (${ground.kind} distance)`,
    sensitive,
    monotone: true,
    prepare(facts) {
      const distance = distanceFrom(facts, sensitive, ground)
      return { classPasses: (view) => distance(view) <= t }
    },
  } satisfies PrivacyModel)
}
