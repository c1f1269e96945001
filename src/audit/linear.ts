// Linear inversion: an adversary with n known (original, protected) rows undoes the public activation and fits a line.
// Source: known-input attacks on linear perturbation, Liu, Giannella & Kargupta (PKDD 2006); standpoint `leak`.
// It is the simplest attack with known rows: what it fails to recover may still fall to a better one.

import { Matrix, SingularValueDecomposition } from 'ml-matrix'

/** Rows of which the adversary has both sides, or on which it is judged: columns of equal length. */
export interface Pairs {
  readonly original: readonly Float64Array[]
  readonly protected: readonly Float64Array[]
}

/** How well the unseen rows were recovered, for each original column. */
export interface LinearRecovery {
  /** How many rows were known. */
  readonly known: number
  /** Largest |recovered - original| relative to the column's range over known and unseen rows. */
  readonly largestError: Float64Array
  /** Share of the variance recovered (R²); 0 is what the known rows' mean alone would give, negative is worse. */
  readonly explained: Float64Array
}

/**
 * Fits `original = M · inverse(protected) + c` to the first `known` rows by least squares (the shortest M while
 * there are fewer rows than unknowns) and judges it on the others.
 * @param inverse of the activation, which is public.
 * @throws RangeError unless 2 ≤ known < rows.
 */
export function linearInversion(pairs: Pairs, known: number, inverse: (y: number) => number): LinearRecovery {
  const rows = pairs.original[0]?.length ?? 0
  if (!(known >= 2 && known < rows)) {
    throw new RangeError(`of ${rows} rows, from 2 to ${rows - 1} can be known, but ${known} came`)
  }
  const targets = pairs.original
  const inputs = pairs.protected.map((column) => column.map(inverse))
  const inputMeans = inputs.map((column) => mean(column.subarray(0, known)))
  const targetMeans = targets.map((column) => mean(column.subarray(0, known)))
  const centred = (columns: readonly Float64Array[], means: readonly number[], from: number, to: number) =>
    new Matrix(Array.from({ length: to - from }, (_, r) => columns.map((c, j) => c[from + r]! - means[j]!)))
  const svd = new SingularValueDecomposition(centred(inputs, inputMeans, 0, known), { autoTranspose: true })
  const map = pseudoInverse(svd).mmul(centred(targets, targetMeans, 0, known))
  const recovered = centred(inputs, inputMeans, known, rows).mmul(map)
  const largestError = new Float64Array(targets.length)
  const explained = new Float64Array(targets.length)
  targets.forEach((column, j) => {
    let squares = 0
    let spread = 0
    for (let r = known; r < rows; r++) {
      const error = recovered.get(r - known, j) + targetMeans[j]! - column[r]!
      largestError[j] = Math.max(largestError[j]!, Math.abs(error))
      squares += error * error
      spread += (column[r]! - targetMeans[j]!) ** 2
    }
    largestError[j] = largestError[j]! / (rangeOf(column) || 1)
    explained[j] = spread > 0 ? 1 - squares / spread : 1
  })
  return { known, largestError, explained }
}

/**
 * The fewest known rows from which `linearInversion` recovers every unseen value within `tolerance` of its column's
 * range, or undefined when `most` rows do not suffice. Against one keyed layer of k columns it is k + 1.
 */
export function rowsThatBreak(
  pairs: Pairs,
  inverse: (y: number) => number,
  { tolerance = 1e-6, most }: { readonly tolerance?: number; readonly most: number },
): number | undefined {
  for (let known = 2; known <= most; known++) {
    if (linearInversion(pairs, known, inverse).largestError.every((error) => error <= tolerance)) return known
  }
  return undefined
}

/** The same rows in another order: `order[i]` says which row comes i-th. */
export function reordered(pairs: Pairs, order: Int32Array): Pairs {
  const reorder = (column: Float64Array) => Float64Array.from(order, (row) => column[row]!)
  return { original: pairs.original.map(reorder), protected: pairs.protected.map(reorder) }
}

// Directions that the known rows do not span beyond rounding are left alone.
function pseudoInverse(svd: SingularValueDecomposition): Matrix {
  const sigma = svd.diagonal
  const smallest = (sigma[0] ?? 0) * 1e-12
  const inverted = Matrix.diag(sigma.map((s) => (s > smallest ? 1 / s : 0)))
  return svd.rightSingularVectors.mmul(inverted).mmul(svd.leftSingularVectors.transpose())
}

function mean(values: Float64Array): number {
  return values.reduce((total, x) => total + x / values.length, 0)
}

function rangeOf(values: Float64Array): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const x of values) {
    low = Math.min(low, x)
    high = Math.max(high, x)
  }
  return high - low
}
