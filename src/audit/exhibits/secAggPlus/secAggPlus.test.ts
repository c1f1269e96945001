// Our small SecAgg+ against Flower's own: what it makes of the same keys, seeds and draws is the same, number for number.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { systemRandom } from '../../../random/source.ts'
import { agreedKey, seal, unseal } from './keys.ts'
import { foldedSeed, maskOf } from './masks.ts'
import { masked, maskOfSeed } from './node.ts'
import { meanOfRound, seenRound, withoutToldMasks } from './round.ts'
import { combineShares, createShares } from './shares.ts'
import { fromBase64, golden, seenOf } from './testing.ts'
import { flowerSettings, plus, quantised, weightOf } from './vector.ts'

const text = new TextEncoder()

describe('as Flower makes it', () => {
  it('are keys, seals and masks', () => {
    expect(golden.flwr).toBe('1.42.0')
    for (const one of golden.masks) {
      expect(agreedKey(one.secret, one.public)).toBe(one.key)
      expect(Array.from(maskOfSeed(one.key, one.mask.length))).toEqual(one.mask)
      expect(Buffer.from(unseal(one.key, one.token)).toString()).toBe('to be read in TypeScript')
    }
    // NumPy: RandomState(123456789).randint(0, 2**32 - 1, 5, dtype=int64).
    expect(Array.from(maskOf(123456789, 5))).toEqual([
      2288500408, 4254805660, 2294099250, 56498137, 2188513626,
    ])
    // Number 223 of this seed's words is 2^32 - 1, which Flower's mask leaves out (pseudo_rand_gen of flwr 1.42).
    expect(Array.from(maskOf(31792009, 226).subarray(222))).toEqual([
      3042817224, 3209170026, 1201954914, 2068934767,
    ])
  })

  it('are numbers on the grid', () => {
    const { values, uniforms, quantised: theirs } = golden.quantise
    let at = 0
    expect(Array.from(quantised(values, flowerSettings, () => uniforms[at++]!))).toEqual(theirs)
  })

  it('are shares', () => {
    for (const { secret, threshold, shares } of golden.shamir) {
      const all = shares.map(fromBase64)
      for (const some of [all.slice(0, threshold), all.slice(-threshold), all])
        expect(Buffer.from(combineShares(some)).toString('base64')).toBe(secret)
      const few = all.slice(1, threshold)
      const told = () => Buffer.from(combineShares(few)).toString('base64')
      // One share less tells nothing, or something else.
      expect(
        (() => {
          try {
            return told()
          } catch {
            return 'nothing'
          }
        })(),
      ).not.toBe(secret)
    }
  })

  it.each(['two', 'three', 'ring', 'dropped'] as const)(
    'are the masked vectors of the round ‘%s’, and its mean',
    (name) => {
      const round = golden[name]
      const { settings } = seenOf(round)
      for (const { id, seen, secret } of round.nodes) {
        if (seen.masked.length === 0) continue
        const vector = Uint32Array.of(weightOf(seen.examples, settings), ...secret.quantised)
        const pairs = new Map(secret.pairs.map((pair) => [pair.with, pair.key]))
        expect(Array.from(masked(vector, id, fromBase64(secret.seed), pairs))).toEqual(seen.masked)
        // The arrays are taken out of the answer, and the count of examples is left in it.
        expect(seen.arraysLeft).toBe(0)
      }
      meanOfRound(seenOf(round)).forEach((mean, j) => {
        expect(mean).toBeCloseTo(round.mean[j]!, 9)
      })
    },
  )
})

describe('a round of ours', () => {
  it.each([
    [2, 2],
    [3, 3],
    [6, 3],
  ])('of %d nodes with %d shares sums to the mean, and hides each vector', (count, shares) => {
    const random = seededStream(count, 'a round of SecAgg+')
    const inputs = Array.from({ length: count }, (_, i) => ({
      id: 2 ** 40 + 7 * i,
      parameters: Float64Array.from({ length: 5 }, () => random.normal()),
      examples: 100 * (i + 1),
    }))
    const seen = seenRound({ ...flowerSettings, shares, threshold: 2 }, inputs, systemRandom)
    const total = inputs.reduce((sum, { examples }) => sum + examples, 0)
    meanOfRound(seen).forEach((mean, j) => {
      const expected = inputs.reduce((sum, one) => sum + one.examples * one.parameters[j]!, 0) / total
      expect(Math.abs(mean - expected)).toBeLessThan(1e-3)
    })
    for (const vector of withoutToldMasks(seen).values())
      expect(vector.some((value) => value > flowerSettings.levels)).toBe(true)
  })

  it('seals for one and cuts for a threshold', () => {
    const { key } = golden.masks[0]!
    const token = seal(key, text.encode('for one'))
    expect(Buffer.from(unseal(key, token)).toString()).toBe('for one')
    expect(() => unseal(golden.masks[1]!.key, token)).toThrow(/not sealed/)
    const shares = createShares(text.encode('a secret'), 3, 5)
    expect(Buffer.from(combineShares([shares[4]!, shares[0]!, shares[2]!])).toString()).toBe('a secret')
  })
})

describe('the fold', () => {
  it('forgets where in a key its letters stand, and never sets the highest bit of a byte', () => {
    for (const { key } of golden.masks) {
      const bytes = text.encode(key)
      const turned = Uint8Array.of(...bytes.subarray(4), ...bytes.subarray(0, 4))
      expect(Array.from(turned)).not.toEqual(Array.from(bytes))
      expect(foldedSeed(turned)).toBe(foldedSeed(bytes))
      expect(foldedSeed(bytes) & 0x80808080).toBe(0)
    }
  })
  it('is a sum of all words', () => {
    const words = Uint32Array.of(1, 2 ** 31, 7)
    expect(foldedSeed(new Uint8Array(words.buffer))).toBe(2 ** 31 + 6)
    expect(plus(Uint32Array.of(2 ** 32 - 1), Uint32Array.of(2))[0]).toBe(1)
  })
})
