// Writes Parquet: doubles, whole numbers, texts of a dictionary or any texts, none missing, plain and uncompressed.
// Source: apache/parquet-format (README, Encodings.md, parquet.thrift).
// It does not promise small files: what a secret matrix has mixed does not compress, so no time is spent on it.

import type { FileHandle } from 'node:fs/promises'
import { writeParts } from './files.ts'
import { prefixedTexts } from './prefixedTexts.ts'
import { encodeThrift, type ThriftStruct, type ThriftValue } from './thrift.ts'

// Why not DuckDB's COPY. 10 million rows x 10 doubles, read from Parquet and written in the same order, two cores:
// through an appender and COPY 8.8 s of CPU and 5.7 s of time, through this 4.0 and 4.2 (reading alone is 1.1).

/** A column of the file. A `text` column's values are codes into `categories`, those of `any-text` texts themselves. */
export type ParquetColumn =
  | { readonly name: string; readonly type: 'double' }
  | { readonly name: string; readonly type: 'integer' }
  | { readonly name: string; readonly type: 'text'; readonly categories: readonly string[] }
  | { readonly name: string; readonly type: 'any-text' }

/** Values of one column: numbers, codes, or texts for a column of type `any-text`. */
export type ColumnValues = ArrayLike<number> | readonly string[]

/** Writes rows in the order given; `finish` adds the footer, and the caller closes the file. */
export type ParquetWriter = {
  /** Takes the values; the arrays may be reused when the promise resolves. */
  write(columns: readonly ColumnValues[], rows: number): Promise<void>
  finish(): Promise<void>
}

// The disk gets this much at a time while more is written: the sync at the end waited 0.27 s for 800 MB.
const syncBytes = 1 << 27
// DuckDB's own size of a row group, which it reads one to a thread.
const groupRows = 122_880

const physical = { integer: 2, double: 5, text: 6, 'any-text': 6 } as const
const encoding = { plain: 0, rle: 3, rleDictionary: 8 } as const
const magic = Uint8Array.from('PAR1', (character) => character.charCodeAt(0))

/**
 * Starts a Parquet file at the beginning of an empty `file`.
 * @param onBytes told all bytes in the order of the file, once each.
 */
export function createParquetWriter(
  file: FileHandle,
  columns: readonly ParquetColumn[],
  onBytes?: (bytes: Uint8Array) => void,
): ParquetWriter {
  const dictionaries = columns.map((column) =>
    column.type === 'text' ? dictionaryPage(column.categories) : [],
  )
  const groups: ThriftValue[] = []
  let total = 0
  let end = 0
  let filled = 0
  // Two sets of buffers: one is filled while the other is on its way to the disk.
  let buffers = columns.map(createBuffer)
  let spare = columns.map(createBuffer)
  let writing: Promise<void> = Promise.resolve()
  let synced = 0
  let syncing: Promise<void> = Promise.resolve()

  async function put(parts: readonly Uint8Array[]): Promise<void> {
    const position = end
    for (const part of parts) end += part.length
    const written = writeParts(file, parts, position)
    if (onBytes) for (const part of parts) onBytes(part)
    await written
    if (end - synced < syncBytes) return
    synced = end
    await syncing
    syncing = file.datasync()
    syncing.catch(() => undefined)
  }

  async function flush(): Promise<void> {
    await writing
    const parts: Uint8Array[] = end === 0 ? [magic] : []
    let position = end === 0 ? magic.length : end
    const chunks = columns.map((column, j): ThriftValue => {
      const pages = [...dictionaries[j]!, ...dataPage(column, buffers[j]!, filled)]
      const size = pages.reduce((sum, page) => sum + page.length, 0)
      const dictionarySize = dictionaries[j]!.reduce((sum, page) => sum + page.length, 0)
      const chunk = columnChunk(column, filled, size, position, position + dictionarySize)
      parts.push(...pages)
      position += size
      return { struct: chunk }
    })
    const bytes = position - (end === 0 ? magic.length : end)
    groups.push({
      struct: [
        [1, { list: chunks }],
        [2, { i64: bytes }],
        [3, { i64: filled }],
      ],
    })
    total += filled
    filled = 0
    ;[buffers, spare] = [spare, buffers]
    writing = put(parts)
    // Looked at when it is awaited; until then a failure must not count as unhandled.
    writing.catch(() => undefined)
  }

  return {
    async write(values, rows) {
      for (let from = 0; from < rows; ) {
        const count = Math.min(rows - from, groupRows - filled)
        for (let j = 0; j < columns.length; j++) copyInto(buffers[j]!, values[j]!, from, count, filled)
        filled += count
        from += count
        if (filled === groupRows) await flush()
      }
    },
    async finish() {
      if (filled > 0) await flush()
      await writing
      const footer = encodeThrift(fileMetadata(columns, total, groups))
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, footer.length, true)
      await put([...(end === 0 ? [magic] : []), footer, length, magic])
      await syncing
    },
  }
}

