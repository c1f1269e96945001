// The names of a file's columns, before it is said what they are.
// Source: source.ts, which reads the beginning of a file.
// It does not promise that the rows behind them can be read.

import { openDatabase } from './duckdb.ts'
import { type LocateOptions, locate } from './locate.ts'
import { openLocated, type SourceOptions } from './source.ts'
import { readingError } from './trouble.ts'

/** @throws FrostglassError `input` for a file that is no table */
export async function columnNames(
  path: string,
  options: SourceOptions & LocateOptions = {},
): Promise<readonly string[]> {
  const located = await locate(path, options)
  const database = await openDatabase(512)
  try {
    return (await openLocated(await database.connect(), located, options)).names
  } catch (error) {
    throw await readingError(error, located.path, located.copy)
  } finally {
    database.close()
    located.remove()
  }
}
