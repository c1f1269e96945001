// Sorts rows of doubles by a 64-bit key in memory that does not grow with the rows.
// Source: distribution sort on the key's leading bits (Knuth, TAOCP vol. 3, 5.2.5), then radix sort in memory.
// It does not promise speed for keys that are far from evenly spread over `keyBits`; the result is right all the same.

import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from '../errors.ts'
import { writeParts } from './files.ts'
import { radixOrder } from './radix.ts'

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

const bucketBits = 8
const buckets = 1 << bucketBits
// Each bucket fills a slab of its own, and full slabs stay in memory until too few are free.
const slabBytes = 1 << 18
// What 10 million rows x 10 doubles spill costs, with 880 MB of records: 8.6 s of CPU for the whole protection of the
// table with this much memory, 9.5 with 320 MiB, 7.9 with all of it.
const defaultMemory = 704 * 2 ** 20
const leastMemory = 128 * 2 ** 20
// With fewer slabs free than this, full ones go to the disk, so many at a time: one call, since the threads of
// several writes to one file wait for each other spinning (8% of all time with 64 in flight).
const slabsAtATime = 32
// A bucket above this is distributed once more instead of sorted in memory.
const bucketBytes = 1 << 26
// Rows distributed at a time: their destinations stay in the second-level cache.
const batchRows = 1 << 13

