// The pane of a key: encodes rows, restores them, hides and decodes labels, and exports itself for its owner.
// Source: SPG section 4.2; docs/architecture.md#the-keyed-protection.
// It is secret. What it hides, and what falls to an adversary who knows some rows, is said in BREAK.md.

import { FrostglassError } from '../../errors.ts'
import { type RowKeys, rowKeys } from '../../secret/index.ts'
import type { SecretPane } from '../standing.ts'
import type { Columns, Inexact, LostCell } from './attributes.ts'
import { blockEncoder } from './encoder.ts'
import { exportPane } from './export.ts'
import { protectColumns, restoreColumns } from './graphs.ts'
import { type Key, recordOf, secretOf } from './key.ts'
import { type HiddenLabel, hiddenLabels } from './labels.ts'
import { type Stack, stackOf } from './layers.ts'
import { blockProgram, rowsOfBlock } from './program.ts'
import { type KeyColumn, type KeyRecord, keyLabels } from './schema.ts'

/** Encoded rows. */
export interface Encoded {
  /** Protected columns, one array of `rows` values each. */
  readonly columns: readonly Float64Array[]
  /** For each of the key's columns, how many values lay beyond its minimum and maximum. */
  readonly outside: Float64Array
}

/** A key at work. */
export interface KeyedPane extends SecretPane {
  readonly scheme: 'keyed'
  /** The key's columns, in its order. Secret. */
  readonly columns: readonly KeyColumn[]
  /** Public names of the protected columns, `a0` … */
  readonly names: readonly string[]
  /** Stage 2: the labels in the order in which they leave, none of a table without a label. */
  readonly labels: readonly HiddenLabel[]
  /** Stage 3: sort keys of the secret order of samples. */
  readonly rowKeys: RowKeys
  /**
   * Normalises and applies stages 4 to 7; order of rows kept. Values beyond the key's range extrapolate.
   * @param firstRow number of the first row in its table, from 0, for messages.
   * @throws FrostglassError `input` for a value that is not finite or a category that the key does not know.
   */
  encode(columns: Columns, rows: number, firstRow?: number): Promise<Encoded>
  /**
   * `encode` for at most `rowsOfBlock` rows, for streaming. It has read the columns when it returns, and may be called
   * again before its promise resolves: long tables are encoded in a thread of their own, with the same bits. The arrays
   * are the pane's and valid until the third call after.
   */
  encodeBlock(columns: Columns, rows: number, firstRow: number): Promise<Encoded>
  /**
   * The inverse of `encode`.
   * @throws FrostglassError `input` for a value that the key's activation cannot give.
   */
  restore(protectedColumns: readonly Float64Array[], rows: number, firstRow?: number): Promise<Columns>
  /**
   * Restores a block of at most `blockRows` encoded rows and compares it with what it was encoded from.
   * @param inexact counted up, one entry a column
   * @returns the first cell that would come back as another value, if there is one
   */
  compareBlock(
    columns: Columns,
    encoded: readonly Float64Array[],
    rows: number,
    inexact: Inexact,
  ): Promise<LostCell | undefined>
  /** The features that `toOnnx` takes, row-major `[rows, features]`. */
  features(columns: Columns, rows: number): Float64Array
  /**
   * The pane as an ONNX model of frozen layers, `features [N, k] → protected [N, k]`, float64 (SPG, Figure 10).
   * It holds the key's matrices: its metadata says that it is secret.
   */
  toOnnx(): Uint8Array
  /** Frees native memory. */
  close(): Promise<void>
}

/** Opens the pane of a key. @example const pane = paneOf(await readKeyFile('owner.key', passphrase)) */
export function openKeyedPane(key: Key): KeyedPane {
  const record = recordOf(key)
  const secret = secretOf(record)
  const stack = stackOf(record, secret)
  const runner = runnerOf(record, stack)
  const { attributes } = stack
  const blockRows = rowsOfBlock(attributes.count)
  return Object.freeze({
    standing: 'secret',
    scheme: 'keyed',
    fingerprint: record.fingerprint,
    columns: record.columns,
    names: protectedNames(attributes.count),
    labels: hiddenLabels(keyLabels(record), secret),
    rowKeys: rowKeys(secret),
    async encode(columns, rows, firstRow = 0) {
      const outside = new Float64Array(record.columns.length)
      const blocks = await inBlocks(rows, blockRows, (from, count) => {
        const block = columns.map((c) => c.subarray(from, from + count))
        return runner.protect(block, count, outside, firstRow + from)
      })
      return { columns: split(concatenated(blocks, attributes.count, rows), attributes.count, rows), outside }
    },
    async encodeBlock(columns, rows, firstRow) {
      const outside = new Float64Array(record.columns.length)
      const block = await runner.encoder.encode(columns, rows, outside, firstRow)
      return { columns: split(block, attributes.count, rows), outside }
    },
    async restore(protectedColumns, rows, firstRow = 0) {
      const blocks = await inBlocks(rows, blockRows, (from, count) => {
        const block = protectedColumns.map((c) => c.subarray(from, from + count))
        return runner.restore(block, count, firstRow + from)
      })
      return attributes.collapse(concatenated(blocks, attributes.count, rows), rows)
    },
    async compareBlock(columns, encoded, rows, inexact) {
      return attributes.compare(columns, await runner.invert(encoded, rows), rows, inexact)
    },
    features: (columns, rows) => {
      const k = attributes.count
      const wide = new Float64Array(k * rows)
      attributes.expand(columns, rows, wide, new Float64Array(record.columns.length), 0)
      return Float64Array.from(wide, (_, i) => wide[(i % k) * rows + Math.floor(i / k)]!)
    },
    toOnnx: () => exportPane(stack, record.fingerprint),
    close: () => runner.close(),
  } satisfies KeyedPane)
}

