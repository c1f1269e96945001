// Tables to protect: random doubles written by DuckDB under the temporary folder, and a key made for them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { openTable } from '../src/data/index.ts'
import { createKey, type Key } from '../src/protect/index.ts'
import { threads } from './peers.ts'

/** Columns of every table. */
export const columnCount = 10

/** Runs SQL on a DuckDB of its own with the threads that every contender has. */
export async function runSql(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
  try {
    const connection = await instance.connect()
    for (const statement of statements) await connection.run(statement)
  } finally {
    instance.closeSync()
  }
}

/** Writes a Parquet file of `rows` rows, values in [0, 1). */
export function writeRandom(path: string, rows: number): Promise<void> {
  const columns = Array.from({ length: columnCount }, (_, j) => `random() AS x${j}`)
  return runSql(
    'SELECT setseed(0.5)',
    `COPY (SELECT ${columns.join(', ')} FROM range(${rows})) TO '${path}' (FORMAT parquet)`,
  )
}

/** A key of three tanh layers for such tables. */
export async function keyFor(path: string): Promise<Key> {
  const source = await openTable(path)
  try {
    const { key } = await createKey(source, {
      layers: 3,
      activation: 'tanh',
      secret: new Uint8Array(32).fill(7),
    })
    return key
  } finally {
    source.close()
  }
}

/** Runs `work` in a folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
