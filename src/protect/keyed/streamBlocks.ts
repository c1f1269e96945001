// The blocks of a table through a pane: while one is encoded, the one before it is written and the next one read.
// Source: SPG section 4.2, stages 1 to 7.
// It holds two blocks at a time, however many rows there are; it opens, names and closes nothing.

import type { Identity } from '../../data/identity.ts'
import type { TableChunk, TableSource, TableWriter } from '../../data/index.ts'
import { bucketsOf } from './buckets.ts'
import type { HiddenLabel } from './labels.ts'
import type { Encoded, KeyedPane } from './pane.ts'
import { rowsOfBlock } from './program.ts'
import { type HiddenNumbers, type RoundTripCheck, roundTripCheck } from './roundTripCheck.ts'

/** From where to where rows go. */
export interface Stream {
  readonly source: TableSource
  readonly pane: KeyedPane
  readonly writer: TableWriter
  /** All seven stages, rows in the secret order; else queries, whose labels are left out. */
  readonly whole: boolean
  /** What comes along with queries. */
  readonly identity: Identity
  readonly signal?: AbortSignal | undefined
  /** Called after each block. */
  readonly onProgress?:
    | ((done: { readonly rows: number; readonly total: number | undefined }) => void)
    | undefined
}

/** What was seen of the rows. */
export interface Seen {
  /** Values of each column beyond the range that the key was made from. */
  readonly outside: Float64Array
  /** Texts that share a code with others that the key does not know. */
  readonly bucketed: readonly string[]
  /** Of what comes back only nearly. */
  readonly inexact: readonly string[]
}

/** A block on its way: all that is needed of it once the source has filled its arrays anew. */
interface Block {
  readonly offset: number
  readonly rows: number
  readonly encoding: Promise<Encoded>
  readonly original: readonly (Float64Array | Int32Array)[]
  /** Hidden, as they are written. */
  readonly labels: readonly (Float64Array | Int32Array)[]
  readonly targets: readonly (HiddenNumbers | undefined)[]
  readonly identities: ReturnType<Identity['values']>
  readonly numberOf: (row: number) => number
}

/** Writes all rows; the writer is not finished then. @throws what the source, the pane and the writer throw */
export async function streamBlocks(stream: Stream): Promise<Seen> {
  const { source, pane, writer, whole, signal, onProgress } = stream
  const outside = new Float64Array(pane.columns.length)
  const buckets = bucketsOf(pane.columns)
  const check: RoundTripCheck = roundTripCheck(pane, whole)
  let writing: Promise<void> = Promise.resolve()

  async function write(block: Block): Promise<void> {
    const { offset, rows, labels, identities } = block
    const encoded = await block.encoding
    encoded.outside.forEach((n, j) => {
      outside[j] = outside[j]! + n
    })
    await check.block(block.original, encoded.columns, block.targets, block.numberOf)
    await writing
    writing = whole
      ? writer.write([...encoded.columns, ...labels], pane.rowKeys(offset, rows))
      : writer.write([...identities, ...encoded.columns])
    // Awaited with the next block; an error in between must not count as unhandled.
    writing.catch(() => undefined)
    onProgress?.({ rows: offset + rows, total: source.rows })
  }

  let last: Block | undefined
  const chunks = source.chunks({ size: rowsOfBlock(pane.names.length), reuse: true, signal })
  for await (const chunk of chunks) {
    const block = blockOf(chunk, stream)
    buckets.look(chunk)
    if (last) await write(last)
    last = block
  }
  if (last) await write(last)
  await writing
  return {
    outside,
    bucketed: await source.unknownTexts(buckets.filled()),
    inexact: check.warnings(),
  }
}

/** Begins to encode a chunk, and copies what is needed of it later. */
function blockOf(chunk: TableChunk, { pane, whole, identity }: Stream): Block {
  const { offset, rows } = chunk
  const encoding = pane.encodeBlock(chunk.columns, rows, offset)
  // Awaited when it is written; an error in between must not count as unhandled.
  encoding.catch(() => undefined)
  const hiding = whole ? pane.labels : []
  const labels = hiding.map((map, i) => hidden(map, labelIn(chunk, i)))
  const numbers = chunk.numbers?.slice()
  return {
    offset,
    rows,
    encoding,
    labels,
    original: chunk.columns.map((column) => column.slice()),
    targets: hiding.map(({ map }, i) =>
      map.task === 'number'
        ? { original: labelIn(chunk, i).slice() as Float64Array, hidden: labels[i] as Float64Array }
        : undefined,
    ),
    identities: identity.values(chunk),
    numberOf: (row) => numbers?.[row] ?? offset + row + 1,
  }
}

/** Labels of a chunk by their places. */
const labelIn = ({ label, moreLabels = [] }: TableChunk, place: number) =>
  (place === 0 ? label : moreLabels[place - 1])!

function hidden({ map }: HiddenLabel, values: Float64Array | Int32Array): Float64Array | Int32Array {
  return map.task === 'class' ? map.encode(values as Int32Array) : map.encode(values as Float64Array)
}
