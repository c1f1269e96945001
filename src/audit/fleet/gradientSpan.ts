// The two spaces in the gradient of a dense layer: Σ s·[x; 1]δᵀ over rows gives the span of all [x; 1], and that of all δ.
// Source: Dimitrov et al. 2024 (SPEAR), sections 3 and 4.1 (the gradient is of low rank); Wedderburn 1934 (rank reduction).
// It holds while a message has fewer rows than the layer has units and, but for one, inputs; the size of parts does not matter.

import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import type { SeenUpdates } from './contract.ts'
import { type ObservedGradient, slotOf } from './observed.ts'

/** The gradient of a layer: `kernel` [width, units], `bias` [units]. */
export interface LayerGradient {
  readonly kernel: Float64Array
  readonly bias: Float64Array
  readonly width: number
  readonly units: number
  /** Standard deviation of the noise on each number. */
  readonly noise: number
}

/** The part of a gradient that is of one layer. */
export function layerOf(
  { values, noise }: Pick<ObservedGradient, 'values' | 'noise'>,
  seen: SeenUpdates,
  arrays: { readonly kernel: string; readonly bias: string },
): LayerGradient {
  const of = (name: string) => {
    const { start, size } = slotOf(seen, name)
    return values.slice(start, start + size)
  }
  const [kernel, bias] = [of(arrays.kernel), of(arrays.bias)]
  return { kernel, bias, units: bias.length, width: kernel.length / bias.length, noise }
}

/** G = left · core · rightᵀ, of as many dimensions as there are rows. */
export interface GradientSpan {
  /** Orthonormal columns [width + 1, rank]: what every [x; 1] lies in. */
  readonly left: Matrix
  /** Orthonormal columns [units, rank]: what every δ lies in. */
  readonly right: Matrix
  /** [rank], falling: the core is diagonal. */
  readonly sizes: readonly number[]
  /** How far noise and rounding turn the spans: the largest share of a true vector that may lie outside. */
  readonly doubt: number
}

/** Single precision leaves this share of the largest singular value behind. */
const rounding = 2e-7

/**
 * The spans. As many dimensions as stand out of the rounding of single precision and of the noise, and no more than rows.
 * @param behind rows of the message, as the protocol tells
 * @returns undefined where nothing stands out, or where there are more rows than dimensions to tell them by
 */
export function spanOf(
  { kernel, bias, width, units, noise }: LayerGradient,
  behind: number,
): GradientSpan | undefined {
  const whole = new Matrix(width + 1, units)
  for (let j = 0; j < width; j++) for (let u = 0; u < units; u++) whole.set(j, u, kernel[j * units + u]!)
  for (let u = 0; u < units; u++) whole.set(width, u, bias[u]!)
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(whole, {
    autoTranspose: true,
  })
  const order = [...diagonal.keys()].sort((a, b) => diagonal[b]! - diagonal[a]!)
  const largest = diagonal[order[0]!]!
  const floor = Math.max(rounding * largest, noise * (Math.sqrt(width + 1) + Math.sqrt(units)))
  const above = order.filter((i) => diagonal[i]! > floor)
  if (above.length === 0) return undefined
  const dimensions = Math.min(width + 1, units)
  if (above.length === dimensions && behind > dimensions) return undefined
  const kept = above.slice(0, behind)
  return {
    left: leftSingularVectors.subMatrixColumn(kept),
    right: rightSingularVectors.subMatrixColumn(kept),
    sizes: kept.map((i) => diagonal[i]!),
    doubt: floor / diagonal[kept.at(-1)!]!,
  }
}

/** What a row and its slopes are in the coordinates of the spans, and the share s that the message has of [x; 1]δᵀ. */
export interface Part {
  readonly share: number
  readonly row: Matrix
  readonly slopes: Matrix
}

/** The share that has to be taken off for the rank to fall: 1 / (δᵀ G⁺ [x; 1]). It is that of the row, where it is one. */
export function partOf(span: GradientSpan, x: Float64Array, delta: Float64Array): Part {
  const row = span.left.transpose().mmul(Matrix.columnVector([...x, 1]))
  const slopes = span.right.transpose().mmul(Matrix.columnVector(delta))
  const inverse = span.sizes.reduce((sum, s, i) => sum + (slopes.get(i, 0) * row.get(i, 0)) / s, 0)
  return { share: 1 / inverse, row, slopes }
}

/** The spans of the rows that are left when one is taken off; undefined when none is. */
export function without(span: GradientSpan, { share, row, slopes }: Part): GradientSpan | undefined {
  const left = span.sizes.length - 1
  if (left === 0) return undefined
  const core = Matrix.sub(Matrix.diag([...span.sizes]), row.mmul(slopes.transpose()).mul(share))
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(core)
  const kept = [...diagonal.keys()].sort((a, b) => diagonal[b]! - diagonal[a]!).slice(0, left)
  return {
    ...span,
    left: span.left.mmul(leftSingularVectors.subMatrixColumn(kept)),
    right: span.right.mmul(rightSingularVectors.subMatrixColumn(kept)),
    sizes: kept.map((i) => diagonal[i]!),
  }
}

/** The rows of a span: all x with [x; 1] in it, as a point and orthonormal directions [width, rank − 1]. */
export interface RowPlane {
  readonly point: Float64Array
  readonly directions: Matrix
}

/** Where rows lie; undefined where no vector of the span ends in 1. */
export function planeOf({ left }: GradientSpan): RowPlane | undefined {
  const [width, rank] = [left.rows - 1, left.columns]
  const last = left.getRowVector(width)
  const square = last.dot(last)
  if (square < 1e-20) return undefined
  const rows = left.subMatrix(0, width - 1, 0, rank - 1)
  const point = rows.mmul(last.transpose()).div(square).to1DArray()
  if (rank === 1) return { point: Float64Array.from(point), directions: new Matrix(width, 0) }
  // A reflection that turns the last coordinates into the first unit vector; its other columns are orthogonal to them.
  const unit = last.clone().div(Math.sqrt(square)).to1DArray()
  const sign = unit[0]! < 0 ? -1 : 1
  const normal = unit.map((v, i) => (i === 0 ? v + sign : v))
  const length = normal.reduce((sum, v) => sum + v * v, 0)
  const free = new Matrix(rank, rank - 1)
  for (let i = 0; i < rank; i++)
    for (let j = 1; j < rank; j++)
      free.set(i, j - 1, (i === j ? 1 : 0) - (2 * normal[i]! * normal[j]!) / length)
  return { point: Float64Array.from(point), directions: rows.mmul(free) }
}
