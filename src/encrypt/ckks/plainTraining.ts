// The same models in the plain: first weights, what encryption is held against, and answers.
// Source: gradient descent, blocks of rows in turn, as logisticStep.ts and networkStep.ts take them.

import { type Random, random } from '../../graph/plain/random.ts'
import type { LogisticPlan, ModelPlan, NetworkPlan } from './modelPlan.ts'

/** Rows × features, and a label 0 or 1 each. */
export interface LabelledRows {
  readonly x: Float32Array
  readonly labels: Uint8Array
}

/** Weights as `trainModel` takes and gives them. */
export type ModelWeights = readonly ArrayLike<number>[]

/** Zeros for logistic regression; small normal numbers for a network, whose units must differ. */
export function firstWeights(plan: ModelPlan, seed: number): Float64Array[] {
  if (plan.model === 'logistic') return [new Float64Array(plan.features)]
  const source: Random = random(seed)
  const draw = (count: number, deviation: number) =>
    Float64Array.from({ length: count }, () => deviation * source.normal())
  const each = <T>(make: () => T): T[] => Array.from({ length: plan.units }, make)
  return [...each(() => draw(plan.features, 0.1)), ...each(() => draw(1, 0.5))]
}

/** Trains in the plain. @param act the sigmoid, or the polynomial of the plan; a network has no other than its own */
export function plainTraining(
  plan: ModelPlan,
  rows: LabelledRows,
  steps: number,
  first: ModelWeights,
  act: (z: number) => number,
): { readonly weights: Float64Array[]; readonly largest: number } {
  const weights = first.map((own) => Float64Array.from(own))
  let largest = 0
  for (let step = 0; step < steps; step++) {
    const from = (step % plan.blocks) * plan.diagonals.slots
    const to = Math.min(from + plan.diagonals.slots, plan.rows)
    const gradients = weights.map((own) => new Float64Array(own.length))
    for (let row = from; row < to; row++) {
      const reached =
        plan.model === 'logistic'
          ? logisticGradient(plan, weights, gradients, rows, row, act)
          : networkGradient(plan, weights, gradients, rows, row)
      largest = Math.max(largest, reached)
    }
    weights.forEach((own, i) => {
      gradients[i]!.forEach((g, f) => {
        own[f] = (own[f] as number) - (plan.learningRate / (to - from)) * g
      })
    })
  }
  return { weights, largest }
}

function logisticGradient(
  { features }: LogisticPlan,
  weights: ModelWeights,
  [gradient]: readonly Float64Array[],
  { x, labels }: LabelledRows,
  row: number,
  act: (z: number) => number,
): number {
  const z = dot(weights[0]!, x, row)
  const error = act(z) - (labels[row] as number)
  for (let f = 0; f < features; f++)
    gradient![f] = (gradient![f] as number) + error * (x[row * features + f] as number)
  return Math.abs(z)
}

function networkGradient(
  plan: NetworkPlan,
  weights: ModelWeights,
  gradients: readonly Float64Array[],
  { x, labels }: LabelledRows,
  row: number,
): number {
  const { features, units, linear } = plan
  const hidden = Array.from({ length: units }, (_, unit) => dot(weights[unit]!, x, row))
  const error = networkAnswer(plan, weights, hidden) - (2 * (labels[row] as number) - 1)
  hidden.forEach((h, unit) => {
    const outer = gradients[units + unit]!
    outer[0] = (outer[0] as number) + error * (h * h + linear * h)
    const slope = error * (weights[units + unit]![0] as number) * (2 * h + linear)
    const inner = gradients[unit]!
    for (let f = 0; f < features; f++)
      inner[f] = (inner[f] as number) + slope * (x[row * features + f] as number)
  })
  return Math.max(...hidden.map(Math.abs))
}

const networkAnswer = (
  { units, linear }: NetworkPlan,
  weights: ModelWeights,
  hidden: readonly number[],
): number =>
  hidden.reduce((sum, h, unit) => sum + (weights[units + unit]![0] as number) * (h * h + linear * h), 0)

function dot(weights: ArrayLike<number>, x: Float32Array, row: number): number {
  let z = 0
  for (let f = 0; f < weights.length; f++)
    z += (weights[f] as number) * (x[row * weights.length + f] as number)
  return z
}

/** Answers of weights, 1 or 0. */
export const answersOf = (plan: ModelPlan, weights: ModelWeights, { x, labels }: LabelledRows): Uint8Array =>
  Uint8Array.from(labels, (_, row) => {
    if (plan.model === 'logistic') return dot(weights[0]!, x, row) > 0 ? 1 : 0
    const hidden = Array.from({ length: plan.units }, (_, unit) => dot(weights[unit]!, x, row))
    return networkAnswer(plan, weights, hidden) > 0 ? 1 : 0
  })
