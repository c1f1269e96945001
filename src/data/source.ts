// A table file as a relation that DuckDB can select from: its format, its column names and types, its SQL.
// Source: DuckDB's read_csv, read_parquet and read_json; RFC 4180 for the header line.
// It does not promise to understand every CSV: quotes are ", escaped by doubling; the header is the first line.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { sampleRows } from './classify.ts'
import { endOfRecord, likelyDelimiter, splitRecord } from './csvRecord.ts'
import { type BlankLines, beginsPadded, blankLines, isPadded } from './csvRows.ts'
import { asItLies, ask, identifier, literal, pathLiteral } from './duckdb.ts'
import { gzipError, unpacked } from './gzip.ts'
import { emptyFile, type Format, type Located, type LocateOptions, locateFile } from './locate.ts'
import { requireAlike } from './parquetParts.ts'
import { type Loss, parquetTypes } from './parquetTypes.ts'
import type { TextCopy } from './textCopy.ts'
import { readingError } from './trouble.ts'

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
  /** Columns of a Parquet file that cannot be read whole, by name. */
  readonly losses?: ReadonlyMap<string, Loss> | undefined
  /** What the caller should know of the file as a whole. */
  readonly remarks?: readonly string[] | undefined
  /** What separates the cells of a CSV. */
  readonly delimiter?: string | undefined
  /** Numbers have decimal commas, and points in them are none of numbers. */
  readonly decimalComma: boolean
  /** The first line of a CSV begins as comments do, so that its names may be none. */
  readonly hashed?: boolean | undefined
  /** Where the file is read from a copy. */
  readonly copy?: TextCopy | undefined
  /**
   * What follows FROM, with columns c0, c1, …: of the file's types in Parquet, else all of text.
   * `verbatim` leaves the null texts of a CSV in place; `more` are further settings of its reader.
   */
  relation(verbatim?: boolean, more?: readonly string[]): string
}

/** What may be said about a file that its bytes do not say. */
export type SourceOptions = LocateOptions & {
  /** Whether the first line of a CSV holds the names. Default: false for `.data` and `.test`, else true. */
  readonly header?: boolean | undefined
  /**
   * Cells of these texts are missing, with spaces around them or without. Default {@link defaultNullText} in CSV, and
   * none in Parquet and JSON, which have a NULL of their own.
   */
  readonly nullText?: readonly string[] | undefined
}

/** What a missing cell looks like in a CSV. */
export const defaultNullText: readonly string[] = ['', 'NA', 'N/A', '?', 'null', 'NULL', 'NaN', 'nan']

/** The texts that count as missing in a file. */
export function nullTextOf({ format }: Source, given: readonly string[] | undefined): readonly string[] {
  return given ?? (format === 'csv' ? defaultNullText : [])
}

/**
 * Looks at a file's name and line of names, or its schema, and at no row of a CSV.
 * @throws FrostglassError `input`: missing, a folder, empty, of no known kind, damaged, columns of one name or none.
 */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  options: SourceOptions,
): Promise<Source> {
  return open(connection, await locateFile(path), options, false)
}

/** The same of a table whose place is known, and with what its rows say of its form. */
export async function openLocated(
  connection: DuckDBConnection,
  located: Located,
  options: SourceOptions,
): Promise<Source> {
  return open(connection, located, options, true)
}

async function open(
  connection: DuckDBConnection,
  located: Located,
  options: SourceOptions,
  look: boolean,
): Promise<Source> {
  const openKind = { csv: openCsv, parquet: openParquet, json: openJson }[located.format]
  const { delimiter, header } = located
  const dialect = {
    ...options,
    delimiter: options.delimiter ?? delimiter,
    header: options.header ?? header,
  }
  const source = await openKind(connection, located, dialect, look)
  checkNames(located.path, source.names)
  return source
}

