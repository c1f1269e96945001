// Computing on ciphertexts: schemes, and what networks need to run on them.
// Source: docs/architecture.md#rooms. integer-vector/ is BROKEN, and exported from its own folder alone.

export type { Stream } from '../secret/derive.ts'
export type { Passphrase, Seal } from '../secret/sealedFile.ts'
export { type BfvOwner, createBfvOwner, openBfvOwner } from './bfv/owner.ts'
export type { AskModel, ModelAnswer, ModelRequest } from './ckks/messages.ts'
export {
  type LogisticPlan,
  type LogisticPlanOptions,
  type ModelCost,
  type ModelPlan,
  type NetworkPlan,
  type NetworkPlanOptions,
  planLogistic,
  planNetwork,
} from './ckks/modelPlan.ts'
export { createModelService, type ModelService } from './ckks/modelService.ts'
export { type CkksOwner, createCkksOwner, openCkksOwner } from './ckks/owner.ts'
export type { LabelledRows } from './ckks/plainTraining.ts'
export { type AnswerForm, type CkksService, openCkksService } from './ckks/service.ts'
export { trainInProcess } from './ckks/trainInProcess.ts'
export { type EncryptedTraining, type TrainModelOptions, trainModel } from './ckks/trainModel.ts'
export {
  type Answering,
  openAnswering,
  packAnswer,
  type Question,
  readQuestion,
} from './inference/answering.ts'
export {
  type CompiledNetwork,
  compileNetwork,
  type EncryptedCard,
  type EncryptedPlans,
  plansOf,
  readEncryptedCard,
} from './inference/compiled.ts'
export { describeParcel, type ParcelDescription } from './inference/describe.ts'
export { openHolderFile, writeHolderFile } from './inference/holderFile.ts'
export {
  createKeyHolder,
  type EncryptedAnswers,
  type HolderOptions,
  type KeyHolder,
  openKeyHolder,
} from './inference/keyHolder.ts'
export type { KeyState, MadeQuestion } from './inference/keyState.ts'
export type { LatencyChoice, LatencyPlan } from './inference/latencyPlan.ts'
export {
  answerPlainly,
  type ConvLayer,
  type DenseLayer,
  type NetworkShape,
  type PolynomialNetwork,
  type SquareLayer,
} from './inference/network.ts'
export { OwnerOnly } from './inference/ownerOnly.ts'
export { type Packing, packings } from './inference/packings.ts'
export type { IntegerLayer, IntegerNetwork } from './inference/quantise.ts'
export type { Reference } from './inference/references.ts'
export type { ThroughputChoice, ThroughputPlan } from './inference/throughputPlan.ts'
export { type PolynomialTraining, type TrainedPolynomial, trainPolynomial } from './inference/train.ts'
export { type Converted, convertNetwork } from './models/convert.ts'
export { type NamedNetwork, readPolynomialNetwork, writePolynomialNetwork } from './models/networkFile.ts'
export { networkOf } from './models/networkOf.ts'
export type { CiphertextForm } from './seal/ciphertexts.ts'
export type { EvaluationKeys, KeyNeeds } from './seal/keys.ts'
export { ckksParameters, type Degree, type HeParameters } from './seal/parameters.ts'
export type { OperationTimes } from './seal/times.ts'
