// Exact draws from stated distributions: coins of rational and of exponential bias, discrete noise.
// Source: Canonne, Kamath, Steinke 2020 (arXiv 2004.00010), Algorithms 1, 2 and 3; coins by comparing binary places.
// It does not promise constant time: how long a draw takes depends on what is drawn.

import { drawBelow, drawBigBelow } from '../../random/integers.ts'
import type { RandomSource } from '../../random/source.ts'
import { floorRoot, type Rational } from './rational.ts'

const two32 = 2 ** 32

/**
 * 1 with probability n / d, exactly: a uniform real's binary places are drawn 32 at a time and compared with those of
 * n / d until they differ, which the first word does but once in 2^32.
 * @throws RangeError unless 0 ≤ n ≤ d and d > 0.
 */
export function drawBernoulli(n: bigint, d: bigint, random: RandomSource): boolean {
  if (d <= 0n || n < 0n || n > d) throw new RangeError(`a probability is 0 … 1, but ${n}/${d} came`)
  if (n === d) return true
  let rest = n
  while (rest !== 0n) {
    const shifted = rest << 32n
    const places = Number(shifted / d)
    const word = random.uint32()
    if (word !== places) return word < places
    rest = shifted % d
  }
  return false
}

/**
 * 1 with probability exp(−n / d), exactly (Algorithm 1 of the source).
 * @throws RangeError unless n ≥ 0 and d > 0.
 */
export function drawBernoulliExp(n: bigint, d: bigint, random: RandomSource): boolean {
  if (d <= 0n || n < 0n) throw new RangeError(`exp(−γ) takes a rational γ ≥ 0, but ${n}/${d} came`)
  let rest = n
  // Nearly always over after a turn or two, however large γ is.
  while (rest >= d) {
    if (!drawBernoulliExpBelowOne(1, 1, two32, random)) return false
    rest -= d
  }
  if (rest === 0n) return true
  return drawBernoulliExpBelowOne(rest, d, Number((rest << 32n) / d), random)
}

/**
 * The same for γ = n / d ≤ 1, with `places` = ⌊γ 2^32⌋, which often is known without BigInt; n and d themselves are looked
 * at once in 2^32.
 */
function drawBernoulliExpBelowOne(
  n: number | bigint,
  d: number | bigint,
  places: number,
  random: RandomSource,
): boolean {
  for (let k = 1; ; k++) {
    // A coin of bias γ / k. ⌊⌊γ 2^32⌋ / k⌋ = ⌊γ 2^32 / k⌋ are its first 32 binary places.
    const first = (places - (places % k)) / k
    const word = random.uint32()
    let one = word < first
    if (word === first) {
      const divisor = BigInt(d) * BigInt(k)
      one = drawBernoulli((BigInt(n) << 32n) % divisor, divisor, random)
    }
    if (!one) return k % 2 === 1
  }
}

/**
 * The discrete Laplace distribution: P[x] ∝ exp(−|x| / scale) on the integers, exactly (Algorithm 2 of the source).
 * @param scale positive.
 */
export function drawDiscreteLaplace(scale: Rational, random: RandomSource): bigint {
  const { numerator: t, denominator: s } = scale
  for (;;) {
    const magnitude = t < 1n << 21n ? smallGeometric(Number(t), s, random) : bigGeometric(t, s, random)
    if (random.uint32() >= two32 / 2) return magnitude
    // Zero has one sign only.
    if (magnitude !== 0n) return -magnitude
  }
}

/** P[x] ∝ exp(−x s / t), x ≥ 0: a remainder modulo t, a number of whole t, and that divided by s. */
function bigGeometric(t: bigint, s: bigint, random: RandomSource): bigint {
  let u = drawBigBelow(t, random)
  while (!drawBernoulliExpBelowOne(u, t, Number((u << 32n) / t), random)) u = drawBigBelow(t, random)
  return (u + t * BigInt(wholeExponents(random))) / s
}

/** The same for t < 2^21, where t 2^32 fits a double's 53 bits, so that all of it is exact without BigInt. */
function smallGeometric(t: number, s: bigint, random: RandomSource): bigint {
  for (;;) {
    const u = drawBelow(t, random)
    const shifted = u * two32
    const places = (shifted - (shifted % t)) / t
    if (drawBernoulliExpBelowOne(u, t, places, random)) {
      return (BigInt(u) + BigInt(t) * BigInt(wholeExponents(random))) / s
    }
  }
}

/** How many coins of bias exp(−1) fall 1 before the first 0. */
function wholeExponents(random: RandomSource): number {
  let count = 0
  while (drawBernoulliExpBelowOne(1, 1, two32, random)) count++
  return count
}

/**
 * The discrete Gaussian: P[x] ∝ exp(−x² / (2 σ²)) on the integers, exactly, by rejection from a discrete Laplace of scale
 * ⌊σ⌋ + 1 (Algorithm 3 of the source).
 * @param variance σ² of the formula, positive; the distribution's own variance is at most that.
 */
export function drawDiscreteGaussian(variance: Rational, random: RandomSource): bigint {
  const { numerator: n, denominator: d } = variance
  const t = floorRoot(n / d) + 1n
  const td = t * d
  const divisor = 2n * n * t * td
  const scale = { numerator: t, denominator: 1n }
  for (;;) {
    const y = drawDiscreteLaplace(scale, random)
    const excess = (y < 0n ? -y : y) * td - n
    if (drawBernoulliExp(excess * excess, divisor, random)) return y
  }
}
