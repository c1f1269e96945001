// Adagrad.
// Source: Duchi et al. 2011; Keras 3, Adagrad: a ← a + g²; w ← w − η·g / √(a + ε), a starting at 0.1.

import { type Given, withDefaults } from '../../defaults.ts'
import { add, div, mul, sqrt, sub } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Rule } from './optimizer.ts'

/** Settings of Adagrad. Source: Duchi et al. 2011. */
export interface Adagrad {
  readonly kind: 'adagrad'
  readonly learningRate: number
  readonly initialAccumulator: number
  readonly epsilon: number
}

/**
 * Adagrad: rate 0.001, first accumulator 0.1, ε 1e-7 where absent, as Keras 3 has it. Source: Duchi et al.
 * 2011.
 */
export const adagrad = (options: Given<Omit<Adagrad, 'kind'>> = {}): Adagrad =>
  Object.freeze(
    withDefaults<Adagrad>(
      { kind: 'adagrad', learningRate: 0.001, initialAccumulator: 0.1, epsilon: 1e-7 },
      options,
    ),
  )

export const stepAdagrad: Rule<Adagrad> = (settings, learningRate, memory) => (w, g) => {
  const a = memory.slot('accumulator', w, settings.initialAccumulator)
  const next = add(a, mul(g, g))
  memory.next(a, next)
  return sub(w, div(mul(g, learningRate), sqrt(add(next, scalarLike(w, settings.epsilon)))))
}
