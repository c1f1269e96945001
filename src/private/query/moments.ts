// Counts, sums, means and variances of bounded values from one release: its cells share each row out among them.
// Source: Bernstein's polynomials, which are positive and add up to 1: so a row moves all cells together by 1 in L1.
// Error bars are Fieller's for means; for variances the mean is bounded first, and the two levels are added.

import { couldBe, halfWidth, type Reach, wholeHalfWidth } from './errorBars.ts'

/** Functions of the moments of a column's values. */
export type MomentFunction = 'count' | 'sum' | 'avg' | 'var_pop' | 'var_samp' | 'stddev_pop' | 'stddev_samp'

/** An answer with its error bar. */
export interface NoisyAnswer {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** What DuckDB adds up of a group: rows, those with a value, and the sums of T and T². */
export interface Sums {
  readonly rows: bigint
  readonly present: bigint
  readonly first: bigint
  readonly second: bigint
}

/**
 * The cells of a group. Values are t = T / M in 0 … 1, and a row with a value adds (1 − t, t) to them, or
 * ((1 − t)², 2 t (1 − t), t²), or at degree 0 just 1, all times M^degree, so that they are integers; a row without one adds
 * M^degree to the first cell, if `missing`. Every row adds M^degree in all, whatever it holds.
 */
export function cellsOf(sums: Sums, degree: 0 | 1 | 2, steps: bigint, missing: boolean): bigint[] {
  const { rows, present: n, first, second } = sums
  const cells =
    degree === 0
      ? [n]
      : degree === 1
        ? [steps * n - first, first]
        : [steps * steps * n - 2n * steps * first + second, 2n * (steps * first - second), second]
  return missing ? [(rows - n) * steps ** BigInt(degree), ...cells] : cells
}

/** Noisy cells of a group, in rows. */
export interface NoisyCells {
  readonly missing: readonly number[]
  readonly cells: readonly number[]
  /** The noise of each cell, and the step that cells are multiples of, in rows. */
  readonly noise: Reach
  readonly step: number
  /** Where values lie. */
  readonly lower: number
  readonly upper: number
  /** Sums are whole numbers. */
  readonly whole: boolean
}

const add = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0)

/** All rows of a group. */
export function rowsOf(noisy: NoisyCells, level: number): NoisyAnswer {
  return counted([...noisy.missing, ...noisy.cells], noisy, level)
}

function counted(cells: readonly number[], { noise, step }: NoisyCells, level: number): NoisyAnswer {
  const x = add(cells)
  if (cells.length === 1 && step === 1) return wholeAnswer(x, noise, 1, level)
  const h = halfWidth(
    cells.map(() => 1),
    noise,
    step,
    level,
  )
  // What is counted is whole and not negative; a bar of less than half a row has the nearest whole number in it.
  const value = Math.round(x)
  return ordered(value, Math.max(0, Math.min(value, Math.ceil(x - h))), Math.max(0, value, Math.floor(x + h)))
}

/** A whole number of units with noise of its own, counted from 0 or with a sign. */
export function wholeAnswer(x: number, noise: Reach, unit: number, level: number, least = 0): NoisyAnswer {
  const h = wholeHalfWidth(noise, level)
  return ordered(x * unit, Math.max(least, (x - h) * unit), Math.max(least, (x + h) * unit))
}

const ordered = (value: number, low: number, high: number): NoisyAnswer => ({
  value: value + 0,
  low: Math.min(low, high) + 0,
  high: high + 0,
})

/** A function of the moments of a group's values. */
export function momentOf(name: MomentFunction, noisy: NoisyCells, level: number): NoisyAnswer {
  const { cells, lower, upper } = noisy
  const width = upper - lower
  switch (name) {
    case 'count':
      return counted(cells, noisy, level)
    case 'sum':
      return summed(noisy, level)
    case 'avg': {
      const { value, low, high } = meanOf(noisy, level)
      return { value: lower + width * value, low: lower + width * low, high: lower + width * high }
    }
    default: {
      const sample = name.endsWith('samp')
      const { value, low, high } = varianceOf(noisy, level, sample)
      const scaled = (v: number) => (name.startsWith('std') ? width * Math.sqrt(v) : width * width * v)
      return { value: scaled(value), low: scaled(low), high: scaled(high) }
    }
  }
}

