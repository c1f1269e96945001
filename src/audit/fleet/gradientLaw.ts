// How gradients of single rows spread, by rows of the server's own: what is likely to be sent, and what is not.
// Source: Carlini et al. 2022 (normal laws fitted to shadows); Woodbury's identity for a covariance of few rows.
// A normal law is what sums of many rows come to; a few rows may be unlike it.

import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { mean } from '../../statistics/moments.ts'
import type { ClassedRows, SeenUpdates } from './contract.ts'
import { normOf } from './observed.ts'
import { type GradientAsker, gradientLimit, keptShare } from './probe.ts'
import { takeLabelled } from './send.ts'

/** Rows whose gradients say how gradients spread; as many again say what lies outside of their span. */
const spanning = 128

/** Gradients of the server's own rows, as nodes would send them. */
export interface OwnGradients {
  /** How a gradient of a row comes to what is seen. */
  readonly kept: (g: Float64Array) => Float64Array
  readonly spans: readonly Float64Array[]
  readonly others: readonly Float64Array[]
}

/** Gradients of some of the server's own rows, at most 256. */
export async function ownGradients(seen: SeenUpdates, asker: GradientAsker): Promise<OwnGradients> {
  const own = seen.own!
  const half = Math.min(spanning, Math.floor(own.labels.length / 2))
  const kept = await keeping(seen, asker, own)
  const some = (from: number) =>
    takeLabelled(
      own,
      Int32Array.from({ length: half }, (_, i) => from + i),
    )
  const of = async (rows: ClassedRows) => (await rowGradients(rows, asker)).map(kept)
  return { kept, spans: await of(some(0)), others: await of(some(half)) }
}

/** The mean of vectors. */
export function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length)
  for (const v of vectors) for (let j = 0; j < sum.length; j++) sum[j]! += v[j]! / vectors.length
  return sum
}

/** How gradients of rows come to what is seen: each cut off where a node has one row, else by what is kept on average. */
async function keeping(
  seen: SeenUpdates,
  asker: GradientAsker,
  own: ClassedRows,
): Promise<(g: Float64Array) => Float64Array> {
  if (seen.facts.clip === null) return (g) => g
  if (seen.facts.rows === 1) {
    const limit = gradientLimit(seen)
    return (g) => {
      const share = Math.min(1, limit / normOf(g))
      return g.map((v) => v * share)
    }
  }
  const share = await keptShare(seen, asker, own)
  return (g) => g.map((v) => v * share)
}

/** C⁻¹ of what is seen of so many rows. */
export interface InverseCovariance {
  /** vᵀC⁻¹v */
  readonly square: (v: Float64Array) => number
  /** C⁻¹v */
  readonly apply: (v: Float64Array) => Float64Array
}

/** C⁻¹ by Woodbury's identity: vᵀC⁻¹v and C⁻¹v, for C = λ + XᵀX with as many rows of X as there are gradients. */
export function inverseCovariance(
  spans: readonly Float64Array[],
  others: readonly Float64Array[],
  behind: number,
  noise: number,
): InverseCovariance {
  const count = spans.length
  const scale = 1 / Math.sqrt(count * behind)
  const rows = spans.map((g) => g.map((v) => v * scale))
  const gram = new Matrix(count, count)
  for (let a = 0; a < count; a++)
    for (let b = a; b < count; b++) {
      const product = dot(rows[a]!, rows[b]!)
      gram.set(a, b, product)
      gram.set(b, a, product)
    }
  const projection = (ridge: number) => {
    const solver = new CholeskyDecomposition(Matrix.add(gram, Matrix.eye(count, count).mul(ridge)))
    const along = (v: Float64Array) => Matrix.columnVector(rows.map((row) => dot(row, v)))
    /** vᵀ(λC⁻¹)v: one pass over the rows. */
    const square = (v: Float64Array): number => {
      const inside = along(v)
      return dot(v, v) - solver.solve(inside).dot(inside)
    }
    /** λC⁻¹v. */
    const apply = (v: Float64Array): Float64Array => {
      const weights = solver.solve(along(v))
      const left = v.slice()
      for (const [a, row] of rows.entries()) {
        const weight = weights.get(a, 0)
        for (let j = 0; j < row.length; j++) left[j]! -= weight * row[j]!
      }
      return left
    }
    return { square, apply }
  }
  // What rows that did not span leave, per number: with next to no ridge the square is that of what lies outside.
  const largest = Math.max(...gram.diagonal())
  const residual = projection(1e-6 * largest || 1)
  const outside = mean(others.map((g) => residual.square(g))) / spans[0]!.length / behind
  const ridge = Math.max(noise ** 2 + outside, 1e-12 * largest) || 1
  const { square, apply } = projection(ridge)
  return { square: (v) => square(v) / ridge, apply: (v) => apply(v).map((x) => x / ridge) }
}

/** The gradient of every row alone. */
export async function rowGradients(rows: ClassedRows, asker: GradientAsker): Promise<Float64Array[]> {
  const found: Float64Array[] = []
  for (let i = 0; i < rows.labels.length; i++)
    found.push(await asker.gradient(takeLabelled(rows, Int32Array.of(i))))
  return found
}

/** The inner product. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
