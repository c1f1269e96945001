// The property: a random table comes back from protect and restore as it was, or is refused before anything is written.
// For tests alone. Nearly is allowed to numbers alone of which the warnings say that they have too many digits.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect } from 'vitest'
import { endOfRecord, splitRecord } from '../src/data/csvRecord.ts'
import { openTable } from '../src/data/index.ts'
import { defaultNullText } from '../src/data/source.ts'
import { FrostglassError } from '../src/errors.ts'
import { createKey, protectTable, restoreTable } from '../src/protect/index.ts'
import { csvOf, type RandomTable, randomTable, type Setting, selectOf, settingOf } from './randomTables.ts'

/** What became of some tables. */
export interface Outcome {
  readonly restored: number
  /** Later tables under the keys of those, with times written in other ways, that came back. */
  readonly laterRestored: number
  readonly refusals: ReadonlyMap<string, number>
}

/** Checks the property on so many tables. */
export async function checkRoundTrips(numRuns: number, seed: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-originals-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const ask = async (sql: string) => (await connection.run(sql)).getRowsJson()
  const set = randomTable.chain((table) => fc.tuple(fc.constant(table), settingOf(table)))
  let restored = 0
  let laterRestored = 0
  let made = 0
  const refusals = new Map<string, number>()
  try {
    await fc.assert(
      fc.asyncProperty(set, fc.boolean(), async ([table, setting], parquet) => {
        const place = join(folder, String(made++))
        const at = (name: string) => join(place, setting.folder, name)
        await mkdir(at('out'), { recursive: true })
        const original = at(`t.${table.kind}`)
        const isFilled = table.kind === 'csv' && setting.filled
        if (table.kind === 'csv') await writeFile(original, csvOf(table, setting.spacedNames))
        else await connection.run(`COPY (${selectOf(table)}) TO '${original}' (FORMAT ${table.kind})`)
        const names =
          table.kind === 'csv'
            ? csvNames(csvOf(table, setting.spacedNames))
            : table.columns.map(({ name }) => name)
        const label = {
          label: table.labels.map((place) => names[place]!),
          missing: isFilled ? ('median' as const) : undefined,
        }
        const sent = at(`out/p.${parquet ? 'parquet' : 'csv'}`)
        let warnings: readonly string[]
        try {
          warnings = await protect(original, label, sent)
        } catch (error) {
          if (!(error instanceof FrostglassError)) throw error
          expect(error.hint, error.message).toBeTruthy()
          expect(await readdir(at('out'))).toEqual([])
          refusals.set(error.message, (refusals.get(error.message) ?? 0) + 1)
          await rm(place, { recursive: true })
          return
        }
        const { key } = keys.get(sent)!
        const back = at(table.kind === 'csv' ? 'back.csv' : 'back.parquet')
        await restoreTable(sent, key, back)
        const near = nearColumns(names, warnings)
        const read = (path: string) =>
          ask(
            `SELECT * FROM read_csv('${path}', hive_partitioning = false, all_varchar = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {${names.map((_, j) => `c${j}: 'VARCHAR'`).join(', ')}})`,
          )
        if (isFilled) {
          const [wanted, found] = [await read(original), await read(back)]
          same(wanted, withGaps(found, wanted), near)
        } else if (table.kind === 'csv' && near.length === 0)
          expect(await readFile(back, 'utf8')).toBe(await readFile(original, 'utf8'))
        else if (table.kind === 'csv') same(await read(original), await read(back), near)
        else await compareTyped(table, original, back, near)
        restored++
        if (setting.later.size > 0 && !isFilled && near.length === 0) {
          const later = at('later.csv')
          await writeFile(later, csvOf(withCells(table, setting.later), setting.spacedNames))
          const refused = await protectTable(later, key, at('out/later.csv')).then(
            () => false,
            (error) => error instanceof FrostglassError,
          )
          if (!refused) {
            await restoreTable(at('out/later.csv'), key, at('later back.csv'))
            const lines = async (name: string) => (await readFile(at(name), 'utf8')).replace(zeros, '$1$2')
            expect(await lines('later back.csv')).toBe(await lines('later.csv'))
            laterRestored++
          }
        }
        await rm(place, { recursive: true })
      }),
      // A table takes half a second: the first that fails is shown as it is.
      { numRuns, seed, endOnFailure: true },
    )
    return { restored, laterRestored, refusals }
  } finally {
    connection.closeSync()
    await rm(folder, { recursive: true })
  }

  async function compareTyped(table: RandomTable, original: string, back: string, near: readonly number[]) {
    const types = async (path: string) =>
      ask(
        `SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('${path}', hive_partitioning = false))`,
      )
    const cells = (path: string, from: string) =>
      ask(
        `SELECT ${table.columns.map((_, j) => `c${j}::VARCHAR`).join(', ')} FROM ${from}('${path}', hive_partitioning = false) AS t(${table.columns.map((_, j) => `c${j}`).join(', ')})`,
      )
    const found = await types(back)
    if (table.kind === 'parquet') {
      expect(found).toEqual(await types(original))
      same(await cells(original, 'read_parquet'), await cells(back, 'read_parquet'), near)
      return
    }
    // JSON has fewer types: numbers are compared as such, all else as texts.
    expect(found.map(([name]) => name)).toEqual(table.columns.map(({ name }) => name))
    const texts = async () => {
      const names = table.columns.map(({ name }) => `"${name.replaceAll('"', '""')}": 'VARCHAR'`)
      return ask(
        `SELECT * FROM read_json('${original}', hive_partitioning = false, columns = {${names.join(', ')}})`,
      )
    }
    same(await texts(), await cells(back, 'read_parquet'), near, true)
  }
}

