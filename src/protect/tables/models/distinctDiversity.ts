// Distinct l-diversity: every class has at least l different sensitive values.
// Source: Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, TKDD 1(1):3, 2007, section 4.
// It does not promise that values are alike in frequency: a class of 99 of one value and 1 of another is 2-diverse.

import type { PrivacyModel } from '../model.ts'
import { within } from './ranges.ts'
import { knownValues, type MissingCells, missingSaid, requireValues } from './sensitiveFacts.ts'

export const diversityRange = { whole: true, from: 1 } as const

/**
 * Distinct l-diversity.
 * @param options.l how many values a class must have, a whole number from 1
 * @param options.sensitive name of the sensitive column
 * @param options.missing whether a missing cell counts as a value; it does not unless said
 * @throws FrostglassError `usage` where l is out of range
 */
export function distinctDiversity(options: {
  readonly l: number
  readonly sensitive: string
  readonly missing?: MissingCells | undefined
}): PrivacyModel {
  const { sensitive, missing } = options
  const l = within('l', options.l, diversityRange)
  return Object.freeze({
    name: 'distinct l-diversity',
    says: `distinct ${l}-diversity of ${sensitive}${missingSaid(missing)}`,
    sensitive,
    monotone: true,
    absorbing: true,
    prepare(facts) {
      requireValues(facts, sensitive, l, missing)
      const known = knownValues(facts, missing)
      return { classPasses: (view) => view.rows === 0 || l === 1 || known(view).distinct >= l }
    },
  } satisfies PrivacyModel)
}
