// How far weights may be from the same steps in the plain when an honest service computed them: a tolerance for each.
// Source: Cheon, Kim, Kim and Song 2017, section 3 and appendix (noise of encryption, rescaling, key switching); variances are
// added as of independent errors. TRAINING-PROOF.md derives each term, and says what was measured against it.
// A heuristic: an honest training fails it with a probability that is believed, not proved, to be negligible.

import type { LogisticPlan, ModelPlan, NetworkPlan } from './modelPlan.ts'
import { activationOf, dot, type LabelledRows, type ModelWeights, plainStep } from './plainTraining.ts'

/** What steps in the plain give, and how far CKKS may be from it. */
export interface Expected {
  readonly weights: readonly Float64Array[]
  /** For each of the weights, in every slot. */
  readonly tolerance: readonly Float64Array[]
}

/** Deviations that a sum of many errors may be off: 2⁻¹⁰⁷ for a Gaussian. */
const deviations = 12
/**
 * Deviations that a single rounding may be off in one slot: a product of two Gaussians (of the rounding and of the secret
 * at that slot), whose tail falls as e^−t: 2⁻⁹⁰.
 */
const roundings = 64

/** Standard deviations in a slot, in units of the numbers. */
interface Unit {
  /** Of a rescaling, or the division of a key switch, against a ternary secret. */
  readonly rounding: number
  /** Of a fresh encryption. */
  readonly fresh: number
  /** Of a plaintext's own rounding. */
  readonly encoding: number
}

function unitOf({ parameters }: ModelPlan): Unit {
  const { degree: n, precision } = parameters
  const scale = 2 ** precision
  return {
    rounding: Math.sqrt((n / 24) * (1 + (2 * n) / 3)) / scale,
    fresh: (Math.sqrt(n / 2) * 3.2) / scale,
    encoding: Math.sqrt(n / 24) / scale,
  }
}

/** Variances of each of the weights. */
type Variances = readonly Float64Array[]

/** Takes the steps of a refresh in the plain. @param blocks one step each */
export function expectedAfter(
  plan: ModelPlan,
  rows: LabelledRows,
  before: ModelWeights,
  blocks: readonly number[],
): Expected {
  const unit = unitOf(plan)
  const act = activationOf(plan)
  let weights: Float64Array[] = before.map((vector) => Float64Array.from(vector))
  let variances: Variances = weights.map((vector) => new Float64Array(vector.length).fill(unit.fresh ** 2))
  for (const block of blocks) {
    variances =
      plan.model === 'logistic'
        ? logisticVariances(plan, unit, rows, weights, variances, block)
        : networkVariances(plan, unit, rows, weights, variances, block)
    weights = plainStep(plan, weights, rows, block, act).weights
  }
  return { weights, tolerance: variances.map((variance) => variance.map((v) => toleranceOf(v, unit))) }
}

const toleranceOf = (variance: number, { rounding }: Unit): number =>
  deviations * Math.sqrt(variance) + roundings * rounding

/**
 * How far slots that hold the same weight may be from one another where nobody has the rows; see {@link summedDeviation}.
 */
export const repeatTolerance = (plan: ModelPlan): number =>
  toleranceOf(2 * summedDeviation(plan) ** 2, unitOf(plan))

/**
 * Deviation of the noise in a weight after a refresh where nobody has the rows: what the last sum through the slots leaves,
 * for answers that are off by less than 2 in the mean square, and rows times the rate no longer than the features are many.
 */
export function summedDeviation(plan: ModelPlan): number {
  const unit = unitOf(plan)
  const { slots } = plan.diagonals
  const encoded = 4 * slots * (plan.encryptedData ? unit.fresh : unit.encoding) ** 2
  const sums = plan.model === 'logistic' ? summed(plan, unit) : 3 * slots * unit.rounding ** 2
  return Math.sqrt(plan.stepsPerRefresh * (sums + encoded + plan.features * unit.rounding ** 2))
}

/** Variance of the sum through all slots, of products that were settled and rotated by their giant steps. */
const summed = ({ diagonals }: ModelPlan, { rounding }: Unit): number =>
  ((3 * giantsOf(diagonals) + 1) * diagonals.slots * rounding ** 2) / diagonals.columns

const giantsOf = ({ columns, baby }: ModelPlan['diagonals']): number => columns / baby

/** Rows of a block, and what each adds to variances. */
function* rowsIn(plan: ModelPlan, { x }: LabelledRows, block: number) {
  const { features, rows, diagonals } = plan
  const from = block * diagonals.slots
  for (let row = from; row < Math.min(from + diagonals.slots, rows); row++) {
    let norm = 0
    for (let f = 0; f < features; f++) norm += x[row * features + f]! ** 2
    yield { row, norm }
  }
}

const sumOfSquares = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2
  return sum
}

const largestOf = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0)

/** Of X w in a slot: weights with their noise, rotated; plaintexts or ciphertexts of rows; what is settled and rotated. */
const productVariance = (
  plan: ModelPlan,
  { rounding, fresh, encoding }: Unit,
  norm: number,
  weights: ArrayLike<number>,
  variance: number,
): number =>
  norm * (variance + rounding ** 2) +
  3 * giantsOf(plan.diagonals) * rounding ** 2 +
  sumOfSquares(weights) * (encoding ** 2 + (plan.encryptedData ? fresh ** 2 : 0))

