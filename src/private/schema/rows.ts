// A table file as rows of cells, read so that what stands in one row changes nothing about any other.
// Source: PROOF.md, lemma 1. CSV and lines of JSON are split at line feeds; a JSON array and Parquet have rows of their own.
// Public are the file's kind, its number of rows, a CSV's line of names, Parquet's columns, and that an array or a .gz is whole.

import { stat } from 'node:fs/promises'
import { buffer, text as textOfStream } from 'node:stream/consumers'
import { checkTextOptions } from '../../data/csvOptions.ts'
import { likelyDelimiter, splitRecord } from '../../data/csvRecord.ts'
import { openDatabase } from '../../data/duckdb.ts'
import { fileError } from '../../data/files.ts'
import { unpacked } from '../../data/gzip.ts'
import type { LocateOptions } from '../../data/locate.ts'
import { nearestName } from '../../data/schema.ts'
import { openSource } from '../../data/source.ts'
import { decoderOf } from '../../data/textEncoding.ts'
import { FrostglassError } from '../../errors.ts'
import type { Cell } from './cell.ts'
import { linesOf } from './lines.ts'

/** Columns to read. */
export interface Wanted {
  readonly names: readonly string[]
  /** Of each, whether numbers are wanted. */
  readonly numbers: readonly boolean[]
  /** As for any table: false for `.data` and `.test`, else true. */
  readonly header?: boolean | undefined
  /** What separates the cells of a CSV: said, and so not read off its line of names. */
  readonly delimiter?: string | undefined
  /** The kind of table, whatever the name says. */
  readonly format?: LocateOptions['format']
  /** Numbers of a CSV have decimal commas, and no points. */
  readonly decimalComma?: boolean | undefined
  /** Of CSV and JSON; UTF-8 unless said. */
  readonly textEncoding?: string | undefined
  /** Lines of a CSV that begin so are no rows, whatever stands before them. */
  readonly comment?: string | undefined
  /** So many lines stand before the line of names. */
  readonly skip?: number | undefined
}

/** Rows, some at a time. */
export interface RowSource {
  /** Columns of the file that nobody wants, where the file says so before its rows. */
  readonly ignored: readonly string[]
  /** Each row's cells in the order of the names. */
  batches(): AsyncGenerator<readonly Cell[][]>
}

const withHeader = (wanted: Wanted, usual: boolean): Wanted => ({ ...wanted, header: wanted.header ?? usual })

const kinds: Readonly<Record<string, (path: string, wanted: Wanted) => Promise<RowSource>>> = {
  csv: (path, wanted) => openCsv(path, withHeader(wanted, true)),
  tsv: (path, wanted) => openCsv(path, withHeader(wanted, true), '\t'),
  data: (path, wanted) => openCsv(path, withHeader(wanted, false)),
  test: (path, wanted) => openCsv(path, withHeader(wanted, false)),
  jsonl: openJsonLines,
  ndjson: openJsonLines,
  json: openJsonArray,
  parquet: openParquet,
}

/**
 * Opens a table file.
 * @throws FrostglassError `input`, `io`: of what is public about the file alone; `usage` for a separator that is none
 */
export async function openRows(path: string, wanted: Wanted): Promise<RowSource> {
  const status = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'reading')
  })
  const [, ending = '', gz] = /\.([a-z]+)(\.gz)?$/i.exec(path) ?? []
  const kind = wanted.format ?? ending
  const open = Object.hasOwn(kinds, kind.toLowerCase()) ? kinds[kind.toLowerCase()] : undefined
  if (status.isDirectory() || open === undefined || (gz !== undefined && open === openParquet))
    throw new FrostglassError(
      'input',
      `${path}: cannot tell the kind of table from the name`,
      'Name it .csv, .tsv, .data, .test, .jsonl, .ndjson, .json (each also .gz) or .parquet; or say --format.',
    )
  const format = open === openParquet ? 'parquet' : /json|jsonl|ndjson/i.test(kind) ? 'json' : 'csv'
  const { delimiter, decimalComma, textEncoding, comment, skip } = wanted
  checkTextOptions(path, format, { delimiter, decimalComma, textEncoding, comment, skip })
  const source = await open(path, wanted)
  return {
    ignored: source.ignored,
    async *batches() {
      try {
        yield* source.batches()
      } catch (error) {
        throw error instanceof FrostglassError ? error : unreadable(path)
      }
    },
  }
}

