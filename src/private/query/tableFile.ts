// A table file as private queries read it: a row that is malformed has missing cells or is left out, and none is an error.
// Source: DuckDB's read_csv (not strict: every line can be read); RFC 8259 (a JSON text holds no raw control character).
// What a file's form says is taken to be public, and nothing of its form is taken from its rows: hence `columns`.

import { stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { checkTextOptions } from '../../data/csvOptions.ts'
import { asItLies, literal, pathLiteral } from '../../data/duckdb.ts'
import { fileError } from '../../data/files.ts'
import { unpacked } from '../../data/gzip.ts'
import { openSource } from '../../data/source.ts'
import { FrostglassError } from '../../errors.ts'

/** What is said of a file that its bytes do not say, or not but by their rows. */
export interface FormOptions {
  /** Whether the first line of a CSV holds the names. */
  readonly header?: boolean | undefined
  /** What separates the cells of a CSV; else a .tsv has tabs, and of another file what its line of names has most of, or a comma. */
  readonly delimiter?: string | undefined
  /**
   * Names of the columns: the fields of JSON, the cells of a CSV without a line of names. Of Parquet, those that are asked,
   * whose types then do not matter.
   */
  readonly columns?: readonly string[] | undefined
}

/** A table file: what its columns are called, and what follows FROM, with columns c0, c1, … */
export interface TableFile {
  readonly names: readonly string[]
  /** DuckDB's types, of a file that states them; undefined where cells are texts. */
  readonly types: readonly (string | undefined)[]
  readonly relation: string
}

/**
 * Settings of read_csv under which no row is an error: short rows are filled up with missing cells, what is too much of long
 * ones is left out, and so are rows that are no UTF-8 or longer than 2 MB. In one thread, for filling up and line breaks in
 * quotes go together in no other way.
 */
const forgiving = [
  'strict_mode = false',
  'ignore_errors = true',
  'null_padding = true',
  'parallel = false',
] as const

/**
 * Opens a file without looking at a row.
 * @throws FrostglassError `input` for a file that is none or of no known kind; `usage` where columns are to be stated, or are
 * stated and must not be; `unsupported` for a JSON array.
 */
export async function openTableFile(
  connection: DuckDBConnection,
  path: string,
  { header, columns, delimiter }: FormOptions,
): Promise<TableFile> {
  const kind = kindOf(path)
  if (columns !== undefined) checkColumns(columns)
  if (kind === 'json') checkTextOptions(path, 'json', { delimiter })
  if (kind === 'json') return openJsonLines(path, required(columns, path, 'fields of JSON'))
  const named = header ?? !/\.(data|test)(\.gz)?$/i.test(path)
  if (kind === 'csv' && !named)
    return openNameless(path, delimiter, required(columns, path, 'columns of a file without a line of names'))
  if (kind === 'csv' && columns !== undefined)
    throw new FrostglassError(
      'usage',
      `${path}: its first line names its columns`,
      'Leave --columns out, or say that the file has no line of names (--no-header).',
    )
  const source = await openSource(connection, path, { header, delimiter })
  if (kind === 'csv')
    return {
      names: source.names,
      types: source.names.map(() => undefined),
      // Missing cells are told by their text later, the same way for all kinds of file.
      relation: source.relation(true, forgiving),
    }
  if (columns === undefined) return { ...source, relation: source.relation() }
  const places = columns.map((name) => placeOf(source.names, name))
  return {
    names: columns,
    types: columns.map(() => undefined),
    relation: `(SELECT ${places.map((place, j) => `c${place}::VARCHAR AS c${j}`).join(', ')} FROM ${source.relation()}) AS t`,
  }
}

function kindOf(path: string): 'csv' | 'json' | 'other' {
  const [, ending = ''] = /\.([a-z]+)(\.gz)?$/i.exec(path) ?? []
  const lower = ending.toLowerCase()
  if (['json', 'jsonl', 'ndjson'].includes(lower)) return 'json'
  return ['csv', 'tsv', 'data', 'test'].includes(lower) ? 'csv' : 'other'
}

/** How many columns a query may name. */
const MOST_COLUMNS = 10_000

function checkColumns(columns: readonly string[]): void {
  const names = columns.map((name) => name.toLowerCase())
  const twice = columns.find((_, j) => names.indexOf(names[j]!) < j)
  if (columns.length > 0 && columns.length <= MOST_COLUMNS && !names.includes('') && twice === undefined)
    return
  throw new FrostglassError(
    'usage',
    twice === undefined
      ? `the columns are 1 to ${MOST_COLUMNS} names`
      : `two columns are named ${twice} (case aside)`,
    'Say, for example, --columns person,age,town.',
  )
}

function required(columns: readonly string[] | undefined, path: string, what: string): readonly string[] {
  if (columns !== undefined) return columns
  throw new FrostglassError(
    'usage',
    `${path}: the ${what} are to be stated: read off the rows, they would tell of them`,
    'Name them, in order where the file has no names: --columns person,age,town.',
  )
}

function placeOf(names: readonly string[], name: string): number {
  const place = names.findIndex((one) => one.toLowerCase() === name.toLowerCase())
  if (place >= 0) return place
  throw new FrostglassError('usage', `the table has no column ${name}`, 'Correct --columns.')
}

async function openNameless(
  path: string,
  said: string | undefined,
  columns: readonly string[],
): Promise<TableFile> {
  checkTextOptions(path, 'csv', { delimiter: said })
  await requireFile(path)
  const delimiter = said ?? (/\.tsv(\.gz)?$/i.test(path) ? '\t' : ',')
  return {
    names: columns,
    types: columns.map(() => undefined),
    relation: textReader(path, columns.length, [
      'header = false',
      `delim = ${literal(delimiter)}`,
      `quote = '"'`,
      `escape = '"'`,
    ]),
  }
}

/** Lines are read as texts, and those that are no JSON have no fields: DuckDB's own reader stops at some of them. */
async function openJsonLines(path: string, columns: readonly string[]): Promise<TableFile> {
  await requireFile(path)
  if ((await firstCharacter(path)) === '[')
    throw new FrostglassError(
      'unsupported',
      `${path}: a JSON array is one value, which one row can break`,
      'Write one object a line (.jsonl).',
    )
  const lines = textReader(path, 1, ['header = false', `delim = '\u0001'`, `quote = ''`, `escape = ''`])
  const fields = columns.map((name, j) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return `json_extract_string(j, ${literal(pointer)}) AS c${j}`
  })
  return {
    names: columns,
    types: columns.map(() => undefined),
    relation:
      `(SELECT ${fields.join(', ')} FROM (SELECT CASE WHEN json_valid(c0) THEN c0 END AS j FROM ${lines} ` +
      `WHERE trim(c0) <> '')) AS t`,
  }
}

const textReader = (path: string, count: number, settings: readonly string[]): string =>
  `read_csv(${pathLiteral(path)}, ${asItLies}, auto_detect = false, ${[...settings, ...forgiving].join(', ')}, ` +
  `columns = {${Array.from({ length: count }, (_, j) => `c${j}: 'VARCHAR'`).join(', ')}}) AS t`

async function requireFile(path: string): Promise<void> {
  const status = await stat(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })
  if (!status.isDirectory()) return
  throw new FrostglassError('input', `${path} is a folder, expected a table file`, 'Name a file in it.')
}

/** The first character that is no space: what kind of JSON the file is. */
async function firstCharacter(path: string): Promise<string | undefined> {
  try {
    for await (const bytes of unpacked(path)) {
      // As Latin-1, so that a character cut in two by the piece of file is none of those that matter.
      const [first] = bytes
        .toString('latin1')
        .replace(/^\u00ef\u00bb\u00bf/, '')
        .trimStart()
      if (first !== undefined) return first
    }
  } catch (error) {
    throw fileError(error, path, 'reading')
  }
  return undefined
}
