// Streams a table file through a pane: all seven stages for what is learned from, stages 1 and 4 to 7 for queries.
// Source: SPG section 4.2; issue 8, section 4.
// Memory does not grow with rows. What an adversary learns from many tables under one key is in BREAK.md.

import { identityOf, requireFreeName } from '../../data/identity.ts'
import {
  createTableWriter,
  type OpenOptions,
  openTable,
  requireApart,
  type TableChunk,
  type TableReading,
  type TableSource,
  type WriterColumn,
} from '../../data/index.ts'
import type { Key } from './key.ts'
import { recordOf } from './key.ts'
import { type Manifest, manifestOf } from './manifest.ts'
import { type KeyedPane, paneOf } from './pane.ts'
import { rowsOfBlock } from './program.ts'
import { roundTripCheck } from './roundTripCheck.ts'
import { tableSchemaOf } from './schema.ts'

/** How to stream a table. */
export interface StreamOptions extends TableReading {
  /** Whether an output, or its manifest, may be replaced; default true. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  /** Called after each block; `total` where the file knows its rows. */
  readonly onProgress?: (done: { readonly rows: number; readonly total: number | undefined }) => void
}

/** What was written. */
export interface StreamReport {
  readonly rows: number
  /** For the owner: they name original columns. */
  readonly warnings: readonly string[]
  readonly manifest: Manifest
}

/**
 * Protects a table: columns encoded and renamed `a0` …, the label hidden as `label`, rows in the secret order; with a
 * manifest beside it. The same table and key give the same bytes on the same machine.
 * @param output .csv or .parquet; replaced if it exists and may be, with its manifest, and only when all is well.
 * @throws FrostglassError `input` for a table that does not fit the key's schema, naming row and column; `usage` when
 * output and input are one file; `io`; `aborted`. None leaves a partial output.
 * @example await protectTable('wheat.csv', key, 'protected.parquet')
 */
export function protectTable(
  input: string,
  key: Key,
  output: string,
  options: StreamOptions = {},
): Promise<StreamReport> {
  return stream('protected-table', input, key, output, options)
}

/** How to encode queries. */
export interface EncodeOptions extends StreamOptions {
  /**
   * A column that comes along first, as it is: who gets the file reads it, and answers carry it back. Where rows with
   * missing cells are dropped and no column is named, the numbers of the rows come along instead, as `row`.
   */
  readonly id?: string
}

/**
 * Encodes queries: no label, order of rows kept. A label column in the file is left out. Throws as `protectTable`;
 * also `usage` for an id that the key protects or whose name would meet another column's.
 */
export function encodeTable(
  input: string,
  key: Key,
  output: string,
  options: EncodeOptions = {},
): Promise<StreamReport> {
  return stream('encoded-queries', input, key, output, options)
}

