// The owner's way back: a protected table to the original, and answers to the original labels.
// Source: the inverse of SPG section 4.2, all seven stages.
// Restoring holds 12 bytes a row for the order of samples; everything else streams.

import {
  type ColumnSchema,
  createTableWriter,
  openTable,
  type TableChunk,
  type TableSchema,
  type WriterColumn,
} from '../../data/index.ts'
import { radixOrder } from '../../data/radix.ts'
import { FrostglassError } from '../../errors.ts'
import type { RowKeys } from '../../secret/index.ts'
import type { Key } from './key.ts'
import type { LabelMap, TargetMap } from './labels.ts'
import { readManifest, readManifestIfAny, verifyManifest } from './manifest.ts'
import { type KeyedPane, paneOf } from './pane.ts'
import { blockRows } from './program.ts'
import type { StreamOptions } from './protectTable.ts'
import type { KeyColumn, KeyLabel } from './schema.ts'

type RestoreOptions = Pick<StreamOptions, 'signal' | 'onProgress' | 'force'>

/**
 * Restores what `protectTable` or `encodeTable` wrote: columns, their names and order, labels, order of rows.
 * Numbers come back to within the key's measured round-trip error, whole numbers, categories and classes exactly.
 * @throws FrostglassError `key` when another key made it; `input` when data or manifest were changed; `io`; `aborted`.
 */
export async function restoreTable(
  input: string,
  key: Key,
  output: string,
  { signal, onProgress, force = true }: RestoreOptions = {},
): Promise<{ readonly rows: number }> {
  const manifest = await readManifest(input)
  verifyManifest(manifest, key, input)
  if (manifest.kind === 'answers') {
    throw new FrostglassError('input', `${input} holds answers, and there is no table in it to restore`, {
      hint: 'take `frostglass decode`, which gives the answers in the original terms',
    })
  }
  const abort = signal ? { signal } : {}
  const pane = paneOf(key)
  const label = manifest.label === 'none' ? undefined : pane.label
  const sorted = manifest.kind === 'protected-table'
  const source = await openTable(input, { schema: protectedSchema(pane, label !== undefined) })
  try {
    const columns = pane.columns.map(restoredColumn)
    if (label) columns.splice(label.position, 0, restoredLabel(label))
    const writer = await createTableWriter(output, columns, {
      ...(sorted ? { order: 'by-key', keyBits: Math.max(1, Math.ceil(Math.log2(manifest.rows))) } : {}),
      inputs: [input],
      force,
      ...abort,
    })
    try {
      const origin = sorted ? originalRows(pane.rowKeys, manifest.rows) : undefined
      for await (const chunk of source.chunks({ size: blockRows, ...abort })) {
        const values: ArrayLike<number>[] = [
          ...(await pane.restore(chunk.columns as Float64Array[], chunk.rows, chunk.offset)),
        ]
        if (label) values.splice(label.position, 0, decoded(label, pane.labels!, chunk))
        const keys =
          origin && BigUint64Array.from(origin.subarray(chunk.offset, chunk.offset + chunk.rows), BigInt)
        await writer.write(values, keys)
        onProgress?.({ rows: chunk.offset + chunk.rows, total: manifest.rows })
      }
      return { rows: await writer.finish() }
    } finally {
      await writer.abort()
    }
  } finally {
    source.close()
    await pane.close()
  }
}

/**
 * Decodes answers of a model trained on the protected table: the column `label` becomes the original label, a column
 * named after a hidden class (its probability) is named after the original class; other columns are kept.
 * Class names are the same under every key, so answers are told apart by the manifest beside them, if there is one.
 * @throws FrostglassError `key` when they answer what another key encoded, `usage` when the key's table had no label,
 * `input` for an answer that the key does not know.
 */
