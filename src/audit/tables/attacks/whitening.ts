// Whitening: columns to uncorrelated columns of unit variance, and back; and the public activation undone before it.
// Source: Hyvärinen and Oja (2000), section 5.2; Mahalanobis distances are Euclidean distances of whitened rows.
// Any invertible affine map of the columns changes what comes out by an orthogonal matrix only: that is its use here.

import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import type { Scheme } from '../../../protect/index.ts'
import { keyActivation } from '../../../protect/keyed/activations.ts'
import { spreadInParts } from '../../../statistics/moments.ts'
import type { Attribute, Evidence } from '../evidence.ts'

/** Directions whose spread is a smaller share of the largest are rounding, not data. */
const rounding = 1e-9

/** Why clouds of fewer columns than attributes are not laid on each other: they do not differ by a rotation. */
export function lostColumns({ attributes, released }: Evidence): string | undefined {
  if (released.length >= attributes.length) return undefined
  return `Only ${released.length} columns left of ${attributes.length} attributes, and this attack needs as many.`
}

/** Columns in white coordinates. */
export interface Whitening {
  /** One array a direction, widest first; mean 0, variance 1, uncorrelated. None for constant columns. */
  readonly white: readonly Float64Array[]
  /** Standard deviation of each direction before whitening, of columns of unit variance. */
  readonly spread: readonly number[]
  /** Other rows of the same columns in the same coordinates. */
  apply(columns: readonly Float64Array[]): Float64Array[]
  /** White coordinates back to columns; directions that are left out at the end count as 0. */
  colour(white: readonly Float64Array[]): Float64Array[]
}

/**
 * @param columns one array a column, at least one row.
 * @param smallest share of the largest spread from which a direction counts.
 */
export function whiten(columns: readonly Float64Array[], smallest = rounding): Whitening {
  const rows = columns[0]?.length ?? 0
  const spreads = columns.map(spreadInParts)
  // Columns of very different units would lose the small ones to rounding, so each is scaled first. A column whose
  // spread is within rounding of its size is constant.
  const scale = spreads.map(({ mean, deviation }) =>
    deviation > 1e-14 * Math.abs(mean) ? deviation : Number.POSITIVE_INFINITY,
  )
  const standard = new Matrix(rows, columns.length)
  columns.forEach((column, j) => {
    for (let r = 0; r < rows; r++) standard.set(r, j, (column[r]! - spreads[j]!.mean) / scale[j]!)
  })
  const svd = new SingularValueDecomposition(standard, {
    computeLeftSingularVectors: false,
    autoTranspose: true,
  })
  const right = svd.rightSingularVectors
  const spread = svd.diagonal.map((s) => s / Math.sqrt(rows))
  const largest = Math.max(0, ...spread)
  const kept = [...spread.keys()].filter((i) => spread[i]! > smallest * Math.max(largest, rounding))
  const apply = (others: readonly Float64Array[]) => {
    const count = others[0]?.length ?? 0
    return kept.map((i) => {
      const out = new Float64Array(count)
      others.forEach((column, j) => {
        const weight = right.get(j, i) / (spread[i]! * scale[j]!)
        for (let r = 0; r < count; r++) out[r] = out[r]! + weight * (column[r]! - spreads[j]!.mean)
      })
      return out
    })
  }
  return {
    white: apply(columns),
    spread: kept.map((i) => spread[i]!),
    apply,
    colour(white) {
      const count = white[0]?.length ?? 0
      return columns.map((_, j) => {
        const out = new Float64Array(count).fill(spreads[j]!.mean)
        white.forEach((direction, d) => {
          const i = kept[d]!
          // A constant column has no part in any direction.
          const weight = Number.isFinite(scale[j]!) ? right.get(j, i) * spread[i]! * scale[j]! : 0
          for (let r = 0; r < count; r++) out[r] = out[r]! + weight * direction[r]!
        })
        return out
      })
    },
  }
}

/**
 * Raw features and released columns in spaces of comparable distances: both white, which one invertible layer only
 * turns; where columns were lost, features normalised to [0, 1] and released columns as they are, which a random
 * projection keeps on average.
 */
export function comparable(
  features: readonly Float64Array[],
  released: readonly Float64Array[],
  { attributes, scheme }: { readonly attributes: readonly Attribute[]; readonly scheme: Scheme },
): { readonly raw: readonly Float64Array[]; readonly undone: readonly Float64Array[] } {
  const undone = withoutActivation(released, scheme)
  if (released.length >= features.length) return { raw: whiten(features).white, undone: whiten(undone).white }
  const widths = features.map(() => 1)
  for (const a of attributes) if (a.kind === 'numeric') widths[a.feature] = a.maximum - a.minimum || 1
  return { raw: features.map((column, j) => column.map((x) => x / widths[j]!)), undone }
}

/**
 * Released columns through the inverse of the scheme's activation, which is public; as they are without one. What the
 * inverse sends to infinity or to no number (at the end of the activation's range or beyond) goes to its column's extreme.
 */
export function withoutActivation(
  released: readonly Float64Array[],
  scheme: Scheme,
): readonly Float64Array[] {
  if (!scheme.activation) return released
  const { plain, range } = keyActivation(scheme.activation)
  return released.map((column) => {
    const undone = column.map(plain.inverse)
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const z of undone) {
      if (!Number.isFinite(z)) continue
      if (z < low) low = z
      if (z > high) high = z
    }
    if (low > high) return new Float64Array(column.length)
    // At the end of the range the inverse is infinite, beyond it no number: which end it is, the value itself says.
    return undone.map((z, r) => (Number.isFinite(z) ? z : column[r]! >= range[1] ? high : low))
  })
}
