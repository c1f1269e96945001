// The accountant of a training: how much noise its budget needs, how many steps it pays for, what is spent by now.
// Source: accounting/, by privacy-loss distributions: the tight one. Adjacent is an example that is replaced by nothing.
// The number of examples enters the sampling rate and counts as known: private rows should not be counted for it.

import { FrostglassError } from '../../errors.ts'
import { noiseMultiplierFor } from '../accounting/calibrate.ts'
import { requireDelta, requirePositive } from '../accounting/check.ts'
import { epsilonOf } from '../accounting/lossDistribution.ts'
import { logErfc } from '../accounting/normal.ts'
import { sampledGaussianLoss } from '../accounting/release.ts'
import { leastMultiplier, reach } from './roundedGaussian.ts'

/** What a training may give away, and how it adds noise. */
export interface Budget {
  /** ε, nats; Infinity where only a noise multiplier was named. */
  readonly epsilon: number
  readonly delta: number
  /** σ: standard deviation of the noise over the clipping norm. */
  readonly noiseMultiplier: number
  /** q: each row's chance of being in a batch. */
  readonly rate: number
  /** Steps that the training takes: those it was asked for, or as many as the budget pays. */
  readonly steps: number
}

/** What was spent. */
export interface Spent {
  /** ε at the budget's δ, nats, rounded up. */
  readonly epsilon: number
  readonly delta: number
  readonly steps: number
  readonly noiseMultiplier: number
  readonly rate: number
}

/** The steps that a training is asked for: as many an epoch as rows are expected to be seen once. */
export function scheduleOf(rows: number, asked: { batch: number; epochs: number }) {
  const batch = Math.min(asked.batch, rows)
  const perEpoch = Math.ceil(rows / batch)
  return { batch, perEpoch, rate: batch / rows, steps: perEpoch * asked.epochs }
}

/**
 * The budget of a training.
 * @param wish `epsilon`, or `noiseMultiplier`, or both: then the training ends where the budget does
 * @throws FrostglassError `usage` where neither is named, for numbers outside their ranges, and where not one step is paid for
 */
export function budgetOf(wish: {
  epsilon?: number | undefined
  delta: number
  noiseMultiplier?: number | undefined
  rate: number
  steps: number
}): Budget {
  const { epsilon, delta, rate, steps, noiseMultiplier } = wish
  requireDelta(delta)
  if (epsilon !== undefined) requirePositive('ε', epsilon)
  if (noiseMultiplier !== undefined) requirePositive('the noise multiplier σ', noiseMultiplier)
  if (noiseMultiplier === undefined) {
    if (epsilon === undefined)
      throw new FrostglassError(
        'usage',
        'private training needs a budget',
        'Name epsilon, or a noise multiplier.',
      )
    return {
      epsilon,
      delta,
      rate,
      steps,
      noiseMultiplier: noiseMultiplierFor({ epsilon, delta, rate, steps }),
    }
  }
  const spent = (taken: number) =>
    spentBy({ epsilon: Number.POSITIVE_INFINITY, delta, noiseMultiplier, rate, steps }, taken).epsilon
  if (epsilon === undefined || spent(steps) <= epsilon)
    return { epsilon: epsilon ?? Number.POSITIVE_INFINITY, delta, noiseMultiplier, rate, steps }
  if (spent(1) > epsilon)
    throw new FrostglassError(
      'usage',
      `one step alone costs ε = ${spent(1).toPrecision(3)}, more than ${epsilon}`,
      'Take a larger noise multiplier, or leave it out to have it worked out.',
    )
  // The most steps that the budget pays for, by halving: ε rises with them.
  let [paid, beyond] = [1, steps]
  while (beyond - paid > 1) {
    const middle = Math.floor((paid + beyond) / 2)
    if (spent(middle) <= epsilon) paid = middle
    else beyond = middle
  }
  return { epsilon, delta, noiseMultiplier, rate, steps: paid }
}

/** What a training has spent after some of its steps. */
export function spentBy({ delta, noiseMultiplier, rate }: Budget, steps: number): Spent {
  const release = sampledGaussianLoss(noiseMultiplier, rate)
  const epsilon = steps === 0 ? 0 : epsilonOf([{ release, times: steps }], delta)
  return { epsilon, delta, steps, noiseMultiplier, rate }
}

/** What is not drawn of the noise adds this part of δ at most. */
const tailShare = 1e-3

/**
 * Refuses a training in which noise beyond `reach` deviations, which is not drawn, would be missed: what one data set's noise
 * reaches and an adjacent one's does not (PROOF.md, lemma 5).
 * @param weights numbers of a release
 * @throws FrostglassError `usage` for too little noise
 */
export function requireTail(
  { delta, noiseMultiplier, steps }: Pick<Budget, 'delta' | 'noiseMultiplier' | 'steps'>,
  weights: number,
): void {
  // Φ(−x) = erfc(x / √2) / 2, on both sides.
  const missed = Math.exp(logErfc((reach - 1 / noiseMultiplier) / Math.SQRT2))
  if (noiseMultiplier >= leastMultiplier && steps * weights * missed <= tailShare * delta) return
  throw new FrostglassError(
    'usage',
    `a noise multiplier of ${noiseMultiplier} is too little to be drawn`,
    `Name a smaller ε or a larger δ, or a multiplier of at least ${leastMultiplier}.`,
  )
}
