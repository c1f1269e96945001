// k-anonymity: every published row is one of at least k that are equal in the quasi-identifiers.
// Source: Samarati and Sweeney 1998; Sweeney 2002, definition 3.
// It promises nothing of what equal rows say of the people in them: all k may have the same diagnosis.

import { FrostglassError } from '../../../errors.ts'
import type { PrivacyModel } from '../model.ts'

/**
 * k-anonymity.
 * @param k smallest class, a whole number from 1
 * @throws FrostglassError `usage` for another k
 */
export function kAnonymity(k: number): PrivacyModel {
  if (!Number.isSafeInteger(k) || k < 1)
    throw new FrostglassError('usage', `k = ${k}: expected a whole number from 1`, 'Take 5, or more.')
  return {
    name: 'k-anonymity',
    says: `${k}-anonymity`,
    monotone: true,
    absorbing: true,
    prepare: () => ({ classPasses: ({ rows }) => rows >= k }),
  }
}
