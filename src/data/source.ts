// A table file as a relation that DuckDB can select from: its format, its column names and types, its SQL.
// Source: DuckDB's read_csv, read_parquet and read_json; RFC 4180 for the header line.
// It does not promise to understand every CSV: quotes are ", escaped by doubling; the header is the first line.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { ask, identifier, literal, pathLiteral } from './duckdb.ts'
import { fileError, kindOf } from './files.ts'
import { gzipError, requireText, requireWholeGzip } from './gzip.ts'
import { readingError } from './trouble.ts'

/** How a file is read. */
type Format = 'csv' | 'parquet' | 'json'

/** What a column is taken for. */
export type ReadAs = 'number' | 'text'

/** An opened file, not yet read. */
export type Source = {
  readonly path: string
  readonly format: Format
  /** Column names in the file's order, checked to be distinct. */
  readonly names: readonly string[]
  /** DuckDB's type of each column where the file has types (Parquet, JSON); all VARCHAR in CSV. */
  readonly types: readonly string[]
  /** A space stands behind every separator of a CSV, and belongs to that. */
  readonly padded: boolean
  /**
   * What follows FROM, with columns c0, c1, …: of the file's types in Parquet, else all of text.
   * `verbatim` leaves the null texts of a CSV in place; `more` are further settings of its reader.
   */
  relation(verbatim?: boolean, more?: readonly string[]): string
}

/** What may be said about a file that its bytes do not say. */
export type SourceOptions = {
  /** Whether the first line of a CSV holds the names. Default: false for `.data` and `.test`, else true. */
  readonly header?: boolean
  /**
   * Cells of these texts are missing, with spaces around them or without. Default {@link defaultNullText} in CSV, and
   * none in Parquet and JSON, which have a NULL of their own.
   */
  readonly nullText?: readonly string[]
}

/** What a missing cell looks like in a CSV. */
export const defaultNullText: readonly string[] = ['', 'NA', 'N/A', '?', 'null', 'NULL', 'NaN', 'nan']

/** The texts that count as missing in a file. */
export function nullTextOf({ format }: Source, given: readonly string[] | undefined): readonly string[] {
  return given ?? (format === 'csv' ? defaultNullText : [])
}

const extensions: Record<string, { format: Format; delimiter?: string; header?: boolean }> = {
  csv: { format: 'csv' },
  tsv: { format: 'csv', delimiter: '\t' },
  data: { format: 'csv', header: false },
  test: { format: 'csv', header: false },
  parquet: { format: 'parquet' },
  json: { format: 'json' },
  jsonl: { format: 'json' },
  ndjson: { format: 'json' },
}

/**
 * Looks at a file's name and beginning.
 * @throws FrostglassError `input`: missing, a folder, empty, of no known kind, damaged, columns of one name or none.
 */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  options: SourceOptions,
): Promise<Source> {
  const status = await stat(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })
  if (status.isDirectory())
    throw new FrostglassError('input', `${path} is a folder, expected a table file`, {
      hint: 'name a file in it',
    })
  const match = /\.([a-z]+)(\.gz)?$/i.exec(path)
  const kind = extensions[match?.[1]?.toLowerCase() ?? '']
  if (kind === undefined || (match?.[2] !== undefined && kind.format === 'parquet'))
    throw new FrostglassError('input', `${path}: cannot tell the kind of table from the name`, {
      hint: 'expected .csv, .tsv, .data, .test, .jsonl, .ndjson, .json (each also .gz) or .parquet',
    })
  if (!status.isFile())
    throw new FrostglassError('input', `${path} is ${kindOf(status)}, expected a file`, {
      hint: 'a table is read several times: save it as a file first',
    })
  if (status.size === 0) throw emptyFile(path)
  if (match?.[2] !== undefined) await requireWholeGzip(path)
  else if (kind.format !== 'parquet') await requireText(path)
  const open = { csv: openCsv, parquet: openParquet, json: openJson }[kind.format]
  const source = await open(connection, path, { ...kind, ...options })
  checkNames(path, source.names)
  return source
}

function emptyFile(path: string): FrostglassError {
  return new FrostglassError('input', `${path} is empty`, {
    hint: 'expected a line of column names and one row or more',
  })
}

type OpenOptions = SourceOptions & { readonly delimiter?: string }