type Buffer = Float64Array | BigInt64Array | Uint8Array | Uint16Array | string[]

/** What a row group of a column is collected in, as it will lie in the file. */
function createBuffer(column: ParquetColumn): Buffer {
  if (column.type === 'double') return new Float64Array(groupRows)
  if (column.type === 'integer') return new BigInt64Array(groupRows)
  if (column.type === 'any-text') return []
  return column.categories.length <= 256 ? new Uint8Array(groupRows) : new Uint16Array(groupRows)
}

function copyInto(buffer: Buffer, values: ColumnValues, from: number, count: number, to: number): void {
  if (Array.isArray(buffer)) for (let i = 0; i < count; i++) buffer[to + i] = values[from + i] as string
  else copyNumbers(buffer, values as ArrayLike<number>, from, count, to)
}

function copyNumbers(
  buffer: Exclude<Buffer, string[]>,
  values: ArrayLike<number>,
  from: number,
  count: number,
  to: number,
): void {
  if (buffer instanceof Float64Array && values instanceof Float64Array)
    buffer.set(from === 0 && count === values.length ? values : values.subarray(from, from + count), to)
  else if (buffer instanceof BigInt64Array)
    for (let i = 0; i < count; i++) buffer[to + i] = BigInt(values[from + i]!)
  else for (let i = 0; i < count; i++) buffer[to + i] = values[from + i]!
}

/** Header and body of a page that holds the texts of a dictionary. */
function dictionaryPage(texts: readonly string[]): Uint8Array[] {
  const body = prefixedTexts(texts)
  const header: ThriftStruct = [
    [1, { i32: 2 }],
    [2, { i32: body.length }],
    [3, { i32: body.length }],
    [
      7,
      {
        struct: [
          [1, { i32: texts.length }],
          [2, { i32: encoding.plain }],
        ],
      },
    ],
  ]
  return [encodeThrift(header), body]
}

/** Header and body of a page that holds `rows` values. */
function dataPage(column: ParquetColumn, buffer: Buffer, rows: number): Uint8Array[] {
  const isText = column.type === 'text'
  // Codes are packed in groups of eight; with 8 or 16 bits each, packing is what the buffer has already.
  const groups = Math.ceil(rows / 8)
  const width = Array.isArray(buffer) ? 0 : buffer.BYTES_PER_ELEMENT
  const body = Array.isArray(buffer)
    ? prefixedTexts(buffer.slice(0, rows))
    : new Uint8Array(buffer.buffer, 0, isText ? groups * 8 * width : rows * width)
  const prefix = isText ? Uint8Array.from([8 * width, ...varint(2 * groups + 1)]) : new Uint8Array(0)
  const size = prefix.length + body.length
  const header: ThriftStruct = [
    [1, { i32: 0 }],
    [2, { i32: size }],
    [3, { i32: size }],
    [
      5,
      {
        struct: [
          [1, { i32: rows }],
          [2, { i32: isText ? encoding.rleDictionary : encoding.plain }],
          [3, { i32: encoding.rle }],
          [4, { i32: encoding.rle }],
        ],
      },
    ],
  ]
  return [encodeThrift(header), prefix, body]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

function columnChunk(
  column: ParquetColumn,
  rows: number,
  size: number,
  start: number,
  data: number,
): ThriftStruct {
  const encodings = column.type === 'text' ? [0, encoding.rle, encoding.rleDictionary] : [0, encoding.rle]
  return [
    [2, { i64: start }],
    [
      3,
      {
        struct: [
          [1, { i32: physical[column.type] }],
          [2, { list: encodings.map((i32) => ({ i32 })) }],
          [3, { list: [{ text: column.name }] }],
          [4, { i32: 0 }],
          [5, { i64: rows }],
          [6, { i64: size }],
          [7, { i64: size }],
          [9, { i64: data }],
          ...(column.type === 'text' ? ([[11, { i64: start }]] as const) : []),
        ],
      },
    ],
  ]
}

function fileMetadata(columns: readonly ParquetColumn[], rows: number, groups: ThriftValue[]): ThriftStruct {
  const root: ThriftValue = {
    struct: [
      [4, { text: 'table' }],
      [5, { i32: columns.length }],
    ],
  }
  const leaves = columns.map(
    ({ name, type }): ThriftValue => ({
      struct: [
        [1, { i32: physical[type] }],
        [3, { i32: 0 }],
        [4, { text: name }],
        ...(physical[type] === physical.text ? ([[6, { i32: 0 }]] as const) : []),
      ],
    }),
  )
  return [
    [1, { i32: 1 }],
    [2, { list: [root, ...leaves] }],
    [3, { i64: rows }],
    [4, { list: groups }],
    [6, { text: 'frostglass' }],
  ]
}