const keys = new Map<string, { readonly key: Awaited<ReturnType<typeof createKey>>['key'] }>()

/** @returns all that the owner was told on the way. */
async function protect(
  path: string,
  options: { readonly label: readonly string[]; readonly missing?: 'median' | undefined },
  sent: string,
): Promise<string[]> {
  keys.clear()
  const source = await openTable(path, options)
  try {
    const { key, warnings } = await createKey(source, {
      layers: 2,
      secret: Uint8Array.from({ length: 32 }, (_, i) => i),
    })
    keys.set(sent, { key })
    const report = await protectTable(path, key, sent, options.missing ? { missing: options.missing } : {})
    return [...source.warnings, ...warnings, ...report.warnings]
  } finally {
    source.close()
  }
}

/** Zeros at the end of a time's decimals, which a key may have been made without. */
const zeros = /(:\d\d)(?:\.0+|(\.\d*[1-9])0+)(?=\D|$)/g

/** The names as they lie in a CSV. */
function csvNames(text: string): string[] {
  return splitRecord(text.slice(0, endOfRecord(text)), ',')
}

const withCells = (table: RandomTable, cells: Setting['later']): RandomTable => ({
  ...table,
  columns: table.columns.map((column, j) => ({ ...column, cells: cells.get(j) ?? column.cells })),
})

/** What was found, with the cells as they were that had been missing: what fills them nobody wrote. */
function withGaps(found: readonly unknown[][], wanted: readonly unknown[][]): unknown[][] {
  const isMissing = (cell: unknown) => cell === null || defaultNullText.includes(String(cell).trim())
  return found.map((row, r) => row.map((cell, j) => (isMissing(wanted[r]![j]) ? wanted[r]![j] : cell)))
}

/** Columns whose numbers may be off, since that was said of them when they were protected. */
function nearColumns(names: readonly string[], warnings: readonly string[]): number[] {
  return names.flatMap((name, j) =>
    warnings.some((one) => one.startsWith(`column '${name}'`) && one.includes('more digits than come back'))
      ? [j]
      : [],
  )
}

/** All cells equal; numbers of columns that are `near` off by a millionth of the range at most. */
function same(
  wanted: readonly unknown[][],
  found: readonly unknown[][],
  near: readonly number[],
  loosely = false,
) {
  expect(found.length).toBe(wanted.length)
  for (const j of wanted[0]!.keys()) {
    const [a, b] = [wanted, found].map((rows) => rows.map((row) => row[j]))
    if (!near.includes(j)) {
      const plain = (x: unknown) =>
        loosely && typeof x === 'string' && x !== '' && !Number.isNaN(Number(x)) ? Number(x) + 0 : x
      expect(b!.map(plain)).toEqual(a!.map(plain))
      continue
    }
    const numbers = a!.map(Number)
    const range = Math.max(...numbers) - Math.min(...numbers)
    b!.forEach((x, r) => {
      expect(Math.abs(Number(x) - numbers[r]!)).toBeLessThanOrEqual(1e-6 * range)
    })
  }
}
