// The same logistic regression in the plain: what encryption is held against.
// Source: gradient descent, blocks of rows in turn, as encrypt/ckks/logisticStep.ts takes them.

import type { LogisticPlan } from '../../encrypt/index.ts'
import type { Rows } from './data.ts'

/** Trains in the plain. @param act the sigmoid, or the polynomial of the plan */
export function plainLogistic(
  plan: LogisticPlan,
  { x, labels }: Rows,
  steps: number,
  act: (z: number) => number,
): { readonly weights: Float64Array; readonly largest: number } {
  const { features, rows, blocks, diagonals, learningRate } = plan
  const weights = new Float64Array(features)
  let largest = 0
  for (let step = 0; step < steps; step++) {
    const first = (step % blocks) * diagonals.slots
    const count = Math.min(diagonals.slots, rows - first)
    const gradient = new Float64Array(features)
    for (let row = first; row < first + count; row++) {
      const z = logit(weights, x, row)
      largest = Math.max(largest, Math.abs(z))
      const error = act(z) - (labels[row] as number)
      for (let f = 0; f < features; f++)
        gradient[f] = (gradient[f] as number) + error * (x[row * features + f] as number)
    }
    for (let f = 0; f < features; f++)
      weights[f] = (weights[f] as number) - (learningRate / count) * (gradient[f] as number)
  }
  return { weights, largest }
}

function logit(weights: ArrayLike<number>, x: Float32Array, row: number): number {
  let z = 0
  for (let f = 0; f < weights.length; f++)
    z += (weights[f] as number) * (x[row * weights.length + f] as number)
  return z
}

/** Answers of weights, 1 or 0. */
export const answersOf = (weights: ArrayLike<number>, { x, labels }: Rows): Uint8Array =>
  Uint8Array.from(labels, (_, row) => (logit(weights, x, row) > 0 ? 1 : 0))
