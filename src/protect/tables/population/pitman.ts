// Pitman's model of a population's class sizes, fitted by maximum likelihood, and the uniques that it gives.
// Source: Hoshino, Journal of Official Statistics 17(4), 2001, sections 3 and 4: θ and α of Pitman's sampling formula; E[uniques of N] ≈
// Γ(θ+1) / Γ(θ+α) · N^α. The approximation is above the exact mean where N is not far above θ (Adult as a tenth of its population: 0.3%).
// It does not promise to fit: tables of few columns are not of this kind, and no test of fit is made.

import { digamma, logGamma, trigamma } from './polygamma.ts'
import { classesOfSize, type Sample } from './sample.ts'

/** θ > −α, 0 ≤ α < 1. */
export interface PitmanFit {
  readonly theta: number
  readonly alpha: number
}

/** The likelihood's slopes in θ and α, and its second derivatives. */
interface Slopes {
  readonly theta: number
  readonly alpha: number
  readonly thetaTheta: number
  readonly thetaAlpha: number
  readonly alphaAlpha: number
}

/** Estimated number of people that are alone in their class of the population; undefined where the model has no fit. */
export function pitmanUniques(sample: Sample): number | undefined {
  if (classesOfSize(sample, 1) === 0) return 0
  const fit = fitPitman(sample)
  if (fit === undefined) return undefined
  const { theta, alpha } = fit
  const uniques = Math.exp(
    logGamma(theta + 1) - logGamma(theta + alpha) + alpha * Math.log(sample.population),
  )
  return Math.min(uniques, sample.population)
}

/**
 * Maximum likelihood of Pitman's sampling formula: Newton's steps from Hoshino's moments, and where these leave the domain or do not
 * settle, one-dimensional roots within each other. Undefined where all rows are alone (no fit is finite), or all are one class.
 */
export function fitPitman(sample: Sample): PitmanFit | undefined {
  if (sample.classes === sample.rows || sample.classes < 2) return undefined
  return byNewton(sample, momentsOf(sample)) ?? byBisection(sample)
}

/** Hoshino's start, from the classes of one and two rows. */
function momentsOf(sample: Sample): PitmanFit {
  const one = classesOfSize(sample, 1)
  const two = Math.max(1, classesOfSize(sample, 2))
  const { classes: u, rows: n } = sample
  const c = (one * (one - 1)) / two
  const theta = (n * u * c - one * (n - 1) * (2 * u + c)) / (2 * one * u + one * c - n * c)
  return { theta, alpha: (theta * (one - n) + (n - 1) * one) / (n * u) }
}

const inDomain = ({ theta, alpha }: PitmanFit) =>
  alpha > 0 && alpha < 1 && theta > -alpha && Number.isFinite(theta)

/** How near a slope must be to 0, as a share of the terms that it is the difference of. */
const settled = (slopes: Slopes, sample: Sample) =>
  Math.abs(slopes.theta) * (1 + sample.classes) < 1e-9 * sample.classes &&
  Math.abs(slopes.alpha) < 1e-9 * sample.rows

function byNewton(sample: Sample, start: PitmanFit): PitmanFit | undefined {
  let at = inDomain(start) ? start : { theta: 1, alpha: 0.5 }
  for (let step = 0; step < 60; step++) {
    const slopes = slopesAt(sample, at)
    const determinant = slopes.thetaTheta * slopes.alphaAlpha - slopes.thetaAlpha ** 2
    // A maximum has a negative definite Hessian; elsewhere Newton's step may climb to a saddle.
    if (!(determinant > 0 && slopes.alphaAlpha < 0)) return undefined
    const theta = (slopes.alphaAlpha * slopes.theta - slopes.thetaAlpha * slopes.alpha) / determinant
    const alpha = (slopes.thetaTheta * slopes.alpha - slopes.thetaAlpha * slopes.theta) / determinant
    let next = { theta: at.theta - theta, alpha: at.alpha - alpha }
    for (let halving = 1; !inDomain(next); halving++) {
      if (halving > 40) return undefined
      next = { theta: at.theta - theta / 2 ** halving, alpha: at.alpha - alpha / 2 ** halving }
    }
    const moved =
      Math.abs(next.theta - at.theta) / (1 + Math.abs(next.theta)) + Math.abs(next.alpha - at.alpha)
    at = next
    if (moved < 1e-12) return settled(slopesAt(sample, at), sample) ? at : undefined
  }
  return undefined
}

