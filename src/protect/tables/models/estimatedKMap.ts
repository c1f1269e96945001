// k-map without a public table: how many rows of a class make it likely that k people of the population are like them.
// Source: El Emam and Dankar, JAMIA 15(5), 2008 (estimators D3, Poisson, and D4, Poisson truncated at zero); Pannekoek 1999 for D3.
// It does not promise k-map: a class of k people is let pass with the probability that is stated, if the table is a random sample and class
// counts are Poisson. A small share of the population makes it trivial: of one in ten thousand, two rows pass for k = 3.

import type { ModelFacts, PrivacyModel } from '../model.ts'
import { mapRange } from './kMap.ts'
import { populationRange } from './populationUniqueness.ts'
import { requirePopulation } from './publicTable.ts'
import { type Range, within } from './ranges.ts'

/** How often at most a class of k people may be let pass. */
export const significanceRange: Range = { from: 0, to: 0.5 }

export const mapEstimators = ['zero-truncated Poisson', 'Poisson'] as const
export type MapEstimator = (typeof mapEstimators)[number]

/**
 * The fewest rows of a class in a sample: k people of the population have this many rows or more with a probability of at most the
 * significance. Never above k, and k itself for a significance below 1e-9, which sums in double precision cannot tell from 0. By Poisson's
 * law it is one more than that, as ARX has it.
 * @param drawn share of the population that was drawn, from 0 to 1
 */
export function rowsForPeople(
  k: number,
  drawn: number,
  significance: number,
  estimator: MapEstimator,
): number {
  if (significance < 1e-9) return k
  const mean = drawn * k
  const truncated = estimator === 'zero-truncated Poisson'
  const scale = truncated ? -Math.expm1(-mean) : 1
  let logTerm = -mean
  let below = truncated ? 0 : Math.exp(logTerm)
  let rows = 1
  for (; rows < k && below < 1 - significance; rows++) {
    logTerm += Math.log(mean / rows)
    below += Math.exp(logTerm) / scale
  }
  return Math.min(k, truncated ? rows : rows + 1)
}

/**
 * k-map by an estimate.
 * @param options.k a whole number from 1
 * @param options.population people of the population, a whole number
 * @param options.significance from 0 to 0.5, 0.01 by default
 * @param options.estimator the truncated one by default: classes of a table have rows
 * @throws FrostglassError `usage` where one is out of range
 */
export function estimatedKMap(options: {
  readonly k: number
  readonly population: number
  readonly significance?: number | undefined
  readonly estimator?: MapEstimator | undefined
}): PrivacyModel {
  const { estimator = 'zero-truncated Poisson' } = options
  const k = within('k', options.k, mapRange)
  const population = within('population', options.population, populationRange)
  const significance = within('significance', options.significance ?? 0.01, significanceRange)
  return Object.freeze({
    name: `k-map (estimated, ${estimator})`,
    says: `${k}-map of ${population} people by an estimate (${estimator}, ${significance})`,
    monotone: true,
    absorbing: true,
    prepare(facts: ModelFacts) {
      requirePopulation(facts, population)
      const least = rowsForPeople(k, facts.rows / population, significance, estimator)
      return { classPasses: (view) => view.rows === 0 || view.rows >= least }
    },
  } satisfies PrivacyModel)
}
