// What the schema of a Parquet file says and DuckDB's types do not: units of time, digits of decimals, names that are the same.
// Source: apache/parquet-format, LogicalTypes.md; DuckDB's parquet_schema, which gives the file's own words.
// It looks at columns, not at cells: whether a time has nanoseconds in fact, nobody is asked.

import type { DuckDBConnection } from '@duckdb/node-api'
import { ask, pathLiteral } from './duckdb.ts'

/** A column that is read with a loss, and what helps. */
export type Loss = { readonly what: string; readonly hint: string }

/** A column of the file, below which there may be others. */
export type ParquetColumnType = {
  readonly name: string
  /** What is lost where the column is read as `type`, of DuckDB. */
  lossAs(type: string): Loss | undefined
  /** The type that is `type`, of DuckDB, or a closer one. */
  closerThan(type: string): string
}

type Element = readonly [
  name: string,
  children: string | null,
  type: string | null,
  precision: string | null,
  converted: string | null,
  logical: string | null,
]

/** The columns of a file in its order; none where it cannot be read: reading it says why. */
export async function parquetTypes(
  connection: DuckDBConnection,
  file: string,
): Promise<readonly ParquetColumnType[]> {
  const elements = (await ask(
    connection,
    `SELECT name, num_children::VARCHAR, type, precision::VARCHAR, converted_type, logical_type FROM parquet_schema(${pathLiteral(file)})`,
  ).catch(() => [])) as unknown as readonly Element[]
  const columns: ParquetColumnType[] = []
  // After the root; what is nested stands behind its column.
  for (let at = 1; at < elements.length; at = behind(elements, at)) columns.push(columnOf(elements[at]!))
  return columns
}

/** The place of the element behind this one and all below it. */
function behind(elements: readonly Element[], at: number): number {
  let next = at + 1
  for (let children = Number(elements[at]?.[1] ?? 0); children > 0 && next < elements.length; children--)
    next = behind(elements, next)
  return next
}

function columnOf([name, , type, precision, converted, logical]: Element): ParquetColumnType {
  const digits = Number(precision ?? /precision=(\d+)/.exec(logical ?? '')?.[1] ?? 0)
  const isMilliseconds = converted === 'TIMESTAMP_MILLIS' || /^Timestamp.*MILLIS=Milli/.test(logical ?? '')
  return {
    name,
    lossAs(read) {
      if (type === 'INT96')
        return {
          what: 'times in 96 bits (INT96) are read to microseconds, and what is finer would be lost',
          hint: 'Write it in microseconds (Spark: spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS), as text, or leave the column out (--ignore).',
        }
      if (/NANOS=Nano/.test(logical ?? '') && read !== 'TIMESTAMP_NS')
        return {
          what: `times in nanoseconds that are ${read} are read to microseconds, and what is finer would be lost`,
          hint: 'Write it in microseconds (pandas: to_parquet(…, coerce_timestamps="us")), as text, or leave the column out (--ignore).',
        }
      if (digits > 38)
        return {
          what: `decimals of ${digits} digits are read as float64, and digits would be lost`,
          hint: 'Write it with 38 digits or fewer, as text, or leave the column out (--ignore).',
        }
      return undefined
    },
    closerThan: (read) => (read === 'TIMESTAMP' && isMilliseconds ? 'TIMESTAMP_MS' : read),
  }
}
