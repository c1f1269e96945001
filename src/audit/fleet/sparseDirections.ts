// Slopes of single rows behind units of ReLU: of all directions in the span of slopes, those with many zeros.
// Source: Dimitrov et al. 2024 (SPEAR), section 4: units are drawn until all of them are inactive for one row; then just its
// slopes are zero at all of them. The chance of that halves with every row: it is for some twenty rows.

import { Matrix } from 'ml-matrix'
import type { Random } from '../../random/seeded.ts'

/** How small a number counts as zero, beside its unit's; and how small a pivot makes drawn units say too little. */
const slack = { zero: 1e-4, pivot: 1e-4 } as const

/** Zeros that a direction has beyond those that it was solved for, before it is no accident. */
const beyond = 4

/**
 * Directions of the span, as coordinates of length one, the sparsest first.
 * @param right orthonormal columns [units, rank]
 * @param draws how often units are drawn
 * @param doubt how far the span may be off
 */
export function sparseDirections(
  right: Matrix,
  { random, draws, doubt }: { readonly random: Random; readonly draws: number; readonly doubt: number },
): Float64Array[] {
  const rank = right.columns
  const norms = Array.from({ length: right.rows }, (_, u) => right.getRowVector(u).norm())
  // Units that no row is active at are zero in every direction.
  const live = [...norms.keys()].filter((u) => norms[u]! > 1e-3 * Math.max(...norms))
  const rows = live.map((u) => Float64Array.from(right.getRow(u), (v) => v / norms[u]!))
  if (rank < 2 || rows.length < rank + beyond) return []
  const most = Math.max(slack.zero, 3 * doubt)
  const found: { readonly direction: Float64Array; readonly zeros: number }[] = []
  const order = Int32Array.from(rows.keys())
  for (let k = 0; k < draws; k++) {
    for (let i = 0; i < rank - 1; i++) {
      const j = i + random.below(order.length - i)
      ;[order[i], order[j]] = [order[j]!, order[i]!]
    }
    const direction = orthogonalTo(rank, (i) => rows[order[i]!]!)
    if (!direction) continue
    const zeros = zerosOf(direction, rows, most, rank - 1 + beyond)
    if (zeros === 0 || found.some((one) => isSame(one.direction, direction))) continue
    found.push({ direction, zeros })
  }
  return found.sort((a, b) => b.zeros - a.zeros).map(({ direction }) => direction)
}

/** Units at which a direction is zero; 0 where there are fewer than so many, as soon as that is plain. */
function zerosOf(
  direction: Float64Array,
  rows: readonly Float64Array[],
  most: number,
  fewest: number,
): number {
  let zeros = 0
  for (let u = 0; u < rows.length; u++) {
    if (zeros + rows.length - u < fewest) return 0
    const row = rows[u]!
    let at = 0
    for (let d = 0; d < row.length; d++) at += row[d]! * direction[d]!
    if (Math.abs(at) < most) zeros++
  }
  return zeros < fewest ? 0 : zeros
}

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  Math.abs(a.reduce((sum, v, d) => sum + v * b[d]!, 0)) > 1 - 1e-6

/** The one direction that is orthogonal to rank − 1 vectors; undefined where there are more. */
function orthogonalTo(rank: number, vectorOf: (i: number) => Float64Array): Float64Array | undefined {
  const lines = Array.from({ length: rank - 1 }, (_, i) => vectorOf(i).slice())
  const columns = Int32Array.from({ length: rank }, (_, d) => d)
  for (let i = 0; i < rank - 1; i++) {
    const line = lines[i]!
    let best = i
    for (let d = i + 1; d < rank; d++)
      if (Math.abs(line[columns[d]!]!) > Math.abs(line[columns[best]!]!)) best = d
    ;[columns[i], columns[best]] = [columns[best]!, columns[i]!]
    const pivot = line[columns[i]!]!
    if (Math.abs(pivot) < slack.pivot) return undefined
    for (let below = i + 1; below < rank - 1; below++) {
      const other = lines[below]!
      const times = other[columns[i]!]! / pivot
      if (times === 0) continue
      for (let d = i; d < rank; d++) other[columns[d]!]! -= times * line[columns[d]!]!
    }
  }
  const direction = new Float64Array(rank)
  direction[columns[rank - 1]!] = 1
  for (let i = rank - 2; i >= 0; i--) {
    const line = lines[i]!
    let sum = 0
    for (let d = i + 1; d < rank; d++) sum += line[columns[d]!]! * direction[columns[d]!]!
    direction[columns[i]!] = -sum / line[columns[i]!]!
  }
  const length = Math.hypot(...direction)
  return direction.map((v) => v / length)
}

/** As many of the directions as are independent, at most the rank; undefined where they are fewer. @returns columns [rank, rank] */
export function basisOf(directions: readonly Float64Array[], rank: number): Matrix | undefined {
  const kept: Float64Array[] = []
  const orthogonal: Float64Array[] = []
  for (const direction of directions) {
    if (kept.length === rank) break
    const rest = direction.slice()
    for (const base of orthogonal) {
      const along = rest.reduce((sum, v, d) => sum + v * base[d]!, 0)
      for (let d = 0; d < rank; d++) rest[d]! -= along * base[d]!
    }
    const length = Math.hypot(...rest)
    if (length < 1e-3) continue
    kept.push(direction)
    orthogonal.push(rest.map((v) => v / length))
  }
  return kept.length === rank ? new Matrix(kept.map((v) => [...v])).transpose() : undefined
}
