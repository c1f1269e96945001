// The noisy mean of updates of which none counts for more than a norm, divided by a number that no node changes.
// Source: McMahan, Ramage, Talwar, Zhang 2018, section 2 (f̃_f, weights of 1); noise of src/private/training, PROOF.md there, lemma 5.
// Exact: updates are whole steps of a grid, and noise is the rounding of a continuous Gaussian on it, so its account holds as it is.

import { exponentOf } from '../../private/mechanisms/exponent.ts'
import { noisySum } from '../../private/training/noisySum.ts'
import type { RandomSource } from '../../random/source.ts'
import { wholeUpdate } from '../privacy/updateNoise.ts'

export interface BoundedMeanOptions {
  /** Numbers of an update. */
  readonly size: number
  /** C: the most that one update counts for, in the L2 norm. */
  readonly clip: number
  /** Of the noise in each number of the sum. */
  readonly deviation: number
  /** What the noisy sum is divided by: q N, the number of nodes that is expected. */
  readonly expected: number
  /** N: no sum has more updates. */
  readonly nodes: number
}

/** Bits of the clipping norm in steps of its grid: whole updates are held to it exactly. */
const clipBits = 24

/**
 * @param updates any number of them, none among them; one with what is no number counts for nothing
 * @returns [size]
 */
export function boundedMean(
  updates: readonly Float64Array[],
  { size, clip, deviation, expected, nodes }: BoundedMeanOptions,
  random: RandomSource,
): Float64Array {
  // A last digit more, for what its product may have lost.
  const noisy = noisySum(deviation * (1 + 2 ** -50), { batch: expected, most: clip * nodes })
  // Both are powers of two, so that whole steps of the coarser grid are whole steps of the noise's.
  const exponent = Math.max(exponentOf(noisy.step), exponentOf(clip) - clipBits)
  const whole = { exponent, most: Math.floor(clip * 2 ** -exponent), sigma: 0 }
  const sums = new Float64Array(size)
  for (const update of updates) {
    const steps = wholeUpdate(update, whole)
    for (let i = 0; i < size; i++) sums[i]! += steps[i]!
  }
  const ratio = 2 ** exponent / noisy.step
  for (let i = 0; i < size; i++) sums[i]! *= ratio
  noisy.release(sums, random)
  return sums
}
