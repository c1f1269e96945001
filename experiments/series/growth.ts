// How fast frozen exponential layers without calibration grow, and what a column must be scaled to for that.
// Source: SPG sections 4.2 and 5.2: Glorot uniform matrices, no bias, exp; the claim that exp fails beyond two layers.
// It follows numbers alone; nothing is trained.

import { glorotMatrix } from '../../src/protect/keyed/matrix.ts'
import { applyMatrix, rangesOf } from '../../src/protect/keyed/protection.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import { stream } from '../../src/secret/index.ts'

/** Where each predictor lies before the first layer. */
export const scalings = ['-0.5 to 0.5', '0 to 1', 'mean 0, deviation 1'] as const

/** What is left after some layers, over many keys. */
export interface Growth {
  readonly scaling: (typeof scalings)[number]
  readonly layers: number
  readonly keys: number
  /** Share of keys under which every number of these layers is finite. */
  readonly float32: number
  readonly float64: number
  /** Median over keys of the largest magnitude, `null` beyond float64. */
  readonly largest: number | null
}

/** Growth of some columns through 1 to `depth` layers. */
export function growthOf(
  columns: readonly Float64Array[],
  options: { readonly depth: number; readonly keys: number; readonly seed: number },
): Growth[] {
  const { depth, keys, seed } = options
  return scalings.flatMap((scaling) => {
    const start = scaled(columns, scaling)
    const largest = Array.from({ length: keys }, (_, key) => {
      const secret = seededSecret(seed + key, 'growth')
      return {
        float32: through(start, secret, depth, Math.fround),
        float64: through(start, secret, depth, (x) => x),
      }
    })
    return Array.from({ length: depth }, (_, at) => {
      const share = (precision: 'float32' | 'float64') =>
        largest.filter((l) => Number.isFinite(l[precision][at]!)).length / keys
      const sorted = largest.map((l) => l.float64[at]!).sort((a, b) => a - b)
      const middle = sorted[(keys - 1) >> 1]!
      return {
        scaling,
        layers: at + 1,
        keys,
        float32: share('float32'),
        float64: share('float64'),
        largest: Number.isFinite(middle) ? middle : null,
      }
    })
  })
}

/** The largest number behind each layer; infinite from the layer on that first overflows. */
function through(
  start: readonly Float64Array[],
  secret: Uint8Array,
  depth: number,
  round: (x: number) => number,
): number[] {
  let h: readonly Float64Array[] = start.map((column) => column.map(round))
  let lost = false
  return Array.from({ length: depth }, (_, index) => {
    const { forward } = glorotMatrix(h.length, stream(secret, 'matrix', index + 1))
    h = applyMatrix(forward.map(round), h.length, h).map((z) => z.map((x) => round(Math.exp(round(x)))))
    // Infinities may come back as zeros in the next layer; what they stood for does not.
    const largest = Math.max(...h.map((column) => Math.max(...column)))
    lost ||= !Number.isFinite(largest)
    return lost ? Number.POSITIVE_INFINITY : largest
  })
}

function scaled(columns: readonly Float64Array[], scaling: Growth['scaling']): Float64Array[] {
  const { minimum, width } = rangesOf(columns)
  return columns.map((column, j) => {
    if (scaling !== 'mean 0, deviation 1') {
      const low = scaling === '0 to 1' ? 0 : -0.5
      return column.map((x) => (x - minimum[j]!) / width[j]! + low)
    }
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length
    const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length)
    return column.map((x) => (x - mean) / deviation)
  })
}
