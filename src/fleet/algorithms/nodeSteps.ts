// The nodes' halves by the name of their algorithm: what a node looks up when it is told how to work.
// Source: the files beside it. A half is driven by its instruction alone, so a name is all that it takes.

import { trainBase } from '../personal/fedPer.ts'
import { minimiseNear } from './admm.ts'
import type { NodeStep } from './algorithm.ts'
import { answerNoisily } from './crowdMl.ts'
import { trainAndPush } from './downpour.ts'
import { trainAndDiffer } from './fedAvg.ts'
import { trainCorrected } from './scaffold.ts'
import { trainAndSelect } from './selectiveSgd.ts'

/** By `Algorithm.name`. */
export const nodeSteps: Readonly<Record<string, NodeStep>> = Object.freeze({
  FedAvg: trainAndDiffer,
  FedProx: trainAndDiffer,
  FedAvgM: trainAndDiffer,
  FedAdam: trainAndDiffer,
  SCAFFOLD: trainCorrected,
  'parallel SGD': trainAndDiffer,
  'Downpour SGD': trainAndPush,
  ADMM: minimiseNear,
  'selective SGD': trainAndSelect,
  'DP-FedAvg': trainAndDiffer,
  'DP-FedAvg, adaptive clipping': trainAndDiffer,
  'Crowd-ML': answerNoisily,
  FedPer: trainBase,
})
