// What a search is given: distinct rows, hierarchies, models, a quality model, and how many rows may be suppressed.
// Source: docs/tables.md. Everything that is the same for all nodes is prepared here, once.

import { FrostglassError } from '../../../errors.ts'
import type { DistinctRows } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { PreparedModel, PrivacyModel } from '../model.ts'
import type { PreparedQuality, QualityModel } from '../quality.ts'

/** A sensitive column of the table. */
export interface SensitiveColumn {
  readonly name: string
  /** What its codes mean. */
  readonly values: readonly string[]
  readonly hierarchy?: Hierarchy | undefined
}

/** A table to be published, and what is asked of it. */
export interface SearchProblem {
  readonly distinct: DistinctRows
  /** A quasi-identifier each, in the order of `distinct.quasi`: level by level up to one label. */
  readonly hierarchies: readonly Hierarchy[]
  /** In the order of `distinct.sensitive`. */
  readonly sensitive?: readonly SensitiveColumn[] | undefined
  /** All of them are asked for. */
  readonly models: readonly PrivacyModel[]
  readonly quality: QualityModel
  /** Share of the rows that may be suppressed, 0 to 1. Default 0. */
  readonly suppression?: number | undefined
  /** A quasi-identifier each: how much its loss counts. Default 1. */
  readonly weights?: readonly number[] | undefined
}

/** A model with the sensitive column that it reads, by its place; -1 for none. */
export interface ReadyModel extends PreparedModel {
  readonly model: PrivacyModel
  readonly column: number
}

/** A problem, checked and prepared. */
export interface ReadyProblem extends SearchProblem {
  readonly rows: number
  /** Rows that may be suppressed. */
  readonly most: number
  readonly ready: readonly ReadyModel[]
  readonly prepared: PreparedQuality
  /** [quasi-identifiers] the highest level. */
  readonly heights: readonly number[]
}

/** Largest number of rows that a share allows: a share of 0.29 of 100 rows is 29, whatever 0.29 * 100 is in doubles. */
export const mostSuppressed = (share: number, rows: number): number =>
  Math.min(rows, Math.floor(share * rows + 1e-9 * Math.max(1, share * rows)))

/**
 * Checks a problem and prepares its models.
 * @throws FrostglassError `usage` for a suppression outside [0, 1], a model whose column is not there or that needs a public
 * table; `input` for a table without rows, a hierarchy that does not end in one label
 */
export function readyProblem(problem: SearchProblem): ReadyProblem {
  const { distinct, hierarchies, sensitive = [], models, quality, suppression = 0 } = problem
  const { weights = hierarchies.map(() => 1) } = problem
  let rows = 0
  for (let d = 0; d < distinct.count; d++) rows += distinct.rows[d]!
  if (rows === 0) throw new FrostglassError('input', 'the table has no rows', 'Give one row or more.')
  if (hierarchies.length === 0)
    throw new FrostglassError(
      'usage',
      'no column is a quasi-identifier',
      'Name those by which somebody could know a person (--quasi).',
    )
  if (hierarchies.length !== distinct.quasi.length || weights.length !== hierarchies.length)
    throw new RangeError('expected a hierarchy and a weight for each quasi-identifier')
  if (!(suppression >= 0 && suppression <= 1))
    throw new FrostglassError(
      'usage',
      `suppression ${suppression}: expected a share from 0 to 1`,
      'Take 0.05.',
    )
  if (models.length === 0)
    throw new FrostglassError('usage', 'no privacy model is asked for', 'Ask for one, such as --k 5.')
  hierarchies.forEach(({ levels }, j) => {
    if (levels.at(-1)?.labels.length !== 1)
      throw new FrostglassError(
        'input',
        `the hierarchy of quasi-identifier ${j + 1} does not end in one label for all`,
        'Add a last level, such as *.',
      )
  })
  return {
    ...problem,
    rows,
    most: mostSuppressed(suppression, rows),
    ready: models.map((model) => readyModel(model, distinct, rows, sensitive)),
    prepared: quality.prepare({ rows, distinct, hierarchies, weights }),
    heights: hierarchies.map(({ levels }) => levels.length - 1),
  }
}

function readyModel(
  model: PrivacyModel,
  distinct: DistinctRows,
  rows: number,
  sensitive: readonly SensitiveColumn[],
): ReadyModel {
  const column =
    model.sensitive === undefined ? -1 : sensitive.findIndex(({ name }) => name === model.sensitive)
  if (model.sensitive !== undefined && column < 0)
    throw new FrostglassError(
      'usage',
      `${model.says} is of the column ${model.sensitive}, which is not sensitive here`,
      `Name it as sensitive (--sensitive ${model.sensitive}).`,
    )
  if (model.needsPopulation && distinct.population === undefined)
    throw new FrostglassError(
      'usage',
      `${model.says} needs a public table, of which the published rows are a part`,
      'Give one (--public), or take another model.',
    )
  const { values, hierarchy } = sensitive[column] ?? { values: [], hierarchy: undefined }
  const counts = new Float64Array(values.length)
  const codes = distinct.sensitive[column]
  if (codes) for (let d = 0; d < distinct.count; d++) counts[codes[d]!]! += distinct.rows[d]!
  const populationRows = distinct.population?.reduce((sum, many) => sum + many, 0) ?? 0
  const facts = {
    rows,
    populationRows,
    sensitiveCounts: counts,
    sensitiveValues: values,
    sensitiveHierarchy: hierarchy,
  }
  return { ...model.prepare(facts), model, column }
}