/** Records of one bucket, at `offset` of the pool, or at byte `position` of the file once they are written. */
type Slab = { readonly rows: number; offset: number; position?: number | undefined }

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
  // A record is the key's 64 bits and then the values; the two views share their bytes.
  const stride = width + 1
  const slabRows = Math.max(1, Math.floor(slabBytes / (8 * stride)))
  const spareSlabs = Math.floor(memory / slabBytes) - buckets
  const shift = Math.max(0, keyBits - bucketBits)
  const path = join(directory, `rows-${keyBits}`)
  const pool = new Float64Array((buckets + spareSlabs) * slabRows * stride)
  const poolWords = new Uint32Array(pool.buffer)
  const free = Array.from({ length: spareSlabs }, (_, k) => (buckets + k) * slabRows * stride)
  const start = Uint32Array.from({ length: buckets }, (_, bucket) => bucket * slabRows * stride)
  const filled = new Uint32Array(buckets)
  // First slabs are cut to different lengths, so that buckets do not fill, and wait for the disk, all at once.
  const capacity = Uint32Array.from({ length: buckets }, (_, b) => Math.ceil((slabRows * (b + 1)) / buckets))
  const slabs: Slab[][] = Array.from({ length: buckets }, () => [])
  const waiting: Slab[] = []
  const targets = new Uint32Array(batchRows)
  let writing: Promise<void> | undefined
  let failure: unknown
  let file: FileHandle | undefined
  let end = 0

  async function add(keys: BigUint64Array, columns: readonly ArrayLike<number>[]): Promise<void> {
    if (columns.length !== width) throw new RangeError(`expected ${width} columns, got ${columns.length}`)
    const words = new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length)
    file ??= await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    for (let from = 0; from < keys.length; ) {
      throwIfAborted(signal)
      const full: Slab[] = []
      const to = place(words, from, Math.min(from + batchRows, keys.length), full)
      for (let j = 0; j < width; j++) scatter(columns[j]!, from, to, pool, targets, j)
      waiting.push(...full)
      from = to
      if (free.length < slabsAtATime) startWriting()
      if (free.length === 0) await writing
      if (failure !== undefined) throw failure
    }
  }

  /** Finds each row its place in the pool, until the rows or the free slabs are used up; says how far it came. */
  function place(words: Uint32Array, from: number, to: number, full: Slab[]): number {
    for (let i = from; i < to; i++) {
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      if (keyBits < 64 && isBeyond(low, high, keyBits))
        throw new RangeError(`expected sort keys below 2^${keyBits}`)
      const bucket = bitsFrom(low, high, shift)
      if (filled[bucket] === capacity[bucket]) {
        if (free.length === 0) return i
        const slab: Slab = { rows: filled[bucket]!, offset: start[bucket]! }
        slabs[bucket]!.push(slab)
        full.push(slab)
        start[bucket] = free.pop()!
        filled[bucket] = 0
        capacity[bucket] = slabRows
      }
      const at = start[bucket]! + filled[bucket]! * stride
      filled[bucket]!++
      poolWords[2 * at] = low
      poolWords[2 * at + 1] = high
      targets[i - from] = at + 1
    }
    return to
  }

  /** Sends the oldest full slabs to the end of the file, unless some are on their way. */
  function startWriting(): void {
    if (writing !== undefined || waiting.length === 0) return
    const batch = waiting.splice(0, slabsAtATime)
    const parts = batch.map(({ offset, rows }) => new Uint8Array(pool.buffer, offset * 8, rows * stride * 8))
    const position = end
    for (const part of parts) end += part.length
    writing = writeParts(file!, parts, position)
      .then(() => {
        let at = position
        for (const slab of batch) {
          slab.position = at
          at += slab.rows * stride * 8
          free.push(slab.offset)
        }
      })
      .catch((error) => {
        failure ??= error
      })
      .finally(() => {
        writing = undefined
      })
  }

  const rowsOf = (bucket: number) => slabs[bucket]!.reduce((sum, slab) => sum + slab.rows, 0)

  /** A slab's records into the beginning of `records`. */
  async function readSlab({ rows, offset, position }: Slab, records: Float64Array): Promise<void> {
    if (position === undefined) records.set(pool.subarray(offset, offset + rows * stride))
    else {
      const bytes = new Uint8Array(records.buffer, records.byteOffset, rows * stride * 8)
      await readBytes(file!, bytes, position)
    }
  }

  /** All records of a bucket in the order of arrival, into `records`. */
  async function readBucket(bucket: number, records: Float64Array): Promise<void> {
    let at = 0
    const reads = slabs[bucket]!.map((slab) => {
      const part = records.subarray(at, at + slab.rows * stride)
      at += part.length
      return readSlab(slab, part)
    })
    await Promise.all(reads)
  }

  async function* sorted(): AsyncGenerator<SortedRows> {
    await writing
    if (failure !== undefined) throw failure
    for (let bucket = 0; bucket < buckets; bucket++)
      slabs[bucket]!.push({ rows: filled[bucket]!, offset: start[bucket]! })
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
          yield* sortLarge(bucket)
          continue
        }
        const rows = rowsOf(bucket)
        await (next ?? readBucket(bucket, coming))
        ;[records, coming] = [coming, records]
        next = small(bucket + 1) ? readBucket(bucket + 1, coming) : undefined
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

  /** A bucket that does not fit: sorted by the bits below with a sorter of its own. */
  async function* sortLarge(bucket: number): AsyncGenerator<SortedRows> {
    // Without bits left all keys are equal, and the order of arrival is the answer.
    const inner =
      shift === 0
        ? undefined
        : createSorter(width, { directory, keyBits: shift, memory: leastMemory, signal })
    const records = new Float64Array(slabRows * stride)
    const columns = Array.from({ length: width }, () => new Float64Array(slabRows))
    const keys = new BigUint64Array(slabRows)
    const mask = (1n << BigInt(shift)) - 1n
    try {
      for (const slab of slabs[bucket]!) {
        await readSlab(slab, records)
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

  return {
    add,
    sorted,
    async close() {
      await writing
      // Given back now: who closes it may go on to other work that takes memory.
      pool.buffer.transfer(0)
      if (file === undefined) return
      await file.close()
      file = undefined
      await unlink(path)
    },
  }
}

/** Eight bits of a 64-bit key, from bit `shift` on. */
function bitsFrom(low: number, high: number, shift: number): number {
  if (shift >= 32) return (high >>> (shift - 32)) & (buckets - 1)
  if (shift === 0) return low & (buckets - 1)
  return ((low >>> shift) | (high << (32 - shift))) & (buckets - 1)
}

/** Whether a key has a bit at or above `bits`, 1 to 63. */
function isBeyond(low: number, high: number, bits: number): boolean {
  if (bits >= 32) return high >>> (bits - 32) !== 0
  return high !== 0 || low >>> bits !== 0
}

// One column at a time: 10 million rows x 10 took 0.25 s so, and 0.63 s row by row, where the inner loop looks up
// a column for every value. The same holds for gather.
function scatter(
  column: ArrayLike<number>,
  from: number,
  to: number,
  pool: Float64Array,
  targets: Uint32Array,
  j: number,
): void {
  for (let i = from; i < to; i++) pool[targets[i - from]! + j] = column[i]!
}

/** Records to columns, in the given order; views of `columns` as long as `order`. */
function gather(records: Float64Array, order: Uint32Array, columns: readonly Float64Array[]): Float64Array[] {
  const stride = columns.length + 1
  return columns.map((whole, j) => {
    const column = whole.subarray(0, order.length)
    for (let i = 0; i < order.length; i++) column[i] = records[order[i]! * stride + 1 + j]!
    return column
  })
}

/** Reads all of `bytes` from `position` on. */
async function readBytes(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0)
      throw new Error('the temporary file of the sort is shorter than what was written to it')
    done += bytesRead
  }
}
