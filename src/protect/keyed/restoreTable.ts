// The owner's way back: a protected table to the original, and answers to the original labels.
// Source: the inverse of SPG section 4.2, all seven stages.
// Restoring holds 12 bytes a row for the order of samples; everything else streams.

import { classColumnNames, renamedClasses } from '../../data/columnNames.ts'
import { type ColumnForm, canHold, largestWhole } from '../../data/form.ts'
import {
  type ColumnSchema,
  createTableWriter,
  type LabelSchema,
  openTable,
  type TableSchema,
  type TableSource,
  type WriterColumn,
} from '../../data/index.ts'
import { radixOrder } from '../../data/radix.ts'
import { labelled } from '../../data/schema.ts'
import { writtenKind } from '../../data/writer.ts'
import { FrostglassError } from '../../errors.ts'
import type { RowKeys } from '../../secret/index.ts'
import { answeredLabel, checkAnswers, inStep } from './answers.ts'
import { restoredBuckets } from './buckets.ts'
import { type Key, recordOf } from './key.ts'
import type { HiddenLabel, LabelMap, TargetMap } from './labels.ts'
import { readManifest, verifyManifest } from './manifest.ts'
import { type KeyedPane, openKeyedPane } from './pane.ts'
import { rowsOfBlock } from './program.ts'
import type { StreamOptions } from './protectTable.ts'
import type { KeyColumn, KeyLabel } from './schema.ts'
import type { Numbers } from './snap.ts'

/** What files that come back are restored with. */
export type RestoreOptions = Pick<StreamOptions, 'signal' | 'onProgress' | 'force'>

/** How to decode answers. */
export interface DecodeOptions extends RestoreOptions {
  /** The encoded queries that they answer, to be held to: their key, their number, and ids where they came along. */
  readonly queries?: string | undefined
}

/**
 * Restores what `protectTable` or `encodeTable` wrote: columns, their names and order, labels, order of rows.
 * Whatever `protectTable` gave no warning of comes back as it was: values, and how the key's table wrote them.
 * Cells of a bucket come back as the bucket's text, with a warning.
 * @throws FrostglassError `key` when another key made it; `input` when data or manifest were changed; `io`; `aborted`.
 */
export async function restoreTable(
  input: string,
  key: Key,
  output: string,
  { signal, onProgress, force = true }: RestoreOptions = {},
): Promise<{ readonly rows: number; readonly warnings?: readonly string[] | undefined }> {
  const manifest = await readManifest(input)
  verifyManifest(manifest, key, input)
  if (manifest.kind === 'answers') {
    throw new FrostglassError(
      'input',
      `${input} holds answers, and there is no table in it to restore`,
      'Take `frostglass decode`, which gives the answers in the original terms.',
    )
  }
  const abort = signal ? { signal } : {}
  const pane = openKeyedPane(key)
  const labels = manifest.label === 'none' ? [] : pane.labels
  // From the first place to the last, so that each finds those before it in place.
  const inPlace = [...labels.keys()].sort((a, b) => labels[a]!.label.position - labels[b]!.label.position)
  const sorted = manifest.kind === 'protected-table'
  // An id that came along goes back as it is, unless a column of the table has its name (`row`, of dropped rows).
  const { id } = manifest
  const carry = id === undefined || pane.columns.some(({ name }) => name === id) ? [] : [id]
  const source = await openTable(input, { schema: protectedSchema(pane, labels.length > 0), carry })
  try {
    const typed = writtenKind(output) === 'parquet'
    const along = carry.map((name): WriterColumn => ({ name, type: 'any-text' }))
    const columns = pane.columns.map((column) => restoredColumn(column, typed))
    for (const i of inPlace) {
      const { label } = labels[i]!
      columns.splice(label.position, 0, restoredLabel(label, typed))
    }
    const writer = await createTableWriter(output, [...along, ...columns], {
      ...(sorted ? { order: 'by-key', keyBits: Math.max(1, Math.ceil(Math.log2(manifest.rows))) } : {}),
      inputs: [input],
      text: recordOf(key).writing,
      force,
      ...abort,
    })
    try {
      const buckets = restoredBuckets(pane.columns)
      const origin = sorted ? originalRows(pane.rowKeys, manifest.rows) : undefined
      for await (const chunk of source.chunks({ size: rowsOfBlock(pane.names.length), ...abort })) {
        const values: ArrayLike<number>[] = [
          ...(await pane.restore(chunk.columns as Float64Array[], chunk.rows, chunk.offset)),
        ]
        buckets.count(values)
        for (const i of inPlace) {
          const column = i === 0 ? chunk.label : chunk.moreLabels?.[i - 1]
          values.splice(labels[i]!.label.position, 0, decoded(labels[i]!, column!))
        }
        if (typed)
          columns.forEach((column, j) => {
            requireHeld(column, values[j]!, output)
          })
        const keys =
          origin && BigUint64Array.from(origin.subarray(chunk.offset, chunk.offset + chunk.rows), BigInt)
        await writer.write([...chunk.carried, ...values], keys)
        onProgress?.({ rows: chunk.offset + chunk.rows, total: manifest.rows })
      }
      const rows = await writer.finish()
      const warnings = buckets.warnings()
      return warnings.length === 0 ? { rows } : { rows, warnings }
    } finally {
      await writer.abort()
    }
  } finally {
    source.close()
    await pane.close()
  }
}

