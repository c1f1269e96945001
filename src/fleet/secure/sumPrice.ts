// What the sum of a round gives away of one node, when every node adds discrete Gaussian noise of its own.
// Source: Kairouz, Liu and Steinke 2021 (the distributed discrete Gaussian), proved again in PROOF.md here, lemmas 7 to 9.
// It counts the noise of honest survivors alone, as many as the setup is sure of: corrupted ones may add none, or take theirs off.

import { FrostglassError } from '../../errors.ts'
import { distanceOf, type PrivacyLoss } from '../../private/mechanisms/measurement.ts'
import { gaussianPrice } from '../../private/mechanisms/noise.ts'
import {
  type Exact,
  positive,
  product,
  quotient,
  type Rational,
  rational,
} from '../../private/mechanisms/rational.ts'
import type { SecureSetup } from './contract.ts'

/** Honest nodes whose numbers, and whose noise, are sure to be in the sum of a round that ends. */
export const honestSurvivors = ({
  fewest,
  dropouts,
  corrupted,
}: Pick<SecureSetup, 'fewest' | 'dropouts' | 'corrupted'>): number => fewest - dropouts - corrupted

/**
 * σ² of each node's noise, so that honest survivors' noise together has `variance`.
 * @param variance σ² of the sum, in steps of the grid, squared
 * @throws FrostglassError `usage` where no honest survivor is sure
 */
export function noiseShare(
  variance: Exact,
  setup: Pick<SecureSetup, 'fewest' | 'dropouts' | 'corrupted'>,
): Rational {
  return quotient(positive('the variance of the sum', variance), rational(BigInt(requireHonest(setup))))
}

function requireHonest(setup: Pick<SecureSetup, 'fewest' | 'dropouts' | 'corrupted'>): number {
  const honest = honestSurvivors(setup)
  if (honest >= 1) return honest
  throw new FrostglassError(
    'usage',
    'no honest node is sure to be in the sum, so none of its noise is',
    'Wait for more advertisements, or allow fewer corrupted nodes or dropouts.',
  )
}

/**
 * What the sum of one round gives away between two inputs of one node that are `distance` apart, by {@link noisySumPrice}.
 * It holds but for the chance 2^−privacy that the round's graph fails, which goes to δ of each round.
 * @param distance L2, in steps: between what is added for the node and what is added for it otherwise (`gridDistance`)
 * @param honest survivors to count on, where these are fewer than those of which the setup is sure
 * @throws FrostglassError `usage` without noise, without a sure honest survivor, or for σ below 1/2, where the bound is not proved
 */
export function sumPrice(
  setup: SecureSetup,
  distance: Exact,
  honest: number = Number.POSITIVE_INFINITY,
): PrivacyLoss {
  const { noise, length } = setup
  const sure = Math.min(honest, requireHonest(setup))
  if (!noise)
    throw new FrostglassError('usage', 'nodes add no noise in this round: its sum has no price', 'Set noise.')
  return noisySumPrice({ noise, honest: sure, length }, distance)
}

/** Noise that is summed. */
export interface SummedNoise {
  /** σ² of what each adds to each number, in steps squared. */
  readonly noise: Rational
  /** h: nodes that add it, from 1. */
  readonly honest: number
  /** d: numbers of a vector. */
  readonly length: number
}

/**
 * What a sum gives away in which h nodes have added discrete Gaussian noise of σ² each: a Rényi divergence of at most
 * α Δ² / (2 h σ²) + τ d at each order α, with τ = 10 Σ_{k<h} exp(−2π² σ² k / (k + 1)). PROOF.md, lemma 9.
 * @throws FrostglassError `usage` for σ below 1/2, where the bound is not proved
 */
export function noisySumPrice({ noise, honest, length }: SummedNoise, distance: Exact): PrivacyLoss {
  if (4n * noise.numerator < noise.denominator)
    throw new FrostglassError(
      'usage',
      'noise of σ below 1/2 is not accounted for',
      'Take a finer grid, or more noise.',
    )
  const whole = gaussianPrice(distanceOf(distance, false), product(noise, rational(BigInt(honest))))
  const apart = length * divergence(noise, honest)
  if (apart === 0) return whole
  return {
    // α > 1, so that τ d ≤ α τ d.
    rho: (whole.rho! + apart) * (1 + 2 ** -50),
    renyi: (order) => (whole.renyi!(order) + apart) * (1 + 2 ** -50),
  }
}

/** τ: twice what the logarithms of two masses differ by, of a sum of discrete Gaussians and of one with their variance; rounded up. */
function divergence({ numerator, denominator }: Rational, honest: number): number {
  const variance = (Number(numerator) / Number(denominator)) * (1 - 2 ** -50)
  let sum = 0
  for (let k = 1; k < honest; k++)
    sum += Math.exp(((-2 * Math.PI * Math.PI * variance * k) / (k + 1)) * (1 - 2 ** -40)) + Number.MIN_VALUE
  return 10 * sum * (1 + 2 ** -40)
}
