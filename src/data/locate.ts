// Where the rows of a table lie, and of what kind they are: in a file, in a private copy of one, later perhaps elsewhere.
// Source: the endings of file names; a copy lies in the folder of temporary files (TMPDIR), mode 0600 in one of mode 0700.
// It looks at names and first bytes only. A killed process leaves its copy to the next one to remove.

import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { FrostglassError } from '../errors.ts'
import { checkTextOptions, type TextOptions } from './csvOptions.ts'
import { fileError, kindOf } from './files.ts'
import { requireText, requireWholeGzip } from './gzip.ts'
import { copyText, needsCopy, type TextCopy } from './textCopy.ts'
import { createWorkspace } from './workspace.ts'

/** How a file is read. */
export type Format = 'csv' | 'parquet' | 'json'

/** A table before it is opened. */
export type Located = {
  /** What messages call it. */
  readonly path: string
  /** The file to read. */
  readonly file: string
  readonly format: Format
  /** What the kind of file says of these. */
  readonly delimiter?: string
  readonly header?: boolean
  /** Where `file` is a copy. */
  readonly copy?: TextCopy
  /** What the caller should know. */
  readonly remarks: readonly string[]
  /** Removes what is temporary. */
  remove(): void
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

/** Says of a file as it lies what it is. @throws FrostglassError `input`: missing, a folder, empty, of no known kind, damaged */
export async function locate(path: string, options: TextOptions = {}): Promise<Located> {
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
  checkTextOptions(path, kind.format, options)
  if (status.size === 0) throw emptyFile(path)
  const plain = { path, file: path, ...kind, remarks: [], remove: () => {} }
  const copied = needsCopy(options)
  if (match?.[2] === undefined && kind.format !== 'parquet') await requireText(path)
  if (copied) return copyOf(plain, options)
  if (match?.[2] !== undefined) await requireWholeGzip(path)
  return plain
}

/** The same table, to be read from a copy. */
async function copyOf(located: Located, options: TextOptions): Promise<Located> {
  const { path, file, format, delimiter } = located
  const workspace = temporary()
  try {
    const copy = await copyText(path, file, workspace.path(`table.${format}`), {
      ...(delimiter === undefined ? {} : { delimiter }),
      ...options,
    })
    const { comments } = copy
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

/** A private folder that is gone when it is removed, or with the process. */
function temporary() {
  const parent = tmpdir()
  try {
    const workspace = createWorkspace(parent)
    process.once('exit', workspace.remove)
    return {
      path: workspace.path,
      remove() {
        process.off('exit', workspace.remove)
        workspace.remove()
      },
    }
  } catch (error) {
    throw fileError(error, parent, 'writing to the folder of temporary files')
  }
}

export function emptyFile(path: string): FrostglassError {
  return new FrostglassError('input', `${path} is empty`, {
    hint: 'expected a line of column names and one row or more',
  })
}
