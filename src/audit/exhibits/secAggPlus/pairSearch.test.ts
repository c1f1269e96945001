// The break of two nodes, where ten bits of the seed are given away: all numbers of both come out, or the search is broken.

import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../random/source.ts'
import { foldedSeed, maskOf } from './masks.ts'
import { openPair } from './pairSearch.ts'
import { withoutToldMasks } from './round.ts'
import { firstWords, placeOf, placesWithin, seedAt, seedCount } from './seedSpace.ts'
import { golden, seenOf } from './testing.ts'
import { weightOf } from './vector.ts'

const seedOf = (key: string) => foldedSeed(new TextEncoder().encode(key))
const two = golden.two
const place = placeOf(seedOf(two.nodes[0]!.secret.pairs[0]!.key))
/** 2^18 places, the true one among them. */
const around = { from: place - (place % 2 ** 18), count: 2 ** 18 }

describe('the space of seeds', () => {
  it('holds the seed of every key that Flower drew, and each place one seed', () => {
    for (const { key } of golden.masks) expect(seedAt(placeOf(seedOf(key)))).toBe(seedOf(key))
    for (const at of [0, 1, 127, 128, 2 ** 21 + 5, seedCount - 1]) expect(placeOf(seedAt(at))).toBe(at)
    expect(seedAt(seedCount - 1)).toBe(0x7f7f7f7f)
  })

  it('tells the first number of each mask as the generator does', () => {
    const words = new Uint32Array(64)
    for (const from of [0, 2 ** 20, seedCount - 64, place - (place % 8)]) {
      if (from + 64 > seedCount) continue
      firstWords(from, words)
      for (const [i, word] of words.entries()) expect(word).toBe(maskOf(seedAt(from + i), 1)[0])
    }
  })

  it('finds the places of a window, one that wraps around among them', () => {
    const words = new Uint32Array(2 ** 12)
    firstWords(2 ** 12, words)
    const window = { least: 2 ** 32 - 2 ** 27, width: 2 ** 28 }
    const expected = [...words.keys()].filter((i) => words[i]! >= window.least || words[i]! <= 2 ** 27)
    expect(expected.length).toBeGreaterThan(100)
    expect(placesWithin({ from: 2 ** 12, count: 2 ** 12 }, window)).toEqual(expected.map((i) => i + 2 ** 12))
  })
})

describe('two nodes of Flower’s own round', () => {
  it('are laid open, every number of both, by what the server saw', async () => {
    const found = await openPair(seenOf(two), { span: around })
    expect(found.seeds).toEqual([seedAt(place)])
    // Of 2^18 seeds each number leaves one in 1,024.
    expect(found.left[0]).toBeGreaterThan(150)
    expect(found.left[0]).toBeLessThan(400)
    expect(found.left.length).toBeLessThanOrEqual(4)
    for (const [i, { seen, secret }] of two.nodes.entries())
      expect(Array.from(found.vectors[i]!)).toEqual([
        weightOf(seen.examples, seenOf(two).settings),
        ...secret.quantised,
      ])
  })

  it('are not where their seed is not, nor by another round’s vectors', async () => {
    const few = 2 ** 15
    const elsewhere = { from: (around.from + around.count) % seedCount, count: few }
    expect((await openPair(seenOf(two), { span: elsewhere })).seeds).toEqual([])
    const seen = seenOf(two)
    const drawn = seen.nodes.map((node) => ({
      ...node,
      masked: node.masked.map(() => systemRandom.uint32()),
    }))
    const found = await openPair({ ...seen, nodes: drawn }, { span: { ...around, count: few } })
    expect(found.vectors).toEqual([])
  })

  it('are hidden from who reads without searching', () => {
    const { levels } = seenOf(two).settings
    for (const vector of withoutToldMasks(seenOf(two)).values())
      expect(vector.filter((value) => value <= levels).length).toBeLessThan(vector.length / 2)
  })
})
