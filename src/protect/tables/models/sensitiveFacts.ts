// What the models of a sensitive column share: its distribution over the table, and refusals of columns that cannot serve.
// Source: docs/tables.md, which says for each model what its distribution is taken over: all rows of the table, those that will be suppressed, too.

import { FrostglassError } from '../../../errors.ts'
import type { ClassView, ModelFacts } from '../model.ts'

/** What a missing sensitive cell is to a model of diversity: no value, unless somebody asks for it to be one. */
export const missingCells = ['ignored', 'counted'] as const
export type MissingCells = (typeof missingCells)[number]

/** How a model says that missing cells count. */
export const missingSaid = (missing: MissingCells | undefined): string =>
  missing === 'counted' ? ', missing cells counted' : ''

const missingOf = ({ sensitiveValues }: ModelFacts, missing: MissingCells | undefined): number =>
  missing === 'counted' ? -1 : sensitiveValues.indexOf('')

/**
 * Of a class what is known of its sensitive values: missing cells are no other value that the known ones hide among. Its rows stay.
 * @returns a view that is used again by the next call
 */
export function knownValues(
  facts: ModelFacts,
  missing: MissingCells | undefined,
): (view: ClassView) => ClassView {
  const absent = missingOf(facts, missing)
  if (absent < 0) return (view) => view
  const values = new Uint32Array(facts.sensitiveValues.length)
  const counts = new Float64Array(facts.sensitiveValues.length)
  return (view) => {
    let distinct = 0
    for (let i = 0; i < view.distinct; i++) {
      if (view.values[i] === absent) continue
      values[distinct] = view.values[i]!
      counts[distinct++] = view.counts[i]!
    }
    return { rows: view.rows, population: view.population, distinct, values, counts }
  }
}

/**
 * How many rows the sensitive column's distribution is taken over.
 * @throws FrostglassError `usage` where there is no sensitive column, `input` where it has no rows
 */
export function sensitiveRows(facts: ModelFacts, column: string): number {
  if (facts.sensitiveCounts.length === 0 || facts.sensitiveCounts.length !== facts.sensitiveValues.length) {
    throw new FrostglassError(
      'usage',
      `a model reads the sensitive column ${JSON.stringify(column)}, and the table was read without it`,
      'Name the column as sensitive.',
    )
  }
  const rows = facts.sensitiveCounts.reduce((sum, count) => sum + count, 0)
  if (rows > 0) return rows
  throw new FrostglassError(
    'input',
    `the sensitive column ${JSON.stringify(column)} has no rows`,
    'Give a table with rows.',
  )
}

/**
 * How many different values the sensitive column has.
 * @throws FrostglassError as `sensitiveRows`, and `usage` where no class could have as many as are asked for
 */
export function requireValues(
  facts: ModelFacts,
  column: string,
  asked: number,
  missing: MissingCells | undefined,
): void {
  sensitiveRows(facts, column)
  const absent = missingOf(facts, missing)
  const has = facts.sensitiveCounts.reduce(
    (sum, count, code) => sum + (count > 0 && code !== absent ? 1 : 0),
    0,
  )
  if (has >= asked) return
  throw new FrostglassError(
    'usage',
    `a class of ${asked} different values of ${JSON.stringify(column)} is asked for, and the whole table has ${has}${absent < 0 ? '' : ', missing cells aside'}`,
    `Ask for ${has} at most.`,
  )
}