async function openCsv(
  _: DuckDBConnection,
  { path, file, copy }: Located,
  options: SourceOptions,
  look: boolean,
): Promise<Source> {
  const { header = true, decimalComma = false } = options
  const { line, remarks } = await firstRecord(path, file, !header)
  // Text of two bytes a letter: what is wrong with its names is said of the whole file.
  if (3 * (line.split('\0').length - 1) > line.length)
    throw await readingError(new Error('NUL characters'), path, copy)
  const delimiter = options.delimiter ?? likelyDelimiter(line, decimalComma)
  const cells = splitRecord(line, delimiter)
  const isNumber = (cell: string) =>
    cell.trim() !== '' && !Number.isNaN(Number(decimalComma ? cell.replace(',', '.') : cell))
  if (options.header === undefined && cells.every(isNumber))
    throw new FrostglassError(
      'input',
      `${path}: the first line holds only numbers, expected column names`,
      'Say --no-header if the file has no line of names, and --header if these are names.',
    )
  const padded =
    isPadded(line, delimiter) && (!look || (await beginsPadded(file, delimiter, remarks, sampleRows)))
  const bare = (cell: string, j: number) => (padded && j > 0 && cell.startsWith(' ') ? cell.slice(1) : cell)
  const names = header ? cells.map(bare) : cells.map((_, j) => `column${j + 1}`)
  const blank = look && names.length > 1 ? await blankLines(file, remarks) : undefined
  // DuckDB compares cells with the null texts before it trims them, so the common spacings are listed.
  const nulls = (options.nullText ?? defaultNullText).flatMap((text) => [text, ` ${text}`, `${text} `])
  const settings = [
    'auto_detect = false',
    `header = ${header}`,
    ...(remarks > 0 ? [`skip = ${remarks}`] : []),
    `delim = ${literal(delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    asItLies,
  ]
  return {
    path,
    format: 'csv',
    names,
    types: names.map(() => 'VARCHAR'),
    remarks: blank === undefined ? [] : [await blankRemark(path, blank, copy)],
    hashed: line.startsWith('#'),
    delimiter,
    decimalComma,
    copy,
    relation(verbatim = false, more = []) {
      // Numbers, too: read as doubles they would have lost what they looked like.
      const columns = names.map((_, j) => `c${j}: 'VARCHAR'`)
      const nullText = verbatim ? '' : `nullstr = [${nulls.map(literal)}], `
      const read = `read_csv(${pathLiteral(file)}, ${[...settings, ...more].join(', ')}, ${nullText}columns = {${columns.join(', ')}})`
      if (!padded || !look) return `${read} AS t`
      const unpadded = names.map((_, j) =>
        j === 0 ? 'c0' : `CASE WHEN starts_with(c${j}, ' ') THEN substr(c${j}, 2) ELSE c${j} END AS c${j}`,
      )
      return `(SELECT ${unpadded.join(', ')} FROM ${read}) AS t`
    },
  }
}

async function blankRemark(
  path: string,
  { count, first }: BlankLines,
  copy: TextCopy | undefined,
): Promise<string> {
  const line = copy === undefined ? first : await copy.lineOf({ line: first })
  const which =
    count === 1
      ? `1 blank line between rows (line ${line}) is`
      : `${count} blank lines between rows (the first is line ${line}) are`
  return `${path}: ${which} no row, and left out`
}

async function openParquet(connection: DuckDBConnection, located: Located): Promise<Source> {
  const { path, file, parts = [file] } = located
  const read = (files: string) => `read_parquet(${files}, ${asItLies})`
  const losses = new Map<string, Loss>()
  const { names, types } = await requireAlike(connection, parts, async (one, part) => {
    const lying = located.parts === undefined ? located : { path: part }
    const columns = await describe(one, lying, read(pathLiteral(part)))
    const inFile = await parquetTypes(one, part)
    // DuckDB calls a second column x of a file x_1; the file's lying names say that there are two.
    checkNames(
      lying.path,
      inFile.map(({ name }) => name),
    )
    const found = inFile.length === columns.names.length ? inFile : []
    found.forEach(({ name, lossAs }, j) => {
      const loss = lossAs(columns.types[j]!)
      if (loss !== undefined) losses.set(name, loss)
    })
    return { ...columns, types: columns.types.map((type, j) => found[j]?.closerThan(type) ?? type) }
  })
  const call = read(`[${parts.map(pathLiteral)}]`)
  const alias = names.map((_, j) => `c${j}`).join(', ')
  return {
    path,
    format: 'parquet',
    names,
    types,
    losses,
    decimalComma: false,
    relation: () => `${call} AS t(${alias})`,
  }
}

async function openJson(
  connection: DuckDBConnection,
  located: Located,
  _: SourceOptions,
  look: boolean,
): Promise<Source> {
  const { path, file, copy } = located
  // All of the file: a field that comes late would else be left out, or its type be guessed without it.
  const { names, types } = await describe(
    connection,
    located,
    `read_json(${pathLiteral(file)}, ${asItLies}, sample_size = -1)`,
  )
  if (look) await checkFields(connection, path, file)
  const alias = names.map((_, j) => `c${j}`).join(', ')
  return {
    path,
    format: 'json',
    names,
    types,
    decimalComma: false,
    copy,
    relation() {
      const columns = names.map((name) => `${identifier(name)}: 'VARCHAR'`)
      return `read_json(${pathLiteral(file)}, ${asItLies}, columns = {${columns.join(', ')}}) AS t(${alias})`
    },
  }
}

/** DuckDB makes fields of one name, case aside, and fields without one into others, and takes the first of two in one object. */
async function checkFields(connection: DuckDBConnection, path: string, file: string): Promise<void> {
  const [row] = await ask(
    connection,
    `SELECT list(DISTINCT k ORDER BY k), bool_or(twice) FROM (SELECT unnest(keys) AS k, len(keys) <> len(list_distinct(keys)) AS twice ` +
      `FROM (SELECT json_keys(json) AS keys FROM read_json_objects(${pathLiteral(file)}, ${asItLies})))`,
  )
  checkNames(path, (row![0] as string[] | null) ?? [])
  if (row![1] === true)
    throw new FrostglassError(
      'input',
      `${path}: an object has two fields of one name`,
      'Name each field once in every object: of two values one would be lost.',
    )
}

async function describe(
  connection: DuckDBConnection,
  { path, copy }: Pick<Located, 'path' | 'copy'>,
  call: string,
) {
  const rows = await ask(connection, `DESCRIBE FROM ${call}`).catch(async (error) => {
    throw await readingError(error, path, copy)
  })
  return { names: rows.map((row) => String(row[0])), types: rows.map((row) => String(row[1])) }
}

/** DuckDB makes names distinct in silence and ignores case; we would rather ask. */
function checkNames(path: string, names: readonly string[]): void {
  const seen = new Map<string, number>()
  names.forEach((name, j) => {
    if (name.trim() === '')
      throw new FrostglassError(
        'input',
        `${path}: column ${j + 1} has no name`,
        'Name every column in the header line, or say that there is none (--no-header).',
      )
    if (name.includes('\0'))
      throw new FrostglassError(
        'input',
        `${path}: the name of column ${j + 1}, ${JSON.stringify(name.slice(0, 80))}, holds a NUL character`,
        'Rename it: much software ends a text there.',
      )
    const earlier = seen.get(name.toLowerCase())
    if (earlier !== undefined)
      throw new FrostglassError(
        'input',
        `${path}: columns ${earlier + 1} and ${j + 1} are both named ${name} (case aside)`,
        'Rename one of them.',
      )
    seen.set(name.toLowerCase(), j)
  })
}

/**
 * The first line of a text file that ends outside quotes, without its line break or byte order mark.
 * @param remarked whether lines before it that begin with | and have no other are remarks, as in `.data` and `.test` files of C4.5
 */
async function firstRecord(
  path: string,
  from: string,
  remarked: boolean,
): Promise<{ line: string; remarks: number }> {
  const decoder = new TextDecoder()
  let text = ''
  let remarks = 0
  try {
    for await (const bytes of unpacked(from)) {
      text += decoder.decode(bytes, { stream: true })
      for (; remarked && /^\|[^|\n]*\n/.test(text); remarks++) {
        const next = text.indexOf('\n') + 1
        // DuckDB skips records, and would skip rows with them.
        if (/["\r]/.test(text.slice(0, next)))
          throw new FrostglassError(
            'input',
            `${path}, line ${remarks + 1}: a remark with a double quote or a CR`,
            'Leave such lines out (--skip).',
          )
        text = text.slice(next)
      }
      const end = endOfRecord(text)
      if (end >= 0) return { line: text.slice(0, end), remarks }
      if (text.length > 1 << 22)
        throw new FrostglassError('input', `${path}: the first line is longer than 4 MB, this is no CSV`)
    }
  } catch (error) {
    throw gzipError(error, path)
  }
  if (text.trim() === '') throw emptyFile(path)
  return { line: text, remarks }
}
