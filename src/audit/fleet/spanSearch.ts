// Ways to rows whose slopes lie in the span of a batch's slopes: behind single units, behind sparse slopes, and by descent.
// Source: Dimitrov et al. 2024 (SPEAR), sections 3 and 4, for units of ReLU; the descent, for units of any kind, is ours.
// Each gives candidates that explain themselves to rounding; whether the message has them is told when they are taken off.

import { inverse, Matrix } from 'ml-matrix'
import { throwIfAborted } from '../../errors.ts'
import type { Random } from '../../random/seeded.ts'
import type { SeenUpdates } from './contract.ts'
import type { GradientSpan, RowPlane } from './gradientSpan.ts'
import { separateRows } from './guessedRows.ts'
import { lies } from './observed.ts'
import { likelyDomain } from './probe.ts'
import type { SlopeAsker } from './slopeGraph.ts'
import { basisOf, sparseDirections } from './sparseDirections.ts'

/** What a search goes by. */
export interface SpanSearch {
  readonly seen: SeenUpdates
  readonly asker: SlopeAsker
  /** Candidates that are looked at together, and dimensions of the widest plane. */
  readonly candidates: number
  readonly dimensions: number
  /** Steps of a descent, and draws of units. */
  readonly steps: number
  readonly draws: number
  readonly random: Random
  readonly signal?: AbortSignal | undefined
}

/** Spaces to search. */
export interface Place {
  readonly span: GradientSpan
  readonly plane: RowPlane
}

/** A row that explains itself, with its slopes. */
export interface Candidate {
  readonly row: Float64Array
  readonly slopes: Float64Array
}

/** A way to candidates, the surest first, none twice. */
export type Way = (place: Place, search: SpanSearch) => Promise<Candidate[]>

/** Adam, whose rate falls by a cosine. The first is a share of how far rows are apart. */
const step = { first: 0.1, last: 1e-4, mean: 0.9, square: 0.999 } as const

/** Slopes of a row lie outside of the span by no more; nearer rows than this share of their spread are one. */
const slack = { outside: 1e-3, same: 1e-2 } as const

/** What single units show: a row, where no other is active. */
export const behindUnits: Way = (place, search) => {
  const { left, right, sizes } = place.span
  return tried(left.mmul(Matrix.diag([...sizes])).mmul(right.transpose()), place, search)
}

/** What sparse slopes show: all rows at once, where the slopes of each are found. */
export const behindSparse: Way = async (place, search) => {
  const { left, right, sizes, doubt } = place.span
  const { random, draws } = search
  const rank = sizes.length
  // Half of the units are inactive for a row: where so many draws find no row at all, they are left out.
  if (rank * draws < 2 ** (rank - 1)) return []
  const basis = basisOf(sparseDirections(right, { random, draws, doubt }), rank)
  if (!basis) return []
  return tried(left.mmul(Matrix.diag([...sizes])).mmul(inverse(basis).transpose()), place, search)
}

/** Candidates that start like data, and go where their slopes lie less far outside. */
export const byDescent: Way = async (place, search) => {
  const { t, labels, spread } = starts(place.plane, search)
  search.asker.aim(place.plane, place.span, labels)
  // A plane of one point has nothing to descend along.
  if (place.span.sizes.length > 1) await descend(t, search, step.first * spread)
  return told(t, place, search, slack.same * spread)
}

/** Columns [x; 1], of any size, as rows of every class. */
async function tried(columns: Matrix, place: Place, search: SpanSearch): Promise<Candidate[]> {
  const { plane, span } = place
  const { candidates, dimensions, seen, asker } = search
  const classes = seen.model.output[0]!
  const sizes = columns.getRow(columns.rows - 1)
  const largest = Math.max(...sizes.map(Math.abs))
  const shown = [...sizes.keys()].filter((c) => Math.abs(sizes[c]!) > 1e-6 * largest)
  const each = Math.floor(candidates / classes)
  const found: Candidate[] = []
  for (let first = 0; first < shown.length; first += each) {
    const t = new Float64Array(candidates * dimensions)
    const labels = new Int32Array(candidates)
    for (const [i, c] of shown.slice(first, first + each).entries()) {
      const row = Float64Array.from({ length: columns.rows - 1 }, (_, j) => columns.get(j, c) / sizes[c]!)
      const at = coordinatesOf(row, plane)
      for (let label = 0; label < classes; label++) {
        t.set(at, (i * classes + label) * dimensions)
        labels[i * classes + label] = label
      }
    }
    asker.aim(plane, span, labels)
    found.push(...(await told(t, place, search, slack.same)))
  }
  return found
}

