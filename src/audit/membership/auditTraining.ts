// The audit of private training: train once with canaries, and hold what it gives away against what it claims.
// Source: Steinke, Nasr and Jagielski 2023: one run, many canaries; the accountant's ε stands beside as an upper bound.
// It catches training that gives away more than it claims, where canaries show it; it never proves a claim.

import type { Dataset } from '../../learn/index.ts'
import { curveOf, type Estimate } from '../roc.ts'
import { type CanaryOptions, drawCanaries, withCanaries } from './canaries.ts'
import { boundFromOneRun, type OneRunBound } from './oneRun.ts'
import { type AnswerRows, trueClassLogits } from './scores.ts'

/** What training claims to give away. */
export interface PrivacyClaim {
  /** Nats. */
  readonly epsilon: number
  readonly delta: number
}

/** What an audit of one training run found. JSON. */
export interface TrainingAudit {
  /** The accountant's: an upper bound on ε, if the training is what it says. */
  readonly claimed: PrivacyClaim
  /** The audit's: a lower bound on ε at the same δ. */
  readonly bound: OneRunBound
  /** Whether the lower bound is above the claim: then the claim is wrong, but for the 5 in 100. */
  readonly caught: boolean
  readonly canaries: number
  readonly included: number
  /** Rows of the data without the canaries; null where only scores were given. */
  readonly rows: number | null
  /** How well the scores tell canaries that were in from others, as an area under the ROC curve. */
  readonly auc: Estimate
}

/**
 * Judges scores of canaries against a claim.
 * @param scores one a canary, of the run's outcome alone: the higher, the likelier it was in
 * @param included 1 where the coin said in
 * @throws FrostglassError as `boundFromOneRun`; RangeError where all coins fell alike
 */
export function judgeTraining(
  scores: Float64Array,
  included: Uint8Array,
  claimed: PrivacyClaim,
  rows: number | null = null,
): TrainingAudit {
  const bound = boundFromOneRun(scores, included, claimed.delta)
  return {
    claimed: { epsilon: claimed.epsilon, delta: claimed.delta },
    bound,
    caught: bound.epsilon > claimed.epsilon,
    canaries: scores.length,
    included: included.reduce((sum, coin) => sum + coin, 0),
    rows,
    auc: curveOf(scores, included, 0).auc,
  }
}

/**
 * Scores of canaries by a model: how sure it is of each one's class, beside the other canaries of that class.
 * @param rows inputs [N, …], class numbers [N]
 * @param before the model before training, where it is at hand: what it was sure of already is not counted
 */
export async function canaryScores(
  answers: AnswerRows,
  rows: Dataset,
  before?: AnswerRows,
): Promise<Float64Array<ArrayBuffer>> {
  const labels = Int32Array.from(rows.y.data as Float64Array)
  const candidates = { x: rows.x, labels }
  const first = before && (await trueClassLogits(before, candidates))
  const logits = (await trueClassLogits(answers, candidates)).map((logit, i) => logit - (first?.[i] ?? 0))
  const sums = new Map<number, { sum: number; count: number }>()
  labels.forEach((label, i) => {
    const { sum, count } = sums.get(label) ?? { sum: 0, count: 0 }
    sums.set(label, { sum: sum + logits[i]!, count: count + 1 })
  })
  // What is common to a class is not about one canary: it would only hide what is.
  return logits.map((logit, i) => {
    const { sum, count } = sums.get(labels[i]!)!
    return logit - sum / count
  })
}

/**
 * Trains once on the data and on canaries, and judges the run.
 * @param train the training under audit, on data of the same columns: the model it gives, the model that it began with
 * (where it can), and the claim
 * @param data inputs [N, …], class numbers [N]
 * @throws FrostglassError as `drawCanaries`, and what `train` throws
 * @example const found = await auditTraining(train, data, { count: 500, classes: 10 })
 */
export async function auditTraining(
  train: (data: Dataset) => Promise<{
    readonly answers: AnswerRows
    readonly before?: AnswerRows | undefined
    readonly claimed: PrivacyClaim
  }>,
  data: Dataset,
  options: CanaryOptions,
): Promise<TrainingAudit> {
  const canaries = drawCanaries(data, options)
  const { answers, before, claimed } = await train(withCanaries(data, canaries))
  const scores = await canaryScores(answers, canaries.rows, before)
  return judgeTraining(scores, canaries.included, claimed, data.x.shape[0]!)
}
