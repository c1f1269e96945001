// FedAvg whose server treats the mean update as a gradient and gives it to an optimiser of its own.
// Source: Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar, McMahan 2021 (FedOpt), algorithm 1.
// Nodes know nothing of it: what they do is FedAvg's.

import { weightedMean } from './aggregators/weightedMean.ts'
import type { Algorithm } from './algorithm.ts'
import { type FedAvgOptions, settingsOf, trainAndDiffer, updatesOf } from './fedAvg.ts'

/** What an optimiser makes of a move Δ of the nodes. `Memory` survives a structured clone. */
export interface ServerOptimizer<Memory> {
  start(size: number): Memory
  /** @returns the move of the weights */
  step(move: Float64Array, memory: Memory): { readonly step: Float64Array; readonly memory: Memory }
}

/** Weights, and what the optimiser remembers. */
export interface OptimizedState<Memory> {
  readonly weights: Float64Array
  readonly memory: Memory
}

/** FedAvg under an optimiser. */
export function withServerOptimizer<Memory>(
  name: string,
  options: FedAvgOptions,
  optimizer: ServerOptimizer<Memory>,
): Algorithm<OptimizedState<Memory>> {
  const { aggregate = weightedMean } = options
  return Object.freeze({
    name,
    schedule: 'rounds',
    start: (weights: Float64Array) => ({ weights, memory: optimizer.start(weights.length) }),
    instruct: ({ weights }, round: number) => ({
      round,
      vectors: { weights },
      settings: settingsOf(options),
    }),
    node: trainAndDiffer,
    combine(state, contributions) {
      if (contributions.length === 0) return state
      const { step, memory } = optimizer.step(aggregate(updatesOf(contributions)), state.memory)
      return { weights: state.weights.map((w, i) => w + step[i]!), memory }
    },
    weights: ({ weights }) => weights,
  } satisfies Algorithm<OptimizedState<Memory>>)
}
