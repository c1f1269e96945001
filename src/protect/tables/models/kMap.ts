// k-map: every row that is published looks like at least k rows of a public table.
// Source: Sweeney, "Computational disclosure control", MIT 2001; the journalist's risk is at most 1/k.
// It promises nothing against an adversary who knows that a person is in the table: a class may hold one row (k-anonymity is for that).

import type { PrivacyModel } from '../model.ts'
import { requirePublicTable } from './publicTable.ts'
import { type Range, within } from './ranges.ts'

export const mapRange: Range = { whole: true, from: 1 }

/**
 * k-map with a public table.
 * @param options.k a whole number from 1
 * @throws FrostglassError `usage` where k is out of range
 */
export function kMap(options: { readonly k: number }): PrivacyModel {
  const k = within('k', options.k, mapRange)
  return Object.freeze({
    name: 'k-map',
    says: `${k}-map`,
    needsPopulation: true,
    monotone: true,
    absorbing: true,
    prepare(facts) {
      requirePublicTable(facts, 'k-map')
      return { classPasses: (view) => view.rows === 0 || view.population >= k }
    },
  } satisfies PrivacyModel)
}
