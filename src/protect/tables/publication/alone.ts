// Whether the published rows, with no others, are what was asked: models compare a class with the whole table, and its reader has not seen
// the rows that were suppressed.
// Source: docs/tables.md#models. A class that is 0.2-close to the table may be further from the file, whoever is right about the world.

import { FrostglassError } from '../../../errors.ts'
import type { CodedTableColumn } from '../codedTable.ts'
import { roomForCodes } from '../codeTexts.ts'
import { distinctRows } from '../distinctRows.ts'
import { everything } from '../hierarchies/tree.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { PrivacyModel } from '../model.ts'
import { loss } from '../quality/loss.ts'
import { recoded } from '../recode.ts'
import { readyProblem, type SearchProblem } from '../search/problem.ts'
import { faultOf } from '../search/verify.ts'
import type { Coarser } from './methods.ts'
import type { ColumnRoles } from './pose.ts'

/**
 * Of each model whether the published rows alone pass it; undefined where that is no question: no row was suppressed, or the model
 * compares with no table.
 */
export function passAlone(
  { columns, kept, rows }: Pick<Coarser, 'columns' | 'kept' | 'rows'>,
  roles: ColumnRoles,
  models: readonly PrivacyModel[],
): readonly (boolean | undefined)[] {
  const asks = (model: PrivacyModel) => model.sensitive !== undefined && !model.needsPopulation
  if (rows === 0 || rows === kept.length || !models.some(asks)) return models.map(() => undefined)
  const named = (name: string) => publishedOf(columns.find((one) => one.name === name)!, kept, rows)
  const quasi = roles.quasi.map(({ name }) => named(name))
  const sensitive = roles.sensitive.map(({ name, hierarchy }) =>
    hierarchy ? recoded(named(name), hierarchy) : named(name),
  )
  const { distinct } = distinctRows(quasi, sensitive)
  return models.map((model) => {
    if (!asks(model)) return undefined
    const problem: SearchProblem = {
      distinct,
      hierarchies: quasi.map(asItIs),
      sensitive: sensitive.map(({ name, values }, s) => ({
        name,
        values,
        hierarchy: roles.sensitive[s]!.hierarchy,
      })),
      models: [model],
      quality: loss(),
    }
    return passes(
      problem,
      quasi.map(() => 0),
    )
  })
}

/** What a model cannot even be asked of, such as three values of a column that two are left of, does not pass. */
function passes(problem: SearchProblem, levels: readonly number[]): boolean {
  try {
    return faultOf(readyProblem(problem), levels, () => true) === undefined
  } catch (error) {
    if (error instanceof FrostglassError) return false
    throw error
  }
}

function publishedOf(
  { name, values, codes }: CodedTableColumn,
  kept: Uint8Array,
  rows: number,
): CodedTableColumn {
  const published = roomForCodes(rows, values.length)
  for (let i = 0, at = 0; i < kept.length; i++) if (kept[i] === 1) published[at++] = codes[i]!
  return { name, values, codes: published }
}

const asItIs = ({ values }: CodedTableColumn): Hierarchy => ({
  leaves: values,
  levels: [
    { labels: values, groupOf: Uint32Array.from(values.keys()) },
    { labels: [everything], groupOf: new Uint32Array(values.length) },
  ],
})
