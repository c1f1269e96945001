// From outside: values that an attacker changed or lost without a word; each comes back now, or is refused before anything is written.

import { mkdirSync, writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { csv, json, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))
const key = (table: string, options = '') =>
  json(
    place,
    `key create ${table}${options === '' ? '' : ` ${options}`} --layers 2 --audit off --unsealed --force --out k.key`,
  )

/** What comes back of a table, as a file of the given name. */
async function back(table: string, to = 'back.csv', by = 'p.csv'): Promise<string> {
  await works(place, `protect ${table} --key k.key --force --out ${by}`)
  await works(place, `restore ${by} --key k.key --force --out ${to}`)
  return to
}

async function sql(query: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await (
      await connection.run(query.replaceAll('@', `${place.folder}/`))
    ).getRowsJson()) as unknown[][]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

describe('folders named x=y say nothing of the rows', () => {
  const text = csv(['a,b', ...rows(40, (i) => `${i},${(i * 7) % 11}`)])
  const folders = ['a=77', 'year=2024/c0=5']

  test.each(folders)('%s: CSV, on the way in and out', async (folder) => {
    mkdirSync(place.at(folder), { recursive: true })
    put(`${folder}/t.csv`, text)
    await key(`${folder}/t.csv`)
    await back(`${folder}/t.csv`, `${folder}/back.csv`, `${folder}/p.csv`)
    expect(place.read(`${folder}/back.csv`)).toBe(text)
  })

  test.each(folders)('%s: Parquet, one file and several', async (folder) => {
    mkdirSync(place.at(`${folder}/parts`), { recursive: true })
    await sql(`COPY (SELECT i AS a, (i * 7) % 11 AS b FROM range(40) q(i)) TO '@${folder}/parts/x.parquet'`)
    for (const table of [`${folder}/parts/x.parquet`, `${folder}/parts`]) {
      await key(table)
      await back(table, `${folder}/back.parquet`, `${folder}/p.parquet`)
      expect(
        await sql(
          `SELECT count(*), sum(a), sum(b) FROM read_parquet('@${folder}/back.parquet', hive_partitioning = false)`,
        ),
      ).toEqual([['40', '780', '202']])
    }
  })

  test.each(folders)('%s: JSON', async (folder) => {
    mkdirSync(place.at(folder), { recursive: true })
    put(`${folder}/t.jsonl`, rows(40, (i) => `{"a":${i},"b":${(i * 7) % 11}}\n`).join(''))
    await key(`${folder}/t.jsonl`)
    expect(place.read(await back(`${folder}/t.jsonl`))).toBe(text)
  })
})