/**
 * Decodes answers of a model trained on the protected table: the column `label` (or `label_2` …, whichever label was
 * learned) becomes the original label, a column named after a hidden class (its probability) is named after the original class; other columns, such as an id, come
 * first, as the texts that they are.
 * A class whose name another column has gets its number into its column's name, with a warning.
 * Class names are the same under every key, so answers are told apart by the manifest beside them; without one, or
 * without one beside the queries when they were answered, a warning says what could not be checked. Of a key with several
 * labels the manifest says which was answered, or else the column's name alone does, which a warning says.
 * @throws FrostglassError `key` when they answer what another key encoded, `usage` when the key's table had no label,
 * `input` for an answer that the key does not know, and for answers to other queries than `queries`.
 */
export async function decodeTable(
  input: string,
  key: Key,
  output: string,
  { signal, onProgress, force = true, queries }: DecodeOptions = {},
): Promise<{ readonly rows: number; readonly warnings: readonly string[] }> {
  const pane = openKeyedPane(key)
  if (pane.labels.length === 0) {
    throw new FrostglassError(
      'usage',
      'this key was made from a table without a label: there is nothing to decode',
      'Make the key with --label.',
    )
  }
  const checked = await checkAnswers(input, key, queries)
  const answered = await answeredLabel(input, pane.labels, checked.manifest)
  const { column: answer, label, map: labels } = answered.label
  const hidden = labels.task === 'class' ? labels.names : []
  const abort = signal ? { signal } : {}
  // As a column rather than as the label: a table of answers may have nothing else.
  const source = await openTable(input, {
    columns: { [answer]: label.task === 'class' ? 'categorical' : 'numeric' },
    carry: (name) => name !== answer && !hidden.includes(name),
  })
  const order = checked.queries && (await inStep(input, key, queries!, checked.queries))
  try {
    const { carried } = source
    const { columns } = source.schema
    const at = columns.findIndex((column) => column.name === answer)
    const decode = answerDecoder(label, labels, columns[at]!, input)
    const { names, warnings } = decodedNames(source, answered.label, output)
    const written = columns.map((column, j) =>
      j === at ? answeredColumn(label) : keptColumn(column, names[j]!),
    )
    const along = carried.map((name): WriterColumn => ({ name, type: 'any-text' }))
    const id = carried.indexOf(checked.queries?.id ?? '')
    const lacking =
      id < 0 && checked.queries?.id !== undefined
        ? [`${input} lacks the column ${checked.queries.id}: its order alone tells whose answer is whose`]
        : []
    const inputs = queries === undefined ? [input] : [input, queries]
    const writer = await createTableWriter(output, [...along, ...written], { inputs, force, ...abort })
    let rows = 0
    try {
      for await (const chunk of source.chunks({ size: rowsOfBlock(pane.names.length), ...abort })) {
        await order?.check(chunk.carried[id], chunk.rows, chunk.offset)
        const values: ArrayLike<number>[] = [...chunk.columns]
        values[at] = decode(chunk.columns[at]!, chunk.offset)
        await writer.write([...chunk.carried, ...values])
        rows = chunk.offset + chunk.rows
        onProgress?.({ rows, total: source.rows })
      }
      order?.finish(rows)
      await writer.finish()
      return { rows, warnings: [...checked.warnings, ...answered.warnings, ...lacking, ...warnings] }
    } finally {
      await writer.abort()
    }
  } finally {
    await order?.close()
    source.close()
    await pane.close()
  }
}

/** From the label's column of a table of answers to original labels; rows are numbered on from `offset`. */
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
        `${path}, row ${offset + bad + 1}, column ${column.name}: '${column.categories[values[bad]!]}' is not a class that this key hides`,
        `Take those of a model trained on this key's table: answers hold ${names[0]} to ${names.at(-1)}.`,
      )
    }
  }
  const { decode } = labels as TargetMap
  return (values) => decode(values as Float64Array)
}

/**
 * What the columns of a table of answers are called in the owner's terms, in their order: the label, and the class of
 * each hidden one.
 * @throws FrostglassError `input` when a column that comes along has the label's name
 */