export async function decodeTable(
  input: string,
  key: Key,
  output: string,
  { signal, onProgress, force = true }: RestoreOptions = {},
): Promise<{ readonly rows: number }> {
  const pane = paneOf(key)
  const { label, labels } = pane
  if (!label || !labels) {
    throw new FrostglassError(
      'usage',
      'this key was made from a table without a label: there is nothing to decode',
      {
        hint: 'make the key with --label',
      },
    )
  }
  const manifest = await readManifestIfAny(input)
  if (manifest) verifyManifest(manifest, key, input)
  const abort = signal ? { signal } : {}
  // As a column rather than as the label: a table of answers may have nothing else.
  const source = await openTable(input, {
    columns: { label: label.task === 'class' ? 'categorical' : 'numeric' },
  })
  try {
    const { columns } = source.schema
    const at = columns.findIndex((column) => column.name === 'label')
    const decode = answerDecoder(label, labels, columns[at]!, input)
    const written = columns.map((column) => keptColumn(column, labels))
    written.splice(at, 1, restoredLabel(label))
    const writer = await createTableWriter(output, written, { inputs: [input], force, ...abort })
    try {
      for await (const chunk of source.chunks({ size: blockRows, ...abort })) {
        const values: ArrayLike<number>[] = [...chunk.columns]
        values[at] = decode(chunk.columns[at]!, chunk.offset)
        await writer.write(values)
        onProgress?.({ rows: chunk.offset + chunk.rows, total: source.rows })
      }
      return { rows: await writer.finish() }
    } finally {
      await writer.abort()
    }
  } finally {
    source.close()
    await pane.close()
  }
}

/** From the column `label` of a table of answers to original labels; rows are numbered on from `offset`. */
function answerDecoder(
  label: KeyLabel,
  labels: LabelMap,
  column: ColumnSchema,
  path: string,
): (values: Float64Array | Int32Array, offset: number) => ArrayLike<number> {
  if (label.task === 'class' && labels.task === 'class' && column.kind === 'categorical') {
    const { names } = labels
    const classOf = column.categories.map((name) =>
      names.includes(name) ? label.classes.indexOf(labels.decodeName(name)) : -1,
    )
    return (values, offset) => {
      const classes = Int32Array.from(values, (code) => classOf[code]!)
      const bad = classes.indexOf(-1)
      if (bad < 0) return classValues(label, classes)
      throw new FrostglassError(
        'input',
        `${path}, row ${offset + bad + 1}, column label: '${column.categories[values[bad]!]}' is not a class that this key hides`,
        {
          hint: `answers hold ${names[0]} to ${names.at(-1)}: take those of a model trained on this key's table`,
        },
      )
    }
  }
  const { decode } = labels as TargetMap
  return (values) => decode(values as Float64Array)
}

/** A column that is not the label: under its name, but the original class for a hidden one. */
function keptColumn(column: ColumnSchema, labels: LabelMap): WriterColumn {
  if (column.kind === 'categorical') return { name: column.name, type: 'text', categories: column.categories }
  const hidden = labels.task === 'class' && labels.names.includes(column.name)
  return { name: hidden ? labels.decodeName(column.name) : column.name, type: 'double' }
}

/** Entry p: which original row stands at place p of the secret order. */
export function originalRows(keys: RowKeys, rows: number): Uint32Array {
  return radixOrder(new Uint32Array(keys(0, rows).slice().buffer), rows, 2, 64)
}

/** How a file that this pane protected is read. */
export function protectedSchema(pane: KeyedPane, labelled: boolean): TableSchema {
  const columns = pane.names.map((name) => ({ name, kind: 'numeric', integer: false }) as const)
  const { labels } = pane
  if (!labelled || !labels) return { columns }
  const place = { name: 'label', integer: false, position: columns.length }
  if (labels.task === 'class') return { columns, label: { ...place, task: 'class', classes: labels.names } }
  return { columns, label: { ...place, task: 'number' } }
}

function restoredColumn(column: KeyColumn): WriterColumn {
  const { name } = column
  if (column.kind === 'categorical') return { name, type: 'text', categories: column.categories }
  return { name, type: column.integer && fitsInteger(column) ? 'integer' : 'double' }
}

function restoredLabel(label: KeyLabel): WriterColumn {
  const { name } = label
  if (label.task === 'class') {
    return label.integer ? { name, type: 'integer' } : { name, type: 'text', categories: label.classes }
  }
  return { name, type: label.integer && fitsInteger(label) ? 'integer' : 'double' }
}

function fitsInteger({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): boolean {
  return minimum >= Number.MIN_SAFE_INTEGER && maximum <= Number.MAX_SAFE_INTEGER
}

function decoded(label: KeyLabel, map: LabelMap, chunk: TableChunk): ArrayLike<number> {
  if (map.task === 'class') return classValues(label, map.decode(chunk.label as Int32Array))
  return map.decode(chunk.label as Float64Array)
}

/** Classes that are whole numbers are written as such, others as codes of their names. */
function classValues(label: KeyLabel, classes: Int32Array): ArrayLike<number> {
  if (label.task !== 'class' || !label.integer) return classes
  return Float64Array.from(classes, (i) => Number(label.classes[i]))
}
