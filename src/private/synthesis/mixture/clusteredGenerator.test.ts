import { describe, expect, it } from 'vitest'
import { tensor } from '../../../graph/index.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { seededSource } from '../testing.ts'
import { clusteredGenerator } from './clusteredGenerator.ts'
import { drawClustered, sharesOf } from './drawClustered.ts'

const recipe = {
  epochs: 20,
  rounds: 3,
  hidden: 6,
  latent: 2,
  frequencies: 6,
  per: 5,
  clip: 1,
  learningRate: 0.05,
}
const options = { epsilon: 50, delta: 1e-5, clusters: 2, recipe }

/** Two kinds of rows, 600 of one and 200 of the other. */
const random = seededStream(1, 'rows')
const kinds = Float32Array.from({ length: 800 * 4 }, (_, i) => {
  const one = Math.floor(i / 4) < 600
  return (one === i % 4 < 2 ? 0.9 : 0.1) + 0.05 * random.normal()
})

describe('a generator', () => {
  it('draws rows like those it learned from, each kind as often', async () => {
    const generator = await clusteredGenerator(tensor(kinds, [800, 4]), options)
    expect(generator.spent.epsilon).toBeLessThanOrEqual(50)
    const sizes = generator.clusters.map(({ rows }) => rows).sort((a, b) => b - a)
    expect(Math.abs(sizes[0]! - 600)).toBeLessThan(40)
    const { data } = await drawClustered(generator, 400, seededSource(2))
    let [first, second] = [0, 0]
    for (let row = 0; row < 400; row++) {
      const [a, b, c, d] = data.subarray(4 * row, 4 * row + 4) as Float32Array
      if (a! > 0.5 && b! > 0.5 && c! < 0.5 && d! < 0.5) first++
      if (a! < 0.5 && b! < 0.5 && c! > 0.5 && d! > 0.5) second++
    }
    // Noise is the system's: of 14 runs first was 238 to 300, second 75 to 101. Rows that say nothing would be 25 of either kind.
    expect(first).toBeGreaterThan(150)
    expect(second).toBeGreaterThan(40)
    expect(second).toBeLessThan(140)
  })

  it('takes whatever numbers there are, and no rows at all', async () => {
    const wild = Float64Array.of(Number.NaN, Infinity, -Infinity, 1e300, -5, 0.5)
    for (const rows of [tensor(wild, [3, 2], 'float64'), tensor(new Float32Array(0), [0, 2])]) {
      const generator = await clusteredGenerator(rows, { ...options, recipe: { ...recipe, epochs: 1 } })
      const { data, shape } = await drawClustered(generator, 7)
      expect(shape).toEqual([7, 2])
      expect(Array.from(data as Float32Array).every((v) => v >= 0 && v <= 1)).toBe(true)
    }
  })

  it('refuses bytes, and rows of several dimensions', async () => {
    const bytes = tensor(new Uint8Array(4), [2, 2], 'uint8')
    await expect(clusteredGenerator(bytes, options)).rejects.toMatchObject({ code: 'shape' })
    const cubes = tensor(new Float32Array(8), [2, 2, 2])
    await expect(clusteredGenerator(cubes, options)).rejects.toMatchObject({ code: 'shape' })
  })

  it.each([
    { clusters: 0 },
    { epsilon: 0 },
    { delta: 1 },
    { recipe: { share: 0 } },
    { recipe: { share: 1 } },
    { recipe: { latent: 0 } },
    { recipe: { bandwidth: Number.NaN } },
    { recipe: { clip: 0 } },
  ])('refuses %j, and nothing is paid', async (wrong) => {
    const rows = tensor(new Float32Array(4), [2, 2])
    const ledger = { spendInTurn: () => expect.unreachable() } as unknown as Ledger
    await expect(clusteredGenerator(rows, { ...options, ledger, ...wrong })).rejects.toMatchObject({
      code: 'usage',
    })
  })
})

describe('shares', () => {
  it('are whole, add up, and are in proportion on average', () => {
    const random = seededSource(6)
    const sums = [0, 0, 0]
    for (let run = 0; run < 4000; run++) {
      const shares = sharesOf([1, 0, 3.5], 10, random)
      expect(shares.reduce((a, b) => a + b)).toBe(10)
      shares.forEach((share, i) => {
        sums[i]! += share / 4000
      })
    }
    expect(sums[0]).toBeCloseTo(10 / 4.5, 1)
    expect(sums[1]).toBe(0)
  })

  it('are alike where no cluster has rows', () => {
    expect(sharesOf([0, 0], 8, seededSource(6)).toSorted()).toEqual([4, 4])
  })
})
