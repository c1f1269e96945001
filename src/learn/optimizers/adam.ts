// Adam, ten large nodes a parameter.
// Source: Kingma and Ba 2015; Keras 3, Adam: the bias correction is folded into the rate,
// α = η·√(1 − β₂ᵗ) / (1 − β₁ᵗ), and w ← w − α·m / (√v + ε).

import { type Given, withDefaults } from '../../defaults.ts'
import { add, div, mul, sqrt, sub } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Rule } from './optimizer.ts'

/** Settings of Adam. Source: Kingma and Ba 2015. */
export interface Adam {
  readonly kind: 'adam'
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/**
 * Adam: rate 0.001, β₁ 0.9, β₂ 0.999, ε 1e-7 where absent, as Keras 3 has it. Source: Kingma and Ba 2015.
 */
export const adam = (options: Given<Omit<Adam, 'kind'>> = {}): Adam =>
  Object.freeze(
    withDefaults<Adam>(
      { kind: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      options,
    ),
  )

export const stepAdam: Rule<Adam> = (settings, learningRate, memory) => {
  const { beta1, beta2, epsilon } = settings
  const scalar = (value: number) => scalarLike(learningRate, value)
  // The moments are kept divided by 1 − β (M = m / (1 − β₁), V = v / (1 − β₂)), which saves two large nodes:
  // α·m / (√v + ε) = α·(1 − β₁) / √(1 − β₂) · M / (√V + ε / √(1 − β₂)).
  const root = Math.sqrt(1 - beta2)
  const power1 = memory.slot('beta1Power', undefined, 1)
  const power2 = memory.slot('beta2Power', undefined, 1)
  const next1 = mul(power1, scalar(beta1))
  const next2 = mul(power2, scalar(beta2))
  memory.next(power1, next1)
  memory.next(power2, next2)
  const corrected = div(sqrt(sub(scalar(1), next2)), sub(scalar(1), next1))
  const rate = mul(mul(learningRate, scalar((1 - beta1) / root)), corrected)
  return (w, g) => {
    const m = memory.slot('momentum', w, 0)
    const v = memory.slot('velocity', w, 0)
    const nextM = add(mul(m, scalarLike(w, beta1)), g)
    const nextV = add(mul(v, scalarLike(w, beta2)), mul(g, g))
    memory.next(m, nextM)
    memory.next(v, nextV)
    return sub(w, div(mul(nextM, rate), add(sqrt(nextV), scalarLike(w, epsilon / root))))
  }
}
