// The inverse question: how much noise a wished price of private training needs.
// Source: the tight accountant beside it, asked along the line through both ends of an interval that holds the answer.
// The answer is for the stated number of steps: a run that goes on longer spends more.

import { FrostglassError } from '../../errors.ts'
import { requireCount, requireDelta, requirePositive, requireRate } from './check.ts'
import { renyiToEpsilon } from './convert.ts'
import { epsilonOf, type Repeated } from './lossDistribution.ts'
import { sampledGaussianLoss } from './release.ts'
import { sampledGaussianCurve } from './renyi.ts'

/** A wished price of private training: (ε, δ) for `steps` steps at the sampling rate `rate`. */
export interface TrainingPrice {
  readonly epsilon: number
  readonly delta: number
  readonly rate: number
  readonly steps: number
  /** What else the same price pays for, such as a noisy mean that inputs are centred by. */
  readonly beside?: readonly Repeated[]
}

/**
 * The least noise multiplier σ that keeps training within a price, to 0.05%; the price is held, not approached.
 *
 * @param wish ε > 0 in nats, δ in (0, 1), rate in (0, 1], steps a whole number of at least 1.
 * @returns σ: standard deviation over the clipping norm.
 * @throws FrostglassError 'usage' for parameters outside their ranges, where δ covers that a row is used at all, and
 * where what is released beside the training leaves nothing for it.
 * @example
 * ```ts
 * noiseMultiplierFor({ epsilon: 3, delta: 1e-5, rate: 256 / 60000, steps: 14062 }) // 0.97
 * ```
 * Source: Mironov, Talwar and Zhang 2019 (the Rényi bound that the search starts from); `epsilonOf` decides.
 */
export function noiseMultiplierFor(price: TrainingPrice): number {
  const { epsilon, delta, rate, steps, beside = [] } = price
  requirePositive('ε', epsilon)
  requireDelta(delta)
  requireRate(rate)
  requirePositive('the sampling rate', rate)
  requireCount('the number of steps', steps)
  const used = -Math.expm1(steps * Math.log1p(-rate))
  if (used <= delta)
    throw new FrostglassError('usage', `δ = ${delta} covers the whole chance ${used} that a row is used`, {
      hint: 'take δ well below one over the number of people',
    })
  // On a log scale, where ε is nearly straight in σ; an ε of 0 counts as a thousandth.
  const excess = (sigma: number) => {
    const training = { release: sampledGaussianLoss(sigma, rate), times: steps }
    const spent = epsilonOf([training, ...beside], delta)
    return Math.log(Math.max(spent / epsilon, 1e-3))
  }
  if (beside.length > 0 && epsilonOf(beside, delta) >= epsilon)
    throw new FrostglassError('usage', `what is released beside the training spends ε = ${epsilon} alone`, {
      hint: 'add more noise there, or take a larger ε',
    })
  // Enough noise by the Rényi accountant is enough for training alone: it is never below the tight one.
  let enough = renyiNoise(epsilon, delta, rate, steps)
  let high = excess(enough)
  while (high > 0) {
    if (enough > 1e6)
      throw new FrostglassError(
        'usage',
        'what is released beside the training leaves next to nothing for it',
        {
          hint: 'add more noise there, or take a larger ε',
        },
      )
    enough *= 1.1
    high = excess(enough)
  }
  let little = enough
  let low = high
  while (low <= 0) {
    ;[enough, high] = [little, low]
    little *= 0.9
    low = excess(little)
  }
  while (enough - little > 5e-4 * enough) {
    // The line through both ends, kept off each so that both close in.
    const line = (little * high - enough * low) / (high - low)
    const margin = Math.max(2e-4 * enough, 0.02 * (enough - little))
    const sigma = Math.min(enough - margin, Math.max(little + margin, line + margin / 2))
    const value = excess(sigma)
    if (value <= 0) [enough, high] = [sigma, value]
    else [little, low] = [sigma, value]
  }
  return enough
}

function renyiNoise(epsilon: number, delta: number, rate: number, steps: number): number {
  const within = (sigma: number) =>
    renyiToEpsilon(sampledGaussianCurve(sigma, rate, steps), delta).epsilon <= epsilon
  let high = 0.5
  while (!within(high)) high *= 2
  let low = high / 2
  for (let i = 0; i < 8; i++) {
    const middle = (low + high) / 2
    if (within(middle)) high = middle
    else low = middle
  }
  return high
}
