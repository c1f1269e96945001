// Distributions of single columns: their shape whatever their unit, how far two shapes differ, and ranks as values.
// Source: the quantile (2-Wasserstein) distance of distributions on a line; Villani (2003), section 2.2.
// Shapes of columns of a handful of values differ little: what is matched by shape alone may be matched wrongly.

import { standardised } from '../../../statistics/standard.ts'
import { assign } from './assignment.ts'

const points = 64

/** Quantiles of a column at evenly spaced levels, standardised: what remains is its shape. */
export function shapeOf(column: Float64Array): Float64Array {
  return standardised(quantilesOf(column.toSorted()))
}

/** The shape of the column with its sign turned. */
export function turned(shape: Float64Array): Float64Array {
  return shape.toReversed().map((x) => -x)
}

/** Mean squared difference of two shapes: 0 for the same, at most 4. */
export function shapeDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < points; i++) sum += (a[i]! - b[i]!) ** 2
  return sum / points
}

/** For one attribute: the column that looks most like it, -1 when none is left, and whether its sign is turned. */
export interface Match {
  readonly column: number
  readonly flipped: boolean
}

/**
 * Gives every shape a column of the most similar shape, of either sign, one to one, the sum of distances smallest.
 * @param doubt added to every distance: drawn at random it gives other plausible matches; 0 if absent.
 */
export function matchShapes(
  shapes: readonly Float64Array[],
  columns: readonly Float64Array[],
  doubt: () => number = () => 0,
): Match[] {
  const found = columns.map(shapeOf)
  const reversed = found.map(turned)
  const straight = shapes.map((shape) => found.map((column) => shapeDistance(shape, column) + doubt()))
  const flipped = shapes.map((shape) => reversed.map((column) => shapeDistance(shape, column) + doubt()))
  const costs = straight.map((row, a) => row.map((cost, i) => Math.min(cost, flipped[a]![i]!)))
  return Array.from(assign(costs), (column, a) => ({
    column,
    flipped: column >= 0 && flipped[a]![column]! < straight[a]![column]!,
  }))
}

/**
 * Values of a known distribution in the order of a column: its smallest gets the distribution's smallest.
 * @param ascending the distribution: values in ascending order, of any number.
 */
export function valuesByRank(column: Float64Array, ascending: Float64Array, flipped: boolean): Float64Array {
  const rows = column.length
  const order = Int32Array.from(column, (_, r) => r).sort((a, b) => column[a]! - column[b]!)
  const out = new Float64Array(rows)
  order.forEach((row, rank) => {
    const level = ((flipped ? rows - 1 - rank : rank) + 0.5) / rows
    out[row] = ascending[Math.min(ascending.length - 1, Math.floor(level * ascending.length))]!
  })
  return out
}

/** Share of the pairs of a distribution's values that differ by `tolerance` at most: what a random order hits. */
export function shareWithin(ascending: Float64Array, tolerance: number): number {
  let pairs = 0
  let from = 0
  let to = 0
  for (const x of ascending) {
    while (ascending[from]! < x - tolerance) from++
    while (to < ascending.length && ascending[to]! <= x + tolerance) to++
    pairs += to - from
  }
  return pairs / ascending.length ** 2
}

/** The constant that lies within `tolerance` of the most values: the best guess of a cell by its distribution alone. */
export function likeliest(ascending: Float64Array, tolerance: number): number {
  let best = 0
  let guess = ascending[0]!
  let from = 0
  ascending.forEach((x, to) => {
    while (ascending[from]! < x - 2 * tolerance) from++
    if (to - from + 1 > best) {
      best = to - from + 1
      guess = (ascending[from]! + x) / 2
    }
  })
  return guess
}

function quantilesOf(ascending: Float64Array): Float64Array {
  return Float64Array.from({ length: points }, (_, i) => {
    const place = ((i + 0.5) / points) * (ascending.length - 1)
    const below = Math.floor(place)
    const next = Math.min(below + 1, ascending.length - 1)
    return ascending[below]! + (place - below) * (ascending[next]! - ascending[below]!)
  })
}
