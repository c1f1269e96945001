// Real numbers to whole ones on a grid whose step is a power of two, and a sum of them back.
// Source: ours; stochastic rounding as in Alistarh et al. 2017. Errors are stated beside each function, in steps.
// It bounds each number, not a vector's norm: clip that first (and see `gridDistance` for what rounding adds to it).

import { FrostglassError } from '../../errors.ts'
import { drawUniform, type RandomSource, systemRandom } from '../../random/source.ts'
import type { Vector } from './contract.ts'

/** Numbers are −levels … levels steps. */
export interface Grid {
  /** A power of two. */
  readonly step: number
  /** At most 2^52. */
  readonly levels: bigint
}

/** `nearest` errs by half a step at most; `stochastic` by less than a step, and on average by nothing (2^−53 of a step at most). */
export type Rounding = 'nearest' | 'stochastic'

/**
 * The finest grid that reaches `range` with at most `levels` steps; ranges need not be powers of two.
 * @param levels from 1 to 2^52: with n nodes and R = 2^bits below R / 2n (`requireSetup` holds a setup to it)
 * @throws FrostglassError `usage` for a range that is not positive and finite, or levels outside
 */
export function gridOf(range: number, levels: bigint): Grid {
  if (!(range > 0) || range > 2 ** 1000 || range < 2 ** -900 || levels < 1n || levels > 1n << 52n)
    throw new FrostglassError(
      'usage',
      `a grid reaches a positive range with 1 to 2^52 steps, not ${range} with ${levels}`,
      'Give the range as a number above 0.',
    )
  let step = 2 ** Math.floor(Math.log2(range / Number(levels)))
  // Logarithms are rounded: step down, then up to the first that fits. Divisions by a power of two are exact.
  while (Math.ceil(range / (step / 2)) <= Number(levels)) step /= 2
  while (Math.ceil(range / step) > Number(levels)) step *= 2
  return Object.freeze({ step, levels: BigInt(Math.ceil(range / step)) })
}

/**
 * Clips each number to the grid's reach and rounds it to a whole number of steps.
 * @returns numbers in −levels … levels, as a setup of `bits` takes them
 * @throws FrostglassError `input` for a number that is NaN or infinite, naming its place
 * @throws RangeError where 32 bits cannot hold the grid's levels
 */
export function quantise(
  values: ArrayLike<number>,
  { step, levels }: Grid,
  bits: 32 | 64,
  rounding: Rounding,
  random: RandomSource = systemRandom,
): Vector {
  if (bits === 32 && levels >= 1n << 31n) throw new RangeError(`${levels} levels do not fit 32 bits`)
  const most = Number(levels)
  const small = new Int32Array(bits === 32 ? values.length : 0)
  const large = new BigInt64Array(bits === 32 ? 0 : values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value))
      throw new FrostglassError(
        'input',
        `number ${i} is ${value}: it has no place on a grid`,
        'Give finite numbers.',
      )
    // Exact: the step is a power of two, and what is beyond the reach is cut off first.
    const steps = Math.min(most, Math.max(-most, value / step))
    const below = Math.floor(steps)
    const up = rounding === 'nearest' ? steps - below >= 0.5 : drawUniform(random) < steps - below
    if (bits === 32) small[i] = below + Number(up)
    else large[i] = BigInt(below + Number(up))
  }
  return bits === 32 ? small : large
}

/** A sum's numbers, in the unit that went in: exact up to 2^53 steps, and rounded once beyond. */
export const dequantise = (sum: Vector, { step }: Grid): Float64Array =>
  Float64Array.from(sum as ArrayLike<number | bigint>, (value) => Number(value) * step)

/**
 * The L2 norm, in steps, that a vector of norm `clip` has at most once it is rounded: clip / step and what rounding adds to
 * each of `length` numbers, half a step or a whole one. Clipping number by number only shortens.
 */
export const gridDistance = (clip: number, length: number, { step }: Grid, rounding: Rounding): number =>
  (clip / step + Math.sqrt(length) * (rounding === 'nearest' ? 0.5 : 1)) * (1 + 2 ** -50)
