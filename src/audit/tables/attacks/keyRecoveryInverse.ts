// Undoes fitted layers: for each released row the most likely row of features, by damped Gauss-Newton steps.
// Source: maximum a posteriori estimate with Gaussian errors; Levenberg (1944) and Marquardt (1963) for the steps.
// Where the layers are the key itself, the error is zero and the prior counts for nothing.

import { LuDecomposition, Matrix } from 'ml-matrix'
import { throwIfAborted } from '../../../errors.ts'
import { covariance } from '../../../statistics/covariance.ts'
import { meanInParts } from '../../../statistics/moments.ts'
import type { FittedLayers } from './keyRecoveryFit.ts'
import { type Architecture, inversionProgram } from './keyRecoveryGraph.ts'
import { type Prior, rowPosterior } from './keyRecoveryPosterior.ts'

/** The mean and covariance of rows, the latter with a little added to each variance. @param x one array a feature */
export function priorOf(x: readonly Float64Array[]): Prior {
  const mean = Float64Array.from(x, meanInParts)
  const spread = covariance(x, mean)
  // Few rows, or features that follow from others, leave directions without variance: they are not certain for that.
  for (let i = 0; i < x.length; i++) spread.set(i, i, spread.get(i, i) * 1.01 + 1e-4)
  const inverse = new LuDecomposition(spread).solve(Matrix.eye(x.length, x.length))
  // Exactly symmetric, as Cholesky's factors want it.
  const precision = inverse.add(inverse.transpose()).mul(0.5)
  return { mean, precision: Float64Array.from(precision.to1DArray()) }
}

/**
 * The features that layers of as many outputs as features make the targets of, layer by layer backwards: exact for the
 * key itself, where the search below may end at a bound on the way (one row of Adult's in two hundred did).
 * @param inverse of the activation
 * @returns `[rows, features]`; not finite where a value lies outside of what the layers can make
 */
export function undoLayers(
  { width, hidden }: Architecture,
  fitted: FittedLayers,
  targets: Float64Array,
  inverse: (y: number) => number,
): Float64Array {
  const span = width * (width + 1)
  const layers = Array.from({ length: hidden }, (_, l) => fitted.weights.subarray(l * span, (l + 1) * span))
  const rows = targets.length / width
  let h = Matrix.from1DArray(rows, width, targets).transpose()
  for (const [back, layer] of [fitted.last, ...layers.toReversed()].entries()) {
    const matrix = Matrix.from1DArray(width, width + 1, layer)
    const z = back === 0 ? h : h.apply((i, r) => h.set(i, r, inverse(h.get(i, r))))
    h = new LuDecomposition(matrix.subMatrix(0, width - 1, 0, width - 1)).solve(
      z.subColumnVector(matrix.getColumnVector(width)),
    )
  }
  return Float64Array.from(h.transpose().to1DArray())
}

/** Most rows stand still after six: near its end, Gauss-Newton doubles the digits in each. */
const steps = 40

/** A row that moves by less in features of width 1 has arrived; one that must be held back more cannot be improved. */
const settled = 1e-13
const mostDamping = 1e6

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
    readonly signal?: AbortSignal | undefined
  },
): Promise<{ x: Float64Array; values: Float64Array }> {
  const { features, outputs } = architecture
  const { start, signal } = options
  const rows = start.length / features
  const program = await inversionProgram(architecture, fitted, rows)
  const { costOf, move, within } = rowPosterior(architecture, targets, options)
  try {
    const x = start.map(within)
    let there = await program.run(x)
    const cost = Float64Array.from({ length: rows }, (_, r) => costOf(x, there.values, r))
    const damping = new Float64Array(rows).fill(1e-3)
    const open = new Set(damping.keys())
    const next = x.slice()
    for (let step = 0; step < steps && open.size > 0; step++) {
      throwIfAborted(signal)
      for (const r of open) move(r, x, there, damping[r]!, next)
      const tried = await program.run(next)
      for (const r of open) {
        const costAfter = costOf(next, tried.values, r)
        const first = r * features
        if (!(costAfter < cost[r]!)) {
          damping[r] = damping[r]! * 10
          if (damping[r]! > mostDamping) open.delete(r)
          next.set(x.subarray(first, first + features), first)
          tried.values.set(there.values.subarray(r * outputs, (r + 1) * outputs), r * outputs)
          const span = outputs * features
          tried.slopes.set(there.slopes.subarray(r * span, (r + 1) * span), r * span)
          continue
        }
        let largest = 0
        for (let j = first; j < first + features; j++) {
          largest = Math.max(largest, Math.abs(next[j]! - x[j]!))
          x[j] = next[j]!
        }
        if (largest < settled) open.delete(r)
        cost[r] = costAfter
        damping[r] = Math.max(damping[r]! / 10, 1e-15)
      }
      there = tried
    }
    return { x, values: there.values }
  } finally {
    await program.close()
  }
}
