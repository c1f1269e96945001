// A step of logistic regression on encrypted weights, as the service computes it; the data plain or encrypted.
// Source: gradient descent with a cubic for the sigmoid (Kim et al. 2018).
// w ← w − (η / n) Σ (½ + c₁ z + c₃ z³ − y) x, with z = X w: four levels.

import type { Ciphertext } from 'node-seal'
import { columnsTimes, rowsTimes } from './linear.ts'
import type { ModelBlock } from './modelBlock.ts'
import type { LogisticPlan } from './modelPlan.ts'
import type { CkksService } from './service.ts'

/** One step: new weights, four levels lower. The given ones stay. */
export function logisticStep(
  service: CkksService,
  { diagonals, sigmoid, parameters }: LogisticPlan,
  { forward, backward, offset }: ModelBlock,
  [weights]: readonly [Ciphertext],
): [Ciphertext] {
  const usual = 2 ** parameters.precision
  const [z] = rowsTimes(service, diagonals, [forward], weights) as [Ciphertext]
  const unsettled = service.product(z, z)
  const square = service.settled(unsettled)
  // At the scale at which its product with z² comes out at the usual one.
  const step = service.timesPlain(
    z,
    sigmoid.cubic,
    service.factorScale(service.levelOf(square), square.scale()),
  )
  const product = service.product(square, step)
  const cubic = service.settled(product)
  cubic.setScale(usual)
  const linear = service.timesPlain(z, sigmoid.linear)
  const above = service.plus(cubic, linear)
  const errors =
    offset instanceof Float64Array ? service.plusPlain(above, offset) : service.plus(above, offset)
  const gradient = columnsTimes(service, diagonals, [backward], [errors])
  const after = descended(service, weights, gradient)
  service.free(z, unsettled, square, step, product, cubic, linear, above, errors, gradient)
  return [after]
}

/** Weights less a gradient, at its level and scale. */
export function descended(service: CkksService, weights: Ciphertext, gradient: Ciphertext): Ciphertext {
  const before = service.timesPlain(weights, 1, gradient.scale())
  const after = service.minus(before, gradient)
  service.free(before)
  return after
}
