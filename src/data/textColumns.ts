// Columns of a file as the texts that they are: a dictionary and a code a row, in the fewest bytes.
// Source: docs/architecture.md#tables; DuckDB reads the file twice, once for the texts and once for the codes.
// A missing cell is the text '' like any other, whatever it was written as. Memory grows with rows, by a byte a cell where a column has few texts.

import { dirname } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { itemsOf, letGo } from './chunks.ts'
import { ask, literal, openDatabase } from './duckdb.ts'
import type { TextWriting } from './form.ts'
import { locate } from './locate.ts'
import { nearestName } from './schema.ts'
import { nullTextOf, openLocated, type Source, type SourceOptions } from './source.ts'
import { standardInput } from './standardInput.ts'
import { cellValueOf, valuesOf } from './textValues.ts'
import { readingError } from './trouble.ts'
import { settleIn } from './workspace.ts'

/** A column of texts. */
export type TextColumn = {
  readonly name: string
  /** Distinct texts, ascending by their code units; a missing cell is ''. */
  readonly values: readonly string[]
  /** [rows] places in `values`. */
  readonly codes: Uint8Array | Uint16Array | Uint32Array
  /** Its numbers have decimal commas in the file, and points here. */
  readonly decimalComma?: boolean | undefined
}

/** A file's columns. */
export type TextColumns = {
  readonly path: string
  /** The files that the rows come from. */
  readonly files: readonly string[]
  readonly rows: number
  readonly columns: readonly TextColumn[]
  readonly remarks: readonly string[]
  /** Texts that counted as missing. */
  readonly nullText: readonly string[]
  /** How a CSV is written, where it is written unlike most. */
  readonly writing: TextWriting
}

/** What turns a text that is said of a column elsewhere, such as in a hierarchy's file, into the value that the column has. */
export const valueReader = ({ nullText, columns }: TextColumns, column: string): ((text: string) => string) =>
  cellValueOf({ nullText }, columns.find(({ name }) => name === column)?.decimalComma === true)

/** As many texts a column may have: beyond, it names rows and groups none. */
const mostTexts = 1 << 22

/**
 * Reads columns as texts.
 * @param options.names which, in the order wanted; all in the file's order, if absent
 * @throws FrostglassError `usage` for a name that the file has not; `input` for a file that is no table, has no rows, or a
 * column of more than four million texts; `aborted`
 */
export async function readTextColumns(
  path: string,
  options: SourceOptions & { readonly names?: readonly string[] | undefined } = {},
): Promise<TextColumns> {
  // What stands beside a table is written together with it: a command that was killed there may have left half of both.
  if (path !== standardInput) settleIn(dirname(path))
  const located = await locate(path, options)
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    const source = await openLocated(connection, located, options)
    const wanted = placesOf(source, options.names)
    const found = await textsOf(connection, source, wanted)
    throwIfAborted(options.signal)
    const codes = await codesOf(connection, source, wanted, found, options.signal)
    const nullText = nullTextOf(source, options.nullText)
    const read = found.texts.map((texts) => valuesOf(texts, { nullText, decimalComma: source.decimalComma }))
    read.forEach(({ placeOf }, j) => {
      if (placeOf) replace(codes[j]!, placeOf)
    })
    return {
      path: located.path,
      files: located.parts ?? [located.file],
      rows: found.rows,
      columns: wanted.map((place, j) => ({
        name: source.names[place]!,
        values: read[j]!.values,
        codes: codes[j]!,
        ...(read[j]!.decimalComma ? { decimalComma: true } : {}),
      })),
      remarks: [...located.remarks, ...(source.remarks ?? [])],
      nullText,
      writing: {
        delimiter: source.delimiter === (located.delimiter ?? ',') ? undefined : source.delimiter,
        decimalComma: source.decimalComma || undefined,
      },
    }
  } catch (error) {
    throw await readingError(error, located.path, located.copy)
  } finally {
    database.close()
    located.remove()
  }
}

