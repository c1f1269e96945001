// Undoes fitted layers: for each released row the most likely row of features, by damped Gauss-Newton steps.
// Source: maximum a posteriori estimate with Gaussian errors; Levenberg (1944) and Marquardt (1963) for the steps.
// Where the layers are the key itself, the error is zero and the prior counts for nothing.

import { CholeskyDecomposition, LuDecomposition, Matrix } from 'ml-matrix'
import { throwIfAborted } from '../errors.ts'
import type { FittedLayers } from './keyRecoveryFit.ts'
import { type Architecture, inversionProgram } from './keyRecoveryGraph.ts'

/** What is known of a row before its release is looked at. */
export interface Prior {
  readonly mean: Float64Array
  /** Inverse of the covariance, row-major. */
  readonly precision: Float64Array
}

/** The mean and covariance of rows, the latter with a little added to each variance. @param x one array a feature */
export function priorOf(x: readonly Float64Array[]): Prior {
  const rows = x[0]!.length
  const mean = Float64Array.from(x, (column) => column.reduce((sum, v) => sum + v / rows, 0))
  const covariance = new Matrix(x.length, x.length)
  x.forEach((a, i) => {
    x.forEach((b, j) => {
      let sum = 0
      for (let r = 0; r < rows; r++) sum += (a[r]! - mean[i]!) * (b[r]! - mean[j]!)
      covariance.set(i, j, sum / rows)
    })
  })
  // Few rows, or features that follow from others, leave directions without variance: they are not certain for that.
  for (let i = 0; i < x.length; i++) covariance.set(i, i, covariance.get(i, i) * 1.01 + 1e-4)
  const inverse = new LuDecomposition(covariance).solve(Matrix.eye(x.length, x.length))
  // Exactly symmetric, as Cholesky's factors want it.
  const precision = inverse.add(inverse.transpose()).mul(0.5)
  return { mean, precision: Float64Array.from(precision.to1DArray()) }
}

/** Steps until nothing moves any more: Gauss-Newton doubles the digits in each. */
const steps = 40

/**
 * @param targets `[rows, outputs]`, row-major, as the layers were fitted to
 * @param error variance of a target around the fitted layers
 * @param start `[rows, features]`: where the search begins
 * @param bound features lie in ±bound: ranges are public
 * @returns `x` `[rows, features]`, and what the layers make of it, `values` `[rows, outputs]`
 */
export async function invertLayers(
  architecture: Architecture,
  fitted: FittedLayers,
  targets: Float64Array,
  options: {
    readonly error: number
    readonly prior: Prior
    readonly start: Float64Array
    readonly bound: number
    readonly signal?: AbortSignal
  },
): Promise<{ x: Float64Array; values: Float64Array }> {
  const { features, outputs } = architecture
  const { error, prior, start, bound, signal } = options
  const rows = start.length / features
  const program = await inversionProgram(architecture, fitted, rows)
  const within = (v: number) => Math.min(bound, Math.max(-bound, v))
  try {
    const x = start.map(within)
    let there = await program.run(x)
    const cost = Float64Array.from({ length: rows }, (_, r) => costOf(x, there.values, r))
    const damping = new Float64Array(rows).fill(1e-3)
    const next = new Float64Array(x.length)
    for (let step = 0; step < steps; step++) {
      throwIfAborted(signal)
      for (let r = 0; r < rows; r++) move(r, x, there, damping[r]!, next)
      const tried = await program.run(next)
      let largest = 0
      for (let r = 0; r < rows; r++) {
        const own = costOf(next, tried.values, r)
        if (!(own < cost[r]!)) {
          damping[r] = damping[r]! * 10
          tried.values.set(there.values.subarray(r * outputs, (r + 1) * outputs), r * outputs)
          const span = outputs * features
          tried.slopes.set(there.slopes.subarray(r * span, (r + 1) * span), r * span)
          continue
        }
        for (let j = r * features; j < (r + 1) * features; j++) {
          largest = Math.max(largest, Math.abs(next[j]! - x[j]!))
          x[j] = next[j]!
        }
        cost[r] = own
        damping[r] = Math.max(damping[r]! / 10, 1e-15)
      }
      there = tried
      if (largest < 1e-13 && step > 5) break
    }
    return { x, values: there.values }
  } finally {
    await program.close()
  }

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
    { values, slopes }: { readonly values: Float64Array; readonly slopes: Float64Array },
    damping: number,
    out: Float64Array,
  ): void {
    const products = new Matrix(features, features)
    const right = new Matrix(features, 1)
    const own = at.subarray(r * features, (r + 1) * features)
    for (let i = 0; i < features; i++) {
      let pull = 0
      for (let j = 0; j < features; j++) {
        let sum = error * prior.precision[i * features + j]!
        pull -= sum * (own[j]! - prior.mean[j]!)
        for (let o = 0; o < outputs; o++) {
          const base = (r * outputs + o) * features
          sum += slopes[base + i]! * slopes[base + j]!
        }
        products.set(i, j, sum)
      }
      for (let o = 0; o < outputs; o++) {
        const t = r * outputs + o
        pull += slopes[t * features + i]! * (targets[t]! - values[t]!)
      }
      right.set(i, 0, pull)
    }
    for (let i = 0; i < features; i++) products.set(i, i, products.get(i, i) * (1 + damping) + 1e-300)
    const factors = new CholeskyDecomposition(products)
    const step = factors.isPositiveDefinite() ? factors.solve(right) : undefined
    for (let i = 0; i < features; i++) out[r * features + i] = within(own[i]! + (step ? step.get(i, 0) : 0))
  }
}
