// Quantiles with error bars: three private quantiles, of which two are aimed so far off that the truth lies between.
// Source: ../mechanisms/quantile.ts; the exponential mechanism's utility bound (McSherry and Talwar 2007, theorem 6).
// It does not promise short bars where data are few: then they are the bounds themselves.

import { FrostglassError } from '../../errors.ts'
import type { RandomSource } from '../../random/source.ts'
import { privateQuantile } from '../mechanisms/quantile.ts'
import { quotient, type Rational, rational, roundedUp } from '../mechanisms/rational.ts'
import type { NoisyAnswer } from './moments.ts'
import type { PerUnit, Release, Values } from './release.ts'

/** One of the three private quantiles. */
interface Slot {
  /** At which one record is released. */
  readonly epsilon: Rational
  /** The quantile's grid has this many points. */
  readonly points: number
  /** How often the wanted side may be missed. */
  readonly failing: number
}

/** Half of ε goes to the answer, a quarter to each end of its bar. */
export function quantileSlots(
  release: Release & { kind: 'quantile' },
  values: Values,
  perUnit: PerUnit,
  level: number,
): readonly [answer: Slot, low: Slot, high: Slot] {
  // budget.ts refuses Gaussian noise for them.
  if (!('epsilon' in release)) throw new TypeError('quantiles are drawn by the exponential mechanism')
  const points = Number(values.grid!.steps) + 1
  const slot = (parts: bigint, failing: number): Slot => ({
    epsilon: quotient(release.epsilon, rational(parts * BigInt(perUnit.rows) * BigInt(perUnit.groups))),
    points,
    failing,
  })
  return [slot(2n, 0.5), slot(4n, (1 - level) / 2), slot(4n, (1 - level) / 2)]
}

/** Above this many records a bar is of no use, and padding of some cost. */
const MOST_RECORDS = 1_000_000

/**
 * By how many records to aim off. A point on the wrong side misses the rank that was aimed at by r or more, and has at most
 * e^(−ε r / 2) of the best one's weight; so all of them together are drawn with probability ≤ points e^(−ε r / 2). One more,
 * for quantiles between two records.
 */
export function marginOf({ epsilon, points, failing }: Slot): number {
  const records = Math.ceil((2 * Math.log(points / failing)) / roundedUp(epsilon)) + 1
  if (records <= MOST_RECORDS) return records
  throw new FrostglassError(
    'usage',
    'epsilon is too small for a quantile: its error bar would be the bounds',
    'Give a larger epsilon, ask for fewer answers at once, or leave the quantile out.',
  )
}

/**
 * A quantile of records T in 0 … steps, with its bar, in the grid's steps.
 *
 * For the lower end, r records at 0 are put beside the data and the same rank is aimed at: then what lies above the true
 * quantile misses by r, however few the data are. For the upper end likewise. The least and the largest value are aimed at
 * a few records inside, since below the least one every point is as good as any other; half a record less, so that where ε is
 * large it is a record that is wanted, and not the room between two.
 */
export function quantileOf(
  records: Float64Array,
  quantile: number,
  [at, below, above]: readonly [Slot, Slot, Slot],
  random: RandomSource | undefined,
): NoisyAnswer {
  const top = at.points - 1
  const draw = (slot: Slot, values: Float64Array, shift: number): number =>
    privateQuantile({ quantile, epsilon: slot.epsilon, shift, lower: 0, upper: top, gridExponent: 0 }).invoke(
      values,
      random,
    )
  const padded = (margin: number, value: number): Float64Array => {
    const all = new Float64Array(records.length + margin).fill(value)
    all.set(records)
    return all
  }
  const inside = marginOf(at) - 1.5
  const inwards = quantile === 0 ? inside : quantile === 1 ? -inside : 0
  const value = draw(at, records, inwards)
  const down = marginOf(below)
  const up = marginOf(above)
  const ends = [
    draw(below, padded(down, 0), -quantile * down),
    draw(above, padded(up, top), (1 - quantile) * up),
  ] as const
  const low = Math.min(...ends)
  const high = Math.max(...ends)
  return { value: Math.min(Math.max(value, low), high), low, high }
}
