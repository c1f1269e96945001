// Which rows of a file are left out for missing cells, before they are gone.
// Source: ours; one more pass over the file, by DuckDB, and only where rows are to be dropped.
// It does not promise to list more than twenty of them.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { cleanSql } from './cleanSql.ts'
import { diagnose } from './diagnose.ts'
import { ask, literal } from './duckdb.ts'
import { listed } from './plan.ts'
import { type Plan, used } from './planned.ts'
import type { TableSchema } from './schema.ts'

const shown = 20

/**
 * What to say of the rows that `--missing drop` leaves out; nothing when none is.
 * @throws FrostglassError `input` naming a cell that is no number where one is expected
 */
export async function droppedRows(
  connection: DuckDBConnection,
  plan: Plan,
  schema: TableSchema,
): Promise<readonly string[]> {
  const columns = used(plan)
  const gone = columns.map((_, j) => `v${j} IS NULL`).join(' OR ')
  const lacking = columns.map(({ name }, j) => `CASE WHEN v${j} IS NULL THEN ${literal(name)} END`)
  const some = `FILTER (WHERE ${gone})`
  const sql =
    `SELECT count(*)::DOUBLE, (count(*) ${some})::DOUBLE, min(r, ${shown}) ${some}, ` +
    `arg_min([${lacking.join(', ')}], r, ${shown}) ${some} FROM ${cleanSql(plan, { drop: false, numbered: true })}`
  let found: unknown[]
  try {
    found = (await ask(connection, sql))[0]!
  } catch (error) {
    if (error instanceof FrostglassError) throw error
    throw await diagnose(connection, plan, 'drop', schema, error)
  }
  const [rows, dropped, numbers, names] = found as [number, number, number[] | null, (string | null)[][]]
  if (dropped === 0 || numbers === null) return []
  const first = numbers.map((row, i) => {
    const empty = names[i]!.filter((name) => name !== null)
    return `${row} (${listed(empty)})`
  })
  const more = dropped > first.length ? ` and ${dropped - first.length} more` : ''
  return [
    `${plan.source.path}: ${dropped} of ${rows} rows left out for missing cells, namely row ${first.join(', ')}${more}`,
  ]
}
