// Where the rows of a table lie, and of what kind they are: in a file, in a private copy of one, in standard input.
// Source: the endings of file names; a copy lies in the folder of temporary files (TMPDIR), mode 0600 in one of mode 0700.
// It looks at names and first bytes only. A killed process leaves its copy to the next one to remove.

import { stat } from 'node:fs/promises'
import { FrostglassError } from '../errors.ts'
import { checkTextOptions, type TextOptions } from './csvOptions.ts'
import { fileError, kindOf } from './files.ts'
import type { tableFormats } from './formats.ts'
import { requireText, requireWholeGzip } from './gzip.ts'
import { isPattern, type Parts, partsIn, partsMatching } from './parquetParts.ts'
import { named, spoolStandardInput, standardInput, standardInputName } from './standardInput.ts'
import { temporaryFolder } from './temporary.ts'
import { copyText, needsCopy, type TextCopy } from './textCopy.ts'

/** How a file is read. */
export type Format = 'csv' | 'parquet' | 'json'

/** A table before it is opened. */
export type Located = {
  /** What messages call it. */
  readonly path: string
  /** The file to read, the first where there are several. */
  readonly file: string
  /** Several Parquet files that are one table. */
  readonly parts?: readonly string[] | undefined
  readonly format: Format
  /** What the kind of file says of these. */
  readonly delimiter?: string | undefined
  readonly header?: boolean | undefined
  /** Where `file` is a copy. */
  readonly copy?: TextCopy | undefined
  /** What the caller should know. */
  readonly remarks: readonly string[]
  /** Removes what is temporary. */
  remove(): void
}

type Kind = Pick<Located, 'format' | 'delimiter' | 'header'>

const kinds: Readonly<Record<string, Kind>> = {
  csv: { format: 'csv' },
  tsv: { format: 'csv', delimiter: '\t' },
  data: { format: 'csv', header: false },
  test: { format: 'csv', header: false },
  parquet: { format: 'parquet' },
  json: { format: 'json' },
  jsonl: { format: 'json' },
  ndjson: { format: 'json' },
}

/** What may be said of where a table lies. */
export type LocateOptions = TextOptions & {
  /** Of what kind the table is, whatever its name says. */
  readonly format?: (typeof tableFormats)[number] | undefined
  /** Stops the reading of standard input, and the making of a copy. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Says of a table where its rows lie: in a file, in Parquet files of a folder or of such names as `part-*.parquet`, in
 * standard input, `-`.
 * @throws FrostglassError `input`: missing, a folder, empty, of no known kind, damaged; `usage`, `io`, `aborted`
 */
export async function locate(path: string, options: LocateOptions = {}): Promise<Located> {
  if (path === standardInput) return locateInput(options)
  const status = await stat(path).catch(() => undefined)
  if (status?.isDirectory()) return locateParts(path, await partsIn(path), options)
  if (!status && isPattern(path)) return locateParts(path, await partsMatching(path), options)
  return locateFile(path, options)
}

function locateParts(path: string, { files, remarks }: Parts, options: LocateOptions): Located {
  checkTextOptions(path, 'parquet', options)
  return { path, file: files[0]!, parts: files, format: 'parquet', remarks, remove: () => {} }
}

/** The same of a file alone. */
export async function locateFile(path: string, options: LocateOptions = {}): Promise<Located> {
  const status = await stat(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })
  if (status.isDirectory())
    throw new FrostglassError('input', `${path} is a folder, expected a table file`, 'Name a file in it.')
  if (!status.isFile())
    throw new FrostglassError(
      'input',
      `${path} is ${kindOf(status)}, expected a file`,
      'Save it as a file, or name - and pipe it in: a table is read several times.',
    )
  const match = /\.([a-z]+)(\.gz)?$/i.exec(path)
  const gzip = /\.gz$/i.test(path)
  const kind = kinds[options.format ?? match?.[1]?.toLowerCase() ?? '']
  if (kind === undefined || (gzip && kind.format === 'parquet'))
    throw new FrostglassError(
      'input',
      `${path}: cannot tell the kind of table from the name`,
      'Name it .csv, .tsv, .data, .test, .jsonl, .ndjson, .json (each also .gz) or .parquet; or say --format.',
    )
  if (status.size === 0) throw emptyFile(path)
  return asItLies({ path, file: path, ...kind, remarks: [], remove: () => {} }, options)
}

async function locateInput(options: LocateOptions): Promise<Located> {
  const input = await spoolStandardInput(options.signal)
  const format = options.format ?? (input.kind === 'parquet' ? 'parquet' : 'csv')
  const kind = kinds[format]!
  // DuckDB and others go by endings.
  const file = await named(input, `.${format}${input.gzip && kind.format !== 'parquet' ? '.gz' : ''}`)
  const copy: TextCopy = {
    file,
    comments: 0,
    skipped: 0,
    lineOf: async (place) => ('line' in place ? place.line : place.record),
  }
  return asItLies({ path: standardInputName, file, copy, ...kind, remarks: [], remove: () => {} }, options)
}

/** Looks at the first bytes, and makes a copy where one is needed. */
async function asItLies(located: Located, options: LocateOptions): Promise<Located> {
  const { path, file, format } = located
  checkTextOptions(path, format, options)
  const gzip = /\.gz$/i.test(file)
  if (!gzip && format !== 'parquet') await requireText(file, path)
  if (needsCopy(options)) return copyOf(located, options)
  if (gzip) await requireWholeGzip(file, path, options.signal)
  return located
}

/** The same table, to be read from a copy. */
async function copyOf(located: Located, options: LocateOptions): Promise<Located> {
  const { path, file, format, delimiter } = located
  const workspace = temporaryFolder()
  try {
    const text = { ...options, delimiter: options.delimiter ?? delimiter }
    const copy = await copyText(path, file, workspace.path(`table.${format}`), text, options.signal)
    const { comments, skipped } = copy
    const { skip = 0 } = options
    if (skipped < skip)
      throw new FrostglassError(
        'input',
        `${path} has no more than ${skipped} lines, and ${skip} are skipped`,
        'Skip fewer (--skip).',
      )
    const remarks =
      comments === 0
        ? []
        : [
            `${path}: ${comments} ${comments === 1 ? 'line that begins' : 'lines that begin'} with ${options.comment} left out`,
          ]
    return { ...located, file: copy.file, copy, remarks, remove: workspace.remove }
  } catch (error) {
    workspace.remove()
    throw error
  }
}

export function emptyFile(path: string): FrostglassError {
  return new FrostglassError('input', `${path} is empty`, 'Give a line of column names and one row or more.')
}
