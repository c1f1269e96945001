// Real numbers on a stated grid of powers of two, with exact integer noise on that grid.
// Source: Mironov 2012 (why not floating-point noise); Balcer and Vadhan 2018, Canonne, Kamath, Steinke 2020 (discretise first).
// It does not promise more digits than the grid has: answers are multiples of 2^k, and k is public.

import { systemRandom } from '../../random/source.ts'
import { requireObject } from '../accounting/check.ts'
import { drawDiscreteGaussian, drawDiscreteLaplace } from './exactRandom.ts'
import { distanceOf, type Measurement } from './measurement.ts'
import { gaussianPrice, laplacePrice } from './noise.ts'
import {
  ceiling,
  type Exact,
  exactly,
  floorDivide,
  floorRoot,
  positive,
  product,
  quotient,
  type Rational,
  rational,
  sum,
  whole,
} from './rational.ts'

/** Where real answers may lie. None of it may depend on the data. */
export interface GridNoiseOptions {
  /** Numbers in a vector, 1 unless given. */
  dimensions?: number | undefined
  /** k: answers are multiples of 2^k. Unless given, 2^k is about a millionth of the noise's scale (2^−22 to 2^−20). */
  gridExponent?: number | undefined
}

/** A measurement on a grid says which. */
export interface GridMeasurement extends Measurement<readonly number[], number[]> {
  /** k: answers are multiples of 2^k. */
  readonly gridExponent: number
}

/**
 * Laplace noise for real numbers: each is rounded to the nearest multiple of 2^k, and discrete Laplace noise is added there.
 *
 * What rounding does: it moves a value by at most 2^(k−1), and inputs at L1 distance Δ come to at most ⌈Δ/2^k⌉ + n − 1
 * steps of the grid (n numbers). So ε = 2^k (⌈Δ/2^k⌉ + n − 1) / scale; for one number and Δ a multiple of 2^k, Δ / scale.
 * @param options.scale of the noise, in the values' own unit.
 * @returns a measurement of vectors of finite numbers; another length, NaN and infinities are a RangeError, which tells
 * something of the data: clamp first.
 * @throws FrostglassError `usage` unless the scale is positive and finite.
 * @example gridLaplace({ scale: 2, gridExponent: -10 }).invoke([3.25])    // [ 4.6240234375 ], say
 */
export function gridLaplace(options: GridNoiseOptions & { scale: Exact }): GridMeasurement {
  const { steps, exponent, dimensions, onGrid } = grid('scale', options)
  return Object.freeze({
    name: 'Laplace on a grid',
    distance: 'l1' as const,
    gridExponent: exponent,
    invoke: (values: readonly number[], random = systemRandom) =>
      onGrid(values, () => drawDiscreteLaplace(steps, random)),
    map: (distance: Exact) => {
      const moved = ceiling(inSteps(distanceOf(distance, false), exponent))
      return laplacePrice(rational(moved === 0n ? 0n : moved + BigInt(dimensions - 1)), steps)
    },
  })
}

/**
 * Gaussian noise for real numbers: each is rounded to the nearest multiple of 2^k, and discrete Gaussian noise is added
 * there.
 *
 * What rounding does: it moves a value by at most 2^(k−1), and inputs at L2 distance Δ come to at most Δ/2^k + √n steps of
 * the grid (⌈Δ/2^k⌉ for one number). So ρ = (Δ + 2^k √n)² / (2 σ²).
 * @param options.sigma σ of the noise, in the values' own unit.
 * @returns a measurement of vectors of finite numbers; another length, NaN and infinities are a RangeError, which tells
 * something of the data: clamp first.
 * @throws FrostglassError `usage` unless σ is positive and finite.
 */
export function gridGaussian(options: GridNoiseOptions & { sigma: Exact }): GridMeasurement {
  const { steps, exponent, dimensions, onGrid } = grid('sigma', options)
  const variance = product(steps, steps)
  return Object.freeze({
    name: 'Gaussian on a grid',
    distance: 'l2' as const,
    gridExponent: exponent,
    invoke: (values: readonly number[], random = systemRandom) =>
      onGrid(values, () => drawDiscreteGaussian(variance, random)),
    map: (distance: Exact) => {
      const exact = inSteps(distanceOf(distance, false), exponent)
      if (exact.numerator === 0n) return gaussianPrice(exact, variance)
      return gaussianPrice(
        dimensions === 1 ? rational(ceiling(exact)) : sum(exact, rootAbove(dimensions)),
        variance,
      )
    },
  })
}

/** √n, rounded up at the 20th binary place. */
const rootAbove = (n: number): Rational => rational(floorRoot(BigInt(n) << 40n) + 1n, 1n << 20n)

const inSteps = (x: Rational, exponent: number): Rational =>
  exponent >= 0
    ? quotient(x, rational(1n << BigInt(exponent)))
    : product(x, rational(1n << BigInt(-exponent)))

function grid(
  name: 'scale' | 'sigma',
  options: GridNoiseOptions & { scale?: Exact | undefined; sigma?: Exact | undefined },
) {
  requireObject('the options of a mechanism', options)
  const scale = positive(name, options[name]!)
  const dimensions = whole('dimensions', options.dimensions ?? 1)
  const magnitude = scale.numerator.toString(2).length - scale.denominator.toString(2).length
  const exponent = whole('gridExponent', options.gridExponent ?? Math.max(-1000, magnitude - 21), -1000, 1000)

  function onGrid(values: readonly number[], noise: () => bigint): number[] {
    if (!Array.isArray(values) || values.length !== dimensions) {
      throw new RangeError(`this measurement takes ${dimensions} numbers, but ${values?.length} came`)
    }
    return values.map((value) => {
      const { numerator, denominator } = inSteps(exactly(value), exponent)
      const nearest = floorDivide(2n * numerator + denominator, 2n * denominator)
      return Number(nearest + noise()) * 2 ** exponent
    })
  }

  return { steps: inSteps(scale, exponent), exponent, dimensions, onGrid }
}
