// A table on its way, in a workspace beside its place: rows come into a Parquet file of ours, at once or through a sort.
// Source: what DuckDB takes for the same is measured in sorter.ts and parquet.ts.
// It gives the table no name, and checks no rows: writer.ts does.

import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { convertStaged, parquetType, type TableKind, type WriterColumn } from './convertStaged.ts'
import { sha256File } from './files.ts'
import type { TextWriting } from './form.ts'
import { packGzip } from './gzip.ts'
import { type ColumnValues, createParquetWriter, type ParquetWriter } from './parquet.ts'
import { createSorter } from './sorter.ts'
import type { Workspace } from './workspace.ts'

/** Size and SHA-256 (64 lowercase hexadecimal digits) of a file. */
export type FileDigest = { readonly bytes: number; readonly sha256: string }

/** `open`, then `write` any number of times, then `complete`; `close` at any time. */
export type StagedTable = {
  /** Makes the file. */
  open(): Promise<void>
  /** Adds `count` rows. @param keys to sort them by, where they are sorted */
  write(arrays: readonly ColumnValues[], count: number, keys: BigUint64Array | undefined): Promise<void>
  /** Sorts what is to be sorted, and makes the table whole and durable; where it lies, and its digest if that is wanted. */
  complete(): Promise<{ readonly path: string; readonly digest: FileDigest | undefined }>
  /** Gives memory and files back; the workspace stays. Never fails. */
  close(): Promise<void>
}

/** @param path of the table to be: what the caller calls it in messages, and whether it is packed */
export function createStagedTable(
  path: string,
  kind: TableKind,
  columns: readonly WriterColumn[],
  options: {
    readonly workspace: Workspace
    /** Rows are sorted by keys below 2^keyBits; undefined for the order of arrival. */
    readonly keyBits: number | undefined
    readonly text: TextWriting | undefined
    readonly digest: boolean
    readonly signal: AbortSignal | undefined
  },
): StagedTable {
  const { workspace, keyBits, text, signal } = options
  const staged = workspace.path('rows.parquet')
  const sorter =
    keyBits === undefined
      ? undefined
      : createSorter(columns.length, { directory: workspace.folder, keyBits, signal })
  // Parquet is written front to back, CSV by DuckDB, from which it has to be read again.
  const direct = kind === 'parquet' && columns.every((column) => parquetType(column) === undefined)
  const hash = options.digest && direct ? createHash('sha256') : undefined
  let file: FileHandle | undefined
  let parquet: ParquetWriter

  /** The staged rows as the kind of file that was asked for. */
  async function converted(): Promise<string> {
    let result = workspace.path(`final.${kind}`)
    await convertStaged(staged, result, columns, { kind, path, temporary: workspace.folder, text })
    if (/\.gz$/i.test(path)) {
      const plain = result
      result = workspace.path('final.gz')
      await packGzip(plain, result, signal)
      await rm(plain)
    }
    const written = await open(result, 'r+')
    await written.sync().finally(() => written.close())
    return result
  }

  return {
    async open() {
      file = await open(staged, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
      parquet = createParquetWriter(
        file,
        direct ? columns : columns.map((column, j) => ({ ...column, name: `c${j}` })),
        hash && ((bytes) => hash.update(bytes)),
      )
    },
    async write(arrays, count, keys) {
      if (sorter === undefined) await parquet.write(arrays, count)
      else await sorter.add(keys!, arrays as readonly ArrayLike<number>[])
    },
    async complete() {
      if (sorter !== undefined) {
        for await (const part of sorter.sorted()) await parquet.write(part.columns, part.rows)
        await sorter.close()
      }
      await parquet.finish()
      if (direct) await file!.sync()
      const result = direct ? staged : await converted()
      if (!options.digest) return { path: result, digest: undefined }
      const sha256 = hash ? hash.digest('hex') : await sha256File(result)
      return { path: result, digest: { bytes: (await stat(result)).size, sha256 } }
    },
    async close() {
      await sorter?.close().catch(() => undefined)
      await file?.close().catch(() => undefined)
      file = undefined
    },
  }
}
