// Who was in the training data: attacks on any model, and the audit of private training by canaries in one run.
// Source: Carlini et al. 2022; Steinke, Nasr and Jagielski 2023. The bound is proved in PROOF.md.
// No attack here succeeding is no proof that none would.

export {
  attackMembership,
  type MembershipAttack,
  type MembershipEvidence,
  type MembershipFinding,
} from './attackModel.ts'
export {
  auditTraining,
  canaryScores,
  judgeTraining,
  type PrivacyClaim,
  type TrainingAudit,
} from './auditTraining.ts'
export { type Canaries, type CanaryKind, type CanaryOptions, drawCanaries, withCanaries } from './canaries.ts'
export { likelihoodRatio, type ShadowScores } from './lira.ts'
export {
  boundFromOneRun,
  chanceOfGuesses,
  epsilonExcluded,
  type Guesses,
  type OneRunBound,
} from './oneRun.ts'
export { type Answers, type Candidates, trueClassLogits } from './scores.ts'
export { layerShadows, type ShadowOptions, type ShadowRecipe, shadowScores } from './shadows.ts'
export {
  coinColumn,
  readCoins,
  readNumbers,
  type WrittenCanaries,
  writeTableCanaries,
} from './tableCanaries.ts'
