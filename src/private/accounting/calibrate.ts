// The inverse question: how much noise a wished price of private training needs.
// Source: the tight accountant beside it, asked along the line through both ends of an interval that holds the answer.
// The answer is for the stated number of steps: a run that goes on longer spends more.

import { FrostglassError } from '../../errors.ts'
import {
  requireDelta,
  requireList,
  requireObject,
  requirePositive,
  requirePrice,
  requireRate,
  requireTimes,
} from './check.ts'
import { epsilonOf, nearEpsilonOf, type Repeated } from './lossDistribution.ts'
import { sampledGaussianLoss } from './release.ts'

/** A wished price of private training: (ε, δ) for `steps` steps at the sampling rate `rate`. */
export interface TrainingPrice {
  readonly epsilon: number
  readonly delta: number
  readonly rate: number
  readonly steps: number
  /** What else the same price pays for, such as a noisy mean that inputs are centred by. */
  readonly beside?: readonly Repeated[] | undefined
}

/**
 * The least noise multiplier σ that keeps training within a price, to 0.05%; the price is held, not approached.
 *
 * @param price ε > 0 in nats, δ in (0, 1), rate in (0, 1], steps a whole number of at least 1.
 * @returns σ: standard deviation over the clipping norm.
 * @throws FrostglassError 'usage' for parameters outside their ranges, where δ covers that a row is used at all, and
 * where what is released beside the training leaves nothing for it.
 * @example
 * ```ts
 * noiseMultiplierFor({ epsilon: 3, delta: 1e-5, rate: 256 / 60000, steps: 14062 }) // 0.97
 * ```
 * Source: `epsilonOf`, asked along the line through both ends of an interval.
 */
export function noiseMultiplierFor(price: TrainingPrice): number {
  requireObject('the wished price', price)
  const { epsilon, delta, rate, steps, beside = [] } = price
  requireList('what is released beside', beside)
  requirePositive('ε', epsilon)
  requirePrice('ε', epsilon)
  requireDelta(delta)
  requireRate(rate)
  requirePositive('the sampling rate', rate)
  requireTimes('the number of steps', steps)
  const used = -Math.expm1(steps * Math.log1p(-rate))
  if (used <= delta)
    throw new FrostglassError(
      'usage',
      `δ = ${delta} covers the whole chance ${used} that a row is used`,
      'Take δ well below one over the number of people.',
    )
  if (beside.length > 0 && epsilonOf(beside, delta) >= epsilon)
    throw new FrostglassError(
      'usage',
      `what is released beside the training spends ε = ${epsilon} alone`,
      'Add more noise there, or take a larger ε.',
    )
  const spentAt = (price: typeof epsilonOf) => (sigma: number) =>
    price([{ release: sampledGaussianLoss(sigma, rate), times: steps }, ...beside], delta)
  const about = spentAt(nearEpsilonOf)
  const near = search(about, epsilon, { sigma: 1, slope: 1 }, 1e-3)
  // How ε falls there says how far to go: two or three of the dear prices are asked, not ten.
  const slope = Math.log(about(near / 1.02) / about(near * 1.02)) / (2 * Math.log(1.02))
  return search(spentAt(epsilonOf), epsilon, { sigma: near, slope: slope > 0.1 ? slope : 1 }, 5e-4)
}

/** σ beyond this is no answer: nothing is left for the training. */
const MOST_NOISE = 1e6

/**
 * The least σ whose price is at most ε, to a part `width` of itself: the upper end of an interval that holds it.
 *
 * @param start where to begin, and how log ε falls with log σ; the nearer both are, the fewer prices are asked.
 */
function search(
  price: (sigma: number) => number,
  epsilon: number,
  start: { readonly sigma: number; readonly slope: number },
  width: number,
): number {
  // On a log scale, where ε is nearly straight in σ; an ε of 0 counts as a thousandth.
  const excess = (sigma: number) => Math.log(Math.max(price(sigma) / epsilon, 1e-3))
  let enough: { sigma: number; excess: number } | undefined
  let little: { sigma: number; excess: number } | undefined
  let { sigma } = start
  let stride = 0
  while (enough === undefined || little === undefined || enough.sigma - little.sigma > width * enough.sigma) {
    const here = { sigma, excess: excess(sigma) }
    if (here.excess <= 0) enough = here
    else little = here
    if (enough === undefined || little === undefined) {
      // Away from the one end that is known, past where a line says that the answer is, and faster if it is not.
      stride = Math.max(2 * stride, Math.min(Math.abs(here.excess) / start.slope, 1) + width / 4)
      sigma = enough === undefined ? sigma * Math.exp(stride) : sigma * Math.exp(-stride)
      if (sigma > MOST_NOISE)
        throw new FrostglassError(
          'usage',
          `even noise of ${MOST_NOISE} times the clipping norm does not bring this down to ε = ${epsilon}`,
          'Take a larger ε or δ, fewer steps, or more noise for what is released beside the training.',
        )
    } else {
      // The line through both ends, kept off each so that both close in.
      const [low, high] = [Math.log(little.sigma), Math.log(enough.sigma)]
      const line = low + ((high - low) * little.excess) / (little.excess - enough.excess)
      const margin = Math.max(0.4 * width, 0.02 * (high - low))
      sigma = Math.exp(Math.min(high - margin, Math.max(low + margin, line + margin / 2)))
    }
  }
  return enough.sigma
}
