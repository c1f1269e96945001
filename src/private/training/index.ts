// Private training: DP-SGD with norms from one backward pass, Poisson samples, and an accountant that ends it.
// Source: ARCHITECTURE, "Rooms"; Abadi and others 2016. What it promises and what not is in docs/private.md.

export type { Clipping } from './clipping.ts'
export type { Spent } from './privacyBudget.ts'
export {
  type PrivateEpoch,
  type PrivateEpochRecord,
  type PrivateTrainOptions,
  trainPrivately,
} from './trainPrivately.ts'
