// Stochastic gradient descent, with momentum and Nesterov's variant.
// Source: Keras 3, SGD: m ← μ·m − η·g; w ← w + m, or w + μ·m − η·g by Nesterov.

import { type Given, withDefaults } from '../../defaults.ts'
import { add, mul, sub } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Rule } from './optimizer.ts'

/** Settings of stochastic gradient descent. Source: Keras 3, SGD. */
export interface Sgd {
  readonly kind: 'sgd'
  readonly learningRate: number
  readonly momentum: number
  readonly nesterov: boolean
}

/**
 * Stochastic gradient descent: rate 0.01, momentum 0, without Nesterov's variant where absent. Source:
 * Keras 3, SGD.
 */
export const sgd = (options: Given<Omit<Sgd, 'kind'>> = {}): Sgd =>
  Object.freeze(withDefaults<Sgd>({ kind: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false }, options))

export const stepSgd: Rule<Sgd> = (settings, learningRate, memory) => (w, g) => {
  const move = mul(g, learningRate)
  if (settings.momentum === 0) return sub(w, move)
  const momentum = scalarLike(w, settings.momentum)
  const m = memory.slot('momentum', w, 0)
  const next = sub(mul(m, momentum), move)
  memory.next(m, next)
  return settings.nesterov ? add(w, sub(mul(next, momentum), move)) : add(w, next)
}
