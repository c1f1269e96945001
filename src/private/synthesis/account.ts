// What a synthesis may spend, in ρ of zero-concentrated differential privacy, and what each release took of it.
// Source: Bun and Steinke 2016, lemma 2.3 (ρ adds up); Feldman and Zrnic 2021 (also where later noise depends on answers).
// It counts one row added or removed; who has several rows pays for the square of their number.

import { FrostglassError } from '../../errors.ts'
import type { RandomSource } from '../../random/source.ts'
import { requireDelta, requirePositive, requirePrice } from '../accounting/check.ts'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import { exponentialMechanism } from '../mechanisms/exponentialMechanism.ts'
import { discreteGaussian } from '../mechanisms/noise.ts'
import { rational } from '../mechanisms/rational.ts'

/** One release. */
export interface SynthesisRelease {
  readonly what: string
  readonly rho: number
  /** Of noisy counts: σ of the noise, and how many counts there are. */
  readonly sigma?: number | undefined
  readonly counts?: number | undefined
}

/** ρ to spend, and who spends it. */
export interface Account {
  /** ρ that is left. */
  left(): number
  /** What was released. */
  readonly releases: readonly SynthesisRelease[]
  /** Counts, of which a row changes one by one, with noise of standard deviation σ. */
  noisy(what: string, counts: Float64Array, sigma: number): Float64Array
  /** The place of one of the scores, which a row moves by 1 at most. */
  select(what: string, scores: readonly number[], epsilon: number): number
  /** Any other release. @param draw is called when it is paid */
  other<T>(what: string, rho: number, draw: (random: RandomSource) => T): T
}

/**
 * The most ρ that is (ε, δ) at most: bisection on a bound that grows with ρ.
 * @throws FrostglassError `usage` for ε or δ outside their ranges
 */
export function rhoFor(epsilon: number, delta: number): number {
  requirePositive('ε', epsilon)
  requirePrice('ε', epsilon)
  requireDelta(delta)
  let [low, high] = [0, epsilon]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (zcdpToEpsilon(middle, delta) <= epsilon) low = middle
    else high = middle
  }
  if (low > 0) return low
  throw new FrostglassError(
    'usage',
    `ε = ${epsilon} at δ = ${delta} leaves no noise to draw`,
    'Take a larger ε or δ.',
  )
}

/** σ of the noise that costs ρ at sensitivity 1, on a grid of twelve binary places so that draws are quick; never below it. */
export function sigmaFor(rho: number): number {
  const sigma = Math.sqrt(0.5 / rho)
  const unit = 2 ** (Math.floor(Math.log2(sigma)) - 12)
  return (Math.floor(sigma / unit) + 1) * unit
}

/**
 * Opens an account of ρ. Every draw is paid first, and one that is too dear is not made.
 * @param random the system's generator, but in tests
 */
export function openAccount(rho: number, random: RandomSource): Account {
  let spent = 0
  const releases: SynthesisRelease[] = []
  const pay = (release: SynthesisRelease): void => {
    // Sums are rounded up: an addition loses less than this.
    const sum = (spent + release.rho) * (1 + 2 ** -50)
    if (!(sum <= rho)) throw new RangeError(`a release of ρ = ${release.rho} is more than is left of ${rho}`)
    spent = sum
    releases.push(release)
  }
  return Object.freeze({
    left: () => Math.max(0, rho - spent),
    releases,
    noisy(what: string, counts: Float64Array, sigma: number) {
      const measurement = discreteGaussian({ sigma })
      pay({ what, rho: measurement.map(1).rho!, sigma, counts: counts.length })
      const noisy = measurement.invoke(
        Array.from(counts, (count) => BigInt(count)),
        random,
      )
      return Float64Array.from(noisy, Number)
    },
    select(what: string, scores: readonly number[], epsilon: number) {
      const measurement = exponentialMechanism({ sensitivity: rational(1n), epsilon })
      pay({ what, rho: measurement.map(1).rho! })
      return measurement.invoke(scores, random)
    },
    other<T>(what: string, price: number, draw: (random: RandomSource) => T) {
      pay({ what, rho: price })
      return draw(random)
    },
  })
}
