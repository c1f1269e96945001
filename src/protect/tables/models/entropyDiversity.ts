// Entropy l-diversity: the entropy of every class's sensitive values is at least that of l equally frequent ones.
// Source: Machanavajjhala et al., TKDD 1(1):3, 2007, section 4.1; with Grassberger's estimate of the entropy that a class was drawn from
// (arXiv:physics/0307138v2, equation 35), Stammler, Katzenbeisser and Hamacher, PSD 2016.
// It does not promise that no value is likely: half of a large class may share one. Grassberger's estimate speaks of a population and not of
// the rows published: two rows of two values count as e² = 7.4 values, and four (two of each) as 1.95.

import type { ClassView, PrivacyModel } from '../model.ts'
import { type Range, within } from './ranges.ts'
import { knownValues, type MissingCells, missingSaid, requireValues } from './sensitiveFacts.ts'

/** Shannon's is that of the class; Grassberger's corrects for its few rows. */
export type EntropyEstimator = 'Shannon' | 'Grassberger'

export const entropyRange: Range = { from: 1 }

const eulerGamma = 0.5772156649015329
/** G of even numbers: [m] is G(2m); [0] is G(1). */
const exactG: readonly number[] = (() => {
  const table = [-eulerGamma - Math.LN2]
  for (let m = 1; m <= 64; m++) table.push(table[m - 1]! + 2 / (2 * m - 1))
  return table
})()

/**
 * Grassberger's G: what stands for the logarithm of a count. G(1) = −γ − ln 2, G(2) = 2 − γ − ln 2, G(2m+1) = G(2m) = G(2m−2) + 2/(2m−1).
 * @param count a whole number from 1
 */
export function grassbergerG(count: number): number {
  const half = Math.floor(count / 2)
  const exact = exactG[half]
  if (exact !== undefined) return exact
  // ψ(m + 1/2) + ln 2, by the series at infinity: its first term left out is below 1e-17 from m = 65 on.
  const m = 1 / (half * half)
  return Math.log(2 * half) + m * (1 / 24 - m * (7 / 960 - m * (31 / 8064)))
}

const logarithms: Record<EntropyEstimator, (count: number) => number> = {
  Shannon: Math.log,
  Grassberger: grassbergerG,
}

/** The entropy of a class's sensitive values in nats, 0 of an empty class. */
export function classEntropy(view: ClassView, estimator: EntropyEstimator): number {
  const logarithm = logarithms[estimator]
  let sum = 0
  let rows = 0
  for (let i = 0; i < view.distinct; i++) {
    const count = view.counts[i]!
    sum += count * logarithm(count)
    rows += count
  }
  // Rounding may leave one value a hair below 0.
  return rows === 0 ? 0 : Math.max(0, logarithm(rows) - sum / rows)
}

/** l values of one frequency have an entropy of ln l but for rounding; what is below it by less than this counts as equal. */
const roundings = 1e-12

/**
 * Entropy l-diversity. A class whose entropy is ln l itself passes, as it should; computed entropies within 1e-12 of it are taken for it.
 * @param options.l a number from 1
 * @param options.sensitive name of the sensitive column
 * @param options.estimator Shannon's by default
 * @param options.missing whether a missing cell counts as a value; it does not unless said: the entropy is that of the known ones
 * @throws FrostglassError `usage` where l is out of range
 */
export function entropyDiversity(options: {
  readonly l: number
  readonly sensitive: string
  readonly estimator?: EntropyEstimator | undefined
  readonly missing?: MissingCells | undefined
}): PrivacyModel {
  const { sensitive, estimator = 'Shannon', missing } = options
  const l = within('l', options.l, entropyRange)
  const least = Math.log(l) * (1 - roundings) - roundings
  // Without it, Grassberger's estimate would find seven values in two rows.
  const values = Math.ceil(l)
  return Object.freeze({
    name: `entropy l-diversity (${estimator})`,
    says: `entropy ${l}-diversity of ${sensitive} (${estimator})${missingSaid(missing)}`,
    sensitive,
    // Entropy is concave. Grassberger's estimate is not: G jumps at even counts (a counterexample is in the test).
    monotone: estimator === 'Shannon',
    prepare(facts) {
      requireValues(facts, sensitive, values, missing)
      const known = knownValues(facts, missing)
      return {
        classPasses(view) {
          if (view.rows === 0 || l === 1) return true
          const said = known(view)
          return said.distinct >= values && classEntropy(said, estimator) >= least
        },
      }
    },
  } satisfies PrivacyModel)
}
