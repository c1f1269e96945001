// Federated learning: parameters travel, data stay. A node for Flower's fleets, algorithms, and a coordinator of our own.
// Source: McMahan et al. 2017; docs/fleet.md. An update tells of the data that it was made from: see audit/.

export {
  type AdaptiveClippingOptions,
  type AdaptiveState,
  adaptiveDpFedAvg,
} from './algorithms/adaptiveClipping.ts'
export { type AdmmOptions, admm } from './algorithms/admm.ts'
export { coordinateMedian } from './algorithms/aggregators/coordinateMedian.ts'
export { krum, multiKrum } from './algorithms/aggregators/krum.ts'
export { normBound } from './algorithms/aggregators/normBound.ts'
export { trimmedMean } from './algorithms/aggregators/trimmedMean.ts'
export { type Aggregator, type Weighted, weightedMean } from './algorithms/aggregators/weightedMean.ts'
export type {
  Algorithm,
  Contribution,
  Instruction,
  NodeContext,
  NodeState,
  NodeStep,
  Vectors,
} from './algorithms/algorithm.ts'
export { type CrowdMl, type CrowdMlOptions, type CrowdMlState, crowdMl } from './algorithms/crowdMl.ts'
export { type DownpourOptions, type DownpourState, downpour } from './algorithms/downpour.ts'
export { type DpFedAvgOptions, type DpState, dpFedAvg, type PrivateAlgorithm } from './algorithms/dpFedAvg.ts'
export { type FedAdamOptions, fedAdam, type Moments } from './algorithms/fedAdam.ts'
export { type FedAvgOptions, fedAvg, type LocalTraining } from './algorithms/fedAvg.ts'
export { type FedAvgMOptions, fedAvgM } from './algorithms/fedAvgM.ts'
export { type FedProxOptions, fedProx } from './algorithms/fedProx.ts'
export { type ParallelSgdOptions, parallelSgd } from './algorithms/parallelSgd.ts'
export { type ScaffoldOptions, type ScaffoldState, scaffold } from './algorithms/scaffold.ts'
export { type SelectiveSgdOptions, type SelectiveState, selectiveSgd } from './algorithms/selectiveSgd.ts'
export type { OptimizedState } from './algorithms/serverOptimizer.ts'
export {
  fromVector,
  type Layout,
  layoutOf,
  type NamedArrays,
  type Slot,
  toVector,
  weightsToVector,
} from './layout.ts'
export type { Evaluated, Learner, LocalWork, Trained, Trainer } from './learner/learner.ts'
export { openTrainer, type TrainerOptions } from './learner/trainer.ts'
export { type FedPerOptions, fedPer } from './personal/fedPer.ts'
export { type Retrained, type RetrainOptions, retrain } from './personal/retrain.ts'
export { readSnapshot, writeSnapshot } from './simulation/checkpoint.ts'
export { type DatasetFleetOptions, datasetFleet } from './simulation/datasetFleet.ts'
export type { Fleet, FleetSource, OpenFleet } from './simulation/fleet.ts'
export type { RoundRecord, SimulationOptions, Snapshot } from './simulation/running.ts'
export type { Sampling } from './simulation/sampling.ts'
export { simulate } from './simulation/simulate.ts'
