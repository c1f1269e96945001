import fc from 'fast-check'
import { expect, test } from 'vitest'
import { radixOrder } from './radix.ts'

/** The readable twin: compare whole keys, then places. */
function plainOrder(keys: BigUint64Array): number[] {
  return [...keys.keys()].sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b))
}

test('orders any keys as comparison does, with ties in the order of arrival', () => {
  // Widths at, below and above the 32 leading bits that are sorted by digits.
  const cases = fc
    .constantFrom(1, 8, 11, 31, 32, 33, 44, 56, 63, 64)
    .chain((bits) =>
      fc.tuple(
        fc.constant(bits),
        fc.array(fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }), { maxLength: 300 }),
      ),
    )
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 4 }), ([bits, list], width) => {
      const keys = BigUint64Array.from(list)
      const records = new BigUint64Array(list.length * width)
      keys.forEach((key, i) => {
        records[i * width] = key
      })
      const order = radixOrder(new Uint32Array(records.buffer), list.length, 2 * width, bits)
      expect([...order]).toEqual(plainOrder(keys))
    }),
    { seed: 1 },
  )
})

test('sorts keys that agree in their leading 32 bits', () => {
  const keys = BigUint64Array.from([3n, 1n, 2n, 1n, 0n], (low) => (7n << 40n) | low)
  expect([...radixOrder(new Uint32Array(keys.buffer), 5, 2, 64)]).toEqual([4, 1, 3, 2, 0])
})
