// Federated learning: parameters travel, data stay. A node for Flower's fleets, algorithms, and a coordinator of our own.
// Source: McMahan et al. 2017; docs/architecture.md#rooms. An update tells of the data that it was made from: see audit/.

export type { Aggregator, Weighted } from './algorithms/aggregators/weightedMean.ts'
export type {
  Algorithm,
  Contribution,
  Instruction,
  NodeState,
  NodeStep,
  Vectors,
} from './algorithms/algorithm.ts'
export { type FedAvgOptions, fedAvg, type LocalTraining } from './algorithms/fedAvg.ts'
export type { Layout, NamedArrays, Slot } from './layout.ts'
export { fromVector, layoutOf, toVector, weightsToVector } from './layout.ts'
export type { Evaluated, Learner, LocalWork, Trained, Trainer } from './learner/learner.ts'
export { openTrainer, type TrainerOptions } from './learner/trainer.ts'