/** Public names of k protected columns. */
export function protectedNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `a${i}`)
}

function runnerOf(record: KeyRecord, stack: Stack) {
  const { attributes, activation } = stack
  const k = attributes.count
  const forward = blockProgram(k, (x) => protectColumns(x, stack))
  const backward = blockProgram(k, (y) => restoreColumns(y, stack))
  const full = new Float64Array(k * rowsOfBlock(k))
  const bufferFor = (rows: number) => full.subarray(0, k * rows)
  // The buffer and the programs' results are shared, so calls wait for each other.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = last.then(run)
    last = next.catch(() => undefined)
    return next
  }
  return {
    encoder: blockEncoder(record, attributes, (features, rows, into) =>
      inTurn(async () => into.set(await forward.run(features, rows))),
    ),
    protect(columns: Columns, rows: number, outside: Float64Array, firstRow: number) {
      return inTurn(async () => {
        const buffer = bufferFor(rows)
        attributes.expand(columns, rows, buffer, outside, firstRow)
        return (await forward.run(buffer, rows)).slice()
      })
    },
    /** As `restore`, without a word on rows that are none of the key's: what comes of them is infinite, or no number. */
    invert(columns: readonly Float64Array[], rows: number) {
      return inTurn(async () => {
        const buffer = bufferFor(rows)
        columns.forEach((values, j) => {
          buffer.set(values, j * rows)
        })
        return (await backward.run(buffer, rows)).slice()
      })
    },
    restore(columns: readonly Float64Array[], rows: number, firstRow: number) {
      return inTurn(async () => {
        const buffer = bufferFor(rows)
        columns.forEach((values, j) => {
          checkRange(values, rows, j, activation.range, firstRow)
          buffer.set(values, j * rows)
        })
        const features = (await backward.run(buffer, rows)).slice()
        const bad = firstNotFinite(features)
        if (bad >= 0) throw notOurs(firstRow + (bad % rows))
        return features
      })
    },
    async close() {
      await this.encoder.close()
      await forward.close()
      await backward.close()
    },
  }
}

function checkRange(
  values: Float64Array,
  rows: number,
  index: number,
  [low, high]: readonly [number, number],
  firstRow: number,
): void {
  for (let r = 0; r < rows; r++) {
    const y = values[r]!
    if (y > low && y < high) continue
    throw new FrostglassError(
      'input',
      `row ${firstRow + r + 1}, column 'a${index}': ${y} is not between ${low} and ${high}, where protected values are`,
      'Check that the row was not changed; one that lay so far outside the key’s range lost its last digits.',
    )
  }
}

// A loop of its own: findIndex with a function takes ten times as long.
function firstNotFinite(values: Float64Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return i
  return -1
}

function notOurs(row: number): FrostglassError {
  return new FrostglassError(
    'input',
    `row ${row + 1} is not a row that this key protected`,
    'Check that the table was not edited; a row far outside the key’s range cannot be restored either.',
  )
}

async function inBlocks(
  rows: number,
  blockRows: number,
  run: (from: number, count: number) => Promise<Float64Array>,
): Promise<Float64Array[]> {
  const blocks: Float64Array[] = []
  for (let from = 0; from < rows; from += blockRows) {
    blocks.push(await run(from, Math.min(blockRows, rows - from)))
  }
  return blocks
}

// Blocks are feature-major each; so is the whole.
function concatenated(blocks: readonly Float64Array[], count: number, rows: number): Float64Array {
  if (blocks.length === 1) return blocks[0]!
  const out = new Float64Array(count * rows)
  let from = 0
  for (const block of blocks) {
    const size = block.length / count
    for (let i = 0; i < count; i++) out.set(block.subarray(i * size, (i + 1) * size), i * rows + from)
    from += size
  }
  return out
}

function split(whole: Float64Array, count: number, rows: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) => whole.subarray(i * rows, (i + 1) * rows))
}
