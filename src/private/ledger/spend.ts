// What a ledger keeps of a release: the law of its noise as JSON, which every accountant here can read.
// Source: the pairs in accounting/release.ts; Bun and Steinke 2016 (ρ alone); the reasons stand at each kind.
// It does not check that the noise was drawn so: who writes the spend says which law the mechanism has.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import {
  MOST_ROWS,
  requireCount,
  requireDelta,
  requireNoise,
  requireObject,
  requirePrice,
  requireRate,
  requireTimes,
} from '../accounting/check.ts'
import { pureCurve, type RenyiCurve, zcdpCurve, zcdpToEpsilon } from '../accounting/convert.ts'
import { sampledGroupCurve, sampledGroupLoss } from '../accounting/groupRelease.ts'
import { epsilonOf, type Repeated } from '../accounting/lossDistribution.ts'
import {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  laplaceLoss,
  pricedLoss,
  type Release,
} from '../accounting/release.ts'
import { gaussianCurve, laplaceCurve, sampledGaussianCurve } from '../accounting/renyi.ts'
import type { PrivacyLoss } from '../mechanisms/measurement.ts'
import { discreteLaplace } from '../mechanisms/noise.ts'
import { against } from '../mechanisms/rational.ts'

const times = z.number().optional()

/** How a spend looks in a ledger: what reads one from a file checks it with this. */
export const spendShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gaussian'), noiseMultiplier: z.number(), times }),
  z.strictObject({
    kind: z.literal('sampled-gaussian'),
    noiseMultiplier: z.number(),
    rate: z.number(),
    rows: z.number().optional(),
    times,
  }),
  z.strictObject({ kind: z.literal('laplace'), scale: z.number(), times }),
  z.strictObject({ kind: z.literal('discrete-laplace'), scale: z.number(), sensitivity: z.number(), times }),
  z.strictObject({ kind: z.literal('discrete-gaussian'), sigma: z.number(), sensitivity: z.number(), times }),
  z.strictObject({ kind: z.literal('concentrated'), rho: z.number(), times }),
  z.strictObject({ kind: z.literal('priced'), epsilon: z.number(), delta: z.number(), times }),
])

/**
 * The noise of one release, made `times` times (1 unless given), each about the same rows:
 *
 * - `gaussian` (σ over L2 sensitivity, any number of coordinates) and `sampled-gaussian` (the same on Poisson samples at
 *   `rate`): continuous noise, as private training has it. Where a unit has several rows, `rows` of them at most, each is
 *   in the sample with its own chance, and the sensitivity is a row's;
 * - `laplace` (scale over sensitivity): continuous noise on ONE number;
 * - `discrete-laplace`, `discrete-gaussian`: integer noise on ONE integer that moves by at most `sensitivity`, a whole
 *   number; both in the answer's unit, or in steps of the grid for answers on a grid. For a histogram in which a person
 *   is in one bin this is the whole price, since one coordinate moves by 1;
 * - `concentrated`: all that is known is ρ, as of discrete Gaussian noise on several coordinates (that no other split of
 *   an L2 distance over integers is dearer than one coordinate is proved for ρ, and not for the losses);
 * - `priced`: all that is known is (ε, δ), as of selection, quantiles, private keys, or Laplace noise on several
 *   coordinates of which one person may move more than one.
 *
 * Numbers are doubles: round a scale down and a sensitivity up.
 */
export type Spend = Readonly<z.infer<typeof spendShape>>

/** A price (ε, δ) in nats. */
interface Price {
  readonly epsilon: number
  readonly delta: number
}

/**
 * What a mechanism says of its release, as a spend: its pure ε where it has one, else its (ε, δ), else its ρ. Always
 * sound; for the noise of one number, a spend of that noise's own kind composes better.
 *
 * @param loss what `measurement.map(distance)` answers.
 * @throws FrostglassError 'usage' for a mechanism of which only a Rényi curve is known.
 * @example spendOf(permuteAndFlip({ epsilon: 0.5, sensitivity: 1 }).map(1)) // { kind: 'priced', epsilon: 0.5, delta: 0 }
 */
