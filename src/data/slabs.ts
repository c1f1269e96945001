// Memory for records on their way into buckets: each bucket fills a slab of its own, then takes another.
// Source: distribution by the key's leading bits (Knuth, TAOCP vol. 3, 5.2.5).
// It makes no room: who calls empties full slabs, and gives them back, before none is free.

import { bitsFrom, isBeyond } from './sortRecords.ts'

/** Records of one bucket, at `offset` of the pool, or at byte `position` of the file once they are written. */
export type Slab = { readonly rows: number; readonly offset: number; position?: number | undefined }

const bucketBits = 8
export const buckets = 1 << bucketBits
const slabBytes = 1 << 18

/** One pool of memory, cut into slabs. */
export type Slabs = {
  /** All records in memory: doubles, `stride` of them a record, a slab's at its `offset`. */
  readonly pool: Float64Array
  /** Doubles a record: the key, then the values. */
  readonly stride: number
  /** Records in a slab, at most. */
  readonly slabRows: number
  /** Keys of one bucket agree above so many of their lower bits. */
  readonly shift: number
  /** Slabs that hold nothing. */
  free(): number
  /**
   * Finds rows `from` to `to` their places and writes their keys there, until the free slabs are used up.
   * @param words two a key, low word first
   * @param targets gets where the values of each row go, from 0 on
   * @param full gets the slabs that became full
   * @returns how far it came
   * @throws RangeError for a key of more bits
   */
  place(words: Uint32Array, from: number, to: number, targets: Uint32Array, full: Slab[]): number
  /** Takes the memory of a slab back, whose records lie elsewhere now. */
  giveBack(slab: Slab): void
  /** Ends `place`: what buckets were filling becomes their last slab. */
  seal(): void
  /** A bucket's slabs, in the order of arrival. */
  of(bucket: number): readonly Slab[]
  /** Rows in a bucket's slabs. */
  rowsOf(bucket: number): number
  /** Gives the memory back at once. */
  release(): void
}

/**
 * @param width values a record
 * @param keyBits keys are below 2^keyBits
 * @param memory bytes of records
 */
export function createSlabs(width: number, keyBits: number, memory: number): Slabs {
  // A record is the key's 64 bits and then the values; the two views share their bytes.
  const stride = width + 1
  const slabRows = Math.max(1, Math.floor(slabBytes / (8 * stride)))
  const spareSlabs = Math.floor(memory / slabBytes) - buckets
  const shift = Math.max(0, keyBits - bucketBits)
  const pool = new Float64Array((buckets + spareSlabs) * slabRows * stride)
  const poolWords = new Uint32Array(pool.buffer)
  const free = Array.from({ length: spareSlabs }, (_, k) => (buckets + k) * slabRows * stride)
  const start = Uint32Array.from({ length: buckets }, (_, bucket) => bucket * slabRows * stride)
  const filled = new Uint32Array(buckets)
  // First slabs are cut to different lengths, so that buckets do not fill, and wait for the disk, all at once.
  const capacity = Uint32Array.from({ length: buckets }, (_, b) => Math.ceil((slabRows * (b + 1)) / buckets))
  const slabs: Slab[][] = Array.from({ length: buckets }, () => [])

  return {
    pool,
    stride,
    slabRows,
    shift,
    free: () => free.length,
    place(words, from, to, targets, full) {
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
    },
    giveBack: ({ offset }) => void free.push(offset),
    seal() {
      for (let bucket = 0; bucket < buckets; bucket++)
        slabs[bucket]!.push({ rows: filled[bucket]!, offset: start[bucket]! })
    },
    of: (bucket) => slabs[bucket]!,
    rowsOf: (bucket) => slabs[bucket]!.reduce((sum, slab) => sum + slab.rows, 0),
    release: () => void pool.buffer.transfer(0),
  }
}
