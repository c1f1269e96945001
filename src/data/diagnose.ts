// Finds the cells of a file that cannot be used, when the fast path has met one, and says what is wrong with the first.
// Source: issue section "What this issue must show": errors that name file, row and column.
// It does not promise speed: it reads the file again as text, row by row.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { ask, wrapDatabaseError } from './duckdb.ts'
import { listed, type Plan, type PlannedColumn, textSql, used } from './plan.ts'
import { type ColumnSchema, type LabelSchema, nearestName, type TableSchema } from './schema.ts'
import type { ReadAs } from './source.ts'

/** How many cells an error names, so that they need not be found one by one. */
const shownCells = 20

/** What to do with a missing cell. */
export type Missing = 'error' | 'mean' | 'median' | 'drop'

/** The texts that a column of the schema allows, or undefined when it holds numbers. */
export function allowedTexts(column: ColumnSchema | LabelSchema): readonly string[] | undefined {
  if ('kind' in column) return column.kind === 'categorical' ? column.categories : undefined
  return column.task === 'class' ? column.classes : undefined
}

/**
 * The error of the first unusable cell, by row, then by column, which names up to twenty; of `cause` when every cell
 * looks well.
 * @param schema checks texts against its categories and classes too
 */
export async function diagnose(
  connection: DuckDBConnection,
  plan: Plan,
  missing: Missing,
  schema: TableSchema | undefined,
  cause: unknown,
): Promise<FrostglassError> {
  const { source } = plan
  const columns = used(plan)
  const schemas = columns.map((column, j) => (column === plan.label ? schema?.label : schema?.columns[j]))
  const allowed = schemas.map((found) => (found === undefined ? undefined : allowedTexts(found)))
  // A schema that has no value for a column fills no cell of it.
  const isFilled = schemas.map(
    (found) => found === undefined || ('kind' in found && found.fill !== undefined),
  )
  const type = (index: number) => (source.format === 'parquet' ? source.types[index]! : 'VARCHAR')
  const texts = columns.map(({ index }, j) => `${textSql(type(index), index, plan.nullText)} AS t${j}`)
  const numbers = columns.map((_, j) => `TRY_CAST(t${j} AS DOUBLE) AS n${j}`)
  const problems = columns.map((column, j) => {
    const tolerant = missing === 'drop' || (missing !== 'error' && column !== plan.label && isFilled[j]!)
    return `${problemSql(column.readAs, j, allowed[j] !== undefined, tolerant)} AS p${j}`
  })
  const all = (name: (j: number) => string) => `[${columns.map((_, j) => name(j)).join(', ')}]`
  // One SELECT a step: as one expression the texts and casts would be repeated, and their buffers with them.
  const sql =
    `SELECT r::DOUBLE, ${all((j) => `p${j}`)}, ${all((j) => `c${columns[j]!.index}::VARCHAR`)} ` +
    `FROM (SELECT *, ${problems.join(', ')} FROM (SELECT *, ${numbers.join(', ')} FROM (SELECT *, ${texts.join(', ')} ` +
    `FROM (SELECT row_number() OVER () AS r, * FROM ${source.relation([], true)})))) ` +
    `WHERE ${columns.map((_, j) => `p${j} IS NOT NULL`).join(' OR ')} LIMIT ${shownCells}`
  let rows: unknown[][]
  try {
    rows = await ask(connection, sql)
  } catch (error) {
    // The file itself is damaged; what stopped this reading says it best.
    return wrapDatabaseError(error, source.path, 'reading')
  }
  if (rows[0] === undefined) return wrapDatabaseError(cause, source.path, 'reading')
  const bad = (rows as [number, (string | null)[], (string | null)[]][]).flatMap(([row, problems, cells]) =>
    problems.flatMap((problem, j) => (problem === null ? [] : [{ row, j, problem, text: cells[j]! }])),
  )
  const { row, j, problem, text } = bad[0]!
  const first = describe(plan, row, columns[j]!, problem, text, allowed[j])
  const others = bad.slice(1, shownCells).map((cell) => {
    const found = cell.problem === 'missing' ? 'missing' : `"${cell.text?.trim().slice(0, 40)}"`
    return `row ${cell.row}, column ${columns[cell.j]!.name} (${found})`
  })
  if (others.length === 0) return first
  const more = bad.length > shownCells || rows.length === shownCells ? ', and perhaps others' : ''
  const message = `${first.message}; nor can be used: ${others.join(', ')}${more}`
  return new FrostglassError(first.code, message, first.hint === undefined ? {} : { hint: first.hint })
}

/** SQL of what is wrong with cell j, given its text tj and number nj: a word, or NULL when nothing is. */
function problemSql(readAs: ReadAs, j: number, closed: boolean, tolerant: boolean): string {
  const gone = tolerant ? 'NULL' : `'missing'`
  const isMissing = readAs === 'text' ? `t${j} IS NULL` : `t${j} IS NULL OR isnan(n${j})`
  const text =
    readAs === 'text' ? `t${j}` : `CASE WHEN n${j} = trunc(n${j}) THEN TRY_CAST(n${j} AS BIGINT)::VARCHAR END`
  return (
    `CASE WHEN ${isMissing} THEN ${gone} ` +
    (readAs === 'text' ? '' : `WHEN n${j} IS NULL THEN 'text' WHEN isinf(n${j}) THEN 'infinite' `) +
    (closed ? `WHEN TRY_CAST(${text} AS e${j}) IS NULL THEN 'unseen' ` : '') +
    `END`
  )
}

function describe(
  plan: Plan,
  row: number,
  column: PlannedColumn,
  problem: string,
  text: string | null,
  allowed: readonly string[] | undefined,
): FrostglassError {
  const place = `${plan.source.path}, row ${row}, column ${column.name}`
  const shown = text === null || text.trim() === '' ? 'nothing' : `"${text.trim().slice(0, 80)}"`
  if (problem === 'missing')
    return new FrostglassError('input', `${place}: the value is missing (found ${shown})`, {
      hint:
        column === plan.label
          ? 'a label cannot be made up: complete it, or leave out such rows (--missing drop)'
          : 'complete it, or say what to do with missing values (--missing mean, median or drop)',
    })
  if (problem === 'text')
    return new FrostglassError('input', `${place}: expected a number, found ${shown}`, {
      hint: 'correct the cell, or count its text as missing (--null-text), or make a key with the column --categorical',
    })
  if (problem === 'infinite')
    return new FrostglassError('input', `${place}: the number is infinite (found ${shown})`, {
      hint: 'replace it by a finite number or leave the row out',
    })
  const near = nearestName(text ?? '', allowed ?? [])
  const known = column === plan.label ? 'classes' : 'categories'
  return new FrostglassError('input', `${place}: ${shown} is none of the ${allowed?.length} known ${known}`, {
    hint: near === undefined ? `known are ${listed(allowed ?? [])}` : `did you mean ${near}?`,
  })
}
