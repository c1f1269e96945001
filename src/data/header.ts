// The names of a file's columns, before it is said what they are.
// Source: source.ts, which reads the beginning of a file.
// It does not promise that the rows behind them can be read.

import { openDatabase } from './duckdb.ts'
import { openSource, type SourceOptions } from './source.ts'
import { readingError } from './trouble.ts'

/** @throws FrostglassError `input` for a file that is no table */
export async function columnNames(path: string, options: SourceOptions = {}): Promise<readonly string[]> {
  const database = await openDatabase(512)
  try {
    return (await openSource(await database.connect(), path, options)).names
  } catch (error) {
    throw await readingError(error, path)
  } finally {
    database.close()
  }
}
