// What a row is likeliest to be, given a blurred sight of it: a normal law fitted to rows of the server's own.
// Source: Wiener 1949 (the linear estimate of least squares), x̂ = μ + Σ (Σ + v)⁻¹ (seen − μ).
// Rows of another kind than the server's own come out as its own would.

import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import type { ClassedRows } from './contract.ts'
import { meanOf } from './gradientLaw.ts'
import { separateRows } from './guessedRows.ts'

/** Wider rows take too long. */
const widest = 1024

/** Makes a row likelier. @param variance of what blurs each number */
export type Likelier = (seen: Float64Array, variance: number) => Float64Array

/** Fitted to rows; undefined where rows are too wide or too few. */
export function likelierRows(own: ClassedRows | undefined): Likelier | undefined {
  if (!own || own.labels.length < 20) return undefined
  const rows = separateRows(own)
  const width = rows[0]!.length
  if (width > widest) return undefined
  const centre = meanOf(rows)
  const away = new Matrix(rows.map((row) => Array.from(row, (v, j) => v - centre[j]!)))
  const covariance = away.transpose().mmul(away).div(rows.length)
  return (seen, variance) => {
    const solver = new CholeskyDecomposition(Matrix.add(covariance, Matrix.eye(width, width).mul(variance)))
    const inside = solver.solve(Matrix.columnVector(Array.from(seen, (v, j) => v - centre[j]!)))
    const moved = covariance.mmul(inside)
    return centre.map((v, j) => v + moved.get(j, 0))
  }
}