/** The words are the same whatever is wrong: the reader's own may quote a cell. */
function unreadable(path: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${path} cannot be read to its end; why is withheld, since it may tell of its rows`,
    'Check that the file is whole: a JSON file is one array of objects (lines of objects are .jsonl).',
  )
}

const encodingOf = ({ textEncoding }: Wanted) =>
  textEncoding === undefined ? undefined : decoderOf(textEncoding).encoding

/** Lines of a CSV but for those that are said to be none. Whether a line is a comment is its own affair. */
async function* csvLines(path: string, wanted: Wanted): AsyncGenerator<readonly string[]> {
  const { comment } = wanted
  let { skip = 0 } = wanted
  for await (const lines of linesOf(path, encodingOf(wanted))) {
    const rest = skip > 0 ? lines.slice(skip) : lines
    skip = Math.max(0, skip - lines.length)
    yield comment === undefined ? rest : rest.filter((line) => !line.startsWith(comment))
  }
}

/** A decimal comma as a point. A point becomes a comma, which no number has: it may be one of thousands. */
const pointed = (cell: string | undefined) => cell?.replaceAll(/[.,]/g, (mark) => (mark === ',' ? '.' : ','))

async function openCsv(path: string, wanted: Wanted, tab?: string): Promise<RowSource> {
  const { decimalComma = false } = wanted
  // Of a file without a line of names nothing is read to choose a separator: that line would be somebody's row.
  const first = wanted.header ? await firstLine(path, wanted) : ''
  const delimiter = wanted.delimiter ?? tab ?? likelyDelimiter(first, decimalComma)
  const names = splitRecord(first, delimiter).map((cell) => cell.trim())
  const places = wanted.header ? placesIn(path, names, wanted.names) : wanted.names.map(placeOfNumbered)
  return {
    ignored: wanted.header ? names.filter((one) => !wanted.names.includes(one)) : [],
    async *batches() {
      let skip = wanted.header ? 1 : 0
      for await (const lines of csvLines(path, wanted)) {
        const rows = lines.slice(skip)
        skip = Math.max(0, skip - lines.length)
        yield rows.map((line) => {
          const cells = line.includes('"') ? splitRecord(line, delimiter) : line.split(delimiter)
          return places.map((place, i) =>
            decimalComma && wanted.numbers[i] ? pointed(cells[place]) : cells[place],
          )
        })
      }
    },
  }
}

async function firstLine(path: string, wanted: Wanted): Promise<string> {
  try {
    for await (const lines of csvLines(path, wanted)) if (lines[0] !== undefined) return lines[0]
  } catch {
    throw unreadable(path)
  }
  throw new FrostglassError('input', `${path} is empty`, 'Give a line of column names and one row or more.')
}

function placesIn(path: string, names: readonly string[], wanted: readonly string[]): number[] {
  return wanted.map((one) => {
    const place = names.indexOf(one)
    if (place >= 0 && names.indexOf(one, place + 1) < 0) return place
    const near = nearestName(one, names)
    if (place >= 0)
      throw new FrostglassError('input', `${path} has two columns ${one}`, 'Rename one of them.')
    throw new FrostglassError(
      'input',
      `${path} has no column ${one}`,
      near === undefined ? 'Check its line of names.' : `Write ${near}, if that is meant.`,
    )
  })
}

function placeOfNumbered(one: string): number {
  const [, number] = /^column([1-9]\d{0,5})$/.exec(one) ?? []
  if (number !== undefined) return Number(number) - 1
  throw new FrostglassError(
    'usage',
    `a file without a line of names has no column ${one}`,
    'Name its columns column1, column2, and so on.',
  )
}

const fieldsOf = (row: unknown, names: readonly string[]): Cell[] =>
  names.map((one) =>
    typeof row === 'object' && row !== null && Object.hasOwn(row, one)
      ? (row as Record<string, unknown>)[one]
      : undefined,
  )

async function openJsonLines(path: string, wanted: Wanted): Promise<RowSource> {
  const { names } = wanted
  const parsed = (line: string): unknown => {
    try {
      return JSON.parse(line)
    } catch {
      return undefined
    }
  }
  return {
    ignored: [],
    async *batches() {
      for await (const lines of linesOf(path, encodingOf(wanted)))
        yield lines.map((line) => fieldsOf(parsed(line), names))
    },
  }
}

const wholeText = async (path: string, encoding: string | undefined) =>
  encoding === undefined
    ? textOfStream(unpacked(path))
    : new TextDecoder(encoding).decode(await buffer(unpacked(path)))

async function openJsonArray(path: string, wanted: Wanted): Promise<RowSource> {
  const { names } = wanted
  return {
    ignored: [],
    async *batches() {
      const all: unknown = JSON.parse(await wholeText(path, encodingOf(wanted)))
      if (!Array.isArray(all)) throw new TypeError('no array')
      yield all.map((row) => fieldsOf(row, names))
    },
  }
}

const numberType = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|BOOLEAN)/
// Neither casts of these to text nor of numbers to DOUBLE can fail; those of times can, on somebody's row.
const textType = /^(VARCHAR|ENUM|UUID)/

async function openParquet(path: string, wanted: Wanted): Promise<RowSource> {
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    const { names, types, relation } = await openSource(connection, path, {}).catch(() => {
      throw unreadable(path)
    })
    const cells = placesIn(path, names, wanted.names).map((place, i) => {
      const type = types[place]!
      if (!numberType.test(type) && !textType.test(type))
        throw new FrostglassError(
          'unsupported',
          `${path}, column ${names[place]}: the type ${type} is neither a number nor a text`,
          'Leave the column out, or write it as one of these.',
        )
      return `c${place}::${wanted.numbers[i] && numberType.test(type) ? 'DOUBLE' : 'VARCHAR'}`
    })
    return {
      ignored: names.filter((one) => !wanted.names.includes(one)),
      async *batches() {
        try {
          const result = await connection.stream(`SELECT ${cells.join(', ')} FROM ${relation()}`)
          for (;;) {
            const chunk = await result.fetchChunk()
            if (chunk === null || chunk.rowCount === 0) return
            yield chunk.getRows()
          }
        } finally {
          database.close()
        }
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}
