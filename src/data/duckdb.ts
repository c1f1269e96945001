// DuckDB in memory with small, sane settings, and its errors as ours.
// Source: @duckdb/node-api, loaded at the first opening; the settings below were measured, see each.
// It does not promise to hide DuckDB's words: the first line of its message is kept.

import { availableParallelism } from 'node:os'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'

/** A database of its own in memory; `close` frees it and every connection to it. */
export type Database = { connect(): Promise<DuckDBConnection>; close(): void }

/**
 * Opens an empty database in memory.
 * Nothing spills unless `temporary` names a folder, so no plain text reaches a disk that the caller did not choose.
 * @param memory DuckDB's limit in MiB; its own default is 80% of the machine, we stay far below.
 */
export async function openDatabase(memory: number, temporary = ''): Promise<Database> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memory}MiB`,
    threads: String(Math.min(availableParallelism(), 4)),
    temp_directory: temporary,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connections: DuckDBConnection[] = []
  return {
    async connect() {
      const connection = await instance.connect()
      // 10 million rows x 10 doubles streamed to JavaScript on two cores, default 1 MB buffer against 64 MB:
      // Parquet 1.9 s -> 0.7 s, CSV 7.0 s -> 3.3 s. A small buffer leaves all the work to the fetching thread.
      await connection.run("SET streaming_buffer_size = '64MB'")
      // The text of a time with a zone, which may be a category, is the same on every machine.
      await connection.run("SET TimeZone = 'UTC'")
      connections.push(connection)
      return connection
    },
    close() {
      for (const connection of connections) connection.closeSync()
      instance.closeSync()
    },
  }
}

/** `name` as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `text` as an SQL string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `path` as an SQL literal for DuckDB's readers, which take a bare name with `*`, `?` or `[` for a pattern. */
export function pathLiteral(path: string): string {
  return literal(path.replace(/[*?[]/g, (character) => `[${character}]`))
}

/**
 * A setting of every reader of a path: a folder named `year=2024` on the way to a file would else give it a column `year`, or
 * take the place of its own.
 */
export const asItLies = 'hive_partitioning = false'

/** `value` as an SQL double with the same 64 bits. */
export function doubleLiteral(value: number): string {
  return Object.is(value, -0) ? "'-0.0'::DOUBLE" : `'${value}'::DOUBLE`
}

/** Rows of a small answer, numbers and text as DuckDB's JSON has them (64-bit integers as text). */
export async function ask(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await (await connection.run(sql)).getRowsJson()) as unknown[][]
}

/** What a system says that has no room, and how we say it: DuckDB's own words name a hidden file. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/no space left/i, 'no space is left on the disk'],
  [/file too large/i, 'the file would grow beyond the limit of the system'],
  [/disk quota/i, 'the disk quota is used up'],
  [/input\/output error/i, 'the disk reports an error'],
]

/** An error of DuckDB as ours: `io` when the system refused, else `input`. Ours pass unchanged. */
export function wrapDatabaseError(error: unknown, path: string, doing: string): FrostglassError {
  if (error instanceof FrostglassError) return error
  const text = error instanceof Error ? error.message : String(error)
  const line = text.split('\n')[0]!.trim()
  const refused = refusals.find(([pattern]) => pattern.test(text))
  if (refused)
    return new FrostglassError(
      'io',
      `${path}: ${doing} failed: ${refused[1]}`,
      'Free some space or choose another folder.',
      error,
    )
  if (/permission denied/i.test(text))
    return new FrostglassError(
      'io',
      `${path}: ${doing} failed: permission denied`,
      'Check its permissions.',
      error,
    )
  if (/out of memory/i.test(text))
    return new FrostglassError(
      'io',
      `${path}: ${doing} needs more memory than allowed: ${line}`,
      undefined,
      error,
    )
  if (/gzip/i.test(line))
    return new FrostglassError(
      'input',
      `${path}: damaged gzip file: what follows its end is none`,
      'Copy or pack it again, without padding.',
      error,
    )
  if (/magic bytes|too small to be a Parquet/i.test(text))
    return new FrostglassError(
      'input',
      `${path}: ${doing} failed: this is no Parquet file, or not all of one`,
      'Copy it again, or say what it is (--format).',
      error,
    )
  const place = /on Line: (\d+)/.exec(text)?.[1]
  const cells = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text)
  if (place !== undefined && cells !== null)
    return new FrostglassError(
      'input',
      `${path}, line ${place}: expected ${cells[1]} cell${cells[1] === '1' ? '' : 's'} as in the first line, found ${cells[2]}`,
      `Put cells that hold the separator or a line break in double quotes${Number(cells[1]) < Number(cells[2]) ? '; leave out what stands before the line of names by --comment or --skip' : ''}.`,
      error,
    )
  if (place !== undefined && /unterminated quote/i.test(text))
    return new FrostglassError(
      'input',
      `${path}, line ${place}: a double quote is never closed`,
      undefined,
      error,
    )
  if (place !== undefined && /maximum line size/i.test(text))
    return new FrostglassError(
      'input',
      `${path}, line ${place}: a record is longer than 2 MB`,
      'Correct the record, or close the quote that was left open before it: no cell of a table is so large.',
      error,
    )
  if (place === undefined)
    return new FrostglassError('input', `${path}: ${doing} failed: ${line}`, undefined, error)
  const reason = text.split('\n').find((one, i) => i > 0 && /\S/.test(one) && !/^Original Line/.test(one))
  return new FrostglassError(
    'input',
    `${path}, line ${place}: ${doing} failed: ${reason?.trim().slice(0, 200) ?? line}`,
    undefined,
    error,
  )
}
