// RMSprop, with momentum and the centred variant.
// Source: Hinton's lecture 6e; Keras 3, RMSprop: v ← ρ·v + (1 − ρ)·g²; w ← w − η·g / √(v + ε).
// Averages are kept divided by 1 − ρ, which saves a large node each; the scalars make up for it.

import { type Given, withDefaults } from '../../defaults.ts'
import { add, div, mul, sqrt, sub } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Rule } from './optimizer.ts'

/** Settings of RMSprop. Source: Hinton's lecture 6e. */
export interface Rmsprop {
  readonly kind: 'rmsprop'
  readonly learningRate: number
  readonly rho: number
  readonly momentum: number
  readonly epsilon: number
  readonly centred: boolean
}

/**
 * RMSprop: rate 0.001, ρ 0.9, momentum 0, ε 1e-7, not centred where absent, as Keras 3 has it. Source:
 * Hinton's lecture 6e.
 */
export const rmsprop = (options: Given<Omit<Rmsprop, 'kind'>> = {}): Rmsprop =>
  Object.freeze(
    withDefaults<Rmsprop>(
      { kind: 'rmsprop', learningRate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centred: false },
      options,
    ),
  )

export const stepRmsprop: Rule<Rmsprop> = (settings, learningRate, memory) => {
  const rest = 1 - settings.rho
  const rate = mul(learningRate, scalarLike(learningRate, 1 / Math.sqrt(rest)))
  return (w, g) => {
    const rho = scalarLike(w, settings.rho)
    const v = memory.slot('velocity', w, 0)
    const nextV = add(mul(v, rho), mul(g, g))
    memory.next(v, nextV)
    let spread = nextV
    if (settings.centred) {
      const mean = memory.slot('mean', w, 0)
      const nextMean = add(mul(mean, rho), g)
      memory.next(mean, nextMean)
      // v − m² with v and m divided by 1 − ρ.
      spread = sub(spread, mul(mul(nextMean, scalarLike(w, rest)), nextMean))
    }
    const root = sqrt(add(spread, scalarLike(w, settings.epsilon / rest)))
    const move = mul(div(g, root), rate)
    if (settings.momentum === 0) return sub(w, move)
    const m = memory.slot('momentum', w, 0)
    const next = add(mul(m, scalarLike(w, settings.momentum)), move)
    memory.next(m, next)
    return sub(w, next)
  }
}
