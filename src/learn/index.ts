// Learning: layers, losses, optimisers, the training loop, metrics, cross-validation. Stands on graph/ alone.
// Source: docs/architecture.md#the-engine; Keras 3 for names, defaults and semantics.

export { shuffle, upTo } from '../random/order.ts'
export { type Random, seededStream } from '../random/seeded.ts'
export type { Parameter } from './buildLayers.ts'
export {
  type Callback,
  type EarlyStopping,
  earlyStopping,
  type Monitor,
  type ReduceOnPlateau,
  reduceOnPlateau,
} from './callbacks.ts'
export { type Checkpoint, loadCheckpoint, loadWeights, saveCheckpoint, saveWeights } from './checkpoint.ts'
export { type Configuration, crossValidate, type FoldResult } from './crossValidate.ts'
export { type Dataset, takeRows } from './dataset.ts'
export type { EpochRecord } from './epochRecord.ts'
export { type FitOptions, type Fitted, fit } from './fit.ts'
export { type FoldScore, type GridOptions, type GridResult, gridSearch } from './gridSearch.ts'
export type { Initialiser } from './initialisers.ts'
export * from './layers/index.ts'
export {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  type Loss,
  type LossName,
  lossOf,
  meanAbsoluteError,
  meanSquaredError,
} from './losses.ts'
export {
  accuracy,
  areaUnderCurve,
  argmax,
  confusionMatrix,
  largest,
  meanAbsoluteDifference,
  recalls,
  rootMeanSquaredError,
} from './metrics.ts'
export {
  countParameters,
  inferenceGraph,
  initialWeights,
  type Model,
  type ModelType,
  sequential,
  type Weights,
} from './model.ts'
export {
  type Adadelta,
  type Adagrad,
  type Adam,
  adadelta,
  adagrad,
  adam,
  type Optimizer,
  type Rmsprop,
  rmsprop,
  type Sgd,
  sgd,
} from './optimizers/index.ts'
export { exportModel, measureAccuracy, predict } from './predict.ts'
export { type ScatterOptions, scatter, scattering, scatteringLayers } from './scattering/index.ts'
export { type Fold, holdOut, kFold, stratifiedKFold, walkForward } from './splits.ts'
export { type Epoch, type Progress, type Recipe, type TrainOptions, train } from './train.ts'
export { answerOf, answerTasks, inWorkers, type PoolOptions, type Reply, workerFile } from './workers.ts'