/** Σ x = Σ_j (lower + width j / degree) cell_j: the coefficients of a line are its values at equal steps. */
function summed(noisy: NoisyCells, level: number): NoisyAnswer {
  const { cells, noise, step, lower, upper, whole } = noisy
  const weights = cells.map((_, j) => lower + ((upper - lower) * j) / (cells.length - 1))
  const x = add(cells.map((cell, j) => cell * weights[j]!))
  const h = halfWidth(weights, noise, step, level)
  const value = whole ? Math.round(x) : x
  const low = whole ? Math.min(value, Math.ceil(x - h)) : x - h
  const high = whole ? Math.max(value, Math.floor(x + h)) : x + h
  const sign = lower >= 0 ? 1 : upper <= 0 ? -1 : 0
  return ordered(
    value,
    sign > 0 ? Math.max(0, low) : sign < 0 ? Math.min(0, low) : low,
    sign > 0 ? Math.max(0, high) : sign < 0 ? Math.min(0, high) : high,
  )
}

/**
 * The mean of t. Σ (t − p) is 0 at the true mean p, so of all p those stay whose noisy Σ (t − p) noise explains (Fieller
 * 1954): that bar holds exactly as often as it says, also where groups are nearly empty.
 */
function meanOf({ cells, noise, step }: NoisyCells, level: number): NoisyAnswer {
  const total = add(cells)
  const places = cells.map((_, j) => j / (cells.length - 1))
  const sum = add(cells.map((cell, j) => cell * places[j]!))
  const value = total > 0 ? held(sum / total, 0, 1) : 0.5
  const inside = (p: number) =>
    couldBe(
      sum - p * total,
      places.map((place) => place - p),
      noise,
      step,
      level,
    )
  const [low, high] = hullOf(inside, 0, 1, value)
  return { value, low, high }
}

/**
 * The variance of t: for each mean p that could be, the v whose noisy Σ ((t − p)² − v) noise explains. The level is shared:
 * a tenth of what may fail goes to the mean, for a sample's variance another to the number of values.
 */
function varianceOf(noisy: NoisyCells, level: number, sample: boolean): NoisyAnswer {
  const { cells, noise, step } = noisy
  const [c0, c1, c2] = cells as [number, number, number]
  const failing = 1 - level
  const mean = meanOf(noisy, 1 - failing / 10)
  const total = add(cells)
  const about = (p: number) => [p * p, p * p - p, (1 - p) * (1 - p)] as const
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (let i = 0; i <= 16; i++) {
    const p = i === 16 ? mean.value : mean.low + ((mean.high - mean.low) * i) / 15
    const [b0, b1, b2] = about(p)
    const sum = b0 * c0 + b1 * c1 + b2 * c2
    const most = p * (1 - p)
    const inside = (v: number) =>
      couldBe(sum - v * total, [b0 - v, b1 - v, b2 - v], noise, step, 1 - failing * (sample ? 0.8 : 0.9))
    const found = hullOf(inside, 0, most, total > 0 ? held(sum / total, 0, most) : most / 2)
    low = Math.min(low, found[0])
    high = Math.max(high, found[1])
  }
  const [b0, b1, b2] = about(mean.value)
  const value =
    total > 0 ? held((b0 * c0 + b1 * c1 + b2 * c2) / total, 0, mean.value * (1 - mean.value)) : 1 / 8
  if (!sample) return { value, low, high: Math.max(high, low) }
  // n / (n − 1) is at least 1, and at most what the fewest values say.
  const fewest = counted(cells, noisy, 1 - failing / 10).low
  const factor = fewest > 2 ? fewest / (fewest - 1) : 2
  return { value: total > 2 ? (value * total) / (total - 1) : value, low, high: Math.min(0.5, high * factor) }
}

const held = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

/** Points that are looked at before ends are sought: with nearly empty groups what is inside may lie anywhere. */
const LOOKS = 32

/** The least and the largest point of from … to that is inside; `start` alone where none is seen. */
function hullOf(
  inside: (x: number) => boolean,
  from: number,
  to: number,
  start: number,
): readonly [number, number] {
  const points = Array.from({ length: LOOKS + 1 }, (_, i) => from + ((to - from) * i) / LOOKS)
  const all = [...points, start].sort((a, b) => a - b)
  const first = all.findIndex(inside)
  if (first < 0) return [start, start]
  const last = all.findLastIndex(inside)
  /** Between a point inside and one outside; the one outside, a hair away, is taken. */
  const edge = (near: number, far: number): number => {
    let [a, b] = [near, far]
    for (let turn = 0; turn < 40; turn++) {
      const middle = (a + b) / 2
      if (inside(middle)) a = middle
      else b = middle
    }
    return b
  }
  return [
    first === 0 ? from : edge(all[first]!, all[first - 1]!),
    last === all.length - 1 ? to : edge(all[last]!, all[last + 1]!),
  ]
}
