// Finds the cells of a file that cannot be used, when the fast path has met one, and says what is wrong with the first.
// Source: docs/architecture.md#tables: errors that name file, row and column.
// It does not promise speed: it reads the file again as text, row by row.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { reasonSql, type Unusable } from './cells.ts'
import { commaAdvice } from './classify.ts'
import { numberSql, pointedSql, textSql } from './cleanSql.ts'
import { ask } from './duckdb.ts'
import { listed } from './plan.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import { type ColumnSchema, type LabelSchema, labelsOf, nearestName, type TableSchema } from './schema.ts'
import { readingError } from './trouble.ts'

/** How many cells an error names, so that they need not be found one by one. */
const shownCells = 20

/** What to do with a missing cell. */
export type Missing = 'error' | 'mean' | 'median' | 'drop'

/** The texts that a column of the schema allows, or undefined when it holds numbers. */
export function allowedTexts(column: ColumnSchema | LabelSchema): readonly string[] | undefined {
  if ('kind' in column) return column.kind === 'categorical' ? column.categories : undefined
  return column.task === 'class' ? column.classes : undefined
}

/** The category of texts that are none of the others; undefined where such are refused. */
export function bucketText(column: ColumnSchema | LabelSchema): string | undefined {
  return 'kind' in column && column.kind === 'categorical' ? column.other : undefined
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
  const schemas = columns.map((_, j) => (schema ? [...schema.columns, ...labelsOf(schema)][j] : undefined))
  const allowed = schemas.map((found) => (found === undefined ? undefined : allowedTexts(found)))
  const isClosed = schemas.map((found, j) => allowed[j] !== undefined && bucketText(found!) === undefined)
  // A schema that has no value for a column fills no cell of it.
  const isFilled = schemas.map(
    (found) => found === undefined || ('kind' in found && found.fill !== undefined),
  )
  const typed = (j: number) => source.format === 'parquet' && source.types[columns[j]!.index] !== 'VARCHAR'
  const texts = columns.map(({ index }, j) => `${textSql(source, index, plan.nullText)} AS t${j}`)
  const numbers = columns.map((column, j) =>
    column.readAs === 'text'
      ? `NULL AS n${j}`
      : `${numberSql(source, column, [], typed(j) ? undefined : `t${j}`)} AS n${j}`,
  )
  const problems = columns.map((column, j) => {
    const tolerant =
      missing === 'drop' || (missing !== 'error' && !plan.labels.includes(column) && isFilled[j]!)
    const text = column.time === undefined ? pointedSql(source, `t${j}`) : `t${j}`
    return `${problemSql(column, j, text, isClosed[j]!, tolerant, typed(j))} AS p${j}`
  })
  const all = (name: (j: number) => string) => `[${columns.map((_, j) => name(j)).join(', ')}]`
  // One SELECT a step: as one expression the texts and casts would be repeated, and their buffers with them.
  const sql =
    `SELECT r::DOUBLE, ${all((j) => `p${j}`)}, ${all((j) => `c${columns[j]!.index}::VARCHAR`)} ` +
    `FROM (SELECT *, ${problems.join(', ')} FROM (SELECT *, ${numbers.join(', ')} FROM (SELECT *, ${texts.join(', ')} ` +
    `FROM (SELECT row_number() OVER () AS r, * FROM ${source.relation(true)})))) ` +
    `WHERE ${columns.map((_, j) => `p${j} IS NOT NULL`).join(' OR ')} LIMIT ${shownCells}`
  let rows: unknown[][]
  try {
    rows = await ask(connection, sql)
  } catch (error) {
    // The file itself is damaged; what stopped this reading says it best.
    return readingError(error, source.path, source.copy)
  }
  if (rows[0] === undefined) return readingError(cause, source.path, source.copy)
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
  const message = `${first.message}; these cannot be used either: ${others.join(', ')}${more}`
  return new FrostglassError(first.code, message, first.hint)
}

/** SQL of what is wrong with cell j, given its text tj, `written` as numbers are read, and number nj: a word, or NULL when nothing is. */
function problemSql(
  column: PlannedColumn,
  j: number,
  written: string,
  closed: boolean,
  tolerant: boolean,
  typed: boolean,
): string {
  const gone = tolerant ? 'NULL' : `'missing'`
  const isNumber = column.readAs === 'number'
  const isMissing = isNumber ? `t${j} IS NULL OR n${j} IS NULL` : `t${j} IS NULL`
  const text = isNumber
    ? `CASE WHEN n${j} = trunc(n${j}) THEN TRY_CAST(n${j} AS BIGINT)::VARCHAR END`
    : `t${j}`
  return (
    `CASE WHEN ${isMissing} THEN ${gone} ` +
    (isNumber ? `WHEN isinf(n${j}) THEN ${reasonSql(typed, written, column)} ` : '') +
    (closed ? `WHEN TRY_CAST(${text} AS e${j}) IS NULL THEN 'unseen' ` : '') +
    `END`
  )
}

/** What to say of a cell that is no usable number: what was expected, and what helps. */
const unusable: Record<Unusable, readonly [expected: string, hint: string]> = {
  text: [
    'expected a number',
    'Correct the cell, or count its text as missing (--null-text), or make a key with the column --categorical.',
  ],
  infinite: ['the number is infinite', 'Replace it by a finite number or leave the row out.'],
  large: [
    'the number has more digits than float64 holds, and would come back as another',
    'Take the column as --categorical if these are codes, leave it out (--ignore), or write fewer digits.',
  ],
  code: [
    'this looks like a code, and would come back as another text (00017 as 17, 1E5 as 100000)',
    'Take the column as --categorical if these are codes, or as --numeric if they are numbers.',
  ],
  time: [
    'expected a date or time as in the other rows (YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS with up to 6 decimals)',
    'Correct the cell, or make a key with the column --categorical.',
  ],
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
  const shown = text === null || text.trim() === '' ? 'nothing' : `"${text.slice(0, 80)}"`
  if (problem === 'missing')
    return new FrostglassError(
      'input',
      `${place}: the value is missing (found ${shown})`,
      plan.labels.includes(column)
        ? 'Complete it, or leave out such rows (--missing drop): a label cannot be made up.'
        : 'Complete it, or say what to do with missing values (--missing mean, median or drop, of a command that has it).',
    )
  const reason = unusable[problem as Unusable]
  if (reason !== undefined) {
    const [expected, hint] = reason
    const found = problem === 'text' || problem === 'time' ? `, found ${shown}` : ` (found ${shown})`
    if (problem === 'text' && plan.source.decimalComma && text?.includes('.'))
      return new FrostglassError(
        'input',
        `${place}: ${expected} with a decimal comma and no points${found}`,
        'Write it as 1234,5; where the file has decimal points, leave out --decimal-comma.',
      )
    const comma = problem === 'text' && plan.source.format === 'csv' && commaAdvice(text ?? '') !== ''
    return new FrostglassError(
      'input',
      `${place}: ${expected}${found}`,
      comma ? `Say --decimal-comma, if that is what the comma is. ${hint}` : hint,
    )
  }
  const near = nearestName(text ?? '', allowed ?? [])
  const known = plan.labels.includes(column) ? 'classes' : 'categories'
  return new FrostglassError(
    'input',
    `${place}: ${shown} is none of the ${allowed?.length} known ${known}`,
    near === undefined ? `Take one of ${listed(allowed ?? [])}.` : `Write ${near}, if that is meant.`,
  )
}
