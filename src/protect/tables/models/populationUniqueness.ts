// At most a share of the population is alone in its class, by an estimate from the table's own classes.
// Source: Dankar, El Emam, Neisa and Roffey, BMC Medical Informatics and Decision Making 12:66, 2012; the estimators are in ../population.
// It does not promise anything of a table that is no random sample of that population, and an estimate is no bound: of samples of a
// hundredth of Adult it is between 0.4 and 4 times the truth, of a fifth within 21% (docs/tables.md). A model without a solution is no
// estimate of 0: the table does not pass.

import type { PrivacyModel } from '../model.ts'
import { sampleOf } from '../population/sample.ts'
import { estimateUniques, type PopulationModel } from '../population/uniques.ts'
import { requirePopulation } from './publicTable.ts'
import { type Range, within } from './ranges.ts'

export const uniquesRange: Range = { from: 0, to: 1 }
export const populationRange: Range = { whole: true, from: 1 }

/**
 * At most a share of the population is alone in its class.
 * @param options.share from 0 to 1
 * @param options.population people of the population, a whole number
 * @param options.model Dankar's rule by default
 * @throws FrostglassError `usage` where one is out of range
 */
export function populationUniqueness(options: {
  readonly share: number
  readonly population: number
  readonly model?: PopulationModel | undefined
}): PrivacyModel {
  const { model = 'Dankar' } = options
  const share = within('share', options.share, uniquesRange)
  const population = within('population', options.population, populationRange)
  return Object.freeze({
    name: `population uniqueness (${model})`,
    says: `at most ${share} of ${population} people alone in their class (${model})`,
    // No estimator is: two classes as one may raise it (a counterexample is in the test).
    monotone: false,
    prepare(facts) {
      requirePopulation(facts, population)
      return {
        tablePasses(table) {
          if (table.rows === 0) return true
          const { uniques } = estimateUniques(sampleOf(table, population), model)
          return uniques !== undefined && uniques / population <= share
        },
      }
    },
  } satisfies PrivacyModel)
}
