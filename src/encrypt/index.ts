// Computing on ciphertexts: schemes, and what networks need to run on them.
// Source: docs/architecture.md#rooms. integer-vector/ is BROKEN, and exported from its own folder alone.

export { type BfvOwner, createBfvOwner, openBfvOwner } from './bfv/owner.ts'
export { type DryRun, rateThatHolds, requireHeld } from './ckks/dryRun.ts'
export type { Answer, Ask, Request } from './ckks/messages.ts'
export {
  costOf,
  type LogisticPlan,
  type LogisticPlanOptions,
  type ModelCost,
  type ModelPlan,
  type NetworkPlan,
  type NetworkPlanOptions,
  planLogistic,
  planNetwork,
  planText,
  stepsOfLevels,
} from './ckks/modelPlan.ts'
export { type ModelProcess, startModelProcess } from './ckks/modelProcess.ts'
export { createModelService, type ModelService } from './ckks/modelService.ts'
export {
  type CkksOwner,
  createCkksOwner,
  openCkksOwner,
} from './ckks/owner.ts'
export {
  answersOf,
  firstWeights,
  type LabelledRows,
  plainTraining,
} from './ckks/plainTraining.ts'
export { type CkksService, openCkksService } from './ckks/service.ts'
export { trainInProcess } from './ckks/trainInProcess.ts'
export {
  type EncryptedTraining,
  type TrainModelOptions,
  trainModel,
} from './ckks/trainModel.ts'
export {
  type Answering,
  openAnswering,
  packAnswer,
  type Question,
  readQuestion,
} from './inference/answering.ts'
export { type Answered, answerQuestion } from './inference/answerThreads.ts'
export { answerAsPacked } from './inference/asPacked.ts'
export {
  type CompiledNetwork,
  compileNetwork,
  type EncryptedCard,
  type EncryptedPlans,
  plansOf,
  readCard,
} from './inference/compiled.ts'
export { describeParcel, type ParcelDescription } from './inference/describe.ts'
export { answersThatDetermine } from './inference/determine.ts'
export { readHolderFile, writeHolderFile } from './inference/holderFile.ts'
export {
  createKeyHolder,
  type EncryptedAnswers,
  type HolderOptions,
  type KeyHolder,
  openKeyHolder,
} from './inference/keyHolder.ts'
export { type KeyState, mostAnswers } from './inference/keyState.ts'
export {
  decryptAnswer,
  encryptImage,
  type LatencyService,
  latencyKeys,
  openLatencyService,
} from './inference/latency.ts'
export { compileLatency, type LatencyNetwork } from './inference/latencyChoice.ts'
export {
  type LatencyChoice,
  type LatencyPlan,
  latencyPlanText,
  planLatency,
} from './inference/latencyPlan.ts'
export {
  answerPlainly,
  type NetworkShape,
  type PolynomialNetwork,
} from './inference/network.ts'
export { OwnerOnly } from './inference/ownerOnly.ts'
export { type Packing, packings } from './inference/packings.ts'
export { answerWhole, type IntegerNetwork, quantise, wholePixels } from './inference/quantise.ts'
export { drawImages, type Reference, unitOf } from './inference/references.ts'
export {
  decryptAnswers,
  encryptImages,
  openThroughputService,
  type ThroughputService,
} from './inference/throughput.ts'
export {
  planThroughput,
  quantiseFor,
  type ThroughputPlan,
  throughputPlanText,
} from './inference/throughputPlan.ts'
export {
  cryptoNets,
  type PolynomialTraining,
  type TrainedPolynomial,
  trainPolynomial,
} from './inference/train.ts'
export { type Converted, convertNetwork, measureNetwork, measureOnnx } from './models/convert.ts'
export { type NamedNetwork, readPolynomialNetwork, writePolynomialNetwork } from './models/networkFile.ts'
export { networkOf } from './models/networkOf.ts'
export type { EvaluationKeys } from './seal/keys.ts'
export { ckksParameters, type HeParameters, requireSecure } from './seal/parameters.ts'
export { type OperationTimes, timesByShare, timesSince } from './seal/times.ts'
export { fitSigmoid, type SigmoidPolynomial, sigmoid } from './sigmoidPolynomial.ts'
