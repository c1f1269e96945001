// Sorts rows of doubles by a 64-bit key in memory that does not grow with the rows.
// Source: distribution sort on the key's leading bits (Knuth, TAOCP vol. 3, 5.2.5), then radix sort in memory.
// It does not promise speed for keys that are far from evenly spread over `keyBits`; the result is right all the same.

import { join } from 'node:path'
import { throwIfAborted } from '../errors.ts'
import { radixOrder } from './radix.ts'
import { buckets, createSlabs, type Slab, type Slabs } from './slabs.ts'
import { gather, scatter, wordsOf } from './sortRecords.ts'
import { createSpill, type Spill, slabsAtATime } from './spill.ts'

// Why not DuckDB's ORDER BY. 10 million rows x 10 doubles from Parquet to Parquet, two cores: appending to a
// temporary table and COPY … ORDER BY took 15 s and 24 s of CPU under a limit of 700 MB (it spills twice), 9 s and
// 15 s with 2.7 GB of memory; through this 5.0 s and 6 s of CPU, and no more memory for 30 million rows.

/** Rows in key order, equal keys in the order of arrival. The arrays are the sorter's, and change with the next. */
export type SortedRows = { readonly rows: number; readonly columns: readonly Float64Array[] }

/** An external sort: `add` all rows, then read `sorted` once. */
export type Sorter = {
  /** Takes rows: one key each and one value a column. The arrays may be reused when the promise resolves. */
  add(keys: BigUint64Array, columns: readonly ArrayLike<number>[]): Promise<void>
  sorted(): AsyncGenerator<SortedRows>
  /** Gives back the memory and removes the temporary file, also after an error. */
  close(): Promise<void>
}

// What 10 million rows x 10 doubles spill costs, with 880 MB of records: 8.6 s of CPU for the whole protection of the
// table with this much memory, 9.5 with 320 MiB, 7.9 with all of it.
const defaultMemory = 704 * 2 ** 20
const leastMemory = 128 * 2 ** 20
// A bucket above this is distributed once more instead of sorted in memory.
const bucketBytes = 1 << 26
// Rows distributed at a time: their destinations stay in the second-level cache.
const batchRows = 1 << 13

/** What is being sorted: rows in memory, rows on the disk, and where a sort of a part may put its own. */
type Sorting = {
  readonly width: number
  readonly slabs: Slabs
  readonly spill: Spill
  readonly directory: string
  readonly signal: AbortSignal | undefined
}

/**
 * Makes a sorter for rows of `width` values.
 * @param options.directory where the temporary file goes (mode 0600, gone after `close`)
 * @param options.keyBits keys are below 2^keyBits and spread evenly there; 1 to 64, default 64
 * @param options.memory bytes of records to keep before any go to the disk, from 128 MiB; taken as they are needed.
 * Reading them sorted takes two buckets more, at most 128 MiB.
 */
export function createSorter(
  width: number,
  options: {
    readonly directory: string
    readonly keyBits?: number | undefined
    readonly memory?: number | undefined
    readonly signal?: AbortSignal | undefined
  },
): Sorter {
  const { directory, keyBits = 64, memory = defaultMemory, signal } = options
  if (!Number.isInteger(keyBits) || keyBits < 1 || keyBits > 64)
    throw new RangeError(`expected keyBits from 1 to 64, got ${keyBits}`)
  const slabs = createSlabs(width, keyBits, memory)
  const spill = createSpill(join(directory, `rows-${keyBits}`), slabs)
  const targets = new Uint32Array(batchRows)
  return {
    async add(keys, columns) {
      if (columns.length !== width) throw new RangeError(`expected ${width} columns, got ${columns.length}`)
      const words = wordsOf(keys)
      await spill.open()
      for (let from = 0; from < keys.length; ) {
        throwIfAborted(signal)
        const full: Slab[] = []
        const to = slabs.place(words, from, Math.min(from + batchRows, keys.length), targets, full)
        for (let j = 0; j < width; j++) scatter(columns[j]!, from, to, slabs.pool, targets, j)
        spill.wait(full)
        from = to
        // Full slabs stay in memory until too few are free.
        if (slabs.free() < slabsAtATime) spill.startWriting()
        if (slabs.free() === 0) await spill.settled()
        spill.requireWritten()
      }
    },
    async *sorted() {
      await spill.settled()
      spill.requireWritten()
      slabs.seal()
      yield* sortBuckets({ width, slabs, spill, directory, signal })
    },
    async close() {
      await spill.settled()
      // Given back now: who closes it may go on to other work that takes memory.
      slabs.release()
      await spill.close()
    },
  }
}

