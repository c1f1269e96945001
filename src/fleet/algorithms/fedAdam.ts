// FedAdam: the server scales each weight's move by how large its moves have been.
// Source: Reddi et al. 2021, algorithm 2: m ← β₁ m + (1 − β₁) Δ, v ← β₂ v + (1 − β₂) Δ², w ← w + η m / (√v + τ); v starts at τ².
// Without the correction of a first round's bias, as the paper has it.

import type { Algorithm } from './algorithm.ts'
import type { FedAvgOptions } from './fedAvg.ts'
import { type OptimizedState, withServerOptimizer } from './serverOptimizer.ts'

export interface FedAdamOptions extends FedAvgOptions {
  /** η of the server; 0.01 unless given. */
  readonly serverRate?: number | undefined
  /** β₁; 0.9 unless given. */
  readonly momentum?: number | undefined
  /** β₂; 0.99 unless given. */
  readonly secondMoment?: number | undefined
  /** τ: how little a weight may move and still count; 0.001 unless given. */
  readonly adaptivity?: number | undefined
}

/** Moments of the moves. */
export interface Moments {
  readonly first: Float64Array
  readonly second: Float64Array
}

/** FedAdam. */
export function fedAdam(options: FedAdamOptions): Algorithm<OptimizedState<Moments>> {
  const { serverRate = 0.01, momentum = 0.9, secondMoment = 0.99, adaptivity = 1e-3 } = options
  return withServerOptimizer<Moments>('FedAdam', options, {
    start: (size) => ({
      first: new Float64Array(size),
      second: new Float64Array(size).fill(adaptivity ** 2),
    }),
    step(move, memory) {
      const first = memory.first.map((m, i) => momentum * m + (1 - momentum) * move[i]!)
      const second = memory.second.map((v, i) => secondMoment * v + (1 - secondMoment) * move[i]! ** 2)
      return {
        step: first.map((m, i) => (serverRate * m) / (Math.sqrt(second[i]!) + adaptivity)),
        memory: { first, second },
      }
    },
  })
}
