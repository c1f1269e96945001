// Crowd-ML: a device answers the gradient of a few rows with Laplace noise; the server steps by it, within a ball.
// Source: Hamm, Champion, Chen, Belkin, Xuan 2015, algorithms 1 and 2: noise of scale 4 / (b ε) for softmax and ‖x‖₁ ≤ 1; η(t) = c / √t.
// Protected is one row, replaced by any other, against whoever sees the answers, the server too. The paper believes its bound on
// rows; here each row's gradient is held to it. Counts of labels, which it sends too, are left out: a learner does not tell them.

import { FrostglassError } from '../../errors.ts'
import { requirePositive } from '../../private/accounting/check.ts'
import { discreteLaplace, gridLaplace, systemRandom } from '../../private/index.ts'
import type { Algorithm, NodeStep } from './algorithm.ts'

/** How {@link crowdMl} learns, and what its nodes add. */
export interface CrowdMlOptions {
  /** b: rows an answer. A device takes its rows in turn; one with fewer answers of all, with the noise that takes. */
  readonly batch: number
  /** ε of an answer's gradient, for each of its rows. */
  readonly epsilonGradient: number
  /** ε of the number of wrong answers among those rows, for each of them. */
  readonly epsilonErrors: number
  /** The most that one row's gradient is long, L1; 2 unless given: softmax's where ‖x‖₁ ≤ 1. Longer ones are shortened. */
  readonly norm?: number | undefined
  /** c of the rate c / √t, t counting answers. */
  readonly rate: number
  /** R: weights are brought back to this L2 norm; unbounded unless given. */
  readonly radius?: number | undefined
}

/** Weights, and t. */
export interface CrowdMlState {
  readonly weights: Float64Array
  readonly answers: number
}

/** Crowd-ML with what it costs. */
export interface CrowdMl extends Algorithm<CrowdMlState> {
  /**
   * Pure ε, nats, of a row that was in so many answers of its device, for a model with so many weights. However many rows the device
   * has: one with fewer than b answers of those, on a grid of its own, whose rounding may cost more.
   */
  price(answers: number, weights: number): number
}

/** Rows of an answer at most: each count up to it is priced. */
const mostRows = 10_000

/** @throws FrostglassError 'usage' for numbers that are not positive, or too many rows an answer */
export function crowdMl(options: CrowdMlOptions): CrowdMl {
  const { batch, epsilonGradient, epsilonErrors, norm = 2, rate, radius = Number.POSITIVE_INFINITY } = options
  requirePositive('ε of the gradient', epsilonGradient)
  requirePositive('ε of the errors', epsilonErrors)
  requirePositive('the bound on a row’s gradient', norm)
  requirePositive('the rate', rate)
  if (!(Number.isSafeInteger(batch) && batch >= 1 && batch <= mostRows))
    throw new FrostglassError('usage', `an answer is of 1 to ${mostRows} rows, not ${batch}`, 'Take 10, say.')
  return Object.freeze({
    name: 'Crowd-ML',
    schedule: 'arrivals',
    start: (weights: Float64Array) => ({ weights, answers: 0 }),
    instruct: ({ weights }, round: number) => ({
      round,
      vectors: { weights },
      settings: { batch, epsilonGradient, epsilonErrors, norm },
    }),
    node: answerNoisily,
    combine: (state, contributions) =>
      contributions.reduce(({ weights, answers }, { vectors }) => {
        const step = rate / Math.sqrt(answers + 1)
        const moved = weights.map((w, i) => w - step * vectors['gradient']![i]!)
        return { weights: withinBall(moved, radius), answers: answers + 1 }
      }, state),
    weights: ({ weights }) => weights,
    price(answers: number, weights: number): number {
      let gradient = 0
      for (let rows = 1; rows <= batch; rows++) {
        const { epsilon } = noiseOf({ batch: rows, epsilonGradient, norm }, weights).map((2 * norm) / rows)
        gradient = Math.max(gradient, epsilon!)
      }
      return answers * (gradient + errorsNoise(epsilonErrors).map(1).epsilon!)
    },
  } satisfies CrowdMl)
}

/** Laplace noise for a mean over b rows, of which one is replaced: it moves by 2 G / b in the L1 norm. */
const noiseOf = (
  { batch, epsilonGradient, norm }: { batch: number; epsilonGradient: number; norm: number },
  weights: number,
) => gridLaplace({ scale: (2 * norm) / (batch * epsilonGradient), dimensions: weights })

const errorsNoise = (epsilon: number) => discreteLaplace({ scale: 1 / epsilon })

function withinBall(weights: Float64Array, radius: number): Float64Array {
  const length = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0))
  return length > radius ? weights.map((w) => (w * radius) / length) : weights
}

/** Answers a noisy `gradient`, and how many answers were wrong, noisily. Keeps `next`, the row that is next. */
export const answerNoisily: NodeStep = async (learner, { vectors, settings }, context) => {
  const { state, noise = systemRandom } = context
  const at = vectors['weights']!
  const { epsilonGradient, epsilonErrors, norm } = settings
  const batch = Math.min(settings['batch']!, learner.rows)
  const next = state['next']?.[0] ?? 0
  // A pass that does not come out even leaves its last rows for none: no row is in an answer twice in a pass.
  const start = next + batch > learner.rows ? 0 : next
  const rows = Int32Array.from({ length: batch }, (_, i) => start + i)
  const mean = new Float64Array(at.length)
  for (const row of rows) {
    const { gradient } = await learner.gradient(at, Int32Array.of(row))
    const share = sharesOf(gradient, norm!) / batch
    for (let i = 0; i < mean.length; i++) mean[i]! += share === 0 ? 0 : gradient[i]! * share
  }
  const { invoke } = noiseOf({ batch, epsilonGradient: epsilonGradient!, norm: norm! }, at.length)
  const { accuracy, rows: measured } = await learner.measure(at, rows)
  if (measured !== batch)
    throw new FrostglassError('unsupported', 'this learner does not measure some of its rows', 'Use another.')
  const wrong = BigInt(Math.round((1 - (accuracy ?? 0)) * batch))
  const [errors] = errorsNoise(epsilonErrors!).invoke([wrong], noise)
  return {
    contribution: {
      vectors: { gradient: Float64Array.from(invoke([...mean], noise)) },
      examples: batch,
      metrics: { errors: Number(errors) },
    },
    state: { next: Float64Array.of(start + batch) },
  }
}

/** How much of a row's gradient is taken: all up to the norm, nothing of what is no number. */
function sharesOf(gradient: Float64Array, norm: number): number {
  const length = gradient.reduce((sum, v) => sum + Math.abs(v), 0)
  if (!Number.isFinite(length)) return 0
  // Roundings of a sum of so many doubles are smaller than what is taken off here.
  const bound = norm * (1 - 2 ** -30)
  return length > bound ? bound / length : 1
}
