// k-anonymity: every published row is one of at least k that are equal in the quasi-identifiers.
// Source: Samarati and Sweeney 1998; Sweeney 2002, definition 3.
// It promises nothing of what equal rows say of the people in them: all k may have the same diagnosis.

import type { PrivacyModel } from '../model.ts'
import { type Range, within } from './ranges.ts'

export const anonymityRange: Range = { whole: true, from: 1 }

/**
 * k-anonymity.
 * @param options.k rows that a class has at least, a whole number from 1
 * @throws FrostglassError `usage` where k is out of range
 */
export function kAnonymity(options: { readonly k: number }): PrivacyModel {
  const k = within('k', options.k, anonymityRange)
  return Object.freeze({
    name: 'k-anonymity',
    says: `${k}-anonymity`,
    monotone: true,
    absorbing: true,
    prepare: () => ({ classPasses: ({ rows }) => rows === 0 || rows >= k }),
  } satisfies PrivacyModel)
}
