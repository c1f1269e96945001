// Streams a table file through a pane: all seven stages for what is learned from, stages 1 and 4 to 7 for queries.
// Source: SPG section 4.2; docs/architecture.md#the-keyed-protection.
// Memory does not grow with rows. What an adversary learns from many tables under one key is in BREAK.md.

import { type Identity, identityOf, requireFreeName } from '../../data/identity.ts'
import {
  createTableWriter,
  type OpenOptions,
  openTable,
  type TableReading,
  type TableSource,
  type WriterColumn,
} from '../../data/index.ts'
import { requireApart } from '../../data/parquetParts.ts'
import type { Key } from './key.ts'
import { recordOf } from './key.ts'
import type { HiddenLabel } from './labels.ts'
import { type Manifest, manifestOf } from './manifest.ts'
import { type KeyedPane, openKeyedPane } from './pane.ts'
import { tableSchemaOf } from './schema.ts'
import { streamBlocks } from './streamBlocks.ts'

/** How to stream a table. */
export interface StreamOptions extends TableReading {
  /** Whether an output, or its manifest, may be replaced; default true. */
  readonly force?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each block; `total` where the file knows its rows. */
  readonly onProgress?:
    | ((done: { readonly rows: number; readonly total: number | undefined }) => void)
    | undefined
}

/** What was written. */
export interface StreamReport {
  readonly rows: number
  /** For the owner: they name original columns. */
  readonly warnings: readonly string[]
  readonly manifest: Manifest
}

/**
 * Protects a table: columns encoded and renamed `a0` …, the label hidden as `label` (more of them as `label_2` …), rows in
 * the secret order; with a manifest beside it. The same table and key give the same bytes on the same machine.
 * @param output .csv, .tsv (both also .gz) or .parquet; replaced if it exists and may be, with its manifest, and only when all is well.
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
   * missing cells are dropped and no column comes along, the numbers of the rows do instead, as `row`. If absent, the
   * column that the key names, where the file has it; `false` for none.
   */
  readonly id?: string | false | undefined
}

/**
 * Encodes queries: no label, order of rows kept. Label columns in the file are left out. Throws as `protectTable`;
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
  options: EncodeOptions,
): Promise<StreamReport> {
  const { signal, onProgress, force = true } = options
  const whole = kind === 'protected-table'
  const pane = openKeyedPane(key)
  const { source, identity, alone } = await opened(input, key, pane, whole, options)
  try {
    const hiding = whole ? pane.labels : []
    const [label, ...moreLabels] = hiding.map(({ map }) => map.task)
    const columns = [
      ...identity.columns,
      ...pane.names.map((name): WriterColumn => ({ name, type: 'double' })),
      ...hiding.map(labelColumn),
    ]
    requireApart(output, source)
    let manifest: Manifest | undefined
    const writer = await createTableWriter(output, columns, {
      order: whole ? 'by-key' : 'as-written',
      inputs: source.files,
      digest: true,
      force,
      beside({ rows, digest }) {
        const written = manifestOf(output, key, {
          kind,
          rows,
          columns: pane.names.length,
          label: label ?? 'none',
          moreLabels: moreLabels.length > 0 ? moreLabels : undefined,
          id: identity.name,
          digest: digest!,
        })
        manifest = written.manifest
        return written.file
      },
      signal,
    })
    try {
      // Before the table has its name: what does not come back is known by then.
      const seen = await streamBlocks({ source, pane, writer, whole, identity, signal, onProgress })
      const rows = await writer.finish()
      const warnings = [
        ...source.warnings,
        ...seen.bucketed,
        ...alongWarnings(source, output),
        ...alone,
        ...(whole ? leftOutWarnings(source, key, output) : []),
        ...outsideWarnings(pane, seen.outside),
        ...seen.inexact,
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

/** A table that was opened, and what comes along with its rows. */
interface Opened {
  readonly source: TableSource
  readonly identity: Identity
  /** A warning where nothing but the order of rows tells whose they are. */
  readonly alone: readonly string[]
}

/** Opens the table to stream, with the column that comes along. @throws FrostglassError as {@link encodeTable} */
async function opened(
  input: string,
  key: Key,
  pane: KeyedPane,
  whole: boolean,
  { id, ...read }: EncodeOptions,
): Promise<Opened> {
  const { label: _label, moreLabels: _more, ...features } = tableSchemaOf(recordOf(key))
  const wanted = id === false ? undefined : (id ?? recordOf(key).id)
  const identity = identityOf(whole ? {} : { id: wanted, missing: read.missing })
  // Where rows are dropped, errors and answers still say which row of the file they speak of.
  const numbered = read.missing === 'drop'
  requireFreeName(identity, [
    ...pane.names,
    'label',
    ...pane.labels.flatMap(({ column, label, map }) => [
      label.name,
      column,
      ...(map.task === 'class' ? map.names : []),
    ]),
  ])
  // What the owner names now must be there; what the key names, of every table that has it.
  const carry = id === undefined ? (name: string) => identity.carry.includes(name) : identity.carry
  // The labels of a query are not even read: they may be empty, or classes that the key does not know.
  const source = await (whole
    ? openOwnTable(input, key, { ...read, numbered })
    : openTable(input, { ...read, schema: features, carry, numbered }))
  if (source.carried.length >= identity.carry.length) return { source, identity, alone: [] }
  const alone = [`${input} lacks the key's id column '${wanted}': ${orderAlone}`]
  return { source, identity: identityOf({ missing: read.missing }), alone }
}

/**
 * Opens the table behind a key as `protectTable` does: held to the key's schema, missing cells filled by the key.
 * @throws FrostglassError `input` for a table that does not fit the key.
 */
export function openOwnTable(
  path: string,
  key: Key,
  read: TableReading & Pick<OpenOptions, 'numbered' | 'signal'> = {},
): Promise<TableSource> {
  return openTable(path, { ...read, schema: tableSchemaOf(recordOf(key)) })
}

const orderAlone = 'the order of the rows alone tells whose answer is whose'

/** A label's public column. */
function labelColumn({ column, map }: HiddenLabel): WriterColumn {
  return map.task === 'class'
    ? { name: column, type: 'text', categories: map.names }
    : { name: column, type: 'double' }
}

const alongWarnings = ({ carried }: TableSource, output: string): string[] =>
  carried.map((name) => `column '${name}' goes along as it is: whoever gets ${output} reads it`)

const leftOutWarnings = ({ ignored }: TableSource, key: Key, output: string): string[] =>
  ignored
    .filter((name) => name === recordOf(key).id)
    .map((name) => `column '${name}', the key's id, is not in ${output}: restore does not give it back`)

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