export function spendOf(loss: PrivacyLoss): Spend {
  requireObject('what a mechanism says of its release', loss)
  const { epsilon, approximate, rho } = loss
  if (epsilon !== undefined) return { kind: 'priced', epsilon, delta: 0 }
  if (approximate !== undefined) return { kind: 'priced', ...approximate }
  if (rho !== undefined) return { kind: 'concentrated', rho }
  throw new FrostglassError(
    'usage',
    'of this release neither ε, (ε, δ) nor ρ is known',
    'Name the law of its noise: see the kinds of Spend.',
  )
}

/** Atoms that a pair of discrete noise may have before a bound by another pair takes its place. */
const MOST_ATOMS = 4096

/** ρ of a spend whose pair of losses is not known, or too large to write down. */
function concentration(spend: Spend): number | undefined {
  if (spend.kind === 'concentrated') return spend.rho
  if (spend.kind !== 'discrete-gaussian' || spend.sigma <= MOST_ATOMS) return undefined
  return (spend.sensitivity / spend.sigma) ** 2 / 2
}

/** The pair of one release; none of a spend that has only ρ. */
function releaseOf(spend: Spend): Release | undefined {
  if (concentration(spend) !== undefined) return undefined
  switch (spend.kind) {
    case 'gaussian':
      return gaussianLoss(spend.noiseMultiplier)
    case 'sampled-gaussian':
      return sampledGroupLoss(spend.noiseMultiplier, spend.rate, spend.rows ?? 1)
    case 'laplace':
      return laplaceLoss(spend.scale)
    case 'discrete-laplace': {
      const { scale, sensitivity } = spend
      return sensitivity <= MOST_ATOMS
        ? discreteLaplaceLoss(scale, sensitivity)
        : laplaceLoss(1 / coarserEpsilon(scale, sensitivity))
    }
    case 'discrete-gaussian':
      return discreteGaussianLoss(spend.sigma, spend.sensitivity)
    case 'priced':
      return pricedLoss(spend.epsilon, spend.delta)
  }
}

/**
 * The ε of continuous Laplace noise that dominates the discrete one of scale b, moved by m: m/b + 1/4b².
 *
 * At ε_j = (m − 2j)/b both have the same δ, 1 − e^{−j/b}; between those the discrete curve is its chord in e^ε, and
 * the chord of e^{ε/2} over a step of 2/b is below it by a factor of at least 1/cosh(1/2b) ≥ e^{−1/8b²}, which the longer
 * way makes up.
 */
export function coarserEpsilon(scale: number, sensitivity: number): number {
  return sensitivity / scale + 1 / (4 * scale * scale)
}

const timesOf = ({ times = 1 }: Spend): number => times

/** The sums of ε and δ, where every one of the spends has both. */
export function summed(spends: readonly Spend[]): Price | undefined {
  let [epsilon, delta] = [0, 0]
  for (const spend of spends) {
    const one = priceAlone(spend)
    if (one === undefined) return undefined
    epsilon += timesOf(spend) * one.epsilon
    delta += timesOf(spend) * one.delta
  }
  return { epsilon, delta }
}

function priceAlone(spend: Spend): Price | undefined {
  if (spend.kind === 'laplace') return { epsilon: 1 / spend.scale, delta: 0 }
  if (spend.kind === 'discrete-laplace') return { epsilon: spend.sensitivity / spend.scale, delta: 0 }
  return spend.kind === 'priced' ? spend : undefined
}

/**
 * The ε at δ of all spends together, by their loss distributions where those are known. What has ρ alone is priced at
 * half of δ first, as one.
 *
 * @returns Infinity where no ε will do.
 */
