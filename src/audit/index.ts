// What an adversary gets from what left. One file an attack, in attacks/; each states its standpoint.
// Source: ARCHITECTURE, "Contracts". A new attack is one file there and one line in the list `attacks`.
// No attack here succeeding is no proof that none would.

import type { Attack } from './tables/attack.ts'
import { alignedLinkage } from './tables/attacks/alignedLinkage.ts'
import { alternatingInversion } from './tables/attacks/alternatingInversion.ts'
import { alternatingLinkage } from './tables/attacks/alternatingLinkage.ts'
import { blindAlignment } from './tables/attacks/blindAlignment.ts'
import { categoryComponents } from './tables/attacks/categoryComponents.ts'
import { classGeometry } from './tables/attacks/classGeometry.ts'
import { classNaming } from './tables/attacks/classNaming.ts'
import { crowdInversion } from './tables/attacks/crowdInversion.ts'
import { distanceLinkage } from './tables/attacks/distanceLinkage.ts'
import { equalRowPeople, equalRowStrangers } from './tables/attacks/equalRowFrequencies.ts'
import { equalRowLookup } from './tables/attacks/equalRowLookup.ts'
import { independentComponents } from './tables/attacks/independentComponents.ts'
import { learnedInverter } from './tables/attacks/inverter.ts'
import { keyRecovery } from './tables/attacks/keyRecovery.ts'
import { knownSample } from './tables/attacks/knownSample.ts'
import { labelFrequency } from './tables/attacks/labelFrequency.ts'
import { labelInversion } from './tables/attacks/labelInversion.ts'
import { labelLinkage } from './tables/attacks/labelLinkage.ts'
import { labelNames } from './tables/attacks/labelNames.ts'
import { landmarkLinkage } from './tables/attacks/landmarkLinkage.ts'
import { linearInversion } from './tables/attacks/linear.ts'
import { lookupPairs } from './tables/attacks/lookupPairs.ts'
import { lookupPeople } from './tables/attacks/lookupPeople.ts'
import { lookupStrangers } from './tables/attacks/lookupStrangers.ts'
import { ordinalInversion } from './tables/attacks/ordinalInversion.ts'
import { principalAxes } from './tables/attacks/principalAxes.ts'
import { sortedMarginals } from './tables/attacks/sortedMarginals.ts'
import { targetInversion } from './tables/attacks/targetInversion.ts'
import { targetLinkage } from './tables/attacks/targetLinkage.ts'
import { targetPairs } from './tables/attacks/targetPairs.ts'
import { targetPeople } from './tables/attacks/targetPeople.ts'
import { targetShape } from './tables/attacks/targetShape.ts'

export * from './images/index.ts'
export { type Judgement, judgePolicy, policyHolds, type RuleCounts } from './judgement.ts'
export * from './membership/index.ts'
export type { Place, Scope } from './place.ts'
export {
  defaultImagePolicy,
  defaultModelPolicy,
  defaultPolicy,
  type Policy,
  parsePolicy,
  type Rule,
} from './policy.ts'
export * from './report/index.ts'
export {
  type Attack,
  type AttackOptions,
  type AttributeFinding,
  type CellFinding,
  type Finding,
  type Holding,
  holdings,
  type Metric,
  type MetricName,
  metricOf,
  type ReleasedPart,
  releasedParts,
  type Standpoint,
} from './tables/attack.ts'
export { linearInversion, rowsThatBreak } from './tables/attacks/linear.ts'
export { type Covered, coverageMarkdown, coverageOf } from './tables/coverage.ts'
export {
  type CurvePoint,
  curvePoints,
  knownRows,
  type LeakCost,
  leakAttacks,
  leakCost,
} from './tables/curve.ts'
export {
  type Attribute,
  type Evidence,
  numericAttributes,
  splitRows,
  type View,
  viewOf,
} from './tables/evidence.ts'
export { type BrokenKey, breakEncryptionKey, type KeyBreak, readWithoutKey } from './tables/integerVector.ts'
export { auditKey, fewestAudited, type KeyAudit, type KeyAuditOptions } from './tables/keyAudit.ts'
export { type Guess, recoveryAttack } from './tables/recovery.ts'
export { keyEvidence, type Sample, type SampleOptions, tableEvidence } from './tables/tableEvidence.ts'
export { tooWeak } from './weakness.ts'

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
  alternatingInversion,
  alternatingLinkage,
  ordinalInversion,
  classNaming,
  classGeometry,
  targetPairs,
  targetPeople,
  targetShape,
  targetLinkage,
  targetInversion,
  labelNames,
  labelLinkage,
  labelInversion,
  lookupPeople,
  lookupStrangers,
  lookupPairs,
  equalRowLookup,
  equalRowPeople,
  equalRowStrangers,
  categoryComponents,
]
