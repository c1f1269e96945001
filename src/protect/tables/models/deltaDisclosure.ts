// δ-disclosure privacy: the frequency of no sensitive value differs between a class and the table by a factor of 2^δ.
// Source: Brickell and Shmatikov, KDD 2008, definition 1; logarithms are to base 2, as ARX has them.
// The definition speaks of all values of the table, so that a class must have them all; ARX and pycanon look at those that it has, which
// lets a class tell that somebody has *not* a value. Both forms are here, and the name says which.

import type { ClassView, ModelFacts, PrivacyModel } from '../model.ts'
import { type Range, within } from './ranges.ts'
import { sensitiveRows } from './sensitiveFacts.ts'

export const disclosureRange: Range = { above: 0 }

/** max |log₂(q / p)| of a class; over all values of the table, Infinity where the class lacks one. 0 of a class without rows. */
export function disclosureOf(
  facts: ModelFacts,
  column: string,
  allValues: boolean,
): (view: ClassView) => number {
  const total = sensitiveRows(facts, column)
  const occurring = facts.sensitiveCounts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
  return (view) => {
    if (view.rows === 0) return 0
    if (allValues && view.distinct < occurring) return Number.POSITIVE_INFINITY
    let worst = 0
    for (let i = 0; i < view.distinct; i++) {
      const expected = facts.sensitiveCounts[view.values[i]!]! * view.rows
      worst = Math.max(worst, Math.abs(Math.log2((view.counts[i]! * total) / expected)))
    }
    return worst
  }
}

/**
 * δ-disclosure privacy. The inequality is strict: a factor of 2^δ itself fails.
 * @param options.delta a number above 0
 * @param options.sensitive name of the sensitive column
 * @param options.allValues whether values that a class lacks count, as the definition has it: they do by default
 * @throws FrostglassError `usage` where δ is out of range
 */
export function deltaDisclosure(options: {
  readonly delta: number
  readonly sensitive: string
  readonly allValues?: boolean | undefined
}): PrivacyModel {
  const { sensitive, allValues = true } = options
  const delta = within('delta', options.delta, disclosureRange)
  const which = allValues ? '' : ' (values that a class has)'
  return Object.freeze({
    name: `δ-disclosure privacy${which}`,
    says: `${delta}-disclosure privacy of ${sensitive}${which}`,
    sensitive,
    // A value that one class lacks may be too rare in the union (a counterexample is in the test).
    monotone: allValues,
    prepare(facts) {
      const disclosed = disclosureOf(facts, sensitive, allValues)
      return { classPasses: (view) => disclosed(view) < delta }
    },
  } satisfies PrivacyModel)
}
