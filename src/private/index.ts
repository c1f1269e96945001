// Differential privacy: mechanisms whose noise is exact, with what each release gives away.
// Source: docs/architecture.md#rooms; Dwork and Roth 2014. Which guarantee holds under what is in docs/explanation/differential-privacy.md.

export { type RandomSource, systemRandom } from '../random/source.ts'
export { noiseMultiplierFor, type TrainingPrice } from './accounting/calibrate.ts'
export {
  advancedComposition,
  optimalComposition,
  type Price,
  parallelComposition,
  sequentialComposition,
  sumCurves,
  sumGaussian,
} from './accounting/compose.ts'
export {
  gaussianToDelta,
  gaussianToEpsilon,
  pureCurve,
  pureToZcdp,
  type RenyiCurve,
  renyiToEpsilon,
  zcdpCurve,
  zcdpToEpsilon,
} from './accounting/convert.ts'
export { sampledGroupLoss } from './accounting/groupRelease.ts'
export { deltaOf, epsilonOf, type Repeated } from './accounting/lossDistribution.ts'
export {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  type LossDensity,
  type LossPair,
  laplaceLoss,
  pricedLoss,
  type Release,
  sampledGaussianLoss,
} from './accounting/release.ts'
export { gaussianCurve, laplaceCurve, sampledGaussianCurve } from './accounting/renyi.ts'
export { foldedHead, type Head } from './features/head.ts'
export { type Dampening, type DampeningOptions, dampen, privateDampening } from './features/principal.ts'
export { centre, type PrivateMean, privateMean } from './features/privateMean.ts'
export type { Budget } from './ledger/composition.ts'
export type { Composition } from './ledger/compositions.ts'
export type { Source } from './ledger/fingerprint.ts'
export type { LedgerHead } from './ledger/head.ts'
export {
  createLedger,
  type Ledger,
  type LedgerOptions,
  type LedgerState,
  openLedger,
} from './ledger/ledger.ts'
export type { DataEntry, Entry } from './ledger/records.ts'
export type { SpendRequest } from './ledger/request.ts'
export { type Spend, spendOf } from './ledger/spend.ts'
export type { Waiting } from './ledger/turn.ts'
export { type GridMeasurement, type GridNoiseOptions, gridGaussian, gridLaplace } from './mechanisms/grid.ts'
export type { Distance, Measurement, PrivacyLoss } from './mechanisms/measurement.ts'
export { discreteGaussian, discreteLaplace } from './mechanisms/noise.ts'
export { privateQuantile, type QuantileOptions } from './mechanisms/quantile.ts'
export { type RandomisedResponse, randomisedResponse } from './mechanisms/randomisedResponse.ts'
export { type Exact, type Rational, rational } from './mechanisms/rational.ts'
export { permuteAndFlip, reportNoisyMax, type SelectionOptions } from './mechanisms/select.ts'
export { type AboveThresholdOptions, aboveThreshold } from './mechanisms/sparseVector.ts'
export {
  type StabilityHistogram,
  type StabilityHistogramOptions,
  stabilityHistogram,
} from './mechanisms/stabilityHistogram.ts'
export { type Aggregation, type ConfidentAggregation, confidentGnmax, noisyMax } from './pate/aggregate.ts'
export { exactPrice } from './pate/exact.ts'
export { type Publication, type PublishedPrice, publicationCost, publishPrice } from './pate/publish.ts'
export { disjointParts, tally } from './pate/votes.ts'
export type { NoiseLaw } from './query/budget.ts'
export type { QueryDescription, ReleaseDescription } from './query/describe.ts'
export {
  explainQuery,
  type GroupAnswer,
  type PrivateQueryOptions,
  privateQuery,
  type QueryAnswer,
} from './query/index.ts'
export type { JoinOptions } from './query/joins.ts'
export type { NoisyAnswer } from './query/moments.ts'
export type { QueryOptions } from './query/plan.ts'
export type { Bounds } from './query/ranges.ts'
export { type DraftedNumber, type DraftedSchema, draftSchema } from './schema/draft.ts'
export {
  readSchema,
  type StatedCategory,
  type StatedColumn,
  type StatedNumber,
  type StatedSchema,
} from './schema/schema.ts'
export type { SynthesisRelease } from './synthesis/account.ts'
export type { CutColumn } from './synthesis/coding.ts'
export {
  type BinnedNumber,
  type KnownCategory,
  readSynthesisSchema,
  requireSynthesisSchema,
  type SynthesisColumn,
  type SynthesisSchema,
} from './synthesis/domain.ts'
export type { Conditional } from './synthesis/graphical/network.ts'
export {
  type ClusteredGenerator,
  type ClusteredOptions,
  type ClusterNetwork,
  clusteredGenerator,
  type MixtureRecipe,
} from './synthesis/mixture/clusteredGenerator.ts'
export { drawClustered } from './synthesis/mixture/drawClustered.ts'
export type { MixturePrice } from './synthesis/mixture/mixturePrice.ts'
export type { AutoEncoderShape } from './synthesis/mixture/network.ts'
export { type DrawnColumn, drawRows, readModel, type SynthesisModel } from './synthesis/model.ts'
export { type Synthesis, type SynthesisOptions, synthesize } from './synthesis/synthesize.ts'
export { writeSynthesis } from './synthesis/writeTable.ts'
export type { CheckpointOptions } from './training/checkpointFile.ts'
export type { Clipping } from './training/clipping.ts'
export type { Spent } from './training/privacyBudget.ts'
export {
  type PrivateEpoch,
  type PrivateEpochRecord,
  type PrivateTrainOptions,
  trainPrivately,
} from './training/trainPrivately.ts'
