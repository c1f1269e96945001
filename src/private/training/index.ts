// Private training: DP-SGD with norms from one backward pass, Poisson samples, and an accountant that ends it.
// Source: Abadi and others 2016. What it promises is proved in PROOF.md here; what it does not is in docs/explanation/private-training.md.

export { type CheckpointOptions, type CheckpointSummary, readCheckpoint } from './checkpointFile.ts'
export type { Clipping } from './clipping.ts'
export type { Spent } from './privacyBudget.ts'
export {
  type PrivateEpoch,
  type PrivateEpochRecord,
  type PrivateTrainOptions,
  trainPrivately,
} from './trainPrivately.ts'
