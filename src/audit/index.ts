// What an adversary gets from what left: audits of tables, of images and of models, their policy, and the leak report.
// Source: docs/architecture.md#the-audit. A new attack is one file in its room's attacks/, one line in attacks.ts beside it.
// No attack here succeeding is no proof that none would.

export { auditCodes, type CodeAuditOptions } from './codes/auditCodes.ts'
export type { Check } from './codes/checks.ts'
export type { CodeEvidence } from './codes/contract.ts'
export { type CodeLeakReport, codeReportSchema } from './codes/reportSchema.ts'
export {
  type AttackOptions,
  type AttributeFinding,
  type CellFinding,
  type Finding,
  type Holding,
  holdings,
  type Metric,
  type MetricName,
  metricOf,
  type Standpoint,
} from './finding.ts'
export { updateAttacks } from './fleet/attacks.ts'
export { auditFleet, type FleetAuditOptions } from './fleet/auditFleet.ts'
export { auditUpdate, type UpdateAuditOptions } from './fleet/auditUpdate.ts'
export type {
  ClassedRows,
  SeenUpdates,
  UpdateAttack,
  UpdateAttackOptions,
  UpdateEvidence,
  UpdateFacts,
  UpdateFinding,
  UpdateTruth,
} from './fleet/contract.ts'
export { type Defence, defenceText } from './fleet/defences.ts'
export { type FleetLeakReport, fleetReportSchema } from './fleet/fleetReport.ts'
export type { ParticipantAttack, ParticipantFinding, ParticipantOptions } from './fleet/participant.ts'
export { participantAttacks } from './fleet/participants.ts'
export type { OpenPlay, Phase, PlayedFleet } from './fleet/playedFleet.ts'
export { type UpdateLeakReport, updateReportSchema } from './fleet/reportSchema.ts'
export { type FleetSetting, sendUpdates, takeLabelled } from './fleet/send.ts'
export { imageAttacks } from './images/attacks.ts'
export { auditImages, type ImageAuditOptions } from './images/auditImages.ts'
export type { ImageAttack, ImageEvidence, ImageFinding, Measure, Picture } from './images/contract.ts'
export type { AttackTraining } from './images/learning.ts'
export { type RecNet, type RecNetOptions, type RecNetShape, trainRecNet } from './images/recNet.ts'
export { type ImageLeakReport, imageReportSchema } from './images/reportSchema.ts'
export { imageSimilarity, type Similarities } from './images/similarity.ts'
export {
  attackMembership,
  type MembershipAttack,
  type MembershipEvidence,
  type MembershipFinding,
} from './membership/attackModel.ts'
export {
  auditTraining,
  judgeTraining,
  type PrivacyClaim,
  type TrainingAudit,
} from './membership/auditTraining.ts'
export {
  type Canaries,
  type CanaryKind,
  type CanaryOptions,
  drawCanaries,
  withCanaries,
} from './membership/canaries.ts'
export type { ShadowScores } from './membership/lira.ts'
export { type ModelReportParts, reportOnModel } from './membership/modelReport.ts'
export type { Guesses, OneRunBound } from './membership/oneRun.ts'
export { type ModelLeakReport, modelReportSchema } from './membership/reportSchema.ts'
export type { AnswerRows, Candidates } from './membership/scores.ts'
export { layerShadows, type ShadowOptions, type ShadowRecipe, shadowScores } from './membership/shadows.ts'
export {
  defaultFleetPolicy,
  defaultImagePolicy,
  defaultModelPolicy,
  defaultPolicy,
  defaultUpdatePolicy,
  type Policy,
  readPolicy,
} from './policy/policy.ts'
export { publishedAttacks } from './published/attacks.ts'
export { auditPublished, type PublishedAuditOptions } from './published/auditPublished.ts'
export type {
  ClassCandidates,
  Mixtures,
  PeopleKinds,
  PublishedClasses,
} from './published/candidates.ts'
export type {
  PublicAlgorithm,
  PublicRounds,
  PublishedAttack,
  PublishedAttackOptions,
  PublishedEvidence,
  PublishedFound,
  Sight,
  Unmeasured,
} from './published/contract.ts'
export { defaultPublishedPolicy, defaultSyntheticPolicy } from './published/defaultPolicies.ts'
export { type LatticeFacts, latticeFacts, type SearchedNode } from './published/lattice.ts'
export {
  type PublishedLeakReport,
  publishedReportSchema,
  type SyntheticLeakReport,
  syntheticReportSchema,
} from './published/reportSchema.ts'
export { type FoundIdentifier, findIdentifiers } from './published/risk/identifiers.ts'
export {
  type PopulationRisk,
  type RecordRisk,
  type RiskOptions,
  riskOf,
  type SizeCount,
  type TableRisk,
} from './published/risk/riskOf.ts'
export { type ColumnRole, type RoleSuggestion, suggestRoles } from './published/risk/roles.ts'
export { type SubsetRisk, tellingSubsets } from './published/risk/separation.ts'
export type { KindValue } from './published/shares.ts'
export type { StrangerBeliefs } from './published/strangers.ts'
export { syntheticAttacks } from './published/synthetic/attacks.ts'
export { auditSynthetic, type SyntheticAuditOptions } from './published/synthetic/auditSynthetic.ts'
export type {
  Feature,
  FeatureTable,
  SyntheticAttack,
  SyntheticAttackOptions,
  SyntheticEvidence,
  SyntheticSight,
} from './published/synthetic/contract.ts'
export {
  type ReportFileOptions,
  writeCodeReport,
  writeFleetReport,
  writeImageReport,
  writeModelReport,
  writePublishedReport,
  writeReport,
  writeSyntheticReport,
  writeUpdateReport,
} from './report/write.ts'
export type { Estimate, RocPoint } from './roc.ts'
export { type Attack, type ReleasedPart, releasedParts } from './tables/attack.ts'
export { linearInversion, rowsThatBreak } from './tables/attacks/linear.ts'
export { attacks } from './tables/attacks.ts'
export { type AuditOptions, auditTable } from './tables/auditTable.ts'
export type { CurvePoint, LeakCost } from './tables/curve.ts'
export {
  type Attribute,
  type Evidence,
  type LabelColumn,
  type LabelView,
  numericAttributes,
  type View,
} from './tables/evidence.ts'
export { auditKey, type KeyAudit, type KeyAuditOptions } from './tables/keyAudit.ts'
export { type Guess, type RecoverySpec, recoveryAttack } from './tables/recovery.ts'
export { type LeakReport, reportSchema } from './tables/reportSchema.ts'
export { type Sample, type SampleOptions, tableEvidence } from './tables/tableEvidence.ts'
