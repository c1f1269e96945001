import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { buckets, createSlabs, type Slab } from './slabs.ts'
import { bitsFrom, gather, isBeyond, scatter, wordsOf } from './sortRecords.ts'
import { createSpill } from './spill.ts'

const directory = mkdtempSync(join(tmpdir(), 'frostglass-slabs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

test('the bits of two words are those of the key', () => {
  fc.assert(
    fc.property(key, fc.integer({ min: 0, max: 56 }), fc.integer({ min: 1, max: 63 }), (k, shift, bits) => {
      const [low, high] = wordsOf(BigUint64Array.of(k)) as unknown as [number, number]
      expect(bitsFrom(low, high, shift)).toBe(Number((k >> BigInt(shift)) & 255n))
      expect(isBeyond(low, high, bits)).toBe(k >> BigInt(bits) !== 0n)
    }),
    { seed: 1 },
  )
})

test('columns go to records and come back in any order', () => {
  const records = new Float64Array(12)
  const columns = [Float64Array.of(1, 2, 3, 4), Float64Array.of(10, 20, 30, 40)]
  // Rows 1 to 3 of four, into the records at 0, 3 and 6.
  for (const [j, column] of columns.entries()) scatter(column, 1, 4, records, Uint32Array.of(1, 4, 7), j)
  const back = gather(records, Uint32Array.of(2, 0), [new Float64Array(5), new Float64Array(5)])
  expect(back.map((column) => [...column])).toEqual([
    [4, 2],
    [40, 20],
  ])
})

/** Puts keys into slabs, with the place of arrival as the only value, sending full slabs to `empty`. */
async function fill(slabs: ReturnType<typeof createSlabs>, keys: bigint[], empty: (full: Slab[]) => unknown) {
  const words = wordsOf(BigUint64Array.from(keys))
  const places = Float64Array.from(keys.keys())
  const targets = new Uint32Array(64)
  for (let from = 0; from < keys.length; ) {
    const full: Slab[] = []
    const to = slabs.place(words, from, Math.min(from + 64, keys.length), targets, full)
    scatter(places, from, to, slabs.pool, targets, 0)
    from = to
    await empty(full)
  }
  slabs.seal()
}

test('each row lies in its bucket, in the order of arrival, in memory or in the file', async () => {
  // The least memory that has a slab to spare: 2^18 bytes are 16,384 records of a key and a value.
  const slabs = createSlabs(1, 64, (buckets + 2) * 2 ** 18)
  const path = join(directory, 'rows')
  const spill = createSpill(path, slabs)
  await spill.open()
  expect(slabs.slabRows).toBe(16_384)
  const keys = Array.from({ length: 90_000 }, (_, i) => (BigInt((i * i) % 3) << 56n) | BigInt(i))
  await fill(slabs, keys, async (full) => {
    spill.wait(full)
    spill.startWriting()
    if (slabs.free() === 0) await spill.settled()
    spill.requireWritten()
  })
  await spill.settled()
  const arrived = Map.groupBy(keys.keys(), (i) => Number(keys[i]! >> 56n))
  for (let bucket = 0; bucket < buckets; bucket++) {
    const found: number[] = []
    for (const slab of slabs.of(bucket)) {
      const records = new Float64Array(2 * slabs.slabRows)
      await spill.read(slab, records)
      for (let i = 0; i < slab.rows; i++) found.push(records[2 * i + 1]!)
    }
    expect(found).toEqual(arrived.get(bucket) ?? [])
    expect(slabs.rowsOf(bucket)).toBe(found.length)
  }
  expect(
    slabs
      .of(0)
      .concat(slabs.of(1))
      .some(({ position }) => position !== undefined),
  ).toBe(true)
  await spill.close()
  expect(existsSync(path)).toBe(false)
})

test('without a free slab it stops where it is, and goes on when one is given back', () => {
  const slabs = createSlabs(1, 64, buckets * 2 ** 18)
  const words = wordsOf(new BigUint64Array(100))
  const full: Slab[] = []
  // The first slab of the first bucket is cut to 64 records.
  expect(slabs.place(words, 0, 100, new Uint32Array(100), full)).toBe(64)
  expect(full).toEqual([])
  slabs.giveBack({ rows: 0, offset: 255 * 16_384 * 2 })
  expect(slabs.place(words, 64, 100, new Uint32Array(100), full)).toBe(100)
  expect(full).toEqual([{ rows: 64, offset: 0 }])
  expect(slabs.free()).toBe(0)
})

test('what fails in the background is said by the next question', async () => {
  const slabs = createSlabs(1, 64, (buckets + 1) * 2 ** 18)
  const taken = join(directory, 'taken')
  mkdirSync(taken)
  await expect(createSpill(taken, slabs).open()).rejects.toThrow('EEXIST')
  const path = join(directory, 'closed')
  const spill = createSpill(path, slabs)
  await spill.open()
  spill.requireWritten()
  spill.wait([{ rows: 4, offset: 0 }])
  // No disk to fill here; a file that is gone fails on the same way.
  await spill.close()
  spill.startWriting()
  await spill.settled()
  expect(() => spill.requireWritten()).toThrow()
})
