// What an adversary gets from what left. One file an attack; each states its standpoint.
// Source: ARCHITECTURE, "Contracts". A new attack is one file and one line in `attacks`.
// No attack here succeeding is no proof that none would.

import { alignedLinkage } from './alignedLinkage.ts'
import type { Attack } from './attack.ts'
import { blindAlignment } from './blindAlignment.ts'
import { crowdInversion } from './crowdInversion.ts'
import { distanceLinkage } from './distanceLinkage.ts'
import { independentComponents } from './independentComponents.ts'
import { learnedInverter } from './inverter.ts'
import { keyRecovery } from './keyRecovery.ts'
import { knownSample } from './knownSample.ts'
import { labelFrequency } from './labelFrequency.ts'
import { landmarkLinkage } from './landmarkLinkage.ts'
import { linearInversion } from './linear.ts'
import { principalAxes } from './principalAxes.ts'
import { sortedMarginals } from './sortedMarginals.ts'

export {
  type Attack,
  type AttackOptions,
  type AttributeFinding,
  type CellFinding,
  type Finding,
  type Metric,
  type MetricName,
  metricOf,
  type Standpoint,
} from './attack.ts'
export { type CurvePoint, curvePoints, knownRows, type LeakCost, leakAttacks, leakCost } from './curve.ts'
export { type Attribute, type Evidence, numericAttributes, splitRows, type View, viewOf } from './evidence.ts'
export { auditKey, fewestAudited, type KeyAudit, type KeyAuditOptions } from './keyAudit.ts'
export { linearInversion, rowsThatBreak } from './linear.ts'
export {
  defaultPolicy,
  type Judgement,
  judgePolicy,
  type Policy,
  parsePolicy,
  policyHolds,
  type Rule,
} from './policy.ts'
export { type Guess, recoveryAttack } from './recovery.ts'
export * from './report/index.ts'
export { keyEvidence, type Sample, type SampleOptions, tableEvidence } from './tableEvidence.ts'

/** Every attack that an audit runs, where it applies. */
export const attacks: readonly Attack[] = [
  linearInversion,
  keyRecovery,
  learnedInverter,
  knownSample,
  principalAxes,
  independentComponents,
  sortedMarginals,
  blindAlignment,
  crowdInversion,
  distanceLinkage,
  alignedLinkage,
  landmarkLinkage,
  labelFrequency,
]
