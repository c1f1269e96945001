// A quantile of bounded numbers, the median among them: the exponential mechanism over all points of a grid, exactly.
// Source: Smith 2011 (intervals between records); McSherry and Talwar 2007; Cesar and Rogers 2021 (ρ = ε²/8).
// It does not promise accuracy where data are few: then answers spread over the whole range that was named.

import { FrostglassError } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { systemRandom } from '../../random/source.ts'
import { requireObject, shown } from '../accounting/check.ts'
import { type Bounds, boundsProduct, drawByWeights, exponentialBounds } from './exponential.ts'
import { distanceOf, type Measurement, pureLoss } from './measurement.ts'
import {
  between,
  type Exact,
  exactly,
  positiveEpsilon,
  product,
  quotient,
  type Rational,
  rational,
  sum,
  whole,
} from './rational.ts'

/** Which quantile, of numbers from where to where, and what it may cost. None of it may depend on the data. */
export interface QuantileOptions {
  /** 0 … 1; 0.5 is the median. */
  quantile: number
  /** Pure ε at distance one. */
  epsilon: Exact
  /** Records that the wanted rank lies above q n, or below where it is negative; it is held to 0 … n. 0 unless given. */
  shift?: number | undefined
  /** Records below count as `lower`, records above as `upper`. */
  lower: number
  upper: number
  /** k: answers are multiples of 2^k from `lower` to `upper`, and records are rounded to such. */
  gridExponent: number
}

/** Points of the grid whose weight is e^−rate·|level − target| each, or 1 where there is no level. */
interface Stretch {
  /** The first point, counted from the lowest. */
  readonly start: number
  readonly points: number
  readonly level: number | undefined
}

/**
 * A private quantile: each point z of the grid has the weight exp(−ε u / 2), where u says by how many records z misses the
 * quantile q of n: max(0, #{x < z} − q n, q n − #{x ≤ z}). A unit is a record added, removed or changed; it moves u by 1 at
 * most, so this is the exponential mechanism with pure ε, and ρ = ε² / 8 as that has. With a shift s the rank wanted is
 * q n + s held to 0 … n; a record more moves that by 0 to 1, as it does q n, so nothing else changes.
 * @returns a measurement of numbers; NaN among them is a RangeError, which tells something of the data: take it out first.
 * @throws FrostglassError `usage` unless ε lies from 2^−80 to 2^64, 0 ≤ quantile ≤ 1, the shift is finite and the range holds 1
 * to 2^53 points of the grid.
 * @example
 * const median = privateQuantile({ quantile: 0.5, epsilon: 1, lower: 0, upper: 120, gridExponent: 0 })
 * median.invoke([31, 45, 28, 60, 52])    // about 45
 */
export function privateQuantile(options: QuantileOptions): Measurement<ArrayLike<number>, number> {
  requireObject('the options of a mechanism', options)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  const { first, last, unit } = gridOf(options)
  const quantile = exactly(between('quantile', options.quantile, 0, 1))
  const shift = exactly(
    between('shift', options.shift ?? 0, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  )
  const rate = quotient(epsilon, rational(2n))

  function targetOf(n: bigint): Rational {
    const target = sum(product(quantile, rational(n)), shift)
    if (target.numerator < 0n) return rational(0n)
    return target.numerator > n * target.denominator ? rational(n) : target
  }

  function onGrid(x: number): number {
    if (typeof x !== 'number' || Number.isNaN(x))
      throw new RangeError(`a quantile is taken of numbers, but ${shown(x)} came`)
    return Math.min(Math.max(Math.round(x / unit), first), last) - first
  }

  return Object.freeze({
    name: 'private quantile',
    distance: 'units' as const,
    invoke(values: ArrayLike<number>, random = systemRandom) {
      if (!(Array.isArray(values) || ArrayBuffer.isView(values)))
        throw new RangeError('a quantile is taken of a list of numbers')
      const target = targetOf(BigInt(values.length))
      const stretches = stretchesOf(Float64Array.from(values, onGrid).sort(), last - first + 1, target)
      const weights = (precision: number) => {
        const weight = levelWeights(rate, target, precision)
        return stretches.map(({ points, level }) => {
          const { low, high } = weight(level)
          return { low: low * BigInt(points), high: high * BigInt(points) }
        })
      }
      // Some point's weight is 1 and no sum is above 2^53 times that: so 64 places stay to tell stretches apart.
      const { start, points } = stretches[drawByWeights(weights, 128, random)]!
      return (first + start + drawBelow(points, random)) * unit
    },
    map: (distance: Exact) => {
      const scaled = product(epsilon, distanceOf(distance, true))
      return pureLoss(scaled, { rho: quotient(product(scaled, scaled), rational(8n)) })
    },
  })
}

/** The grid's points between the ends: `first` … `last`, times `unit`. */
function gridOf({ lower, upper, gridExponent }: QuantileOptions) {
  const unit = 2 ** whole('gridExponent', gridExponent, -1000, 1000)
  for (const [name, end] of Object.entries({ lower, upper }))
    between(name, end, -Number.MAX_VALUE, Number.MAX_VALUE)
  const first = Math.ceil(lower / unit)
  const last = Math.floor(upper / unit)
  const held = Number.isSafeInteger(first) && Number.isSafeInteger(last)
  if (!held || last < first || !Number.isSafeInteger(last - first + 1))
    throw new FrostglassError(
      'usage',
      `no grid of 2^${gridExponent} with 1 to 2^53 points lies from ${lower} to ${upper}`,
      'Take a coarser grid, or a narrower range.',
    )
  return { first, last, unit }
}

/** The grid of `points` points, cut where records lie (`sorted` holds their places): each record's own point, and between. */
function stretchesOf(sorted: Float64Array, points: number, target: Rational): Stretch[] {
  const n = sorted.length
  const below = Number(target.numerator / target.denominator)
  const above = target.denominator === 1n ? below : below + 1
  const stretches: Stretch[] = []
  let free = 0
  for (let i = 0; i < n; ) {
    const place = sorted[i]!
    let next = i + 1
    while (next < n && sorted[next] === place) next++
    if (place > free) stretches.push({ start: free, points: place - free, level: i })
    // i records lie below the point, and next at or below it.
    const level = next < above ? next : i > below ? i : undefined
    stretches.push({ start: place, points: 1, level })
    free = place + 1
    i = next
  }
  if (free < points) stretches.push({ start: free, points: points - free, level: n })
  return stretches
}

/** e^−rate·|level − target| for whole levels, each from its neighbour that is nearer to the target. */
function levelWeights(rate: Rational, target: Rational, precision: number) {
  const below = Number(target.numerator / target.denominator)
  const past = rational(target.numerator % target.denominator, target.denominator)
  const short = rational(past.denominator - past.numerator, past.denominator)
  const step = exponentialBounds(rate, precision)
  const down = [exponentialBounds(product(rate, past), precision)]
  const up = [exponentialBounds(product(rate, short), precision)]
  const one = 1n << BigInt(precision)

  return (level: number | undefined): Bounds => {
    if (level === undefined) return { low: one, high: one }
    const [chain, steps] = level <= below ? [down, below - level] : [up, level - below - 1]
    // A weight that may be 0 as far as we see bounds all further ones.
    while (chain.length <= steps && chain.at(-1)!.low > 0n) {
      chain.push(boundsProduct(chain.at(-1)!, step, precision))
    }
    return chain[steps] ?? chain.at(-1)!
  }
}