async function stream(
  kind: Manifest['kind'],
  input: string,
  key: Key,
  output: string,
  { signal, onProgress, force = true, id, ...read }: EncodeOptions,
): Promise<StreamReport> {
  const whole = kind === 'protected-table'
  const abort = signal ? { signal } : {}
  const pane = paneOf(key)
  const { label: _, ...features } = tableSchemaOf(recordOf(key))
  const identity = identityOf(whole ? {} : { id, missing: read.missing })
  // Where rows are dropped, errors and answers still say which row of the file they speak of.
  const numbered = read.missing === 'drop'
  requireFreeName(identity, [
    pane.label?.name,
    ...pane.names,
    'label',
    ...(pane.labels?.task === 'class' ? pane.labels.names : []),
  ])
  // The label of a query is not even read: it may be empty, or a class that the key does not know.
  const source = await (whole
    ? openOwnTable(input, key, { ...read, ...abort, numbered })
    : openTable(input, { ...read, ...abort, schema: features, carry: identity.carry, numbered }))
  try {
    const label = whole ? pane.labels : undefined
    const columns = [
      ...identity.columns,
      ...pane.names.map((name): WriterColumn => ({ name, type: 'double' })),
      ...labelColumn(label),
    ]
    requireApart(output, source)
    let manifest: Manifest | undefined
    const writer = await createTableWriter(output, columns, {
      order: whole ? 'by-key' : 'as-written',
      inputs: source.files,
      digest: true,
      force,
      beside({ rows, digest }) {
        const own = manifestOf(output, key, {
          kind,
          rows,
          columns: pane.names.length,
          label: label?.task ?? 'none',
          ...(identity.name === undefined ? {} : { id: identity.name }),
          digest: digest!,
        })
        manifest = own.manifest
        return own.file
      },
      ...abort,
    })
    const outside = new Float64Array(pane.columns.length)
    const check = roundTripCheck(pane, whole)
    let writing: Promise<void> = Promise.resolve()
    let writeLast = async () => {}
    try {
      for await (const chunk of source.chunks({
        size: rowsOfBlock(pane.names.length),
        reuse: true,
        ...abort,
      })) {
        const { offset, rows } = chunk
        const encoding = pane.encodeBlock(chunk.columns, rows, offset)
        // Awaited when it is written; an error in between must not count as unhandled. So below.
        encoding.catch(() => undefined)
        const labels = hidden(label, chunk)
        const identities = identity.values(chunk)
        // The source's arrays are filled anew while this block is still on its way.
        const original = chunk.columns.map((column) => column.slice())
        const target = label?.task === 'number' ? (chunk.label as Float64Array).slice() : undefined
        const numbers = chunk.numbers?.slice()
        const numberOf = (row: number) => numbers?.[row] ?? offset + row + 1
        // While a block is encoded, the last one is written and the next one read.
        await writeLast()
        writeLast = async () => {
          const encoded = await encoding
          encoded.outside.forEach((n, j) => {
            outside[j] = outside[j]! + n
          })
          await check.block(original, encoded.columns, target, labels[0], numberOf)
          await writing
          writing = whole
            ? writer.write([...encoded.columns, ...labels], pane.rowKeys(offset, rows))
            : writer.write([...identities, ...encoded.columns])
          writing.catch(() => undefined)
          onProgress?.({ rows: offset + rows, total: source.rows })
        }
      }
      await writeLast()
      await writing
      const rows = await writer.finish()
      const warnings = [
        ...source.warnings,
        ...(id === undefined ? [] : [`column '${id}' goes along as it is: whoever gets ${output} reads it`]),
        ...outsideWarnings(pane, outside),
        ...check.warnings(),
      ]
      return { rows, warnings, manifest: manifest! }
    } finally {
      await writer.abort()
    }
  } finally {
    source.close()
    await pane.close()
  }
}

/**
 * Opens the table behind a key as `protectTable` does: held to the key's schema, missing cells filled by the key.
 * @throws FrostglassError `input` for a table that does not fit the key.
 */
export function openOwnTable(
  path: string,
  key: Key,
  read: TableReading & Pick<OpenOptions, 'numbered'> = {},
): Promise<TableSource> {
  return openTable(path, { ...read, schema: tableSchemaOf(recordOf(key)) })
}

/** The label's public column. */
function labelColumn(label: KeyedPane['labels']): WriterColumn[] {
  if (!label) return []
  if (label.task === 'class') return [{ name: 'label', type: 'text', categories: label.names }]
  return [{ name: 'label', type: 'double' }]
}

function hidden(label: KeyedPane['labels'], chunk: TableChunk): (Float64Array | Int32Array)[] {
  if (!label) return []
  return [
    label.task === 'class'
      ? label.encode(chunk.label as Int32Array)
      : label.encode(chunk.label as Float64Array),
  ]
}

/** Columns whose values beyond the range are told one by one. */
const mostWarnings = 20

function outsideWarnings(pane: KeyedPane, outside: Float64Array): string[] {
  const all = pane.columns.flatMap((column, j) => {
    const n = outside[j]!
    if (n === 0) return []
    const values = n === 1 ? '1 value' : `${n} values`
    return [`column '${column.name}': ${values} outside the range that the key was made from (extrapolated)`]
  })
  if (all.length <= mostWarnings) return all
  const more = all.length - mostWarnings
  return [
    ...all.slice(0, mostWarnings),
    `${more} more ${more === 1 ? 'column has' : 'columns have'} values outside that range`,
  ]
}
