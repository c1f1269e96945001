// The same models in the plain: first weights, what encryption is held against, and answers.
// Source: gradient descent, blocks of rows in turn, as logisticStep.ts and networkStep.ts take them.

import { type Random, seededRandom } from '../../random/seeded.ts'
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
  const source: Random = seededRandom(seed)
  const draw = (count: number, deviation: number) =>
    Float64Array.from({ length: count }, () => deviation * source.normal())
  const each = <T>(make: () => T): T[] => Array.from({ length: plan.units }, make)
  return [...each(() => draw(plan.features, 0.1)), ...each(() => draw(1, 0.5))]
}

/** What a step in the plain gives, and what it went through. */
export interface PlainStep {
  readonly weights: Float64Array[]
  /** Largest |z| of a row; of a network, of a hidden unit before its square. */
  readonly largest: number
  /** Sum of squared errors of the block's rows, before the step. */
  readonly squaredErrors: number
}

/** One step on a block of rows. @param act as {@link plainTraining} */
export function plainStep(
  plan: ModelPlan,
  before: ModelWeights,
  rows: LabelledRows,
  block: number,
  act: (z: number) => number,
): PlainStep {
  const from = block * plan.diagonals.slots
  const to = Math.min(from + plan.diagonals.slots, plan.rows)
  const gradients = before.map((vector) => new Float64Array(vector.length))
  let [largest, squaredErrors] = [0, 0]
  for (let row = from; row < to; row++) {
    const { reached, error } =
      plan.model === 'logistic'
        ? logisticGradient(plan, before, gradients, rows, row, act)
        : networkGradient(plan, before, gradients, rows, row)
    // Written so that NaN is kept: Math.max keeps it.
    largest = Math.max(largest, reached)
    squaredErrors += error * error
  }
  const rate = plan.learningRate / (to - from)
  const weights = before.map((vector, i) =>
    Float64Array.from(gradients[i] as Float64Array, (g, f) => vector[f]! - rate * g),
  )
  return { weights, largest, squaredErrors }
}

/** What the plan puts in the sigmoid's place; a network's units are its own. */
export function activationOf(plan: ModelPlan): (z: number) => number {
  if (plan.model === 'network') return (z) => z
  const { linear, cubic } = plan.sigmoid
  return (z) => 0.5 + linear * z + cubic * z ** 3
}

/** Trains in the plain. @param act the sigmoid, or the polynomial of the plan; a network has no other than its own */
export function plainTraining(
  plan: ModelPlan,
  rows: LabelledRows,
  steps: number,
  first: ModelWeights,
  act: (z: number) => number,
): { readonly weights: Float64Array[]; readonly largest: number } {
  let weights: Float64Array[] = first.map((vector) => Float64Array.from(vector))
  let largest = 0
  for (let step = 0; step < steps; step++) {
    const after = plainStep(plan, weights, rows, step % plan.blocks, act)
    weights = after.weights
    largest = Math.max(largest, after.largest)
  }
  return { weights, largest }
}

interface RowReached {
  readonly reached: number
  readonly error: number
}

function logisticGradient(
  { features }: LogisticPlan,
  weights: ModelWeights,
  [gradient]: readonly Float64Array[],
  { x, labels }: LabelledRows,
  row: number,
  act: (z: number) => number,
): RowReached {
  const z = dot(weights[0]!, x, row)
  const error = act(z) - labels[row]!
  for (let f = 0; f < features; f++) gradient![f] = gradient![f]! + error * x[row * features + f]!
  return { reached: Math.abs(z), error }
}

function networkGradient(
  plan: NetworkPlan,
  weights: ModelWeights,
  gradients: readonly Float64Array[],
  { x, labels }: LabelledRows,
  row: number,
): RowReached {
  const { features, units, linear } = plan
  const hidden = Array.from({ length: units }, (_, unit) => dot(weights[unit]!, x, row))
  const error = networkAnswer(plan, weights, hidden) - (2 * labels[row]! - 1)
  hidden.forEach((h, unit) => {
    const outer = gradients[units + unit]!
    outer[0] = outer[0]! + error * (h * h + linear * h)
    const slope = error * weights[units + unit]![0]! * (2 * h + linear)
    const inner = gradients[unit]!
    for (let f = 0; f < features; f++) inner[f] = inner[f]! + slope * x[row * features + f]!
  })
  return { reached: Math.max(...hidden.map(Math.abs)), error }
}

const networkAnswer = (
  { units, linear }: NetworkPlan,
  weights: ModelWeights,
  hidden: readonly number[],
): number => hidden.reduce((sum, h, unit) => sum + weights[units + unit]![0]! * (h * h + linear * h), 0)

/** z of a row. */
export function dot(weights: ArrayLike<number>, x: Float32Array, row: number): number {
  let z = 0
  for (let f = 0; f < weights.length; f++) z += weights[f]! * x[row * weights.length + f]!
  return z
}

/** Answers of weights, 1 or 0. */
export const answersOf = (plan: ModelPlan, weights: ModelWeights, { x, labels }: LabelledRows): Uint8Array =>
  Uint8Array.from(labels, (_, row) => {
    if (plan.model === 'logistic') return dot(weights[0]!, x, row) > 0 ? 1 : 0
    const hidden = Array.from({ length: plan.units }, (_, unit) => dot(weights[unit]!, x, row))
    return networkAnswer(plan, weights, hidden) > 0 ? 1 : 0
  })
