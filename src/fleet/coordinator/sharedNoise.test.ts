// Stated noise: that it is on the grid that is priced, that its price is that of the sum, and what a node makes of other statements.

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import type { SecureSetup } from '../secure/contract.ts'
import { identityKey } from '../secure/crypto.ts'
import { reachOf, requireSetup } from '../secure/setup.ts'
import { gridFor, meanOf, numbersOf, type SumTerms } from './secureTerms.ts'
import { acceptedLosses, lossesOf, withNoise } from './sharedNoise.ts'

const plain: SumTerms = { vectors: ['update'], size: 20, limit: 4, mostExamples: null, noised: null }

function setupOf(nodes: number, bits: 32 | 64): SecureSetup {
  return {
    session: new Uint8Array(32),
    purpose: new Uint8Array(32),
    round: 1,
    population: Array.from({ length: nodes }, (_, i) => ({
      name: `node-${i}`,
      identity: identityKey(new Uint8Array(randomBytes(32))),
    })),
    server: 'active',
    corrupted: Math.floor(nodes / 10),
    dropouts: Math.floor(nodes / 10),
    fewest: nodes,
    length: 20,
    bits,
    range: 1n,
    privacy: 40,
    delivery: 20,
  }
}

describe('noise that a coordinator states', () => {
  it.each([
    [10, 32, 2 ** -4, 1],
    [10, 32, 5.3, 0.3],
    [10, 32, 2 ** 18, 2 ** -20],
    [500, 32, 5.3, 1000.1],
    [500, 64, 40, 2 ** 20],
  ] as const)(
    'among %i nodes, in %i bits, z = %f, C = %f: a round holds it, and it costs 2 / z²',
    (nodes, bits, multiplier, clip) => {
      const honest = nodes - 2 * Math.floor(nodes / 10)
      const { terms, setup } = withNoise(plain, setupOf(nodes, bits), { multiplier, clip })
      requireSetup(setup)
      expect(reachOf(setup, nodes)).toBeLessThan(2n ** BigInt(bits - 1))
      const step = 2 ** terms.noised!.exponent
      expect(setup.range).toBe(BigInt(Math.floor(clip / step)))
      expect(setup.range).toBeGreaterThanOrEqual(256n)
      // The sum over so many has the variance that is stated, to the last digit of a double.
      const { numerator, denominator } = setup.noise!
      const whole =
        (honest * (Number(numerator) / Number(denominator)) * step ** 2) / (multiplier * clip) ** 2
      expect(whole).toBeCloseTo(1, 12)
      const [loss] = lossesOf(setup, honest) as unknown as [{ rho: number }]
      expect(loss.rho).toBeLessThanOrEqual((2 / multiplier ** 2) * (1 + 1e-12))
      expect(loss.rho).toBeGreaterThan((2 / multiplier ** 2) * 0.99)
      // Whoever counts on half as many pays twice as much, and nobody pays for more than are sure.
      const [half] = lossesOf(setup, honest / 2) as unknown as [{ rho: number }]
      expect(half.rho / loss.rho).toBeCloseTo(2, 9)
      expect(lossesOf(setup, 10 * honest)).toEqual(lossesOf(setup, honest))
    },
  )

  it('is refused where no grid has room, or nobody honest is sure', () => {
    expect(() =>
      withNoise(plain, { ...setupOf(500, 32), fewest: 101 }, { multiplier: 2 ** 18, clip: 1 }),
    ).toThrow(/do not fit 32 bits/)
    expect(() => withNoise(plain, setupOf(10, 32), { multiplier: 2 ** 19, clip: 1 })).toThrow(
      /noise multiplier/,
    )
    expect(() => withNoise(plain, { ...setupOf(10, 32), fewest: 2 }, { multiplier: 1, clip: 1 })).toThrow(
      /no honest node/,
    )
  })

  it.each([32, 64] as const)(
    'takes no input of %i bits that is longer than is priced, counted in integers',
    (bits) => {
      const random = seededStream(5, 'inputs')
      const { terms, setup } = withNoise(plain, setupOf(10, bits), { multiplier: 3, clip: 0.7 })
      const grid = gridFor(terms, 10, bits)
      const wild = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300, 5e-324, 0, 1]
      let longest = 0n
      for (let i = 0; i < 300; i++) {
        const update = Float64Array.from({ length: 20 }, () =>
          i % 3 === 0 && random.below(9) === 0
            ? wild[random.below(wild.length)]!
            : random.normal() * 2 ** (random.below(20) - 10),
        )
        const input = numbersOf({ vectors: { update }, examples: 1, metrics: {} }, terms, grid, bits)
        const squares = Array.from(input as ArrayLike<number | bigint>, BigInt).reduce(
          (sum, k) => sum + k * k,
          0n,
        )
        expect(squares <= setup.range ** 2n).toBe(true)
        if (squares > longest) longest = squares
      }
      // And some are as long as they may be.
      expect(longest > ((setup.range * 99n) / 100n) ** 2n).toBe(true)
    },
  )

  it.each([0.3, 0.5, 1])('leaves the mean of a sum what it is: C = %f', (clip) => {
    const { terms, setup } = withNoise(plain, setupOf(10, 32), { multiplier: 3, clip })
    const grid = gridFor(terms, 10, 32)
    const update = Float64Array.from({ length: 20 }, (_, j) => (j - 9) / 200)
    const input = numbersOf({ vectors: { update }, examples: 9, metrics: {} }, terms, grid, 32)
    const { vectors, examples } = meanOf(
      Int32Array.from(input as Int32Array, (k) => 7 * k),
      7,
      terms,
      grid,
    )
    expect(examples).toBe(7)
    expect(setup.range).toBe(grid.levels)
    for (const [j, value] of vectors['update']!.entries())
      expect(Math.abs(value - update[j]!)).toBeLessThan(grid.step)
  })

  it('is held to what an owner accepts, by name', () => {
    const stated = withNoise(plain, setupOf(10, 32), { multiplier: 3, clip: 0.7 })
    expect(acceptedLosses(stated, { honest: 8, clip: 0.7 })).toEqual(lossesOf(stated.setup, 8))
    expect(() => acceptedLosses(stated, { honest: 9, clip: 0.7 })).toThrow(
      /8 honest nodes are sure to be in a sum, and 9/,
    )
    expect(() => acceptedLosses(stated, { honest: 8, clip: 0.6 })).toThrow(
      /as long as 0\.7, and 0\.6 is accepted/,
    )
    const bare = { terms: plain, setup: setupOf(10, 32) }
    expect(() => acceptedLosses(bare, { honest: 8, clip: 0.7 })).toThrow(/add no noise/)
  })
})
