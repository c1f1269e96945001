// Parallel SGD: every node runs plain SGD to its end from one start, and the server takes the mean once.
// Source: Zinkevich, Weimer, Smola, Li 2010, algorithm 3 (SimuParallelSGD): one row a step, T steps, v = Σ v_i / k.
// It is meant for one round and rows spread at random. More rounds of it are what was later called local SGD.

import { equalMean } from './aggregators/equalMean.ts'
import type { Algorithm } from './algorithm.ts'
import { fedAvg } from './fedAvg.ts'

/** How {@link parallelSgd} learns. */
export interface ParallelSgdOptions {
  /** T: steps of each node; rows are drawn pass by pass, without replacement. */
  readonly steps: number
  /** Rows a step; 1 unless given. */
  readonly batch?: number | undefined
  /** η */
  readonly rate: number
}

/** Parallel SGD. */
export function parallelSgd({ steps, batch = 1, rate }: ParallelSgdOptions): Algorithm<Float64Array> {
  return Object.freeze({
    ...fedAvg({ batch, rate, aggregate: equalMean }),
    name: 'parallel SGD',
    instruct: (weights: Float64Array, round: number) => ({
      round,
      vectors: { weights },
      settings: { steps, batch, rate },
    }),
  })
}
