// What an attack on membership got of one target, as the experiment's answers hold it: numbers, and a curve at fixed rates.
// Source: Carlini et al. 2022 (ROC curves at false-positive rates down to 0.1%).
// Curves of several targets are averaged at the same shares of false alarms.

import type { MembershipAttack, MembershipFinding } from '../../src/audit/index.ts'

/** Shares of false alarms at which members found are kept. */
export const rates = Array.from({ length: 31 }, (_, i) => 10 ** (-3 + i / 10))

/** What one attack got of one target. JSON. */
export interface Attacked
  extends Pick<MembershipFinding, 'auc' | 'balancedAccuracy' | 'hitsAtThousandth' | 'hitsAtHundredth'> {
  readonly attack: MembershipAttack
  /** Members found at each of `rates`. */
  readonly hits: readonly number[]
}

/** A finding, cut down. */
export const attacked = ({
  attack,
  auc,
  balancedAccuracy,
  hitsAtThousandth,
  hitsAtHundredth,
  curve,
}: MembershipFinding): Attacked => ({
  attack,
  auc,
  balancedAccuracy,
  hitsAtThousandth,
  hitsAtHundredth,
  hits: rates.map((rate) => curve.findLast(({ falseAlarms }) => falseAlarms <= rate)?.hits ?? 0),
})
