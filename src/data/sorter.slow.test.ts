import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { orderOf } from './order.ts'
import { createSorter } from './sorter.ts'

const directory = mkdtempSync(join(tmpdir(), 'frostglass-sorter-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Random 64-bit keys: xorshift64*, since nothing here is secret. */
function* keysFrom(seed: bigint): Generator<bigint> {
  for (let state = seed; ; ) {
    state ^= state >> 12n
    state ^= (state << 25n) & 0xffffffffffffffffn
    state ^= state >> 27n
    yield (state * 0x2545f4914f6cdd1dn) & 0xffffffffffffffffn
  }
}

function take(count: number, keys: Iterator<bigint>, mask = 0xffffffffffffffffn): BigUint64Array {
  return BigUint64Array.from({ length: count }, () => (keys.next().value as bigint) & mask)
}

function sortedPlaces(keys: BigUint64Array): number[] {
  return [...keys.keys()].sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b))
}

async function collect(chunks: AsyncIterable<Float64Array>): Promise<number[]> {
  const all: number[] = []
  for await (const chunk of chunks) for (const value of chunk) all.push(value)
  return all
}

const beside = join(directory, 'any.csv')

test('orderOf agrees with comparison for any keys and chunks', async () => {
  const chunks = fc.array(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 40 }), {
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(chunks, async (lists) => {
      const keys = BigUint64Array.from(lists.flat())
      const parts = lists.map((list) => BigUint64Array.from(list))
      expect(await collect(orderOf(parts, { beside }))).toEqual(sortedPlaces(keys))
    }),
    { seed: 2, numRuns: 30 },
  )
  expect(readdirSync(directory)).toEqual([])
})

test('few bits: keys below 2^keyBits, and an error for others', async () => {
  for (const keyBits of [1, 3, 8, 9, 20, 33]) {
    const keys = take(5000, keysFrom(3n), (1n << BigInt(keyBits)) - 1n)
    expect(await collect(orderOf([keys], { beside, keyBits }))).toEqual(sortedPlaces(keys))
    const tooLarge = BigUint64Array.of(1n << BigInt(keyBits))
    await expect(collect(orderOf([tooLarge], { beside, keyBits }))).rejects.toThrow(`below 2^${keyBits}`)
  }
})

/** Sorts rows of 1000 columns, the first two of which are the place of arrival and its square. */
async function sortWide(keys: BigUint64Array): Promise<{ places: number[]; spilled: number }> {
  const width = 1000
  const sorter = createSorter(width, { directory, memory: 128 * 2 ** 20 })
  const zeros = new Float64Array(500)
  for (let from = 0; from < keys.length; from += 500) {
    const place = Float64Array.from({ length: 500 }, (_, i) => from + i)
    const columns = Array.from({ length: width }, (_, j) =>
      j === 0 ? place : j === 999 ? place.map((x) => x * x) : zeros,
    )
    await sorter.add(keys.subarray(from, from + 500), columns)
  }
  const places: number[] = []
  for await (const { rows, columns } of sorter.sorted())
    for (let i = 0; i < rows; i++) {
      const place = columns[0]![i]!
      if (columns[999]![i] !== place * place || columns[500]![i] !== 0)
        expect.unreachable(`row ${place} is torn`)
      places.push(place)
    }
  const spilled = statSync(join(directory, 'rows-64')).size
  await sorter.close()
  return { places, spilled }
}

test('rows beyond the memory kept go through the file, whole and in order', async () => {
  const keys = take(25_000, keysFrom(4n))
  const { places, spilled } = await sortWide(keys)
  expect(spilled).toBeGreaterThan(1 << 20)
  expect(places).toEqual(sortedPlaces(keys))
})

test('a bucket beyond its memory is distributed again', async () => {
  // All keys agree in their upper 16 bits, so one bucket gets 96 MB.
  const keys = take(12_000, keysFrom(5n), 0xffffffffffffn)
  expect((await sortWide(keys)).places).toEqual(sortedPlaces(keys))
})

test('equal keys keep the order of arrival, however many', async () => {
  const { places } = await sortWide(new BigUint64Array(9_000).fill(77n))
  expect(places).toEqual([...places.keys()])
})

test('close removes the temporary file; it is private before', async () => {
  const sorter = createSorter(1, { directory })
  await sorter.add(BigUint64Array.of(1n), [Float64Array.of(1)])
  expect(statSync(join(directory, 'rows-64')).mode & 0o777).toBe(0o600)
  await sorter.close()
  expect(existsSync(join(directory, 'rows-64'))).toBe(false)
})
