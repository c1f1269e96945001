// FedAvgM: the server keeps a velocity, so that one round's odd nodes turn the weights less.
// Source: Hsu, Qi, Brown 2019, section 3.3: v ← β v + Δ, w ← w + γ v; Reddi et al. 2021 call it FedAvgM too.

import { FrostglassError } from '../../errors.ts'
import type { Algorithm } from './algorithm.ts'
import type { FedAvgOptions } from './fedAvg.ts'
import { type OptimizedState, type ServerOptimizer, withServerOptimizer } from './serverOptimizer.ts'

export interface FedAvgMOptions extends FedAvgOptions {
  /** β in [0, 1); 0.9 unless given. */
  readonly momentum?: number | undefined
  /** γ, the server's rate; 1 unless given. With β the steps of a steady Δ grow to γ / (1 − β) of it. */
  readonly serverRate?: number | undefined
}

/** FedAvgM. @throws FrostglassError 'usage' for a momentum outside [0, 1) */
export const fedAvgM = (options: FedAvgMOptions): Algorithm<OptimizedState<Float64Array>> =>
  withServerOptimizer('FedAvgM', options, heavyBall(options.momentum ?? 0.9, options.serverRate ?? 1))

/** Polyak's momentum. @throws FrostglassError 'usage' for a momentum outside [0, 1) */
export function heavyBall(momentum: number, rate: number): ServerOptimizer<Float64Array> {
  if (!(momentum >= 0 && momentum < 1))
    throw new FrostglassError('usage', `a momentum is 0 or more and below 1, not ${momentum}`, 'Take 0.9.')
  return {
    start: (size) => new Float64Array(size),
    step(move, velocity) {
      const next = velocity.map((v, i) => momentum * v + move[i]!)
      return { step: next.map((v) => rate * v), memory: next }
    },
  }
}
