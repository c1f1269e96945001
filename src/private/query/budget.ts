// What a query may cost, shared out: ε or ρ for its releases, ε for bounds that are found, δ for keys and for Gaussian noise.
// Source: sequential composition; zCDP to (ε, δ) by Canonne, Kamath and Steinke 2020, proposition 12.
// It does not look for the law of noise that is the smaller: the asker says which, and the dry run says how large it is.

import { FrostglassError } from '../../errors.ts'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import { positive, product, type Rational, rational, sum } from '../mechanisms/rational.ts'
import { requireDeltaForKeys } from './keys.ts'

/** Discrete Laplace noise has pure ε; discrete Gaussian noise has ρ, and is smaller where a person moves many answers. */
export type NoiseLaw = 'laplace' | 'gaussian'

/** The parts of a query's price. */
export interface Budget {
  /** ε of all releases together, where their noise is Laplace. */
  readonly ofReleases: Rational
  /** ρ of all releases together, where it is Gaussian. */
  readonly rho?: number | undefined
  /** ε of the bounds that are found. */
  readonly ofBounds: Rational
  /** δ with which a group of one unit may be told. */
  readonly deltaOfKeys: number
  /** All of δ. */
  readonly delta: number
}

/** Below this, noise is larger than any table. */
const LEAST_EPSILON = 1e-9

/**
 * Shares out (ε, δ).
 * @param query.keys the name of a key, where keys are private; `quantiles` whether some are asked for; `boundsShare` the
 * share of ε that finds bounds, where some are to be found.
 * @throws FrostglassError `usage` for prices that are none, or that do not fit the query.
 */
export function noiseBudget(
  options: {
    readonly epsilon: number
    readonly delta?: number | undefined
    readonly noise?: NoiseLaw | undefined
  },
  query: {
    readonly keys: string | undefined
    readonly quantiles: boolean
    readonly boundsShare: Rational | undefined
  },
): Budget {
  const { delta, noise = 'laplace' } = options
  const epsilon = epsilonOf(options.epsilon)
  const forKeys = query.keys === undefined ? 0 : requireDeltaForKeys(delta, query.keys)
  const ofBounds = query.boundsShare === undefined ? rational(0n) : product(epsilon, query.boundsShare)
  if (noise === 'laplace')
    return {
      ofReleases: sum(epsilon, rational(-ofBounds.numerator, ofBounds.denominator)),
      ofBounds,
      deltaOfKeys: forKeys,
      delta: forKeys,
    }
  requireGaussian(delta, query)
  // What both may fail by adds up to δ.
  const forNoise = query.keys === undefined ? delta! : delta! / 2
  return {
    ofReleases: rational(0n),
    rho: rhoOf(options.epsilon, forNoise),
    ofBounds,
    deltaOfKeys: query.keys === undefined ? 0 : delta! / 2,
    delta: delta!,
  }
}

function requireGaussian(delta: number | undefined, query: Parameters<typeof noiseBudget>[1]): void {
  if (!(delta !== undefined && delta > 0 && delta < 1))
    throw new FrostglassError(
      'usage',
      'Gaussian noise has no pure ε: it needs a δ between 0 and 1',
      'Give a δ well below one over the number of people (--delta 1e-6), or take Laplace noise.',
    )
  for (const [wanted, what] of [
    [query.quantiles, 'MIN, MAX, MEDIAN and QUANTILE are drawn, and have no noise that could be Gaussian'],
    [query.boundsShare !== undefined, 'bounds are found with Laplace noise'],
  ] as const)
    if (wanted) throw new FrostglassError('usage', what, 'Ask without --noise gaussian, or in two queries.')
}

/** The largest ρ, to 12 digits, that ε at δ allows; from below. 0 where none does. */
export function rhoWithin(epsilon: number, delta: number): number {
  let low = 0
  let high = epsilon
  while (zcdpToEpsilon(high, delta) <= epsilon) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (zcdpToEpsilon(middle, delta) <= epsilon) low = middle
    else high = middle
  }
  return low
}

function rhoOf(epsilon: number, delta: number): number {
  const rho = rhoWithin(epsilon, delta)
  if (rho > 0) return rho
  throw new FrostglassError(
    'usage',
    `no Gaussian noise has ε = ${epsilon} at δ = ${delta}`,
    'Give a larger epsilon or a larger delta.',
  )
}

function epsilonOf(given: number): Rational {
  const epsilon = positive('epsilon', given)
  if (given >= LEAST_EPSILON) return epsilon
  throw new FrostglassError(
    'usage',
    `epsilon is ${given}: its noise would be larger than any answer`,
    'Give 0.01 to 1 for a query, say.',
  )
}
