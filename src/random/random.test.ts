// The pieces that all generators share: exact integers, orders, 53 bits, and the pictures' own stream, pinned.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream as keyedStream } from '../secret/index.ts'
import { drawBelow, drawBigBelow } from './integers.ts'
import { shuffle, upTo } from './order.ts'
import { pictureDraws } from './pictures.ts'
import { seededRandom, seededStream } from './seeded.ts'
import { seededSecret } from './seededSecret.ts'
import { drawUniform, type RandomSource, systemRandom } from './source.ts'

const words = (...list: number[]): RandomSource => ({ uint32: () => list.shift()! })

describe('whole numbers below n', () => {
  it('rejects the words beyond the last whole multiple', () => {
    expect(drawBelow(3, words(2 ** 32 - 1, 5))).toBe(2)
    expect(drawBelow(2 ** 32, words(2 ** 32 - 1))).toBe(2 ** 32 - 1)
    expect(drawBigBelow(2n ** 32n, words(7))).toBe(7n)
    expect(drawBigBelow(2n ** 32n + 1n, words(1, 0))).toBe(2n ** 32n)
  })
  it('stays within its bound, whatever the bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (n) => {
        const drawn = drawBelow(n, systemRandom)
        return Number.isInteger(drawn) && drawn >= 0 && drawn < n
      }),
    )
  })
  it.each([0, 1.5, -1, Number.NaN, 2 ** 53])('refuses %s', (n) => {
    expect(() => drawBelow(n, systemRandom)).toThrow(RangeError)
  })
})

describe('orders', () => {
  it('hold every item once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (count, seed) => {
        const order = shuffle(upTo(count), seededRandom(seed))
        expect(order.toSorted()).toEqual(upTo(count))
      }),
    )
  })
  it('are all six orders of three, about equally often', () => {
    const seen = new Map<string, number>()
    const source = seededStream(1, 'orders')
    for (let i = 0; i < 6000; i++) {
      const key = shuffle(upTo(3), source).join('')
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    // Five standard errors of a count of 6,000 at one sixth.
    for (const count of seen.values())
      expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(6000 * (5 / 36)))
  })
})

describe('streams', () => {
  it('take the upper 53 bits of two words', () => {
    expect(drawUniform(words(2 ** 32 - 1, 2 ** 32 - 1))).toBe(1 - 2 ** -53)
    expect(drawUniform(words(2 ** 31, 0))).toBe(0.5)
    expect(drawUniform(words(31, 63))).toBe(0)
  })
  // Numbers of the generators before they shared their steps: results that were published came from these.
  it('are pinned', () => {
    const { uniform, normal, fill } = seededRandom(7.5)
    expect([uniform(), normal(), normal(), uniform()]).toEqual([
      0.8369728772051879, -1.1492369873945165, 1.266212086737025, 0.5920504973995597,
    ])
    const filled = new Int32Array(4)
    fill(filled)
    expect([...filled]).toEqual([756505933, 1868474617, 825591543, -1892304593])
    expect(seededStream(3, 'weights', 2).uniform()).toBe(0.31179192546606416)
    expect([...shuffle(upTo(12), seededStream(3, 'shuffle', 4))]).toEqual([
      2, 1, 5, 4, 10, 7, 9, 11, 0, 6, 3, 8,
    ])
    const draws = pictureDraws(7, 'color')
    expect([draws.uniform(), draws.below(1000)]).toEqual([0.6877885998692364, 511])
    expect([...shuffle(upTo(12), draws)]).toEqual([7, 2, 0, 4, 8, 3, 11, 6, 10, 1, 9, 5])
    const secret = seededSecret(7, 'figure 11')
    expect(Buffer.from(secret).toString('hex')).toBe(
      '2834414e258b7cd326d05e4b6c8f9c7be0263ef3c2f08dc96cff9e801847b696',
    )
    const keyed = keyedStream(secret, 'matrix', 1)
    expect([keyed.uint32(), keyed.below(10), keyed.below(2 ** 32)]).toEqual([2100273892, 8, 2997775553])
    expect(keyed.bigBelow(10n ** 30n)).toBe(542565407357106504073972707944n)
    expect([keyed.uniform(), keyed.gaussian(), keyed.gaussian()]).toEqual([
      0.8166335654973534, 0.12989380362643202, -0.024885223936335875,
    ])
    expect([...keyed.permutation(12)]).toEqual([8, 9, 1, 5, 4, 0, 6, 10, 11, 2, 7, 3])
  })
})
