// Adadelta.
// Source: Zeiler 2012; Keras 3, Adadelta: a ← ρ·a + (1 − ρ)·g²; d = −g·√(u + ε) / √(a + ε);
// u ← ρ·u + (1 − ρ)·d²; w ← w + η·d. Its default learning rate is Keras' 0.001; the paper has 1.

import { type Given, withDefaults } from '../../defaults.ts'
import { add, div, mul, sqrt, sub } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Rule } from './optimizer.ts'

/** Settings of Adadelta. Source: Zeiler 2012. */
export interface Adadelta {
  readonly kind: 'adadelta'
  readonly learningRate: number
  readonly rho: number
  readonly epsilon: number
}

/** Adadelta: rate 0.001, ρ 0.95, ε 1e-7 where absent, as Keras 3 has it. Source: Zeiler 2012. */
export const adadelta = (options: Given<Omit<Adadelta, 'kind'>> = {}): Adadelta =>
  Object.freeze(
    withDefaults<Adadelta>({ kind: 'adadelta', learningRate: 0.001, rho: 0.95, epsilon: 1e-7 }, options),
  )

export const stepAdadelta: Rule<Adadelta> = (settings, learningRate, memory) => (w, g) => {
  // Both averages are kept divided by 1 − ρ, and so is ε: the quotient of the roots does not change.
  const rho = scalarLike(w, settings.rho)
  const epsilon = scalarLike(w, settings.epsilon / (1 - settings.rho))
  const a = memory.slot('gradients', w, 0)
  const u = memory.slot('moves', w, 0)
  const nextA = add(mul(a, rho), mul(g, g))
  const move = mul(g, sqrt(div(add(u, epsilon), add(nextA, epsilon))))
  memory.next(a, nextA)
  memory.next(u, add(mul(u, rho), mul(move, move)))
  return sub(w, mul(move, learningRate))
}
