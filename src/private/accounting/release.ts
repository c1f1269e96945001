// Releases as the accountant sees them: how the privacy loss log P/Q is spread, in both directions of adjacency.
// Source: Sommer, Meiser and Mohammadi 2019 (losses); Zhu, Dong and Wang 2022 (the pairs that dominate each mechanism).
// A pair speaks for its mechanism only when the noise is truly of that shape: floating-point Laplace noise is not.

import {
  requireCount,
  requireDelta,
  requireFunction,
  requireList,
  requireNoise,
  requireNonNegative,
  requireObject,
  requirePositive,
  requirePrice,
  requireRate,
} from './check.ts'

/** The part of a pair (P, Q) that has a density: outcomes x between `from` and `to`, the loss monotone in x. */
export interface LossDensity {
  readonly from: number
  readonly to: number
  /** Density of P at x. */
  density(x: number): number
  /** log(P/Q) at x, nats: never below it, and above it by some last digits at most. */
  loss(x: number): number
  /** The x that has a loss; ±Infinity where none has. */
  outcome(loss: number): number
  /** The widest stretch of x over which three points integrate the density to 12 digits. */
  readonly panel: number
}

/** How the privacy loss of one pair (P, Q) of adjacent outputs is spread under P. Masses sum to 1. */
export interface LossPair {
  /** Losses in nats that single outcomes have, with their mass under P. */
  readonly atoms: readonly { readonly loss: number; readonly mass: number }[]
  readonly continuous?: LossDensity | undefined
  /** Mass that no loss bounds: it counts fully towards δ. */
  readonly infinite: number
}

/** One release: its pairs when a row is removed and when one is added. The dearer direction counts. */
export interface Release {
  readonly remove: LossPair
  readonly add: LossPair
}

/** @throws FrostglassError 'usage' unless this is a release such as the functions below make. */
export function requireRelease(release: Release): void {
  requireObject('a release', release)
  for (const pair of [release.remove, release.add]) {
    requireObject('a pair of a release', pair)
    requireList('the atoms of a pair', pair.atoms)
    for (const atom of pair.atoms) {
      requireObject('an atom', atom)
      requireNonNegative('the mass of an atom', atom.mass)
      requireNonNegative('the size of a loss', Math.abs(atom.loss))
    }
    requireNonNegative('the mass that no loss bounds', pair.infinite)
    if (pair.continuous !== undefined) requireDensity(pair.continuous)
  }
}

function requireDensity(piece: LossDensity): void {
  requireObject('a density', piece)
  for (const part of [piece.density, piece.loss, piece.outcome]) requireFunction('a part of a density', part)
  requirePositive('the panel of a density', piece.panel)
  requireNonNegative('the panels of a density', (piece.to - piece.from) / piece.panel)
  requireCount('the panels of a density', Math.max(1, Math.ceil((piece.to - piece.from) / piece.panel)), 1e7)
}

/** A loss that a few operations rounded, never below the exact one. */
const upwards = (loss: number): number => loss + Math.abs(loss) * 2 ** -50

const symmetric = (pair: LossPair): Release => Object.freeze({ remove: pair, add: pair })

/** Single outcomes are written down one by one: a σ or a sensitivity above this is for a bound by ρ, or by another pair. */
const MOST_ATOMS = 2 ** 16

/** Normal outcomes beyond this many σ are counted as broken promises: at most 1.6e-23 of the mass. */
const REACH = 10
const BEYOND_REACH = 1.6e-23

/**
 * Gaussian noise on an answer.
 *
 * @param noiseMultiplier σ > 0: standard deviation over L2 sensitivity.
 * @throws FrostglassError 'usage' for a multiplier that is not positive and finite.
 * Source: Balle and Wang 2018, lemma 3: the loss is normal with mean 1/2σ² and variance 1/σ².
 */
export function gaussianLoss(noiseMultiplier: number): Release {
  requireNoise('the noise multiplier σ', noiseMultiplier)
  return sampledGaussianLoss(noiseMultiplier, 1)
}

/**
 * Gaussian noise on a sum over a Poisson sample: one step of DP-SGD.
 *
 * @param noiseMultiplier σ > 0: standard deviation over the clipping norm.
 * @param rate q in [0, 1]: every row's own chance of being in the batch.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Zhu, Dong and Wang 2022, proposition 30: (1−q)N(0,σ²) + qN(1,σ²) against N(0,σ²), and the other way round.
 */
export function sampledGaussianLoss(noiseMultiplier: number, rate: number): Release {
  requireNoise('the noise multiplier σ', noiseMultiplier)
  requireRate(rate)
  if (rate === 0) return symmetric({ atoms: [{ loss: 0, mass: 1 }], infinite: 0 })
  const sigma = noiseMultiplier
  const scale = 1 / (sigma * Math.sqrt(2 * Math.PI))
  const normal = (x: number, mean: number) => scale * Math.exp(-0.5 * ((x - mean) / sigma) ** 2)
  // log(1 − q + q e^t) with t = (2x − 1)/2σ², and its inverse; both without overflow. `side` is 1 for log(P/Q) and −1 for
  // log(Q/P): what roundings may have taken is added to either.
  const loss = (x: number, side: 1 | -1): number => {
    const t = (x - 0.5) / (sigma * sigma)
    const size = 2 ** -48 * (1 + Math.abs(t))
    if (rate === 1) return side * t + size * Math.min(1, Math.abs(t))
    if (t > 30) {
      const log = Math.log(rate)
      return side * (t + log + Math.log1p(((1 - rate) / rate) * Math.exp(-t))) + size - 2 ** -48 * log
    }
    if (rate > 0.5 && Math.abs(t) > 0.5) return side * Math.log(1 - rate + rate * Math.exp(t)) + size
    const value = Math.log1p(rate * Math.expm1(t))
    return side * value + size * Math.abs(value)
  }
  const outcome = (value: number): number => {
    const ratio = Math.expm1(value) / rate
    const t = rate === 1 ? value : value > 600 ? value - Math.log(rate) : Math.log1p(Math.max(-1, ratio))
    return sigma * sigma * t + 0.5
  }
  const from = -REACH * sigma
  const panel = sigma / 100
  const remove: LossPair = {
    atoms: [],
    infinite: BEYOND_REACH,
    continuous: {
      from: rate === 1 ? 1 + from : from,
      to: 1 + REACH * sigma,
      density: (x) => (1 - rate) * normal(x, 0) + rate * normal(x, 1),
      loss: (x) => loss(x, 1),
      outcome,
      panel,
    },
  }
  if (rate === 1) return symmetric(remove)
  return Object.freeze({
    remove,
    add: {
      atoms: [],
      infinite: BEYOND_REACH,
      continuous: {
        from,
        to: REACH * sigma,
        density: (x: number) => normal(x, 0),
        loss: (x: number) => loss(x, -1),
        outcome: (value: number) => outcome(-value),
        panel,
      },
    },
  })
}

