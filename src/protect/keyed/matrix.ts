// Secret non-singular square matrices with their inverses: a bounded-condition construction, and the paper's Glorot one.
// Source: SPG section 4.2 stage 5; Haar orthogonal matrices from Householder reflections (Stewart 1980; Mezzadri 2007).
// A bounded condition number protects the inverse's digits. It does not protect the data: see BREAK.md.

import { LuDecomposition, Matrix } from 'ml-matrix'
import { FrostglassError } from '../../errors.ts'
import type { Stream } from '../../secret/index.ts'

/** A k×k matrix and its inverse, row-major. */
export interface InvertibleMatrix {
  readonly size: number
  readonly forward: Float64Array
  readonly inverse: Float64Array
}

/** The largest ratio of singular values of a `bounded` matrix. Changing it changes what existing keys decode. */
export const conditionBound = 10

/** Beyond this estimate of the condition number (1-norm) a `glorot` matrix counts as singular. */
export const glorotConditionLimit = 1e10

/**
 * `U · diag(σ) · Vᵀ` with U and V Haar orthogonal and σ log-uniform on [1/√c, √c], c = `conditionBound`.
 * No direction is preferred, distances are not kept (an orthogonal matrix alone would keep them), and at most
 * log10(c) digits are lost by the inverse, which is made from the same factors: `V · diag(1/σ) · Uᵀ`.
 * Takes about 4k³ multiplications: a second for k = 500.
 */
export function boundedMatrix(size: number, random: Stream): InvertibleMatrix {
  const u = haarOrthogonal(size, random)
  const v = haarOrthogonal(size, random)
  const sigma = Float64Array.from({ length: size }, () => conditionBound ** (random.uniform() - 0.5))
  return {
    size,
    forward: outer(size, u, sigma, v),
    inverse: outer(
      size,
      v,
      sigma.map((s) => 1 / s),
      u,
    ),
  }
}

/**
 * The paper's choice: Glorot-uniform entries on ±√(6 / (k + k)). Its condition number has no bound (about k at the
 * median), so the inverse may lose digits; key creation measures how many.
 * @throws FrostglassError `usage` for a matrix that is singular to working precision.
 */
export function glorotMatrix(size: number, random: Stream): InvertibleMatrix {
  const limit = Math.sqrt(3 / size)
  const forward = Float64Array.from({ length: size * size }, () => (2 * random.uniform() - 1) * limit)
  return { size, forward, inverse: invert(size, forward) }
}

/**
 * Inverse by LU with partial pivoting and one Newton step, `X + X(I - AX)`, which takes its error to rounding.
 * @throws FrostglassError `usage` for a matrix that is singular to working precision.
 */
export function invert(size: number, a: Float64Array): Float64Array {
  const matrix = Matrix.from1DArray(size, size, a)
  const lu = new LuDecomposition(matrix)
  const first = lu.isSingular() ? undefined : lu.solve(Matrix.eye(size, size))
  const condition = first ? oneNorm(matrix) * oneNorm(first) : Number.POSITIVE_INFINITY
  if (!first || !(condition <= glorotConditionLimit)) {
    throw new FrostglassError(
      'usage',
      `a secret ${size}×${size} matrix is singular to working precision`,
      'Create another key, or leave the matrix at its default, which is never singular.',
    )
  }
  const residual = Matrix.eye(size, size).sub(matrix.mmul(first))
  return Float64Array.from(first.add(first.mmul(residual)).to1DArray())
}

/**
 * A Haar-distributed orthogonal matrix: the product of Householder reflections of Gaussian vectors of length
 * k, k-1, …, 1, signs corrected so that the distribution is exactly uniform.
 */
export function haarOrthogonal(size: number, random: Stream): Float64Array {
  const q = new Float64Array(size * size)
  for (let i = 0; i < size; i++) q[i * size + i] = 1
  const sum = new Float64Array(size)
  for (let start = size - 1; start >= 0; start--) {
    const v = Float64Array.from({ length: size - start }, () => random.gaussian())
    const norm = Math.sqrt(v.reduce((total, x) => total + x * x, 0))
    const sign = v[0]! < 0 ? -1 : 1
    v[0] = v[0]! + sign * norm
    const scale = 2 / v.reduce((total, x) => total + x * x, 0)
    // Q := -sign · H · Q on rows and columns from `start`: what is left of them is still the identity.
    sum.fill(0)
    for (let r = start; r < size; r++) {
      const weight = v[r - start]! * scale
      for (let c = start; c < size; c++) sum[c] = sum[c]! + weight * q[r * size + c]!
    }
    for (let r = start; r < size; r++) {
      const weight = v[r - start]!
      for (let c = start; c < size; c++) {
        q[r * size + c] = -sign * (q[r * size + c]! - weight * sum[c]!)
      }
    }
  }
  return q
}

/** `left · diag(d) · rightᵀ` of k×k matrices. */
function outer(size: number, left: Float64Array, d: Float64Array, right: Float64Array): Float64Array {
  const out = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    const row = left.subarray(i * size, (i + 1) * size).map((x, p) => x * d[p]!)
    for (let j = 0; j < size; j++) {
      const base = j * size
      let total = 0
      for (let p = 0; p < size; p++) total += row[p]! * right[base + p]!
      out[i * size + j] = total
    }
  }
  return out
}

function oneNorm(m: Matrix): number {
  let largest = 0
  for (let c = 0; c < m.columns; c++) {
    let total = 0
    for (let r = 0; r < m.rows; r++) total += Math.abs(m.get(r, c))
    largest = Math.max(largest, total)
  }
  return largest
}
