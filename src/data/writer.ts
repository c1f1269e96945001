// Writes a table file, CSV or Parquet, whole or not at all, in the order of arrival or by a secret key.
// Source: docs/architecture.md#tables (no partial output).
// It does not promise to keep a row's place from someone who watches the disk while it sorts.

import { chmod } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { requireDistinctNames } from './columnNames.ts'
import type { TableKind, WriterColumn } from './convertStaged.ts'
import {
  type FileToWrite,
  isSameFile,
  openWorkspace,
  placed,
  requireReplaceable,
  writeStaged,
} from './files.ts'
import type { TextWriting } from './form.ts'
import { writtenEndings } from './formats.ts'
import type { ColumnValues } from './parquet.ts'
import { createStagedTable, type FileDigest } from './stagedTable.ts'
import { createSteps } from './steps.ts'
import type { Placement } from './together.ts'

/** How to write a table. */
export type WriterOptions = {
  /** `as-written` (default), or `by-key`: ascending by the keys given with the rows, equal keys as written. */
  readonly order?: 'as-written' | 'by-key' | undefined
  /** With `by-key`: keys are below 2^keyBits and spread evenly there. Default 64. */
  readonly keyBits?: number | undefined
  /** Files that the rows come from; writing over one of them is refused. */
  readonly inputs?: readonly string[] | undefined
  /** Whether `digest` will be asked for: computed while writing where the format allows. Default false. */
  readonly digest?: boolean | undefined
  /** How a .csv is written, and of a .tsv whether its commas are decimal ones. */
  readonly text?: TextWriting | undefined
  /** Whether a file of that name may be replaced; default true. */
  readonly force?: boolean | undefined
  /**
   * A small file that says something of the table, such as its manifest, in the same folder: both appear together or neither
   * does. Asked for when the table is written, before it has its name; with the digest, where `digest` says so.
   */
  readonly beside?:
    | ((written: { readonly rows: number; readonly digest: FileDigest | undefined }) => FileToWrite)
    | undefined
  readonly signal?: AbortSignal | undefined
}

/** A table being written. After an error, `finish` or `abort`, it is done with, and nothing temporary is left. */
export type TableWriter = {
  /**
   * Adds rows: one array a column, all of one length, and with `by-key` one key a row and numbers or codes alone.
   * Await it before the next call; the arrays may be reused then.
   * @throws FrostglassError `io` when the disk is full, `aborted`; RangeError for arrays of other lengths.
   */
  write(columns: readonly ColumnValues[], sortKeys?: BigUint64Array): Promise<void>
  /** Sorts what is to be sorted, makes the file durable and gives it its name. Returns the number of rows. */
  finish(): Promise<number>
  /**
   * As `finish`, but gives no names: what is to be placed, with what other tables hold ready. `abort` then clears up.
   */
  ready(): Promise<readonly Placement[]>
  /** Of the file that `finish` made. @throws TypeError before that, and without the option `digest`. */
  digest(): FileDigest
  /** Gives up; leaves no trace. May be called at any time, also after `finish`. */
  abort(): Promise<void>
}

/**
 * The kind of table that a name stands for, packed or not, so that it can be refused before anything takes long.
 * @throws FrostglassError `usage` for a name of another kind
 */
export function writtenKind(path: string): TableKind {
  const [, text, typed] = /\.(?:(csv|tsv)(?:\.gz)?|(parquet))$/i.exec(path) ?? []
  const kind = (text ?? typed)?.toLowerCase()
  if (kind !== undefined) return kind as TableKind
  throw new FrostglassError(
    'usage',
    `${path}: cannot tell the kind of table from the name`,
    `Name it ${writtenEndings}.`,
  )
}

/**
 * Starts a table at `path` (.csv, .tsv, both also .gz, or .parquet), which is replaced if it exists and may be, but only by `finish`.
 * Doubles in CSV are the shortest decimals that give the same 64 bits back.
 * @throws FrostglassError `usage` for a name of another kind, a link's or one of `inputs`, one that is taken without `force`;
 * `input` for two columns whose names differ in case at most; `io` when the folder refuses.
 */
export async function createTableWriter(
  path: string,
  columns: readonly WriterColumn[],
  options: WriterOptions = {},
): Promise<TableWriter> {
  const { order = 'as-written', keyBits = 64, force = true, beside, signal } = options
  const full = resolve(path)
  const kind = writtenKind(path)
  await requireWritable(path, columns, options)
  throwIfAborted(signal)
  const workspace = openWorkspace(full)
  const table = createStagedTable(path, kind, columns, {
    workspace,
    keyBits: order === 'by-key' ? keyBits : undefined,
    text: options.text,
    digest: options.digest ?? false,
    signal,
  })
  const steps = createSteps(path, signal, async () => {
    await table.close()
    workspace.remove()
  })
  let digest: FileDigest | undefined
  let rows = 0
  await steps.run(table.open)

  /** What is to be placed: the table, and what stands beside it. */
  async function ready(): Promise<readonly Placement[]> {
    const whole = await table.complete()
    digest = whole.digest
    throwIfAborted(signal)
    await chmod(whole.path, 0o666 & ~process.umask())
    const placement = { staged: whole.path, target: full, force }
    if (!beside) return [placement]
    const other = beside({ rows, digest })
    const note = { staged: workspace.path('beside'), target: resolve(other.path), force }
    await writeStaged(note.staged, other.bytes, other.mode ?? 0o600)
    // The table last: where it is, what says what it is is there as well.
    return [note, placement]
  }

  return {
    write: (arrays, sortKeys) =>
      steps.run(async () => {
        const count = arrays[0]?.length ?? 0
        if (arrays.length !== columns.length || arrays.some((array) => array.length !== count))
          throw new RangeError(`expected ${columns.length} arrays of one length`)
        const keyed = order === 'by-key'
        if (keyed !== (sortKeys !== undefined) || (sortKeys?.length ?? count) !== count)
          throw new RangeError(`expected ${keyed ? `${count} keys` : 'no keys'} with these rows`)
        rows += count
        await table.write(arrays, count, sortKeys)
      }),
    ready: () => steps.run(ready),
    finish: () =>
      steps.run(async () => {
        await placed(await ready(), path)
        await steps.end()
        return rows
      }),
    digest() {
      if (!digest) throw new TypeError('a digest is there after finish, if it was asked for')
      return digest
    },
    abort: steps.end,
  }
}

/** Refuses what can be refused before anything is written. @throws FrostglassError, RangeError as {@link createTableWriter} */
async function requireWritable(
  path: string,
  columns: readonly WriterColumn[],
  { order, inputs = [], force = true }: WriterOptions,
): Promise<void> {
  const full = resolve(path)
  for (const input of inputs)
    if (resolve(input) === full || (await isSameFile(input, full)))
      throw new FrostglassError('usage', `${path} is what the rows are read from`, 'Choose another name.')
  requireDistinctNames(
    path,
    columns.map((column) => column.name),
  )
  if (order === 'by-key' && columns.some((column) => column.type === 'any-text'))
    throw new RangeError('rows with any texts are written in the order of arrival')
  await requireReplaceable(path, force)
}
