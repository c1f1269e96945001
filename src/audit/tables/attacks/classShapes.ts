// Where classes lie to each other, in numbers that no invertible line changes: what tells classes of equal size apart.
// Source: Mahalanobis (1936) for distances, Fisher (1936) for the axis between two classes; quantiles along it.
// Layers bend them a little; two classes that are each other's mirror image are not told apart.

import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix'
import { covariance } from '../../../statistics/covariance.ts'
import { sum } from '../../../statistics/moments.ts'

/** Of each class, and of each pair of classes. */
export interface ClassShapes {
  /** Share of the rows. */
  readonly shares: Float64Array
  /** Spread of a class along its own axes, widest first, where all rows have spread 1. */
  readonly spreads: readonly Float64Array[]
  /**
   * Quantiles of the two classes along Fisher's axis from the one to the other, those of the first class first, in units
   * of their common deviation: `between[one][other]`.
   */
  readonly between: readonly (readonly Float64Array[])[]
}

const points = 24

/** Share of the identity in a class's covariance: with few rows an axis fits their accidents. */
const shrinkage = 0.1

/**
 * @param white rows, one array a direction: uncorrelated, variance 1.
 * @param classes of each row, from 0.
 */
export function classShapes(white: readonly Float64Array[], classes: Int32Array, count: number): ClassShapes {
  const rows = Array.from({ length: count }, (_, c) =>
    Int32Array.from(classes, (_, r) => r).filter((r) => classes[r] === c),
  )
  const classesOf = rows.map((members) =>
    white.map((column) => Float64Array.from(members, (r) => column[r]!)),
  )
  const means = classesOf.map((columns) => columns.map((column) => sum(column) / Math.max(1, column.length)))
  const covariances = classesOf.map((columns, c) => covariance(columns, means[c]!))
  return {
    shares: Float64Array.from(rows, (members) => members.length / Math.max(1, classes.length)),
    spreads: covariances.map((matrix) =>
      Float64Array.from(
        new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => b - a),
        (value) => Math.sqrt(Math.max(0, value)),
      ),
    ),
    between: rows.map((_, one) =>
      rows.map((__, other) =>
        one === other ? new Float64Array(0) : between(white, rows, means, covariances, one, other),
      ),
    ),
  }
}

function between(
  white: readonly Float64Array[],
  rows: readonly Int32Array[],
  means: readonly (readonly number[])[],
  covariances: readonly Matrix[],
  one: number,
  other: number,
): Float64Array {
  const [a, b] = [rows[one]!.length, rows[other]!.length]
  if (a === 0 || b === 0) return new Float64Array(2 * points)
  const common = Matrix.add(Matrix.mul(covariances[one]!, a), Matrix.mul(covariances[other]!, b)).div(a + b)
  const shrunk = Matrix.mul(common, 1 - shrinkage).add(Matrix.eye(white.length, white.length, shrinkage))
  const step = Matrix.columnVector(means[other]!.map((m, d) => m - means[one]![d]!))
  const axis = inverse(shrunk).mmul(step).to1DArray()
  const middle = axis.reduce((sum, w, d) => sum + (w * (means[one]![d]! + means[other]![d]!)) / 2, 0)
  const variance = Matrix.rowVector(axis).mmul(common).mmul(Matrix.columnVector(axis)).get(0, 0)
  const deviation = Math.sqrt(variance) || 1
  const along = (members: Int32Array) =>
    Float64Array.from(
      members,
      (r) => (axis.reduce((sum, w, d) => sum + w * white[d]![r]!, 0) - middle) / deviation,
    ).sort()
  const out = new Float64Array(2 * points)
  out.set(quantilesOf(along(rows[one]!)))
  out.set(quantilesOf(along(rows[other]!)), points)
  return out
}

function quantilesOf(ascending: Float64Array): Float64Array {
  return Float64Array.from(
    { length: points },
    (_, i) => ascending[Math.floor(((i + 0.5) / points) * ascending.length)]!,
  )
}