/**
 * Laplace noise on an answer.
 *
 * @param scale b > 0: scale over L1 sensitivity, so pure ε is 1/b.
 * @throws FrostglassError 'usage' for a scale that is not positive and finite.
 * Source: Dwork and Roth 2014, definition 3.3; the loss (|x − 1| − |x|)/b has atoms at its ends ±1/b.
 */
export function laplaceLoss(scale: number): Release {
  requireNoise('the scale b', scale)
  return symmetric({
    atoms: [
      { loss: upwards(1 / scale), mass: 0.5 },
      { loss: upwards(-1 / scale), mass: 0.5 * Math.exp(-1 / scale) },
    ],
    continuous: {
      from: 0,
      to: 1,
      density: (x) => Math.exp(-x / scale) / (2 * scale),
      loss: (x) => (1 - 2 * x) / scale + 2 ** -50 / scale,
      outcome: (loss) => (1 - scale * loss) / 2,
      panel: scale / 100,
    },
    infinite: 0,
  })
}

/**
 * Discrete Gaussian noise on an integer: masses proportional to e^{−x²/2σ²}. Not the continuous one: at small σ it is
 * a little dearer.
 *
 * @param sigma σ > 0, in units of the answer.
 * @param sensitivity a whole number of at least 1.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Canonne, Kamath and Steinke 2020, definition 1 and theorem 7.
 */
export function discreteGaussianLoss(sigma: number, sensitivity = 1): Release {
  requireNoise('σ', sigma)
  requireCount('σ, rounded up,', Math.ceil(sigma), MOST_ATOMS)
  requireCount('the sensitivity', sensitivity)
  const reach = Math.ceil((REACH + 2) * sigma) + 1
  const weight = (x: number) => Math.exp(-0.5 * (x / sigma) ** 2)
  let total = 0
  // Summed with what each addition loses (Kahan 1965): a total of many terms would be off in its twelfth digit.
  let lost = 0
  for (let x = reach; x >= 0; x--) {
    const term = (x === 0 ? 1 : 2 * weight(x)) - lost
    const sum = total + term
    lost = sum - total - term
    total = sum
  }
  const atoms = []
  for (let x = -reach; x <= reach; x++)
    atoms.push({
      loss: upwards((sensitivity * (sensitivity - 2 * x)) / (2 * sigma * sigma)),
      mass: weight(x) / total,
    })
  return symmetric({ atoms, infinite: BEYOND_REACH })
}

/**
 * Discrete Laplace (two-sided geometric) noise on an integer: masses proportional to e^{−|x|/b}.
 *
 * @param scale b > 0, in units of the answer; pure ε is sensitivity/b.
 * @param sensitivity a whole number of at least 1.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Ghosh, Roughgarden and Sundararajan 2009; Canonne, Kamath and Steinke 2020, section 5.
 */
export function discreteLaplaceLoss(scale: number, sensitivity = 1): Release {
  requireNoise('the scale b', scale)
  requireCount('the sensitivity', sensitivity, MOST_ATOMS)
  // With r = e^{−1/b}: mass (1 − r)/(1 + r) r^|x|; everything left of 0, and right of the shift, has one loss.
  const centre = Math.tanh(1 / (2 * scale))
  const tail = 1 / (1 + Math.exp(-1 / scale))
  const atoms = [
    { loss: upwards(sensitivity / scale), mass: tail },
    { loss: upwards(-sensitivity / scale), mass: tail * Math.exp(-sensitivity / scale) },
  ]
  for (let x = 1; x < sensitivity; x++)
    atoms.push({ loss: upwards((sensitivity - 2 * x) / scale), mass: centre * Math.exp(-x / scale) })
  return symmetric({ atoms, infinite: 0 })
}

/**
 * Anything whose price alone is known, (ε, δ) or pure: the pair that dominates every such mechanism, which for δ = 0
 * is randomised response.
 *
 * @param epsilon ε ≥ 0, nats.
 * @param delta δ in [0, 1).
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Kairouz, Oh and Viswanath 2015, theorem 3.1.
 */
export function pricedLoss(epsilon: number, delta = 0): Release {
  requirePrice('ε', epsilon)
  if (delta !== 0) requireDelta(delta)
  const likely = (1 - delta) / (1 + Math.exp(-epsilon))
  return symmetric({
    atoms: [
      { loss: epsilon, mass: likely },
      { loss: -epsilon, mass: likely * Math.exp(-epsilon) },
    ],
    infinite: delta,
  })
}
