// What the models that compare with a public table share: that there is one, and that it holds the table to publish.
// Source: docs/tables.md. The public table is the caller's word: people whom it lacks are not protected by what it has.

import { FrostglassError } from '../../../errors.ts'
import type { ModelFacts } from '../model.ts'

/** @throws FrostglassError `usage` where there is no public table, `input` where it has fewer rows than the table */
export function requirePublicTable(facts: ModelFacts, model: string): void {
  if (facts.populationRows === 0) {
    throw new FrostglassError(
      'usage',
      `${model} needs a public table, and none was given`,
      'Give the table of the population.',
    )
  }
  if (facts.populationRows >= facts.rows) return
  throw new FrostglassError(
    'input',
    `the public table has ${facts.populationRows} rows, and the table to publish ${facts.rows}, which must all be in it`,
    'Give the table of the whole population.',
  )
}

/** @throws FrostglassError `usage` where a population is smaller than the table that was drawn from it */
export function requirePopulation(facts: ModelFacts, population: number): void {
  if (population >= facts.rows) return
  throw new FrostglassError(
    'usage',
    `the population has ${population} people, and the table ${facts.rows} rows`,
    'Give the size of the population that the table was drawn from.',
  )
}
