// Encryptions of zero of CKKS: how many, at which level, and how wide their factors are.
// Source: ../inference/PROOF.md, lemma 3. Apart from zeros.ts, for owners need no library of a service.
// Fewer bits would do at most degrees; one form is for all of them.

import type { FactorForm, ZeroForm } from '../seal/zeros.ts'

/**
 * They have one prime more than an answer: when it is taken off, it divides the noise of the sum, and what is uniform stays so.
 * 16 · 16 bits are 117 more than both primes and the choices of ideals take, at every degree (lemma 3).
 */
export const zeroForm: ZeroForm = { count: 16, level: 1 }
export const factorForm: FactorForm = { places: 1, bits: 16 }
