// How much an answer to one image can tell of the weights, at most, however the asker's keys and question are made.
// Source: PROOF.md, lemma 3: entropy of what is answered less that of what hides it.
// A bound, in bits: that anything near it can be told is not known.

import type { LatencyPlan } from './latencyPlan.ts'

/** Of who expands 2⁸⁰ seeds to pick such as vanish together. */
const pickedBits = 80

/** log₂ of q₀ / (2w + 1), w being the most of a cover's imaginary part: 15/64 of q₀, and 0.22 still at q₀ = 0.95 · 2^bits. */
const imaginaryBits = 1.2

/** Bits of an answer to one image, whatever was asked. */
export function bitsTold({ parameters, period, hiding, answerPrecision }: LatencyPlan): number {
  const prime = parameters.primes[0]!
  // Coefficients of the service's noise: one of deviation √2 times the others'.
  const noise = Math.log2(
    (hiding * 2 ** answerPrecision * Math.sqrt(2 * Math.PI * Math.E)) / Math.sqrt(2 * period),
  )
  return (
    pickedBits +
    (period + 1) * prime +
    imaginaryBits * (period - 1) -
    (Math.max(0, noise + 0.5) + (period - 1) * Math.max(0, noise))
  )
}

/** Images that an answer tells as much as, at most: of those whose outputs are up to the bound, with the service's noise. */
export function imagesTold(plan: LatencyPlan): number {
  const { outputs, range, hiding } = plan
  const each = Math.log2(2 ** (range + 1) / (hiding * Math.sqrt(2 * Math.PI * Math.E)))
  return Math.max(1, Math.ceil(bitsTold(plan) / (outputs * each)))
}