function logisticVariances(
  plan: LogisticPlan,
  unit: Unit,
  rows: LabelledRows,
  weights: readonly Float64Array[],
  variances: Variances,
  block: number,
): Float64Array[] {
  const { features, learningRate, encryptedData } = plan
  const { linear, cubic } = plan.sigmoid
  const vector = weights[0]!
  const before = largestOf(variances[0]!)
  const square = unit.rounding ** 2
  const act = activationOf(plan)
  const gradient = new Float64Array(features)
  let [count, errors, norms, steepest] = [0, 0, 0, 0]
  for (const { row, norm } of rowsIn(plan, rows, block)) {
    const z = dot(vector, rows.x, row)
    const slope = linear + 3 * cubic * z * z
    const variance =
      slope ** 2 * productVariance(plan, unit, norm, vector, before) +
      (z ** 4 + 2 * (cubic * z) ** 2 + 4) * square +
      (encryptedData ? unit.fresh ** 2 : 0)
    for (let f = 0; f < features; f++)
      gradient[f] = gradient[f]! + rows.x[row * features + f]! ** 2 * (variance + square)
    errors += (act(z) - rows.labels[row]!) ** 2
    norms += norm
    steepest = Math.max(steepest, Math.abs(slope))
    count++
  }
  const rate = learningRate / count
  const rest =
    summed(plan, unit) + errors * (unit.encoding ** 2 + (encryptedData ? unit.fresh ** 2 : 0)) + 2 * square
  // Errors of weights go through a step together: at most as the trace of the rows' second moments lets them grow.
  const growth = 1 + rate * norms * steepest
  return [gradient.map((v, f) => rate ** 2 * v + rest + growth ** 2 * variances[0]![f]!)]
}

function networkVariances(
  plan: NetworkPlan,
  unit: Unit,
  rows: LabelledRows,
  weights: readonly Float64Array[],
  variances: Variances,
  block: number,
): Float64Array[] {
  const { features, units, linear, learningRate, diagonals } = plan
  const square = unit.rounding ** 2
  const inner = Array.from({ length: units }, () => new Float64Array(features))
  const outer = new Float64Array(units)
  const backs = new Float64Array(units)
  const totals = new Float64Array(units)
  let [count, growing] = [0, 0]
  for (const { row, norm } of rowsIn(plan, rows, block)) {
    const hidden = Array.from({ length: units }, (_, u) => {
      const h = dot(weights[u]!, rows.x, row)
      const variance = productVariance(plan, unit, norm, weights[u]!, largestOf(variances[u]!))
      return {
        h,
        v: weights[units + u]![0]!,
        variance,
        answer: h * h + linear * h,
        answerVariance: (2 * h + linear) ** 2 * variance + 4 * square,
        slope: 2 * h + linear,
        slopeVariance: 4 * variance + 2 * square,
        outerVariance: variances[units + u]![0]!,
      }
    })
    const answer = hidden.reduce((sum, { v, answer }) => sum + v * answer, 0)
    const error = answer - (2 * rows.labels[row]! - 1)
    const errorVariance =
      hidden.reduce((sum, u) => sum + u.v ** 2 * u.answerVariance + u.answer ** 2 * u.outerVariance, 0) +
      3 * square
    hidden.forEach((u, i) => {
      const back = error * u.v * u.slope
      const backVariance =
        (u.v * u.slope) ** 2 * errorVariance +
        error ** 2 * (u.v ** 2 * u.slopeVariance + u.slope ** 2 * u.outerVariance + 2 * square) +
        2 * square
      const variances = inner[i] as Float64Array
      for (let f = 0; f < features; f++)
        variances[f] = variances[f]! + rows.x[row * features + f]! ** 2 * (backVariance + square)
      outer[i] = outer[i]! + u.answer ** 2 * errorVariance + error ** 2 * u.answerVariance + 2 * square
      backs[i] = backs[i]! + back ** 2
      totals[i] = totals[i]! + error * u.answer
      growing += norm * ((u.v * u.slope) ** 2 + Math.abs(2 * error * u.v)) + u.answer ** 2
    })
    count++
  }
  const rate = learningRate / count
  const growth = 1 + rate * growing
  const kept = (u: number, f: number) => growth ** 2 * variances[u]![f]! + 2 * square
  // The rate itself is rounded when it is encoded: a share of the sum.
  const share = unit.encoding / rate
  return [
    ...inner.map((vector, u) =>
      vector.map((v, f) => rate ** 2 * v + summed(plan, unit) + backs[u]! * unit.encoding ** 2 + kept(u, f)),
    ),
    ...Array.from(outer, (v, u) =>
      Float64Array.of(
        rate ** 2 * (v + 2 * diagonals.slots * square) +
          3 * diagonals.slots * square +
          (rate * totals[u]! * share) ** 2 +
          kept(units + u, 0),
      ),
    ),
  ]
}
