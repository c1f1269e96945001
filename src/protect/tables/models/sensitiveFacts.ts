// What the models of a sensitive column share: its distribution over the table, and refusals of columns that cannot serve.
// Source: docs/tables.md, which says for each model what its distribution is taken over: all rows of the table, those that will be suppressed, too.

import { FrostglassError } from '../../../errors.ts'
import type { ModelFacts } from '../model.ts'

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
export function requireValues(facts: ModelFacts, column: string, asked: number): void {
  sensitiveRows(facts, column)
  const has = facts.sensitiveCounts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
  if (has >= asked) return
  throw new FrostglassError(
    'usage',
    `a class of ${asked} different values of ${JSON.stringify(column)} is asked for, and the whole table has ${has}`,
    `Ask for ${has} at most.`,
  )
}
