// Integers with exact integer noise: the discrete Laplace and the discrete Gaussian mechanism.
// Source: Ghosh, Roughgarden, Sundararajan 2012 (geometric mechanism); Canonne, Kamath, Steinke 2020.
// They do not promise a bounded answer: a count may come back negative. Clamping afterwards costs no privacy.

import { systemRandom } from '../../random/source.ts'
import { requireObject } from '../accounting/check.ts'
import { drawDiscreteGaussian, drawDiscreteLaplace } from './exactRandom.ts'
import {
  concentratedLoss,
  cushioned,
  distanceOf,
  type Measurement,
  type PrivacyLoss,
  pureLoss,
  requireIntegers,
} from './measurement.ts'
import { type Exact, positive, product, quotient, type Rational, roundedUp } from './rational.ts'

/**
 * Adds to each integer of a vector noise with P[x] ∝ exp(−|x| / scale), independently.
 *
 * At L1 distance Δ: pure ε = Δ / scale (the ratio of two probabilities is exp(±Δ / scale) at most, coordinate by
 * coordinate). The Rényi curve is the exact one of a single coordinate that moves by Δ, and bounds every other split of Δ:
 * its moment is A e^{(α−1)Δ/t} + B e^{−αΔ/t} with A, B ≥ 0 and A + B = 1, whose logarithm is convex in Δ and 0 at 0, hence
 * superadditive.
 * @param options.scale t above, in the values' own unit; the noise's standard deviation is about √2 t for t well above 1.
 * @returns a measurement of vectors; an integer alone is a vector of one. Distances are integers.
 * @throws FrostglassError `usage` unless the scale lies from 2^−1000 to 2^1000. @throws RangeError for values that are no bigints.
 * @example
 * const count = discreteLaplace({ scale: 2 })        // ε = 1/2 for a count of people
 * count.invoke([120n])                               // [ 118n ], say
 * count.map(1).epsilon                               // 0.5
 */
export function discreteLaplace(options: { scale: Exact }): Measurement<readonly bigint[], bigint[]> {
  requireObject('the options of a mechanism', options)
  const scale = positive('scale', options.scale)
  return Object.freeze({
    name: 'discrete Laplace',
    distance: 'l1' as const,
    invoke(values: readonly bigint[], random = systemRandom) {
      requireIntegers(values)
      return values.map((value) => value + drawDiscreteLaplace(scale, random))
    },
    map: (distance: Exact) => laplacePrice(distanceOf(distance, true), scale),
  })
}

/** The loss of the discrete Laplace at a whole distance, both in units of the grid. */
export function laplacePrice(distance: Rational, scale: Rational): PrivacyLoss {
  const epsilon = quotient(distance, scale)
  const e = roundedUp(epsilon)
  const step = roundedUp(quotient({ numerator: 1n, denominator: 1n }, scale))
  return pureLoss(epsilon, { renyi: (alpha) => laplaceDivergence(e, step, alpha) })
}

/**
 * log(A e^{(α−1)ε} + B e^{−αε}) / (α − 1), with r = e^{−step} and B = (r − r^{2α−1}) / ((1 + r)(1 − r^{2α−1})), A = 1 − B:
 * the sum of P^α Q^{1−α} over the integers, left of both centres, right of both, and between.
 */
function laplaceDivergence(epsilon: number, step: number, alpha: number): number {
  const b =
    (Math.exp(-step) * -Math.expm1(-(2 * alpha - 2) * step)) /
    ((1 + Math.exp(-step)) * -Math.expm1(-(2 * alpha - 1) * step))
  const high = (alpha - 1) * epsilon
  // The larger exponential taken out, so that nothing overflows.
  const moment = high + Math.log1p(b * Math.expm1(-(2 * alpha - 1) * epsilon))
  return cushioned(moment, (2 * alpha - 1) * epsilon) / (alpha - 1)
}

/**
 * Adds to each integer of a vector discrete Gaussian noise, P[x] ∝ exp(−x² / (2 σ²)), independently.
 *
 * At L2 distance Δ: ρ-zCDP with ρ = Δ² / (2 σ²), as for the continuous Gaussian (Canonne, Kamath, Steinke 2020). Completing
 * the square leaves α Δ² / (2 σ²) and the logarithm of Σ exp(−(x − μ)² / (2 σ²)) over the same sum with μ = 0, and that sum
 * over the integers is largest at whole μ, by Poisson's summation. Coordinates are independent, so their ρ add up. It has
 * no pure ε. Its (ε, δ) is not the continuous one's: do not take that from tables.
 * @param options.sigma σ, in the values' own unit; the noise's standard deviation is at most that.
 * @returns a measurement of vectors. A distance such as √2 is to be given rounded up.
 * @throws FrostglassError `usage` unless σ lies from 2^−1000 to 2^1000. @throws RangeError for values that are no bigints.
 * @example discreteGaussian({ sigma: 10 }).map(1).rho    // 0.005
 */
export function discreteGaussian(options: { sigma: Exact }): Measurement<readonly bigint[], bigint[]> {
  requireObject('the options of a mechanism', options)
  const sigma = positive('sigma', options.sigma)
  const variance = product(sigma, sigma)
  return Object.freeze({
    name: 'discrete Gaussian',
    distance: 'l2' as const,
    invoke(values: readonly bigint[], random = systemRandom) {
      requireIntegers(values)
      return values.map((value) => value + drawDiscreteGaussian(variance, random))
    },
    map: (distance: Exact) => gaussianPrice(distanceOf(distance, false), variance),
  })
}

/** ρ = Δ² / (2 σ²) */
export const gaussianPrice = (distance: Rational, variance: Rational): PrivacyLoss =>
  concentratedLoss(
    quotient(product(distance, distance), product({ numerator: 2n, denominator: 1n }, variance)),
  )
