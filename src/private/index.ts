// Differential privacy: mechanisms whose noise is exact, with what each release gives away.
// Source: docs/architecture.md#rooms; Dwork and Roth 2014. Which guarantee holds under what is in docs/explanation/differential-privacy.md.

export { type RandomSource, systemRandom } from '../random/source.ts'
export * from './accounting/index.ts'
export * from './features/index.ts'
export * from './ledger/index.ts'
export { type GridMeasurement, type GridOptions, gridGaussian, gridLaplace } from './mechanisms/grid.ts'
export type { Distance, Measurement, PrivacyLoss } from './mechanisms/measurement.ts'
export { discreteGaussian, discreteLaplace } from './mechanisms/noise.ts'
export {
  privateQuantile,
  type QuantileOptions,
} from './mechanisms/quantile.ts'
export { type RandomisedResponse, randomisedResponse } from './mechanisms/randomisedResponse.ts'
export { type Exact, type Rational, rational } from './mechanisms/rational.ts'
export { permuteAndFlip, reportNoisyMax, type SelectionOptions } from './mechanisms/select.ts'
export { type AboveThresholdOptions, aboveThreshold } from './mechanisms/sparseVector.ts'
export {
  type StabilityHistogram,
  type StabilityHistogramOptions,
  stabilityHistogram,
} from './mechanisms/stabilityHistogram.ts'
export * from './pate/index.ts'
export {
  type Answer,
  type AskOptions,
  type Bounds,
  explainQuery,
  type GroupAnswer,
  type JoinOptions,
  type NoiseLaw,
  privateQuery,
  type QueryAnswer,
  type QueryDescription,
  type QueryOptions,
  type ReleaseDescription,
} from './query/index.ts'
export {
  draftSchema,
  readSchema,
  requireSchema,
  type StatedCategory,
  type StatedColumn,
  type StatedNumber,
  type StatedSchema,
} from './schema/index.ts'
export * from './training/index.ts'
