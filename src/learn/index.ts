// Learning: layers, losses, optimisers, the training loop, metrics, cross-validation. Stands on graph/ alone.
// Source: docs/architecture.md#the-engine; Keras 3 for names, defaults and semantics.

export type { Given } from '../defaults.ts'
export { type Random, seededStream } from '../random/seeded.ts'
export type { Parameter } from './buildLayers.ts'
export {
  type Callback,
  type CallbackState,
  type EarlyStopping,
  earlyStopping,
  type Monitor,
  type ReduceOnPlateau,
  reduceOnPlateau,
} from './callbacks.ts'
export { type Checkpoint, readCheckpoint, readWeights, writeCheckpoint, writeWeights } from './checkpoint.ts'
export { type Configuration, crossValidate, type FoldResult } from './crossValidate.ts'
export { type Dataset, takeRows } from './dataset.ts'
export type { EpochRecord } from './epochRecord.ts'
export { type FitOptions, type Fitted, fit } from './fit.ts'
export { type FoldScore, type GridSearchOptions, type GridSearchResult, gridSearch } from './gridSearch.ts'
export type { Fans, Initialiser } from './initialisers.ts'
export { type Activation, type ActivationName, activation } from './layers/activation.ts'
export {
  type Conv2D,
  type ConvTranspose2D,
  conv2d,
  convTranspose2d,
  type Pair,
} from './layers/convolution.ts'
export { type Dense, dense } from './layers/dense.ts'
export { type Embedding, embedding } from './layers/embedding.ts'
export { functionLayer, type GraphLayer, graphLayer } from './layers/graph.ts'
export type { Layer } from './layers/index.ts'
export type { LayerOptions } from './layers/layer.ts'
export { type Dropout, dropout, type GaussianNoise, gaussianNoise } from './layers/noise.ts'
export { type BatchNorm, batchNorm, type GroupNorm, groupNorm } from './layers/normalisation.ts'
export {
  type AveragePool2D,
  averagePool2d,
  type GlobalAveragePool,
  globalAveragePooling,
  type MaxPool2D,
  maxPool2d,
} from './layers/pooling.ts'
export { type Lstm, lstm } from './layers/recurrent.ts'
export { type Flatten, flatten, type Reshape, reshapeTo } from './layers/shape.ts'
export {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  type Loss,
  type LossName,
  meanAbsoluteError,
  meanSquaredError,
} from './losses.ts'
export {
  accuracy,
  areaUnderCurve,
  argmax,
  confusionMatrix,
  meanAbsoluteDifference,
  recalls,
  rootMeanSquaredError,
} from './metrics.ts'
export { countParameters, initialWeights, type Model, sequential, type Weights } from './model.ts'
export { type Adadelta, adadelta } from './optimizers/adadelta.ts'
export { type Adagrad, adagrad } from './optimizers/adagrad.ts'
export { type Adam, adam } from './optimizers/adam.ts'
export type { Optimizer } from './optimizers/index.ts'
export { type Rmsprop, rmsprop } from './optimizers/rmsprop.ts'
export { type Sgd, sgd } from './optimizers/sgd.ts'
export type { Turn } from './pauses.ts'
export { exportModel, measureAccuracy, predict } from './predict.ts'
export { type ScatterOptions, scatter } from './scattering/scatter.ts'
export { scattering } from './scattering/scattering.ts'
export { type Fold, holdOut, kFold, stratifiedKFold, walkForward } from './splits.ts'
export { type Epoch, type Progress, type Recipe, type TrainOptions, train } from './train.ts'