/** For each α the θ of slope 0, and of these the α of slope 0; α = 0 (Ewens) where the likelihood falls from there. */
function byBisection(sample: Sample): PitmanFit | undefined {
  const smallest = 1e-9
  const best = (alpha: number) => ({ alpha, theta: thetaFor(sample, alpha) })
  const climbs = (alpha: number) => slopesAt(sample, best(alpha)).alpha > 0
  if (!climbs(smallest)) return best(smallest)
  let low = smallest
  let high = 1 - 1e-9
  if (climbs(high)) return undefined
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (climbs(middle)) low = middle
    else high = middle
  }
  return best(low)
}

function thetaFor(sample: Sample, alpha: number): number {
  // The slope is +∞ at −α and negative far out: classes are fewer than rows.
  let low = -alpha
  let high = 1
  while (high < 1e15 && slopesAt(sample, { theta: high, alpha }).theta > 0) high *= 4
  for (let i = 0; i < 100 && high - low > 1e-13 * (1 + Math.abs(high)); i++) {
    const middle = high > 4 ? Math.sqrt((low + alpha + 1e-300) * (high + alpha)) - alpha : (low + high) / 2
    const at = middle > low && middle < high ? middle : (low + high) / 2
    if (slopesAt(sample, { theta: at, alpha }).theta > 0) low = at
    else high = at
  }
  return high
}

/** Hoshino 2001, section 4: derivatives of Σ ln(θ + iα) − Σ ln(θ + i) + Σⱼ sⱼ Σ ln(i − α). */
function slopesAt(sample: Sample, { theta, alpha }: PitmanFit): Slopes {
  const classes = classSums(sample.classes, theta, alpha)
  let inClasses = 0
  let inClassesSquared = 0
  const [digammaBase, trigammaBase] = [digamma(1 - alpha), trigamma(1 - alpha)]
  sample.sizes.forEach((size, i) => {
    if (size === 1) return
    inClasses += sample.counts[i]! * (digamma(size - alpha) - digammaBase)
    inClassesSquared += sample.counts[i]! * (trigammaBase - trigamma(size - alpha))
  })
  return {
    theta: classes.one - (digamma(sample.rows + theta) - digamma(1 + theta)),
    alpha: classes.index - inClasses,
    thetaTheta: trigamma(1 + theta) - trigamma(sample.rows + theta) - classes.oneSquared,
    thetaAlpha: -classes.indexSquared,
    alphaAlpha: -classes.indexIndexSquared - inClassesSquared,
  }
}

/** Σ over i from 1 to u − 1 of 1, i (over θ + iα), and of 1, i, i² (over its square). */
function classSums(classes: number, theta: number, alpha: number) {
  const ratio = theta / alpha
  // Beyond these the closed forms are differences of numbers that are nearly equal.
  if (classes < 200 || ratio > 10 * classes) return summedClasses(classes, theta, alpha)
  const one = (digamma(ratio + classes) - digamma(ratio + 1)) / alpha
  const oneSquared = (trigamma(ratio + 1) - trigamma(ratio + classes)) / alpha ** 2
  return {
    one,
    index: (classes - 1 - theta * one) / alpha,
    oneSquared,
    indexSquared: (one - theta * oneSquared) / alpha,
    indexIndexSquared: (classes - 1 - 2 * theta * one + theta ** 2 * oneSquared) / alpha ** 2,
  }
}

function summedClasses(classes: number, theta: number, alpha: number) {
  const sums = { one: 0, index: 0, oneSquared: 0, indexSquared: 0, indexIndexSquared: 0 }
  for (let i = 1; i < classes; i++) {
    const term = 1 / (theta + i * alpha)
    sums.one += term
    sums.index += i * term
    sums.oneSquared += term * term
    sums.indexSquared += i * term * term
    sums.indexIndexSquared += i * i * term * term
  }
  return sums
}
