// The slide negative binomial model (SNB): class sizes of the population less one are negative binomial.
// Source: Chen and Keller-McNulty, Journal of Official Statistics 14(1), 1998; the number of the population's classes by Shlosser's
// estimate as Haas and Stokes modified it (JASA 93:444, 1998).
// ARX 3.9 solves another pair of equations: it multiplies by (1 − x)^(α+2) where the mean of f₂ divides, and subtracts 1 outside of
// Shlosser's sum and not within. Its number of classes for Adult is then below what the rows that are alone need, and nothing solves them.
// It does not promise to have a solution, nor to be near: the equations meet two counts, and say nothing of the others.

import { crossing } from '../../../statistics/binomial.ts'
import { classesOfSize, type Sample } from './sample.ts'

/** Sizes less one are negative binomial with α and β, of so many classes: uniques are classes·β^α. */
export interface SlideNegativeBinomialFit {
  readonly classes: number
  readonly alpha: number
  readonly beta: number
}

/** Estimated number of people that are alone in their class of the population; undefined where the equations have no root. */
export function slideNegativeBinomialUniques(sample: Sample): number | undefined {
  const one = classesOfSize(sample, 1)
  // Nobody is alone; or everybody was drawn, and whoever is alone is alone.
  if (one === 0 || sample.rows === sample.population) return one
  const fits = fitSlideNegativeBinomial(sample)
  if (fits.length === 0) return undefined
  // Several roots are several models of the same counts: the one with most uniques is taken.
  const most = Math.max(...fits.map(({ classes, alpha, beta }) => classes * beta ** alpha))
  return Math.min(most, sample.population)
}

/** All roots of the two equations E[f₁] = f₁ and E[f₂] = f₂, for Shlosser's number of classes. */
export function fitSlideNegativeBinomial(sample: Sample): readonly SlideNegativeBinomialFit[] {
  const one = classesOfSize(sample, 1)
  const two = classesOfSize(sample, 2)
  if (one === 0 || two === 0) return []
  const drawn = sample.rows / sample.population
  const classes = shlosserClasses(sample)
  const alphaOf = (beta: number) => alphaFor(beta, drawn, two / one)
  const surplus = (beta: number) => expectedOnes(classes, drawn, alphaOf(beta), beta) - one
  return [...signChanges(surplus)].map(([low, high]) => {
    const sign = surplus(low) > 0
    const beta = crossing((at) => surplus(at) > 0 !== sign, low, high)
    return { classes, alpha: alphaOf(beta), beta }
  })
}

/** Classes of the population, from those of the sample: Shlosser's estimate, modified. */
export function shlosserClasses(sample: Sample): number {
  const q = sample.rows / sample.population
  let [inSquare, both, missed, alone] = [0, 0, 0, 0]
  sample.sizes.forEach((size, i) => {
    const count = sample.counts[i]!
    inSquare += count * size * q * q * (1 - q * q) ** (size - 1)
    both += count * ((1 - q * q) ** size - (1 - q) ** size)
    missed += count * (1 - q) ** size
    alone += count * size * q * (1 - q) ** (size - 1)
  })
  return sample.classes + classesOfSize(sample, 1) * (inSquare / both) * (missed / alone) ** 2
}

/** E[f₁] = K·f·y^α·(1 + αx/(1 − x)), x = (1 − f)(1 − β), y = β/(1 − x). */
export function expectedOnes(classes: number, drawn: number, alpha: number, beta: number): number {
  const x = (1 - drawn) * (1 - beta)
  return classes * drawn * (beta / (1 - x)) ** alpha * (1 + (alpha * x) / (1 - x))
}

/** E[f₂] = K·f²·α·β^α·(1 − β)·(2 − (1 − α)x) / (2·(1 − x)^(α+2)). */
export function expectedTwos(classes: number, drawn: number, alpha: number, beta: number): number {
  const x = (1 - drawn) * (1 - beta)
  const tail = (beta / (1 - x)) ** alpha / (1 - x) ** 2
  return (classes * drawn ** 2 * alpha * tail * (1 - beta) * (2 - (1 - alpha) * x)) / 2
}

/** The α for which E[f₂] / E[f₁] is as observed: a root of a quadratic, of which one is positive. */
function alphaFor(beta: number, drawn: number, ratio: number): number {
  const x = (1 - drawn) * (1 - beta)
  const scaled = (2 * ratio * (1 - x) ** 2) / (drawn * (1 - beta))
  const linear = 2 - x - (scaled * x) / (1 - x)
  const root = Math.sqrt(linear ** 2 + 4 * x * scaled)
  return linear > 0 ? (2 * scaled) / (linear + root) : (root - linear) / (2 * x)
}

/** Pieces of (0, 1), finer towards its ends, over which a function changes its sign. */
function* signChanges(of: (at: number) => number): Generator<readonly [number, number]> {
  const points: number[] = []
  for (let i = 0; i <= 120; i++) points.push(10 ** (-12 + i / 10) / 2)
  for (let i = 119; i >= 0; i--) points.push(1 - 10 ** (-12 + i / 10) / 2)
  let before = of(points[0]!)
  for (let i = 1; i < points.length; i++) {
    const here = of(points[i]!)
    if (before > 0 !== here > 0 && Number.isFinite(before) && Number.isFinite(here))
      yield [points[i - 1]!, points[i]!]
    before = here
  }
}
