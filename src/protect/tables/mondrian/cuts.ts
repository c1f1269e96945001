// Where a part may be cut on one axis, the most even cuts first, and the cut itself.
// Source: LeFevre, DeWitt, Ramakrishnan (ICDE 2006): the median; here both cuts about it, since a strict one may fall to either side.
// It does not look beyond a few cuts: with a threshold on class sizes the most even one decides, with other models it may not.

import type { ColumnCodes } from '../codedTable.ts'
import type { Axis } from './axis.ts'
import type { Segment } from './classChecks.ts'

/** Cuts that are tried on an axis. */
const tried = 4

/** A cut: what stands at `last` or before goes below; of what stands at `last`, only so many rows where that is stated. */
export interface Candidate {
  readonly last: number
  readonly rowsAtLast?: number | undefined
}

/** [places that rows have, rising] and rows at each. */
function weightsOf(
  segment: Segment,
  codes: ColumnCodes,
  { placeOf }: Axis,
): readonly (readonly [number, number])[] {
  const { distinct, rows } = segment
  const weights = new Map<number, number>()
  for (let piece = 0; piece < distinct.length; piece++) {
    const count = rows[piece]!
    if (count === 0) continue
    const place = placeOf[codes[distinct[piece]!]!]!
    weights.set(place, (weights.get(place) ?? 0) + count)
  }
  return [...weights].sort(([a], [b]) => a - b)
}

/** Cuts of a segment between values, the most even first. @param allowed last places, or nothing for any */
export function candidateCuts(
  segment: Segment,
  codes: ColumnCodes,
  axis: Axis,
  allowed: readonly number[] | undefined,
): readonly Candidate[] {
  const weights = weightsOf(segment, codes, axis)
  const total = weights.reduce((sum, [, rows]) => sum + rows, 0)
  const cuts: { last: number; uneven: number }[] = []
  let below = 0
  let next = 0
  weights.slice(0, -1).forEach(([place, rows], at) => {
    below += rows
    // Of the allowed cuts between this value and the next, one: they part the rows alike.
    let last: number | undefined = place
    if (allowed !== undefined) {
      while (next < allowed.length && allowed[next]! < place) next++
      const candidate = allowed[next]
      last = candidate !== undefined && candidate < weights[at + 1]![0] ? candidate : undefined
    }
    if (last !== undefined) cuts.push({ last, uneven: Math.abs(2 * below - total) })
  })
  return cuts.sort((a, b) => a.uneven - b.uneven || a.last - b.last).slice(0, tried)
}

/** The cut that parts the rows of a segment in halves, through equal ones. */
export function halves(segment: Segment, codes: ColumnCodes, axis: Axis): Candidate {
  const weights = weightsOf(segment, codes, axis)
  const half = Math.floor(weights.reduce((sum, [, rows]) => sum + rows, 0) / 2)
  let below = 0
  for (const [last, rows] of weights) {
    if (below + rows >= half) return { last, rowsAtLast: half - below }
    below += rows
  }
  throw new TypeError('a segment without rows has no halves')
}

/** Both sides of a cut. */
export function cutSegment(
  segment: Segment,
  codes: ColumnCodes,
  { placeOf }: Axis,
  { last, rowsAtLast = Number.POSITIVE_INFINITY }: Candidate,
): readonly Segment[] {
  const { distinct, rows } = segment
  const sides = [0, 1].map(() => ({
    distinct: new Uint32Array(distinct.length),
    rows: new Float64Array(distinct.length),
  }))
  const filled = [0, 0]
  let left = rowsAtLast
  const put = (side: 0 | 1, row: number, count: number) => {
    const at = filled[side]!++
    sides[side]!.distinct[at] = row
    sides[side]!.rows[at] = count
  }
  for (let piece = 0; piece < distinct.length; piece++) {
    const row = distinct[piece]!
    const count = rows[piece]!
    const place = placeOf[codes[row]!]!
    const lower = place < last ? count : place > last ? 0 : Math.min(count, left)
    if (place === last) left -= lower
    if (count === 0) put(place <= last ? 0 : 1, row, 0)
    if (lower > 0) put(0, row, lower)
    if (lower < count) put(1, row, count - lower)
  }
  return sides.map((side, number) => ({
    distinct: side.distinct.slice(0, filled[number]),
    rows: side.rows.slice(0, filled[number]),
  }))
}
