// A training taken in the plain before anything is encrypted: whether its numbers stay where CKKS and the polynomial hold,
// which learning rate keeps them there, and which number grows where one does not.
// Source: plainTraining.ts; ranges from ckksParameters (answers to ±2⁹ at the last level). Only the owner of rows can.

import { FrostglassError } from '../../errors.ts'
import { digits } from '../../statistics/figures.ts'
import type { ModelPlan } from './modelPlan.ts'
import { activationOf, type LabelledRows, type ModelWeights, plainStep } from './plainTraining.ts'

/** Beyond this a weight is no weight: numbers wrap at ±512. */
export const mostWeight = 128

/** What the steps of a plan came to. */
export interface DryRun {
  /** After the last step that was taken. */
  readonly weights: Float64Array[]
  /** Largest |z| (of a network, |h| of a hidden unit), and the step, from 1, at which it was first beyond the reach. */
  readonly largest: number
  /** Largest |weight|, or change of one. */
  readonly largestWeight: number
  /** The first step, from 1, at which a number left its range; null where all stayed. */
  readonly left: { readonly step: number; readonly largest: number; readonly largestWeight: number } | null
  /** Whether all weights stayed within ±128: CKKS holds it. */
  readonly holds: boolean
  /** Whether it learns, too: |z| within the polynomial's reach; of a network, squared errors that end below their start. */
  readonly learns: boolean
}

/** Takes the steps in the plain, until a weight is beyond what CKKS holds. */
export function dryRun(plan: ModelPlan, rows: LabelledRows, first: ModelWeights, steps: number): DryRun {
  const act = activationOf(plan)
  const reach = plan.model === 'logistic' ? plan.sigmoid.reach : Number.POSITIVE_INFINITY
  let weights: Float64Array[] = first.map((vector) => Float64Array.from(vector))
  let [largest, largestWeight, firstErrors, lastErrors] = [0, 0, 0, 0]
  let left: DryRun['left'] = null
  for (let step = 0; step < steps; step++) {
    const after = plainStep(plan, weights, rows, step % plan.blocks, act)
    largest = Math.max(largest, after.largest)
    after.weights.forEach((vector, i) => {
      vector.forEach((w, f) => {
        largestWeight = Math.max(largestWeight, Math.abs(w), Math.abs(w - weights[i]![f]!))
      })
    })
    // Every block has its own errors: the first pass over the blocks is compared with the last one.
    if (step < plan.blocks) firstErrors += after.squaredErrors
    if (step >= steps - Math.min(steps, plan.blocks)) lastErrors += after.squaredErrors
    weights = after.weights
    const outgrown = !(largestWeight <= mostWeight)
    if (!left && (outgrown || !(largest <= reach))) left = { step: step + 1, largest, largestWeight }
    if (outgrown) return { weights, largest, largestWeight, left, holds: false, learns: false }
  }
  const learns = largest <= reach && (plan.model === 'logistic' || lastErrors <= firstErrors)
  return { weights, largest, largestWeight, left, holds: true, learns }
}

/** Over the rows of a block a lower one would be encoded as 0. */
const leastRate = ({ parameters, rows, diagonals }: ModelPlan): number =>
  (2 * Math.min(rows, diagonals.slots)) / 2 ** parameters.precision

/** Halvings of a rate that are tried. */
const mostHalvings = 30

/**
 * The largest of `from`, a half of it, a quarter … at which the steps learn within range.
 * @throws FrostglassError `input` where none does
 */
export function rateThatHolds<P extends ModelPlan>(
  plan: P,
  rows: LabelledRows,
  first: ModelWeights,
  steps: number,
  from: number,
): { readonly plan: P; readonly run: DryRun } {
  for (let halvings = 0; halvings <= mostHalvings; halvings++) {
    const slower = { ...plan, learningRate: from / 2 ** halvings }
    if (slower.learningRate < leastRate(plan)) break
    const run = dryRun(slower, rows, first, steps)
    if (run.holds && run.learns) return { plan: slower, run }
  }
  throw new FrostglassError(
    'input',
    `no learning rate from ${from} down, by halves, keeps the numbers in range`,
    'Look for a column with a few enormous numbers, and leave it out or take its logarithm.',
  )
}

/**
 * Refuses steps whose weights outgrow CKKS, before anything is encrypted.
 * @returns the dry run, where they do not
 * @throws FrostglassError `input` that says which number grew, to what, at which step, and a rate that holds; for a rate that
 * would be encoded as 0
 */
export function requireHeld(plan: ModelPlan, rows: LabelledRows, first: ModelWeights, steps: number): DryRun {
  const least = leastRate(plan)
  if (plan.learningRate < least)
    throw new FrostglassError(
      'input',
      `a learning rate of ${plan.learningRate} is lost in rounding`,
      `Take ${digits(least, 2)} or more.`,
    )
  const run = dryRun(plan, rows, first, steps)
  if (run.holds) return run
  const held = tryRate(() => rateThatHolds(plan, rows, first, steps, plan.learningRate / 2))
  throw new FrostglassError(
    'input',
    `the steps leave the range at a learning rate of ${plan.learningRate}: ${grownText(plan, run)}`,
    held === undefined
      ? 'Leave out columns with a few enormous numbers: no lower rate holds either.'
      : `Take a rate of ${held}, which holds.`,
  )
}

/** Which number grew, to what. */
export function grownText(plan: ModelPlan, { left, largestWeight }: DryRun): string {
  const shown = (value: number) => (value < 1e4 ? value.toPrecision(3) : value.toExponential(1))
  const { step, largest } = left!
  const held =
    plan.model === 'logistic'
      ? `z reaches ${shown(largest)} at step ${step}, and the sigmoid’s polynomial holds to ${plan.sigmoid.reach}`
      : `a hidden unit reaches ${shown(largest)} at step ${step}, and answers its square`
  return largestWeight <= mostWeight
    ? held
    : `${held}; weights reach ${shown(largestWeight)}, and ${mostWeight} is held`
}

function tryRate(find: () => { readonly plan: ModelPlan }): number | undefined {
  try {
    return find().plan.learningRate
  } catch (error) {
    if (error instanceof FrostglassError) return undefined
    throw error
  }
}
