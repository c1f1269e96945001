// Confidence intervals by the bootstrap: rows drawn with replacement, the metric computed again.
// Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile interval).
// It covers the choice of judged rows, not of the key or of the known rows: repeat the audit for those.

import { seededStream } from '../random/seeded.ts'

const resamples = 1000

/**
 * The 95% percentile interval of a mean over rows.
 * @param values one number a row: a row's share of recovered cells, or 0 and 1.
 */
export function meanInterval(values: ArrayLike<number>, seed: number): readonly [number, number] {
  return ratioInterval(values, undefined, seed)
}

/**
 * The 95% percentile interval of `Σ above / Σ below` over rows drawn together; of a mean without `below`.
 * @returns [NaN, NaN] without rows.
 */
export function ratioInterval(
  above: ArrayLike<number>,
  below: ArrayLike<number> | undefined,
  seed: number,
): readonly [number, number] {
  const rows = above.length
  if (rows === 0) return [Number.NaN, Number.NaN]
  const source = seededStream(seed, 'bootstrap')
  const found = new Float64Array(resamples)
  for (let b = 0; b < resamples; b++) {
    let sum = 0
    let base = 0
    for (let i = 0; i < rows; i++) {
      const r = source.below(rows)
      sum += above[r]!
      base += below ? below[r]! : 1
    }
    found[b] = sum / base
  }
  return percentileInterval(found)
}

/** The middle 95% of what resamples gave. */
export function percentileInterval(found: Float64Array): readonly [number, number] {
  const sorted = found.toSorted()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  return [at(0.025), at(0.975)]
}