/** Those of the candidates that explain themselves. */
async function told(
  t: Float64Array,
  { plane, span }: Place,
  { asker, candidates, dimensions, seen }: SpanSearch,
  near: number,
): Promise<Candidate[]> {
  const { outside, slopes } = await asker.look(t)
  const units = slopes.length / candidates
  const most = Math.max(slack.outside, 2 * span.doubt)
  const order = [...outside.keys()].filter((i) => outside[i]! < most)
  order.sort((a, b) => outside[a]! - outside[b]!)
  const at = (i: number) => t.subarray(i * dimensions, (i + 1) * dimensions)
  const kept: number[] = []
  for (const i of order) {
    if (kept.length === span.sizes.length) break
    if (slopes.subarray(i * units, (i + 1) * units).every((v) => v === 0)) continue
    if (kept.some((j) => distance(at(i), at(j)) < near)) continue
    if (lies(rowAt(plane, at(i)), seen)) kept.push(i)
  }
  return kept.map((i) => ({
    row: rowAt(plane, at(i)),
    slopes: slopes.slice(i * units, (i + 1) * units),
  }))
}

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0))

/** The row at coordinates of a plane. */
function rowAt({ point, directions }: RowPlane, t: Float64Array): Float64Array {
  const row = point.slice()
  for (let j = 0; j < row.length; j++)
    for (let d = 0; d < directions.columns; d++) row[j]! += directions.get(j, d) * t[d]!
  return row
}

/** Coordinates of the point of a plane that is nearest to a row. */
function coordinatesOf(row: Float64Array, { point, directions }: RowPlane): Float64Array {
  const t = new Float64Array(directions.columns)
  for (let j = 0; j < row.length; j++)
    for (let d = 0; d < t.length; d++) t[d]! += directions.get(j, d) * (row[j]! - point[j]!)
  return t
}

/** Where candidates start: at rows of the server's own, or at draws, as near as the plane comes to them. */
function starts(plane: RowPlane, { seen, candidates, dimensions, random }: SpanSearch) {
  const { own } = seen
  const classes = seen.model.output[0]!
  const [low, high] = likelyDomain(seen)
  const rows = own ? separateRows(own) : []
  const labels = new Int32Array(candidates)
  const t = new Float64Array(candidates * dimensions)
  const centre = new Float64Array(dimensions)
  for (let i = 0; i < candidates; i++) {
    const k = rows.length > 0 ? random.below(rows.length) : 0
    const row = rows[k] ?? plane.point.map(() => low + (high - low) * random.uniform())
    labels[i] = own ? own.labels[k]! : random.below(classes)
    const at = coordinatesOf(row, plane)
    t.set(at, i * dimensions)
    for (const [d, v] of at.entries()) centre[d]! += v / candidates
  }
  const square = t.reduce((sum, v, i) => sum + (v - centre[i % dimensions]!) ** 2, 0)
  const used = plane.directions.columns
  return { t, labels, spread: used > 0 ? Math.sqrt(square / candidates / used) : 1 }
}

/** Adam down the logarithms of what lies outside; each candidate goes alone. */
async function descend(t: Float64Array, { asker, steps, signal }: SpanSearch, rate: number): Promise<void> {
  const [mean, square] = [new Float64Array(t.length), new Float64Array(t.length)]
  let [meanLeft, squareLeft] = [1, 1]
  for (let k = 0; k < steps; k++) {
    throwIfAborted(signal)
    const { uphill } = await asker.look(t)
    meanLeft *= step.mean
    squareLeft *= step.square
    const now = rate * (step.last + ((1 - step.last) * (1 + Math.cos((Math.PI * k) / steps))) / 2)
    for (let i = 0; i < t.length; i++) {
      const g = uphill[i]!
      mean[i] = step.mean * mean[i]! + (1 - step.mean) * g
      square[i] = step.square * square[i]! + (1 - step.square) * g * g
      t[i]! -= (now * mean[i]!) / (1 - meanLeft) / (Math.sqrt(square[i]! / (1 - squareLeft)) + 1e-12)
    }
  }
}