/** One bucket after the other, each sorted in memory. */
async function* sortBuckets(sorting: Sorting): AsyncGenerator<SortedRows> {
  const { width, slabs, spill, signal } = sorting
  const { stride, shift, rowsOf } = slabs
  const small = (bucket: number) => bucket < buckets && rowsOf(bucket) * stride * 8 <= bucketBytes
  let most = 0
  for (let bucket = 0; bucket < buckets; bucket++) if (small(bucket)) most = Math.max(most, rowsOf(bucket))
  const columns = Array.from({ length: width }, () => new Float64Array(most))
  // The disk fills one of these while the other is sorted.
  let records = new Float64Array(most * stride)
  let coming = new Float64Array(most * stride)
  let next: Promise<void> | undefined
  try {
    for (let bucket = 0; bucket < buckets; bucket++) {
      throwIfAborted(signal)
      if (!small(bucket)) {
        yield* sortLarge(slabs.of(bucket), sorting)
        continue
      }
      const rows = rowsOf(bucket)
      await (next ?? readAll(slabs.of(bucket), spill, coming, stride))
      ;[records, coming] = [coming, records]
      next = small(bucket + 1) ? readAll(slabs.of(bucket + 1), spill, coming, stride) : undefined
      // Looked at in the next round; until then a failure must not count as unhandled.
      next?.catch(() => undefined)
      if (rows === 0) continue
      const order = radixOrder(new Uint32Array(records.buffer), rows, 2 * stride, shift)
      yield { rows, columns: gather(records, order, columns) }
    }
  } finally {
    await next?.catch(() => undefined)
  }
}

/** All records of some slabs in their order, into `records`. */
async function readAll(
  slabs: readonly Slab[],
  spill: Spill,
  records: Float64Array,
  stride: number,
): Promise<void> {
  let at = 0
  const reads = slabs.map((slab) => {
    const part = records.subarray(at, at + slab.rows * stride)
    at += part.length
    return spill.read(slab, part)
  })
  await Promise.all(reads)
}

/** A bucket that does not fit: sorted by the bits below with a sorter of its own. */
async function* sortLarge(
  bucket: readonly Slab[],
  { width, slabs, spill, directory, signal }: Sorting,
): AsyncGenerator<SortedRows> {
  const { stride, slabRows, shift } = slabs
  // Without bits left all keys are equal, and the order of arrival is the answer.
  const inner =
    shift === 0 ? undefined : createSorter(width, { directory, keyBits: shift, memory: leastMemory, signal })
  const records = new Float64Array(slabRows * stride)
  const columns = Array.from({ length: width }, () => new Float64Array(slabRows))
  const keys = new BigUint64Array(slabRows)
  const mask = (1n << BigInt(shift)) - 1n
  try {
    for (const slab of bucket) {
      await spill.read(slab, records)
      const { rows } = slab
      const part = gather(
        records,
        Uint32Array.from({ length: rows }, (_, i) => i),
        columns,
      )
      if (inner === undefined) yield { rows, columns: part }
      else {
        const bits = new BigUint64Array(records.buffer)
        for (let i = 0; i < rows; i++) keys[i] = bits[i * stride]! & mask
        await inner.add(keys.subarray(0, rows), part)
      }
    }
    if (inner !== undefined) yield* inner.sorted()
  } finally {
    await inner?.close()
  }
}