function decodedNames(
  { path, carried, schema: { columns } }: TableSource,
  { column: answer, label, map: labels }: HiddenLabel,
  output: string,
): { readonly names: readonly string[]; readonly warnings: readonly string[] } {
  const carriedName = carried.find((name) => name.toLowerCase() === label.name.toLowerCase())
  if (carriedName !== undefined)
    throw new FrostglassError(
      'input',
      `${path} has a column ${carriedName}, which is the label's own name`,
      'Rename that column: the decoded label takes its name.',
    )
  const classes = label.task === 'class' ? label.classes : []
  const ofClasses = classColumnNames(classes, [label.name, ...carried])
  const names = columns.map(({ name }) =>
    name === answer || labels.task !== 'class'
      ? label.name
      : ofClasses[classes.indexOf(labels.decodeName(name))]!,
  )
  const shown = classes.filter((_, i) => names.includes(ofClasses[i]!))
  const shownNames = ofClasses.filter((name) => names.includes(name))
  return { names, warnings: renamedClasses(output, shown, shownNames) }
}

/** A column that is not the label, under its new name. */
function keptColumn(column: ColumnSchema, name: string): WriterColumn {
  if (column.kind === 'categorical') return { name, type: 'text', categories: column.categories }
  return { name, type: 'double' }
}

/** Entry p: which original row stands at place p of the secret order. */
export function originalRows(keys: RowKeys, rows: number): Uint32Array {
  return radixOrder(new Uint32Array(keys(0, rows).slice().buffer), rows, 2, 64)
}

/** How a file that this pane protected is read. @param withLabels whether its labels are in it */
export function protectedSchema(pane: KeyedPane, withLabels: boolean): TableSchema {
  const columns = pane.names.map((name) => ({ name, kind: 'numeric', integer: false }) as const)
  if (!withLabels) return { columns }
  const labels = pane.labels.map(({ column, map }, i): LabelSchema => {
    const place = { name: column, integer: false, position: columns.length + i }
    if (map.task === 'class') return { ...place, task: 'class', classes: map.names }
    return { ...place, task: 'number' }
  })
  return { columns, ...labelled(labels) }
}

function restoredColumn(column: KeyColumn, typed: boolean): WriterColumn {
  const { name } = column
  if (column.kind === 'categorical')
    return { name, type: 'text', categories: column.categories, ...formOf(column) }
  const { time } = column
  return time === undefined ? numbers(name, column, typed) : { name, type: 'double', ...formOf(column), time }
}

function restoredLabel(label: KeyLabel, typed: boolean): WriterColumn {
  const { name } = label
  if (label.task === 'number') return numbers(name, label, typed)
  if (label.integer) return { name, type: 'integer', ...formOf(label) }
  return { name, type: 'text', categories: label.classes, ...formOf(label) }
}

/** A model's answers, which no form of the key's table binds, unless they are classes. */
function answeredColumn(label: KeyLabel): WriterColumn {
  if (label.task === 'class') return restoredLabel(label, true)
  return { name: label.name, type: label.integer && isWhole(label) ? 'integer' : 'double' }
}

/** In Parquet whole numbers have a type of their own; in CSV a later file's 2.5 among them is 2.5. */
function numbers(name: string, column: Numbers, typed: boolean): WriterColumn {
  const whole = column.integer && isWhole(column)
  if (typed)
    return { name, type: whole && column.form?.type !== 'DOUBLE' ? 'integer' : 'double', ...formOf(column) }
  return { name, type: 'double', form: column.form ?? { style: whole ? 'plain' : 'pointed' } }
}

const formOf = ({ form }: { readonly form?: ColumnForm | undefined }) => (form === undefined ? {} : { form })

const isWhole = ({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }) =>
  Math.max(-minimum, maximum) <= largestWhole

/**
 * A Parquet column has one type, and a later file may have had what does not fit it.
 * @throws FrostglassError `input` naming column and value
 */
function requireHeld(column: WriterColumn, values: ArrayLike<number>, path: string): void {
  if (column.type === 'text') return
  const holds = (value: number) =>
    (column.type === 'double' || Number.isSafeInteger(value)) && canHold(column, value)
  const bad = Array.prototype.findIndex.call(values, (value) => !holds(value))
  if (bad < 0) return
  throw new FrostglassError(
    'input',
    `${path}: column '${column.name}' was of another kind when the key was made, and cannot hold ${values[bad]}`,
    'Restore it to a .csv file, where a column has no type.',
  )
}

function decoded({ label, map }: HiddenLabel, values: Float64Array | Int32Array): ArrayLike<number> {
  if (map.task === 'class') return classValues(label, map.decode(values as Int32Array))
  return map.restore(values as Float64Array)
}

/** Classes that are whole numbers are written as such, others as codes of their names. */
function classValues(label: KeyLabel, classes: Int32Array): ArrayLike<number> {
  if (label.task !== 'class' || !label.integer) return classes
  return Float64Array.from(classes, (i) => Number(label.classes[i]))
}
