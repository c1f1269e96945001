// Membership of a model's training set, attacked in every way that the evidence allows, with intervals.
// Source: Yeom et al. 2018; Song and Mittal 2021; Carlini et al. 2022, who judge an attack by its hits at few false alarms.
// No attack here succeeding is no proof that none would: that takes differential privacy.

import { curveOf, type RocMeasures, type RocPoint, rocPoints } from '../roc.ts'
import { likelihoodRatio, type ShadowScores } from './lira.ts'
import { type AnswerRows, type Candidates, trueClassLogits } from './scores.ts'
import { classScores } from './threshold.ts'

/** What tells members: a threshold, one a class, or a likelihood ratio of shadow models. */
export type MembershipAttack = 'threshold' | 'class-threshold' | 'lira-online' | 'lira-offline'

/** What one attack found. JSON. */
export interface MembershipFinding extends RocMeasures {
  readonly attack: MembershipAttack
  /** Rows of either kind that it was judged on. */
  readonly members: number
  readonly others: number
  /** Corners of the ROC curve, thinned on a logarithmic scale. */
  readonly curve: readonly RocPoint[]
  /** What it took, its shadow models included. */
  readonly seconds: number
}

/** Whose membership is asked, and what is known. */
export interface MembershipEvidence extends Candidates {
  /** 1 for rows that the model was trained on. */
  readonly member: Uint8Array
  readonly shadows?: ShadowScores | undefined
}

/**
 * Attacks a model: by thresholds always, by likelihood ratios with shadow models.
 * @param answers the model: any function from rows to probabilities, such as a pane with the classifier behind it
 * @param seed draws what an adversary knows, and the bootstrap
 * @throws RangeError when members or others are missing; FrostglassError as `trueClassLogits`
 * @example await attackMembership((x) => predict(model, weights, x, { loss: 'categoricalCrossEntropy' }), { x, labels, member }, 1)
 */
export async function attackMembership(
  answers: AnswerRows,
  evidence: MembershipEvidence,
  seed: number,
): Promise<MembershipFinding[]> {
  const start = performance.now()
  const target = await trueClassLogits(answers, evidence)
  const { member, labels, shadows } = evidence
  const judged = (
    attack: MembershipAttack,
    scores: Float64Array,
    kinds: Uint8Array,
    before = 0,
  ): MembershipFinding => {
    const members = kinds.reduce((sum, m) => sum + m, 0)
    return {
      attack,
      members,
      others: kinds.length - members,
      ...curveOf(scores, kinds, seed),
      curve: thinned(rocPoints(scores, kinds)),
      seconds: before + (performance.now() - start) / 1000,
    }
  }
  const byClass = classScores(target, labels, member, seed)
  const findings = [
    judged('threshold', target, member),
    judged(
      'class-threshold',
      byClass.scores,
      Uint8Array.from(byClass.rows, (row) => member[row]!),
    ),
  ]
  if (!shadows) return findings
  return [
    ...findings,
    judged('lira-online', likelihoodRatio(target, shadows, 'online'), member, shadows.seconds),
    judged('lira-offline', likelihoodRatio(target, shadows, 'offline'), member, shadows.seconds),
  ]
}

/** Some hundred corners: of those with nearly the same share of false alarms, on a logarithmic scale, the last. */
function thinned(points: readonly RocPoint[]): RocPoint[] {
  const place = ({ falseAlarms }: RocPoint) =>
    falseAlarms === 0 ? -1 : Math.round(25 * Math.log10(falseAlarms) + 200)
  return points.filter((point, i) => {
    const next = points[i + 1]
    return i === 0 || !next || place(next) !== place(point)
  })
}
