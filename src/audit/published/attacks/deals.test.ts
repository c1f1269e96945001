import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { dealtByChains, dealtByLuck } from './deals.ts'
import { judged } from './lessGeneral.ts'

/** A class of eight people of four kinds, two each, who share out three 1s and five 0s; a finer table has a class a kind. */
function deals(mostOnes: number, seed: number) {
  const kindOf = Uint32Array.of(0, 0, 1, 1, 2, 2, 3, 3)
  const truth = Uint32Array.of(1, 1, 1, 0, 0, 0, 0, 0)
  const finer = {
    classOf: Uint32Array.of(0, 1, 2, 3),
    count: 4,
    sizes: Float64Array.of(2, 2, 2, 2),
    tally: new Float64Array(8),
  }
  const verdict = judged(finer, kindOf, [
    {
      classPasses: ({ values, counts, distinct }) => {
        const at = values.subarray(0, distinct).indexOf(1)
        return at < 0 || counts[at]! < mostOnes
      },
    },
  ])
  return {
    hands: [{ members: Uint32Array.from(kindOf.keys()), cards: Uint32Array.from(truth) }],
    truth,
    kindOf,
    verdicts: [verdict],
    most: 0,
    values: 2,
    source: seededStream(seed, 'deals'),
    turn: () => undefined,
  }
}

describe('deals under which a finer table fails', () => {
  it('are as a count of all of them says, by luck and by chains', async () => {
    // A kind has two 1s: 4 kinds, and the third 1 with any of 6 others. All kinds are alike, so that each has 3 of 8 by symmetry.
    const luck = await dealtByLuck(deals(2, 1), 4, { tries: 20_000, enough: 20_000 })
    expect(luck.kept / luck.tried).toBeCloseTo(24 / 56, 1.5)
    const ones = (tally: Float64Array, kept: number) => [1, 3, 5, 7].map((at) => tally[at]! / (2 * kept))
    for (const share of ones(luck.tally, luck.kept)) expect(Math.abs(share - 3 / 8)).toBeLessThan(0.02)
    // Sweeps of a chain are like each other, so that both together tell less than as many deals by luck.
    const chains = (await dealtByChains(deals(2, 1), 4, 1e6))!
    const pooled = chains.map(({ tally, kept }) => ones(tally, 2 * kept))
    for (const kind of [0, 1, 2, 3])
      expect(Math.abs(pooled[0]![kind]! + pooled[1]![kind]! - 3 / 8)).toBeLessThan(0.1)
  })

  it('hold a chain where no single exchange leads on: it stays at the truth, and another does not', async () => {
    // Two 1s, both of one kind.
    const few = deals(2, 3)
    few.truth.set([1, 1, 0, 0, 0, 0, 0, 0])
    few.hands[0]!.cards.set(few.truth)
    const [fromTruth, other] = (await dealtByChains(few, 4, 1e6))!
    expect(fromTruth.tally[1]! / (2 * fromTruth.kept)).toBe(1)
    expect(other.tally[1]! / (2 * other.kept)).toBe(0)
  })

  it('are none where none of them fails', async () => {
    expect((await dealtByLuck(deals(4, 1), 4, { tries: 100, enough: 100 })).kept).toBe(0)
    expect(await dealtByChains(deals(4, 1), 4, 1e6)).toBeUndefined()
    expect(await dealtByChains(deals(2, 1), 4, 100)).toBeUndefined()
  })

  it('are counted as exchanges change them', () => {
    const { verdicts, truth, kindOf } = deals(2, 1)
    const verdict = verdicts[0]!
    verdict.deal(truth)
    expect(verdict.out()).toBe(2)
    const given = Uint32Array.from(truth)
    const source = seededStream(2, 'exchanges')
    for (let i = 0; i < 200; i++) {
      const [a, b] = [source.below(8), source.below(8)]
      verdict.exchange(kindOf[a]!, kindOf[b]!, given[a]!, given[b]!)
      ;[given[a], given[b]] = [given[b]!, given[a]!]
      const counted = verdict.out()
      verdict.deal(given)
      expect(verdict.out()).toBe(counted)
    }
  })
})
