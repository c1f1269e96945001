// Evidence from an owner's files: rows of a table, and what a key makes of them, or what a protected file holds of them.
// Source: docs/architecture.md#the-audit. The auditor holds the key; what attacks see is made by evidence.ts.
// Large tables are audited on a sample of rows: an adversary with more rows than the sample may do better.

import type { TableChunk, TableReading, TableSource } from '../../data/index.ts'
import { openTable } from '../../data/index.ts'
import { labelsOf } from '../../data/schema.ts'
import { FrostglassError } from '../../errors.ts'
import {
  type HiddenLabel,
  type Key,
  type KeyedPane,
  openKeyedPane,
  readManifest,
  type Scheme,
} from '../../protect/index.ts'
import { verifyManifest } from '../../protect/keyed/manifest.ts'
import { openOwnTable } from '../../protect/keyed/protectTable.ts'
import { originalRows, protectedSchema } from '../../protect/keyed/restoreTable.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Attribute, Evidence, LabelColumn } from './evidence.ts'

/** Rows that are audited at most, if the caller does not say. */
const sampleRows = 5000

/** A protected value may differ by this from what the key gives: files hold all digits of float64. */
const tolerance = 1e-9

/** Which rows an audit takes. */
export interface SampleOptions {
  /** Rows at most; 5,000 if absent. */
  readonly rows?: number | undefined
  /** Of a wide table fewer rows: so many cells at most, but so many rows at least. For protected files alone. */
  readonly wide?: { readonly cells: number; readonly leastRows: number } | undefined
  /** Draws the sample. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** Evidence, and how much of the table it is. */
export interface Sample {
  readonly evidence: Evidence
  /** Number of each audited row in the original table, from 0, ascending. */
  readonly rowNumbers: Int32Array
  /** Rows of the whole table. */
  readonly rows: number
}

/**
 * What a key would release of a table: nothing is written.
 * @param source opened without a schema or by `openOwnTable`.
 * @throws FrostglassError `input`, `aborted`.
 */
export async function keyEvidence(source: TableSource, key: Key, options: SampleOptions): Promise<Sample> {
  const rows = source.rows ?? (await source.summary()).rows
  const chosen = chooseRows(rows, options)
  const pane = openKeyedPane(key)
  try {
    const original = await readRows(source, chosen, options.signal)
    const { columns } = await pane.encode(original.columns, chosen.length)
    return { evidence: evidenceOf(pane, key, original, columns, []), rowNumbers: chosen, rows }
  } finally {
    await pane.close()
  }
}

/**
 * What a protected file released of its original table.
 * @throws FrostglassError `key` for another key; `input` when the file is not that table under that key, naming the
 * first row that differs; `input`, `io`, `aborted`.
 * @example const { evidence } = await tableEvidence('protected.csv', 'wheat.csv', key, { seed: 1 })
 */
export async function tableEvidence(
  protectedPath: string,
  originalPath: string,
  key: Key,
  options: SampleOptions & TableReading,
): Promise<Sample> {
  const { signal, rows = sampleRows, wide, seed, ...read } = options
  const manifest = await readManifest(protectedPath)
  verifyManifest(manifest, key, protectedPath)
  if (manifest.kind !== 'protected-table') {
    throw new FrostglassError(
      'input',
      `${protectedPath} holds ${manifest.kind}, not a protected table`,
      'Audit what `frostglass protect` wrote.',
    )
  }
  const pane = openKeyedPane(key)
  const features = pane.columns.reduce((n, c) => n + (c.kind === 'numeric' ? 1 : c.categories.length), 0)
  const most = wide ? Math.max(wide.leastRows, Math.floor(wide.cells / features)) : rows
  const chosen = chooseRows(manifest.rows, { rows: Math.min(rows, most), seed })
  const source = await openOwnTable(originalPath, key, read)
  try {
    const original = await readRows(source, chosen, signal)
    if (original.seen !== manifest.rows) {
      throw notThatTable(protectedPath, originalPath, `${manifest.rows} rows and ${original.seen}`)
    }
    const released = await readReleased(protectedPath, pane, manifest.rows, chosen, signal)
    const expected = await pane.encode(original.columns, chosen.length)
    expected.columns.forEach((column, j) => {
      const at = column.findIndex((y, r) => !(Math.abs(y - released.columns[j]![r]!) <= tolerance))
      if (at >= 0) {
        const what = `row ${chosen[at]! + 1} of the original is not what the key makes of it`
        throw notThatTable(protectedPath, originalPath, what)
      }
    })
    pane.labels.forEach((label, i) => {
      const at = firstOther(label, original.labels[i]!, released.labels[i]!)
      if (at < 0) return
      const what = `the label ${label.label.name} of row ${chosen[at]! + 1} of the original is not what the key makes of it`
      throw notThatTable(protectedPath, originalPath, what)
    })
    return {
      evidence: evidenceOf(pane, key, original, released.columns, released.labels),
      rowNumbers: chosen,
      rows: manifest.rows,
    }
  } finally {
    source.close()
    await pane.close()
  }
}

/** The first row whose label left as something else than the key makes of it; -1 where there is none. */
function firstOther({ map }: HiddenLabel, original: LabelValues, released: LabelValues): number {
  if (map.task === 'class') {
    const expected = map.encode(original as Int32Array)
    return expected.findIndex((code, r) => code !== released[r])
  }
  const expected = map.encode(original as Float64Array)
  return expected.findIndex((y, r) => !(Math.abs(y - released[r]!) <= tolerance))
}

function notThatTable(protectedPath: string, originalPath: string, why: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${protectedPath} is not ${originalPath} protected: ${why}`,
    'Name the table that it was made from, with the same --missing.',
  )
}

function chooseRows(rows: number, { rows: most = sampleRows, seed }: SampleOptions): Int32Array {
  const all = upTo(rows)
  return rows <= most ? all : shuffle(all, seededStream(seed, 'audited rows')).slice(0, most).sort()
}

type LabelValues = Float64Array | Int32Array

interface Rows {
  readonly columns: readonly (Float64Array | Int32Array)[]
  /** None where the source has none. */
  readonly labels: readonly LabelValues[]
  /** Rows that went by, chosen or not. */
  readonly seen: number
  /** Least and largest value of each numeric column over all rows that went by. */
  readonly ranges: readonly (readonly [number, number])[]
}

/** Rows by ascending number. */
async function readRows(
  source: TableSource,
  chosen: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  const columns = source.schema.columns.map((column) => arrayFor(column.kind, chosen.length))
  const labels = (source.labelled ? labelsOf(source.schema) : []).map(({ task }) =>
    arrayForLabel(task, chosen.length),
  )
  const ranges = columns.map((): [number, number] => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
  let next = 0
  let seen = 0
  for await (const chunk of source.chunks({ reuse: true, signal })) {
    seen = chunk.offset + chunk.rows
    source.schema.columns.forEach(({ kind }, j) => {
      if (kind === 'numeric') widen(ranges[j]!, chunk.columns[j]!, chunk.rows)
    })
    for (; next < chosen.length && chosen[next]! < seen; next++) {
      const r = chosen[next]! - chunk.offset
      columns.forEach((column, j) => {
        column[next] = chunk.columns[j]![r]!
      })
      labels.forEach((label, i) => {
        label[next] = labelIn(chunk, i)[r]!
      })
    }
  }
  return { columns, labels, seen, ranges }
}

/** The protected rows of `chosen` original rows, out of their secret order. */
async function readReleased(
  path: string,
  pane: KeyedPane,
  rows: number,
  chosen: Int32Array,
  signal: AbortSignal | undefined,
): Promise<{ columns: Float64Array[]; labels: LabelValues[] }> {
  const origin = originalRows(pane.rowKeys, rows)
  const placeOf = new Map(Array.from(chosen, (row, i) => [row, i]))
  const source = await openTable(path, { schema: protectedSchema(pane, pane.labels.length > 0) })
  try {
    const columns = pane.names.map(() => new Float64Array(chosen.length))
    const labels = pane.labels.map(({ map }) => arrayForLabel(map.task, chosen.length))
    for await (const chunk of source.chunks({ reuse: true, signal })) {
      for (let r = 0; r < chunk.rows; r++) {
        const place = placeOf.get(origin[chunk.offset + r]!)
        if (place === undefined) continue
        columns.forEach((column, j) => {
          column[place] = chunk.columns[j]![r]!
        })
        labels.forEach((label, i) => {
          label[place] = labelIn(chunk, i)[r]!
        })
      }
    }
    return { columns, labels }
  } finally {
    source.close()
  }
}

function evidenceOf(
  pane: KeyedPane,
  key: Key,
  original: Rows,
  released: readonly Float64Array[],
  releasedLabels: readonly LabelValues[],
): Evidence {
  const { parameters } = key.description
  const scheme: Scheme = { name: 'layered', activation: parameters.activation, layers: parameters.layers }
  const attributes: Attribute[] = []
  const features: Float64Array[] = []
  pane.columns.forEach((column, j) => {
    const values = original.columns[j]!
    const feature = features.length
    if (column.kind === 'numeric') {
      features.push(Float64Array.from(values))
      const [minimum, maximum] = original.ranges[j]!
      attributes.push({ name: column.name, kind: 'numeric', feature, minimum, maximum })
      return
    }
    // One-hot whatever the key does: an adversary may choose how to write down what it looks for.
    const categories = column.categories.length
    for (let c = 0; c < categories; c++)
      features.push(Float64Array.from(values, (code) => (code === c ? 1 : 0)))
    attributes.push({ name: column.name, kind: 'categorical', feature, categories })
  })
  return { attributes, features, released, scheme, ...labelsLeft(pane, original.labels, releasedLabels) }
}

/** @param released what left of each label; what would leave, where nothing has left yet */
function labelsLeft(
  { labels }: KeyedPane,
  original: readonly LabelValues[],
  released: readonly LabelValues[],
): Pick<Evidence, 'labels' | 'target' | 'labelColumns'> {
  if (original.length === 0) return {}
  const columns = labels.map(({ label, map }, i): LabelColumn => {
    const { name } = label
    if (map.task === 'class') {
      const codes = original[i] as Int32Array
      const left = (released[i] as Int32Array | undefined) ?? map.encode(codes)
      return { name, labels: { classes: map.names.length, original: codes, released: left } }
    }
    const numbers = original[i] as Float64Array
    return {
      name,
      target: { original: numbers, released: (released[i] as Float64Array) ?? map.encode(numbers) },
    }
  })
  const [first, ...more] = columns
  if (first === undefined || more.length > 0) return first === undefined ? {} : { labelColumns: columns }
  const { name: _, ...only } = first
  return only
}

/** Takes the first `rows` values into a range. */
function widen(range: [number, number], values: ArrayLike<number>, rows: number): void {
  for (let r = 0; r < rows; r++) {
    range[0] = Math.min(range[0], values[r]!)
    range[1] = Math.max(range[1], values[r]!)
  }
}

/** A label of a chunk by its place. */
const labelIn = ({ label, moreLabels = [] }: TableChunk, place: number): LabelValues =>
  (place === 0 ? label : moreLabels[place - 1])!

const arrayForLabel = (task: 'class' | 'number', rows: number): LabelValues =>
  arrayFor(task === 'class' ? 'categorical' : 'numeric', rows)

function arrayFor(kind: 'numeric' | 'categorical', rows: number): Float64Array | Int32Array {
  return kind === 'numeric' ? new Float64Array(rows) : new Int32Array(rows)
}
