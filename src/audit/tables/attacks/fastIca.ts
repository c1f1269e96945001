// FastICA: the directions of white data whose projections are furthest from Gaussian, all at once.
// Source: Hyvärinen (1999); Hyvärinen and Oja (2000), section 6, symmetric orthogonalisation, contrast log cosh (g = tanh).
// Gaussian sources, and sources that depend on each other, are not separated: what it returns then means nothing.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { Random } from '../../../random/seeded.ts'

export interface IcaOptions {
  readonly random: Random
  /** Random starts; the one with the largest negentropy is kept. */
  readonly starts: number
  /** Steps of one start at most; 200 if absent. */
  readonly steps?: number | undefined
}

/** E[log cosh v] of a standard Gaussian v. */
const gaussianContrast = 0.374567207491438

/**
 * Unmixes white columns.
 * @param white one array a direction: mean 0, variance 1, uncorrelated.
 * @returns an orthogonal matrix `[components, directions]`: component i is the sum of `unmixing[i][d] · white[d]`.
 */
export function separate(
  white: readonly Float64Array[],
  { random, starts, steps = 200 }: IcaOptions,
): Matrix {
  const size = white.length
  if (size === 0) return Matrix.zeros(0, 0)
  let best: { unmixing: Matrix; negentropy: number } | undefined
  for (let start = 0; start < starts; start++) {
    let unmixing = orthogonalised(
      new Matrix(Array.from({ length: size }, () => Array.from({ length: size }, () => random.normal()))),
    )
    for (let step = 0; step < steps; step++) {
      const next = orthogonalised(fixedPoint(white, unmixing))
      let change = 0
      for (let i = 0; i < size; i++) {
        const along = next.getRowVector(i).dot(unmixing.getRowVector(i))
        change = Math.max(change, Math.abs(1 - Math.abs(along)))
      }
      unmixing = next
      if (change < 1e-7) break
    }
    const negentropy = unmix(white, unmixing).reduce((sum, component) => sum + negentropyOf(component), 0)
    if (!best || negentropy > best.negentropy) best = { unmixing, negentropy }
  }
  return best!.unmixing
}

/** The components: `unmixing · white`. */
export function unmix(white: readonly Float64Array[], unmixing: Matrix): Float64Array[] {
  const rows = white[0]?.length ?? 0
  return Array.from({ length: unmixing.rows }, (_, i) => {
    const out = new Float64Array(rows)
    let d = 0
    // Four directions at a time, added in their order: fewer turns through memory.
    for (; d + 4 <= white.length; d += 4) {
      const [a, b, c, e] = [white[d]!, white[d + 1]!, white[d + 2]!, white[d + 3]!]
      const [s, t, u, v] = [0, 1, 2, 3].map((k) => unmixing.get(i, d + k)) as [number, number, number, number]
      for (let r = 0; r < rows; r++) out[r] = out[r]! + s * a[r]! + t * b[r]! + u * c[r]! + v * e[r]!
    }
    for (; d < white.length; d++) {
      const column = white[d]!
      const weight = unmixing.get(i, d)
      for (let r = 0; r < rows; r++) out[r] = out[r]! + weight * column[r]!
    }
    return out
  })
}

/** One step for every row w: E[x g(w·x)] - E[g'(w·x)] w. */
function fixedPoint(white: readonly Float64Array[], unmixing: Matrix): Matrix {
  const rows = white[0]!.length
  const next = Matrix.zeros(unmixing.rows, unmixing.columns)
  unmix(white, unmixing).forEach((component, i) => {
    let slope = 0
    for (let r = 0; r < rows; r++) {
      const g = Math.tanh(component[r]!)
      component[r] = g
      slope += 1 - g * g
    }
    white.forEach((column, d) => {
      let sum = 0
      for (let r = 0; r < rows; r++) sum += column[r]! * component[r]!
      next.set(i, d, (sum - slope * unmixing.get(i, d)) / rows)
    })
  })
  return next
}

/** (W Wᵀ)^-½ W, the nearest orthogonal matrix. */
function orthogonalised(w: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(w.mmul(w.transpose()), {
    assumeSymmetric: true,
  })
  const roots = Matrix.diag(realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, 1e-300))))
  return vectors.mmul(roots).mmul(vectors.transpose()).mmul(w)
}

/** (E[log cosh s] - E[log cosh v])² of a standardised component s and a Gaussian v. */
function negentropyOf(component: Float64Array): number {
  let sum = 0
  // log cosh s = |s| + log(1 + e^(-2|s|)) - log 2, without overflow.
  for (const s of component) sum += Math.abs(s) + Math.log1p(Math.exp(-2 * Math.abs(s))) - Math.LN2
  return (sum / component.length - gaussianContrast) ** 2
}
