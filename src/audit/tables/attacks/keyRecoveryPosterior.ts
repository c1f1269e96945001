// How likely a row of features is, given its release and what rows are like; and one damped Gauss-Newton step to a likelier one.
// Source: maximum a posteriori estimate with Gaussian errors; Levenberg (1944) and Marquardt (1963) for the damping.
// It knows one row at a time: which rows still move, and how much they are held back, keyRecoveryInverse.ts decides.

import type { Architecture } from './keyRecoveryGraph.ts'

/** What is known of a row before its release is looked at. */
export interface Prior {
  readonly mean: Float64Array
  /** Inverse of the covariance, row-major. */
  readonly precision: Float64Array
}

/** What layers make of rows: `values` `[rows, outputs]`, and their derivatives, `slopes` `[rows, outputs, features]`. */
export interface Outcome {
  readonly values: Float64Array
  readonly slopes: Float64Array
}

/** Of rows `[rows, features]`, by the number of the row. */
export interface RowPosterior {
  /** Minus twice the logarithm of the posterior, times the errors' variance and up to a constant. */
  costOf(at: Float64Array, values: Float64Array, row: number): number
  /** Where a step from `at` leads, into the same place of `out`; the more damping, the shorter. */
  move(row: number, at: Float64Array, there: Outcome, damping: number, out: Float64Array): void
  /** The nearest that a feature may be. */
  within(v: number): number
}

/**
 * @param targets `[rows, outputs]`, row-major, as the layers were fitted to
 * @param options.error variance of a target around the fitted layers
 * @param options.bound features lie in ±bound: ranges are public
 */
export function rowPosterior(
  { features, outputs }: Pick<Architecture, 'features' | 'outputs'>,
  targets: Float64Array,
  { error, prior, bound }: { readonly error: number; readonly prior: Prior; readonly bound: number },
): RowPosterior {
  const products = new Float64Array(features * features)
  const by = new Float64Array(features)
  const within = (v: number) => Math.min(bound, Math.max(-bound, v))

  function costOf(at: Float64Array, values: Float64Array, r: number): number {
    let misfit = 0
    for (let o = r * outputs; o < (r + 1) * outputs; o++) misfit += (values[o]! - targets[o]!) ** 2
    let unlikely = 0
    for (let i = 0; i < features; i++) {
      const off = at[r * features + i]! - prior.mean[i]!
      for (let j = 0; j < features; j++) {
        unlikely += off * prior.precision[i * features + j]! * (at[r * features + j]! - prior.mean[j]!)
      }
    }
    return misfit + error * unlikely
  }

  function move(
    r: number,
    at: Float64Array,
    { values, slopes }: Outcome,
    damping: number,
    out: Float64Array,
  ): void {
    const row = at.subarray(r * features, (r + 1) * features)
    for (let i = 0; i < features; i++) {
      let pull = 0
      for (let j = 0; j < features; j++) {
        let sum = error * prior.precision[i * features + j]!
        pull -= sum * (row[j]! - prior.mean[j]!)
        for (let o = 0; o < outputs; o++) {
          const base = (r * outputs + o) * features
          sum += slopes[base + i]! * slopes[base + j]!
        }
        products[i * features + j] = sum
      }
      for (let o = 0; o < outputs; o++) {
        const t = r * outputs + o
        pull += slopes[t * features + i]! * (targets[t]! - values[t]!)
      }
      by[i] = pull
    }
    for (let i = 0; i < features; i++) {
      products[i * features + i] = products[i * features + i]! * (1 + damping) + 1e-300
    }
    const solved = solveInPlace(products, by)
    for (let i = 0; i < features; i++) out[r * features + i] = within(row[i]! + (solved ? by[i]! : 0))
  }

  return { costOf, move, within }
}

/**
 * Solves a symmetric system by Cholesky's factors, over both of its arguments. Thousands of small systems a second are
 * solved here: ml-matrix, which takes an object for each, took five times as long.
 * @returns false for a matrix that is not positive definite.
 */
function solveInPlace(a: Float64Array, b: Float64Array): boolean {
  const size = b.length
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = a[i * size + j]!
      for (let t = 0; t < j; t++) sum -= a[i * size + t]! * a[j * size + t]!
      if (i > j) a[i * size + j] = sum / a[j * size + j]!
      else if (sum > 0) a[j * size + j] = Math.sqrt(sum)
      else return false
    }
  }
  for (let i = 0; i < size; i++) {
    for (let t = 0; t < i; t++) b[i] = b[i]! - a[i * size + t]! * b[t]!
    b[i] = b[i]! / a[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let t = i + 1; t < size; t++) b[i] = b[i]! - a[t * size + i]! * b[t]!
    b[i] = b[i]! / a[i * size + i]!
  }
  return true
}