async function openCsv(_: DuckDBConnection, path: string, options: OpenOptions): Promise<Source> {
  const header = options.header ?? true
  const { line, remarks } = await firstRecord(path, !header)
  const delimiter = options.delimiter ?? likelyDelimiter(line)
  const cells = splitRecord(line, delimiter)
  if (header && cells.every((cell) => cell.trim() !== '' && !Number.isNaN(Number(cell))))
    throw new FrostglassError('input', `${path}: the first line holds only numbers, expected column names`, {
      hint: 'if the file has no header line, say so (--no-header)',
    })
  const padded = cells.length > 1 && cells.slice(1).every((cell) => cell.startsWith(' '))
  const names = header
    ? cells.map((cell) => (padded ? cell.trim() : cell))
    : cells.map((_, j) => `column${j + 1}`)
  // DuckDB compares cells with the null texts before it trims them, so the common spacings are listed.
  const nulls = (options.nullText ?? defaultNullText).flatMap((text) => [text, ` ${text}`, `${text} `])
  const settings = [
    'auto_detect = false',
    `header = ${header}`,
    ...(remarks > 0 ? [`skip = ${remarks}`] : []),
    `delim = ${literal(delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
  ]
  return {
    path,
    format: 'csv',
    names,
    types: names.map(() => 'VARCHAR'),
    padded,
    relation(verbatim = false, more = []) {
      // Numbers, too: read as doubles they would have lost what they looked like.
      const columns = names.map((_, j) => `c${j}: 'VARCHAR'`)
      const nullText = verbatim ? '' : `nullstr = [${nulls.map(literal)}], `
      return `read_csv(${pathLiteral(path)}, ${[...settings, ...more].join(', ')}, ${nullText}columns = {${columns.join(', ')}}) AS t`
    },
  }
}

async function openParquet(connection: DuckDBConnection, path: string): Promise<Source> {
  const call = `read_parquet(${pathLiteral(path)})`
  const { names, types } = await describe(connection, path, call)
  await checkParquetNames(connection, path)
  const alias = names.map((_, j) => `c${j}`).join(', ')
  return { path, format: 'parquet', names, types, padded: false, relation: () => `${call} AS t(${alias})` }
}

async function openJson(connection: DuckDBConnection, path: string): Promise<Source> {
  // All of the file: a field that comes late would else be left out, or its type be guessed without it.
  const { names, types } = await describe(
    connection,
    path,
    `read_json(${pathLiteral(path)}, sample_size = -1)`,
  )
  const alias = names.map((_, j) => `c${j}`).join(', ')
  return {
    path,
    format: 'json',
    names,
    types,
    padded: false,
    relation() {
      const columns = names.map((name) => `${identifier(name)}: 'VARCHAR'`)
      return `read_json(${pathLiteral(path)}, columns = {${columns.join(', ')}}) AS t(${alias})`
    },
  }
}

async function describe(connection: DuckDBConnection, path: string, call: string) {
  const rows = await ask(connection, `DESCRIBE FROM ${call}`).catch(async (error) => {
    throw await readingError(error, path)
  })
  return { names: rows.map((row) => String(row[0])), types: rows.map((row) => String(row[1])) }
}

/** DuckDB calls a second column x of a Parquet file x_1; the file's own names say that there are two. */
async function checkParquetNames(connection: DuckDBConnection, path: string): Promise<void> {
  const rows = await ask(
    connection,
    `SELECT name, num_children FROM parquet_schema(${pathLiteral(path)}) ORDER BY column_id NULLS FIRST`,
  ).catch(() => [])
  // Below the root, as many as it says, unless some are nested; nested columns are refused by their type.
  const [root, ...leaves] = rows
  if (root !== undefined && Number(root[1]) === leaves.length)
    checkNames(
      path,
      leaves.map((row) => String(row[0])),
    )
}

/** DuckDB makes names distinct in silence and ignores case; we would rather ask. */
function checkNames(path: string, names: readonly string[]): void {
  const seen = new Map<string, number>()
  names.forEach((name, j) => {
    if (name.trim() === '')
      throw new FrostglassError('input', `${path}: column ${j + 1} has no name`, {
        hint: 'name every column in the header line, or say that there is none (--no-header)',
      })
    const earlier = seen.get(name.toLowerCase())
    if (earlier !== undefined)
      throw new FrostglassError(
        'input',
        `${path}: columns ${earlier + 1} and ${j + 1} are both named ${name} (case aside)`,
        { hint: 'rename one of them' },
      )
    seen.set(name.toLowerCase(), j)
  })
}

/**
 * The first line of a text file that ends outside quotes, without its line break or byte order mark.
 * @param remarked whether lines before it that begin with | and have no other are remarks, as in `.data` and `.test` files of C4.5
 */
async function firstRecord(path: string, remarked: boolean): Promise<{ line: string; remarks: number }> {
  const file = createReadStream(path)
  const stream = /\.gz$/i.test(path) ? file.pipe(createGunzip()) : file
  file.on('error', (error) => stream.destroy(error))
  const decoder = new TextDecoder()
  let text = ''
  let remarks = 0
  try {
    for await (const bytes of stream) {
      text += decoder.decode(bytes as Buffer, { stream: true })
      for (; remarked && /^\|[^|\n]*\n/.test(text); remarks++) text = text.slice(text.indexOf('\n') + 1)
      const end = endOfRecord(text)
      if (end >= 0) return { line: text.slice(0, end), remarks }
      if (text.length > 1 << 22)
        throw new FrostglassError('input', `${path}: the first line is longer than 4 MB, this is no CSV`)
    }
  } catch (error) {
    throw gzipError(error, path)
  } finally {
    file.destroy()
  }
  if (text.trim() === '') throw emptyFile(path)
  return { line: text, remarks }
}

function endOfRecord(text: string): number {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) return i
  }
  return -1
}

/** The separator that the first line has most of; a comma when it has none. */
export function likelyDelimiter(line: string): string {
  let best = ','
  let most = 1
  for (const delimiter of [',', ';', '\t', '|']) {
    const cells = splitRecord(line, delimiter).length
    if (cells > most) {
      best = delimiter
      most = cells
    }
  }
  return best
}

/** The cells of one CSV record (RFC 4180). */
export function splitRecord(line: string, delimiter: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!
    if (quoted && character === '"' && line[i + 1] === '"') {
      cell += '"'
      i++
    } else if (character === '"') quoted = !quoted
    else if (!quoted && character === delimiter) {
      cells.push(cell)
      cell = ''
    } else cell += character
  }
  cells.push(cell)
  return cells
}
