// Recursive (c, l)-diversity: a class's most frequent sensitive value is fewer than c times all but the l − 1 most frequent together.
// Source: Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, TKDD 1(1):3, 2007, definition 4.2.
// It does not promise anything about values that are alike: three cancers are three values.

import type { ClassView, PrivacyModel } from '../model.ts'
import { diversityRange } from './distinctDiversity.ts'
import { type Range, within } from './ranges.ts'
import { knownValues, type MissingCells, missingSaid, requireValues } from './sensitiveFacts.ts'

export const recursiveRange: Range = { above: 0 }

/**
 * The quotient that c must be above: r₁ / (r_l + … + r_m), frequencies falling. Infinity of a class of fewer than l values.
 * @param l a whole number from 1
 * @param largest scratch for the l largest frequencies
 */
export function recursiveQuotient(view: ClassView, l: number, largest = new Float64Array(l)): number {
  if (view.distinct < l) return Number.POSITIVE_INFINITY
  largest.fill(0)
  let tail = 0
  for (let i = 0; i < view.distinct; i++) {
    let count = view.counts[i]!
    tail += count
    for (let place = 0; place < l && count > 0; place++) {
      const there = largest[place]!
      if (there >= count) continue
      largest[place] = count
      count = there
    }
  }
  for (let place = 0; place < l - 1; place++) tail -= largest[place]!
  return largest[0]! / tail
}

/**
 * Recursive (c, l)-diversity. The inequality is strict: r₁ = c·(r_l + … + r_m) fails. Its quotient of whole numbers is rounded once.
 * @param options.c a number above 0
 * @param options.l a whole number from 1
 * @param options.sensitive name of the sensitive column
 * @param options.missing whether a missing cell counts as a value; it does not unless said
 * @throws FrostglassError `usage` where c or l is out of range
 */
export function recursiveDiversity(options: {
  readonly c: number
  readonly l: number
  readonly sensitive: string
  readonly missing?: MissingCells | undefined
}): PrivacyModel {
  const { sensitive, missing } = options
  const c = within('c', options.c, recursiveRange)
  const l = within('l', options.l, diversityRange)
  return Object.freeze({
    name: 'recursive (c, l)-diversity',
    says: `recursive (${c}, ${l})-diversity of ${sensitive}${missingSaid(missing)}`,
    sensitive,
    monotone: true,
    prepare(facts) {
      requireValues(facts, sensitive, l, missing)
      const known = knownValues(facts, missing)
      const largest = new Float64Array(l)
      return { classPasses: (view) => view.rows === 0 || recursiveQuotient(known(view), l, largest) < c }
    },
  } satisfies PrivacyModel)
}
