// δ-presence: of the public table's people in every class, a share from δmin to δmax is in the table that is published.
// Source: Nergiz, Atzori and Clifton, SIGMOD 2007, definition 2.
// It does not promise anything to people whom the public table lacks, nor when the adversary knows who else is in the table.

import { FrostglassError } from '../../../errors.ts'
import type { ClassView, PrivacyModel } from '../model.ts'
import { requirePublicTable } from './publicTable.ts'
import { type Range, within } from './ranges.ts'

export const presenceRange: Range = { from: 0, to: 1 }

/** The share of a class's people that is in the table; 0 of a class without any. */
export const presence = (view: ClassView): number => (view.rows === 0 ? 0 : view.rows / view.population)

/**
 * δ-presence. Both ends pass. Classes that only the public table has are of presence 0, so that any δmin above 0 needs all of them joined
 * to rows of the table: suppression does not help them.
 * @param options.least δmin, from 0 to 1
 * @param options.most δmax, from 0 to 1, not below δmin
 * @throws FrostglassError `usage` where they are out of range or order
 */
export function deltaPresence(options: { readonly least: number; readonly most: number }): PrivacyModel {
  const least = within('delta-min', options.least, presenceRange)
  const most = within('delta-max', options.most, presenceRange)
  if (least > most) {
    throw new FrostglassError(
      'usage',
      `delta-min is ${least}, and delta-max ${most} is below it`,
      'Give the lower one as delta-min.',
    )
  }
  return Object.freeze({
    name: 'δ-presence',
    says: `(${least}, ${most})-presence`,
    needsPopulation: true,
    monotone: true,
    prepare(facts) {
      requirePublicTable(facts, 'δ-presence')
      return {
        classPasses(view) {
          const share = presence(view)
          return share >= least && share <= most
        },
      }
    },
  } satisfies PrivacyModel)
}
