// How columns vary together.
// Source: the maximum-likelihood estimate, divided by n; sums from the first row on.
// Few rows say little of it: shrink it, or add to its diagonal, before it is inverted.

import { Matrix } from 'ml-matrix'

/**
 * The covariance of columns: `Σ (a − ā)(b − b̄) / n`, exactly symmetric; zeros without rows.
 * @param columns one array a column, of equal lengths
 * @param means of the columns; 0 for columns that are centred already
 */
export function covariance(columns: readonly ArrayLike<number>[], means: ArrayLike<number>): Matrix {
  const out = new Matrix(columns.length, columns.length)
  columns.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const b = columns[j]!
      let sum = 0
      for (let r = 0; r < a.length; r++) sum += (a[r]! - means[i]!) * (b[r]! - means[j]!)
      out.set(i, j, sum / Math.max(1, a.length))
      out.set(j, i, out.get(i, j))
    }
  })
  return out
}
