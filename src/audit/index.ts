// What an adversary gets from what left: audits of tables, of images and of models, their policy, and the leak report.
// Source: docs/architecture.md#the-audit. A new attack is one file in its room's attacks/, one line in attacks.ts beside it.
// No attack here succeeding is no proof that none would.

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
export { imageAttacks } from './images/attacks.ts'
export { type AttributeNet, trainAttributeNet } from './images/attributeNet.ts'
export { auditImages, type ImageAuditOptions } from './images/auditImages.ts'
export { withComputedAttributes } from './images/computedAttributes.ts'
export type { ImageAttack, ImageEvidence, ImageFinding, Measure, Picture } from './images/contract.ts'
export { matchPanes } from './images/evidence.ts'
export type { AttackTraining } from './images/learning.ts'
export { mapSvg, umap } from './images/maps.ts'
export { chancePurity, neighbourPurity, silhouettes, squaredDistances } from './images/neighbours.ts'
export { type RecNet, type RecNetOptions, type RecNetShape, trainRecNet } from './images/recNet.ts'
export { type ImageLeakReport, imageReportSchema } from './images/reportSchema.ts'
export { reconstructionSheet, reducedImages, releasedImages } from './images/sheets.ts'
export { imageSimilarity, type Similarities, similarityMeasures } from './images/similarity.ts'
export { type TsneOptions, tsne } from './images/tsne.ts'
export {
  attackMembership,
  type MembershipAttack,
  type MembershipEvidence,
  type MembershipFinding,
} from './membership/attackModel.ts'
export {
  auditTraining,
  canaryScores,
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
export { likelihoodRatio, type ShadowScores } from './membership/lira.ts'
export { type ModelReportParts, reportOnModel, rocFigure } from './membership/modelReport.ts'
export {
  boundFromOneRun,
  chanceOfGuesses,
  epsilonExcluded,
  type Guesses,
  type OneRunBound,
} from './membership/oneRun.ts'
export { type ModelLeakReport, modelReportSchema } from './membership/reportSchema.ts'
export { type Answers, type Candidates, trueClassLogits } from './membership/scores.ts'
export { layerShadows, type ShadowOptions, type ShadowRecipe, shadowScores } from './membership/shadows.ts'
export {
  coinColumn,
  readCoins,
  readNumbers,
  type WrittenCanaries,
  writeTableCanaries,
} from './membership/tableCanaries.ts'
export { quoted } from './policy/harm.ts'
export { type Judgement, judgePolicy, policyHolds, type RuleCounts } from './policy/judgement.ts'
export type { Place, Scope } from './policy/place.ts'
export {
  defaultImagePolicy,
  defaultModelPolicy,
  defaultPolicy,
  type Policy,
  parsePolicy,
  type Rule,
} from './policy/policy.ts'
export { tooWeak } from './policy/weakness.ts'
export { imageReportPage } from './report/imagePage.ts'
export { modelReportPage } from './report/modelPage.ts'
export { reportPage } from './report/page.ts'
export { jsonPathOf, writeImageReport, writeModelReport, writeReport } from './report/write.ts'
export { type Attack, type ReleasedPart, releasedParts } from './tables/attack.ts'
export { linearInversion, rowsThatBreak } from './tables/attacks/linear.ts'
export { attacks } from './tables/attacks.ts'
export { type AuditOptions, auditTable } from './tables/auditTable.ts'
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
export { type LeakReport, reportSchema } from './tables/reportSchema.ts'
export { keyEvidence, type Sample, type SampleOptions, tableEvidence } from './tables/tableEvidence.ts'
export { metricTitle, shareText } from './words.ts'
