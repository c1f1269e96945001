// The break of nodes with two neighbours each, among fewer seeds: Flower's own rounds of three nodes, of seven with three shares, of four less one.

import { describe, expect, it } from 'vitest'
import { openCircle } from './circleSearch.ts'
import { foldedSeed, maskOf } from './masks.ts'
import { placeOf, seedAt, seedCount, wordAt } from './seedSpace.ts'
import { placesOf, seedTable } from './seedTable.ts'
import { type GoldenRound, golden, seenOf } from './testing.ts'
import { weightOf } from './vector.ts'

const size = 2 ** 13

/** As many places around each true seed of a round, each place once. */
function spansOf({ nodes }: GoldenRound) {
  const gone = new Set(nodes.filter(({ seen }) => seen.masked.length === 0).map(({ id }) => id))
  const starts = nodes.flatMap(({ id, secret }) =>
    secret.pairs.flatMap(({ with: other, key }) => {
      // Masks with who is gone are told, not sought.
      if (gone.has(id) || gone.has(other)) return []
      const place = placeOf(foldedSeed(new TextEncoder().encode(key)))
      return place - (place % size)
    }),
  )
  return [...new Set(starts)].map((from) => ({ from, count: size }))
}

describe('the table of seeds', () => {
  it('has every seed where its first number says', async () => {
    const table = await seedTable({
      spans: [
        { from: 2 ** 20, count: 2 ** 10 },
        { from: 0, count: 2 ** 10 },
      ],
    })
    for (const place of [0, 5, 2 ** 10 - 1, 2 ** 20, 2 ** 20 + 77])
      expect(placesOf(table, maskOf(seedAt(place), 1)[0]!)).toEqual([place])
    expect(table.places.length).toBe(2 ** 11)
    expect(new Set(table.places).size).toBe(2 ** 11)
  })
  it('reads single numbers of a mask as the generator has them', () => {
    for (const place of [3, 2 ** 27 + 11, seedCount - 1]) {
      const mask = maskOf(seedAt(place), 227)
      for (const at of [0, 1, 2, 30, 226]) expect(wordAt(seedAt(place), at)).toBe(mask[at])
    }
  })
})

describe.each(['three', 'ring', 'dropped'] as const)('Flower’s own round ‘%s’', (name) => {
  const round = golden[name]
  const seen = seenOf(round)

  it('is laid open, every number of every node', async () => {
    const found = await openCircle(seen, await seedTable({ spans: spansOf(round) }))
    expect(found.pairs).toBe(1)
    const survivors = round.nodes.filter(({ seen }) => seen.masked.length > 0)
    expect(survivors.length).toBeGreaterThan(2)
    expect(found.vectors.size).toBe(survivors.length)
    for (const {
      id,
      seen: { examples },
      secret,
    } of survivors)
      expect(Array.from(found.vectors.get(id)!)).toEqual([
        weightOf(examples, seen.settings),
        ...secret.quantised,
      ])
  })

  it('is not where one of its seeds is missing', async () => {
    const spans = spansOf(round)
    for (const missing of [0, spans.length - 1]) {
      const table = await seedTable({ spans: spans.filter((_, i) => i !== missing) })
      expect((await openCircle(seen, table)).vectors.size).toBe(0)
    }
  })
})

it('takes nodes with two neighbours each', async () => {
  const table = await seedTable({ spans: [{ from: 0, count: 64 }] })
  await expect(openCircle(seenOf(golden.two), table)).rejects.toThrow(/two neighbours/)
})
