// Linear regression with a penalty that is chosen by leaving out one row at a time.
// Source: Hoerl and Kennard (1970); leave-one-out residuals in closed form, Allen's PRESS (1974).
// Directions that the rows do not span are left alone: with few rows it gives the shortest fit.

import { Matrix, SingularValueDecomposition } from 'ml-matrix'

/** A fitted line for several targets. */
export interface Line {
  /** Targets for other rows: columns in, columns out. */
  predict(inputs: readonly Float64Array[]): Float64Array[]
  /** Squared leave-one-out residuals of the standardised targets, mean over rows and targets. */
  readonly leftOut: number
}

/** Relative to the square of the largest singular value. */
const penalties = [1e-14, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]

/**
 * Fits targets to inputs, both standardised, with one penalty for all.
 * @param inputs one array a column, at least two rows.
 * @throws RangeError for fewer.
 */
export function fitRidge(inputs: readonly Float64Array[], targets: readonly Float64Array[]): Line {
  return fitWith(penalties, inputs, targets)
}

/**
 * Plain least squares of standardised columns, the shortest solution where the rows leave several.
 * @param inputs one array a column, at least two rows.
 * @throws RangeError for fewer.
 */
export function fitLeastSquares(inputs: readonly Float64Array[], targets: readonly Float64Array[]): Line {
  return fitWith([0], inputs, targets)
}

function fitWith(
  candidates: readonly number[],
  inputs: readonly Float64Array[],
  targets: readonly Float64Array[],
): Line {
  const x = standardised(inputs)
  const y = standardised(targets)
  const rows = inputs[0]?.length ?? 0
  if (rows < 2) throw new RangeError(`a line is fitted to two rows or more, but ${rows} came`)
  const svd = new SingularValueDecomposition(x.matrix, { autoTranspose: true })
  const sigma = svd.diagonal
  const largest = Math.max(...sigma, 0)
  const kept = sigma.map((s, i) => ({ s, i })).filter(({ s }) => s > largest * 1e-12)
  const left = svd.leftSingularVectors.subMatrixColumn(kept.map(({ i }) => i))
  const projected = left.transpose().mmul(y.matrix)
  const leverages = Array.from({ length: rows }, (_, r) => kept.map((__, c) => left.get(r, c) ** 2))
  let best: { leftOut: number; shrunk: number[] } | undefined
  for (const penalty of candidates) {
    const lambda = penalty * largest * largest
    const shrunk = kept.map(({ s }) => (s * s) / (s * s + lambda))
    const fitted = left.mmul(scaleRows(projected, shrunk))
    let total = 0
    for (let r = 0; r < rows; r++) {
      const leverage = 1 / rows + leverages[r]!.reduce((sum, h, c) => sum + h * shrunk[c]!, 0)
      // A row that the fit passes through by itself says nothing of other rows.
      const room = Math.max(1 - leverage, 1e-9)
      for (let t = 0; t < targets.length; t++) {
        total += ((y.matrix.get(r, t) - fitted.get(r, t)) / room) ** 2
      }
    }
    const leftOut = total / (rows * Math.max(targets.length, 1))
    if (!best || leftOut < best.leftOut) best = { leftOut, shrunk }
  }
  const { leftOut, shrunk } = best!
  const right = svd.rightSingularVectors.subMatrixColumn(kept.map(({ i }) => i))
  const weights = kept.length
    ? right.mmul(
        scaleRows(
          projected,
          kept.map(({ s }, c) => shrunk[c]! / s),
        ),
      )
    : Matrix.zeros(inputs.length, targets.length)
  return {
    leftOut,
    predict(others) {
      const count = others[0]?.length ?? 0
      return targets.map((_, t) => {
        const out = new Float64Array(count).fill(y.mean[t]!)
        others.forEach((column, j) => {
          const slope = (weights.get(j, t) * y.deviation[t]!) / x.deviation[j]!
          for (let r = 0; r < count; r++) out[r] = out[r]! + slope * (column[r]! - x.mean[j]!)
        })
        return out
      })
    },
  }
}

function scaleRows(m: Matrix, factors: readonly number[]): Matrix {
  const out = m.clone()
  factors.forEach((f, i) => {
    out.mulRow(i, f)
  })
  return out
}

function standardised(columns: readonly Float64Array[]) {
  const rows = columns[0]?.length ?? 0
  const mean = columns.map((c) => c.reduce((sum, v) => sum + v / rows, 0))
  const deviation = columns.map(
    (c, j) => Math.sqrt(c.reduce((sum, v) => sum + (v - mean[j]!) ** 2 / rows, 0)) || 1,
  )
  const matrix = new Matrix(rows, columns.length)
  columns.forEach((column, j) => {
    for (let r = 0; r < rows; r++) matrix.set(r, j, (column[r]! - mean[j]!) / deviation[j]!)
  })
  return { mean, deviation, matrix }
}