function placesOf({ path, names }: Source, wanted: readonly string[] | undefined): readonly number[] {
  if (wanted === undefined) return names.map((_, place) => place)
  return wanted.map((name) => {
    const place = names.indexOf(name)
    if (place >= 0) return place
    const near = nearestName(name, names)
    throw new FrostglassError(
      'usage',
      `${path} has no column '${name}'`,
      near === undefined ? `It has ${names.join(', ')}.` : `Write ${near}, if that is meant.`,
    )
  })
}

/** A plain loop: a function a row takes ten times as long. */
function replace(codes: TextColumn['codes'], placeOf: Uint32Array): void {
  for (let i = 0; i < codes.length; i++) codes[i] = placeOf[codes[i]!]!
}

/** NaN is what programs write for a number that is missing. */
function textOf({ format, types }: Source, place: number): string {
  const cell = `c${place}`
  const isFloat = format === 'parquet' && /^(FLOAT|DOUBLE)$/.test(types[place]!)
  const text = isFloat ? `CASE WHEN NOT isnan(${cell}) THEN ${cell} END` : cell
  return `coalesce((${text})::VARCHAR, '')`
}

async function textsOf(connection: DuckDBConnection, source: Source, places: readonly number[]) {
  // Behind a sign: DuckDB's JavaScript takes a zero-width no-break space in front of a text for a byte order mark, and drops it.
  const lists = places.map(
    (place) => `list_transform(list(DISTINCT ${textOf(source, place)}), text -> ':' || text)`,
  )
  const [row] = await ask(
    connection,
    `SELECT count(*)::DOUBLE, ${lists.join(', ')} FROM ${source.relation(true)}`,
  )
  const [rows, ...found] = row as [number, ...(string[] | null)[]]
  if (rows === 0) throw new FrostglassError('input', `${source.path} has no rows`, 'Give one row or more.')
  const texts = found.map((values) => values!.map((text) => text.slice(1)))
  texts.forEach((values, j) => {
    const name = source.names[places[j]!]!
    if (values.length > mostTexts)
      throw new FrostglassError(
        'input',
        `${source.path}, column ${name}: ${values.length} different texts`,
        'It names rows: leave it out.',
      )
    const nul = values.find((text) => text.includes('\0'))
    if (nul !== undefined)
      throw new FrostglassError(
        'input',
        `${source.path}, column ${name}: the text ${JSON.stringify(nul.slice(0, 80))} holds a NUL character`,
        'Take such characters out.',
      )
  })
  return { rows, texts: texts.map((values) => values.sort((a, b) => (a < b ? -1 : 1))) }
}

async function codesOf(
  connection: DuckDBConnection,
  source: Source,
  places: readonly number[],
  { rows, texts }: { readonly rows: number; readonly texts: readonly (readonly string[])[] },
  signal: AbortSignal | undefined,
) {
  for (const [j, values] of texts.entries())
    await connection.run(`CREATE TYPE e${j} AS ENUM (${values.map(literal).join(', ')})`)
  const codes = texts.map(({ length }) =>
    length <= 1 << 8
      ? new Uint8Array(rows)
      : length <= 1 << 16
        ? new Uint16Array(rows)
        : new Uint32Array(rows),
  )
  const cells = places.map((place, j) => `enum_code(${textOf(source, place)}::e${j})::INTEGER`)
  const result = await connection.stream(`SELECT ${cells.join(', ')} FROM ${source.relation(true)}`)
  let at = 0
  let next = result.fetchChunk()
  try {
    for (;;) {
      const vectors = await next
      throwIfAborted(signal)
      if (vectors === null || vectors.rowCount === 0) break
      next = result.fetchChunk()
      if (at + vectors.rowCount > rows) throw changed(source)
      for (let j = 0; j < codes.length; j++) {
        const items = itemsOf(vectors, j)
        codes[j]!.set(items.length === vectors.rowCount ? items : items.subarray(0, vectors.rowCount), at)
      }
      at += vectors.rowCount
      letGo(vectors, codes.length)
    }
  } finally {
    await next.catch(() => null)
    connection.interrupt()
  }
  if (at < rows) throw changed(source)
  return codes
}

const changed = ({ path }: Source) =>
  new FrostglassError('input', `${path} changed while it was read`, 'Read it when nobody writes to it.')
