// A price that depends on the data, published privately: an upper bound on it under noise of its smooth sensitivity.
// Source: Nissim, Raskhodnikova and Smith 2007; Papernot et al. 2018, appendix B (GNSS); Gil, Alajaji and Linder 2013.
// The bound fails as often as is asked for; that is a share of wrong statements, not of broken privacy.

import { type RandomSource, systemRandom } from '../../random/source.ts'
import {
  requireCount,
  requireDelta,
  requireList,
  requireObject,
  requireOrder,
  requirePositive,
} from '../accounting/check.ts'
import { orderToEpsilon } from '../accounting/convert.ts'
import { logNormalTail } from '../accounting/normal.ts'
import { drawDiscreteGaussian } from '../mechanisms/exactRandom.ts'
import { against, exactly, product } from '../mechanisms/rational.ts'
import type { ConfidentAggregation } from './aggregate.ts'
import { priceTable, smoothSensitivity, tablePrice } from './sensitivity.ts'
import { requireVotes } from './votes.ts'

/** All of it chosen before anything is asked. */
export interface Publication {
  /** λ, the one order at which the price is published. */
  readonly order: number
  /** β of the smooth sensitivity: how fast what is far away counts less. */
  readonly beta: number
  /** Standard deviation of the noise over the smooth sensitivity. */
  readonly noise: number
  /** How often the published bound may lie below the price: 0.05, say. */
  readonly failure: number
}

/** What may be published. */
export interface PublishedPrice {
  /** Nats at the order: at least the price of all answers, but for the stated share of failures. */
  readonly bound: number
  /** Nats at the order that publishing costs. */
  readonly cost: number
  /** ε of the answers and the published bound together, at this δ. */
  epsilon(delta: number): number
}

/** Tables of all two largest counts, at each distance: beyond this they take minutes. */
const MOST_TEACHERS = 1000

/** A step of the grid on which noise is drawn, and what is added to the sensitivity for rounding to it. */
const step = 2 ** -30
const rounding = 2 ** -20

/**
 * Publishes what a run of answers cost: its price at one order, raised to an upper bound, on a grid, with discrete Gaussian
 * noise.
 *
 * Price, sensitivity and with them the noise's scale depend on the data. Between adjacent data the smooth sensitivity S
 * changes by a factor e^±β at most and the centre, price + z σ S, by (1 + z σ (e^β − 1)) times the smaller S; so the cost is
 * that of {@link publicationCost}. Its σ is a thousand steps of the grid or more for each unit of `noise`, where discrete
 * and continuous Gaussians have the same divergences to any digit.
 * @param votes of each query, counts by class; all have as many votes. Which queries there are must not depend on the data.
 * @throws FrostglassError 'usage' for parameters outside their ranges, and for an order that β is too large for.
 * @throws RangeError for votes of different numbers of teachers or classes.
 */
export function publishPrice(
  aggregation: ConfidentAggregation,
  votes: readonly (readonly number[])[],
  plan: Publication,
  random: RandomSource = systemRandom,
): PublishedPrice {
  const cost = publicationCost(plan)
  const { order, beta, noise } = plan
  requireObject('an aggregation', aggregation)
  requireList('the votes of each query', votes)
  votes.forEach(requireVotes)
  const [first = []] = votes
  const teachers = first.reduce((a, b) => a + b, 0)
  if (votes.some((one) => one.length !== first.length || one.reduce((a, b) => a + b, 0) !== teachers))
    throw new RangeError('all votes are of the same teachers on the same classes')
  requireCount('the number of teachers', teachers, MOST_TEACHERS)
  const table = priceTable(aggregation, teachers, first.length, order)
  const scale = smoothSensitivity(table, votes, beta) + rounding
  const centre = tablePrice(table, votes) + quantile(plan.failure) * noise * scale
  const sigma = exactly((noise * scale) / step)
  const steps = BigInt(Math.round(centre / step)) + drawDiscreteGaussian(product(sigma, sigma), random)
  const bound = Math.max(0, Number(steps) * step)
  return Object.freeze({
    bound,
    cost,
    epsilon: (delta: number) => orderToEpsilon(bound + cost, order, delta),
  })
}

/**
 * The Rényi divergence at `order` between N(c₀, s₀²) and N(c₁, s₁²) where s₁ = s₀ e^b, |b| ≤ β, and the centres are as far
 * apart as above, at most over b. The part of the centres is largest at b = −β, that of the scales at either end.
 * @throws FrostglassError 'usage' for parameters outside their ranges, or where the divergence is infinite: keep
 * (order − 1) (e^2β − 1) below 1.
 */
export function publicationCost(plan: Publication): number {
  requireObject('a publication', plan)
  const { order, beta, noise, failure } = plan
  requireOrder(order)
  requirePositive('order − 1', order - 1)
  requirePositive('β', beta)
  requirePositive('the noise', noise)
  requireDelta(failure)
  const shift = (1 + quantile(failure) * noise * Math.expm1(beta)) / noise
  // s*² / s₀² at b = −β, and what is positive in the part of the scales: (log s*² − 2 α b) / 2 (1 − α).
  const mixed = (b: number) => 1 + order * Math.expm1(2 * b)
  requirePositive('1 − (order − 1) (e^2β − 1)', 1 - (order - 1) * Math.expm1(2 * beta))
  const scales = (b: number) => (order * b - Math.log(mixed(b)) / 2) / (order - 1)
  const centres = (order * shift * shift) / 2
  return against(
    Math.max((centres * Math.exp(-2 * beta)) / mixed(-beta) + scales(-beta), centres + scales(beta)) +
      2 ** -40,
  )
}

/** z with P[Z > z] = tail, rounded up; 0 for tails of a half and more. */
function quantile(tail: number): number {
  let [low, high] = [0, 40]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (logNormalTail(middle) > Math.log(tail)) low = middle
    else high = middle
  }
  return high
}