export function tightEpsilon(spends: readonly Spend[], delta: number): number {
  let rho = 0
  const parts = new Map<string, Repeated>()
  for (const spend of spends) {
    const concentrated = concentration(spend)
    if (concentrated !== undefined) rho += timesOf(spend) * concentrated
    else {
      // One part for all of a kind: the accountant's work grows with the parts, hardly with the times.
      const { times = 1, ...kind } = spend
      const name = JSON.stringify(kind)
      const before = parts.get(name)
      parts.set(name, {
        release: before?.release ?? releaseOf(spend)!,
        times: (before?.times ?? 0) + times,
      })
    }
  }
  if (rho === 0) return epsilonOf([...parts.values()], delta)
  if (parts.size === 0) return zcdpToEpsilon(rho, delta)
  const concentrated = pricedLoss(zcdpToEpsilon(rho, delta / 2), delta / 2)
  return epsilonOf([...parts.values(), { release: concentrated, times: 1 }], delta)
}

/** Rényi divergence of all spends at an order, and the δ of those of which only (ε, δ) is known: it counts beside. */
export function renyiOf(spends: readonly Spend[], order: number): { divergence: number; leaks: number } {
  let [divergence, leaks] = [0, 0]
  for (const spend of spends) {
    // A divergence is never below 0: what buys budget back has lost its digits.
    divergence += against(timesOf(spend) * Math.max(0, curveOf(spend)(order)))
    if (spend.kind === 'priced') leaks += timesOf(spend) * spend.delta
  }
  return { divergence, leaks }
}

function curveOf(spend: Spend): RenyiCurve {
  switch (spend.kind) {
    case 'gaussian':
      return gaussianCurve(spend.noiseMultiplier)
    case 'sampled-gaussian':
      return spend.rows === undefined
        ? sampledGaussianCurve(spend.noiseMultiplier, spend.rate, 1)
        : sampledGroupCurve(spend.noiseMultiplier, spend.rate, spend.rows)
    case 'laplace':
      return laplaceCurve(spend.scale)
    case 'discrete-laplace':
      return discreteLaplace({ scale: spend.scale }).map(spend.sensitivity).renyi!
    case 'discrete-gaussian':
      return zcdpCurve((spend.sensitivity / spend.sigma) ** 2 / 2)
    case 'concentrated':
      return zcdpCurve(spend.rho)
    case 'priced':
      return pureCurve(spend.epsilon)
  }
}

/**
 * Refuses spends that mean nothing before anything is written.
 * @throws FrostglassError 'usage' for an empty list, an unknown kind, a parameter outside its range.
 */
export function requireSpends(spends: readonly Spend[]): void {
  const parsed = z.array(spendShape).min(1).max(MOST_SPENDS).safeParse(spends)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new FrostglassError(
      'usage',
      `losses${pathOf(issue?.path)}: ${issue?.message ?? 'not spends'}`,
      'Give a list of spends such as { kind: "discrete-laplace", scale: 2, sensitivity: 1 }.',
    )
  }
  for (const spend of spends) {
    requireTimes('times', timesOf(spend))
    requireSpend(spend)
  }
}

/** Most spends of one entry; a training is one of them. */
const MOST_SPENDS = 10_000

/** Ranges in which every accountant answers in bounded time. */
function requireSpend(spend: Spend): void {
  switch (spend.kind) {
    case 'gaussian':
      requireNoise('the noise multiplier σ', spend.noiseMultiplier)
      break
    case 'sampled-gaussian':
      requireNoise('the noise multiplier σ', spend.noiseMultiplier)
      requireRate(spend.rate)
      requireCount('the rows of one unit', spend.rows ?? 1, MOST_ROWS)
      break
    case 'laplace':
      requireNoise('the scale', spend.scale)
      break
    case 'discrete-laplace':
      requireNoise('the scale', spend.scale)
      requireCount('the sensitivity', spend.sensitivity)
      requirePrice('sensitivity / scale', spend.sensitivity / spend.scale)
      break
    case 'discrete-gaussian':
      requireNoise('σ', spend.sigma)
      requireCount('the sensitivity', spend.sensitivity)
      requirePrice('ρ = sensitivity² / 2σ²', (spend.sensitivity / spend.sigma) ** 2 / 2)
      break
    case 'concentrated':
      requirePrice('ρ', spend.rho)
      break
    case 'priced':
      requirePrice('ε', spend.epsilon)
      if (spend.delta !== 0) requireDelta(spend.delta)
  }
}

const pathOf = (path: readonly PropertyKey[] = []): string =>
  path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
