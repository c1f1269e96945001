// The price of summed noise, against the laws themselves: summed up mass by mass.

import { describe, expect, it } from 'vitest'
import { rational } from '../../private/mechanisms/rational.ts'
import { honestSurvivors, noiseShare, sumPrice } from './sumPrice.ts'
import { fleetOf, runRound } from './testing.ts'

/** Masses of a discrete Gaussian at −reach … reach. */
function gaussian(variance: number, reach: number): Float64Array {
  const masses = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * variance)),
  )
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => mass / total)
}

/** Masses of a sum of two. */
function convolved(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length - 1)
  a.forEach((p, i) => {
    b.forEach((q, j) => {
      out[i + j] = out[i + j]! + p * q
    })
  })
  return out
}

/** Masses of a sum of `count` discrete Gaussians, and where 0 is. All that a double can hold: down to e^−700. */
function summed(variance: number, count: number): { masses: Float64Array; middle: number } {
  const one = gaussian(variance, Math.floor(Math.sqrt(1400 * variance)))
  let masses = one
  for (let i = 1; i < count; i++) masses = convolved(masses, one)
  return { masses, middle: (masses.length - 1) / 2 }
}

/** The Rényi divergence of a law from itself moved by `shift`; the sum's largest terms lie (order − 1) shift left of 0. */
function divergenceOf(
  { masses, middle }: ReturnType<typeof summed>,
  variance: number,
  shift: number,
  order: number,
): number {
  const reach = Math.floor(Math.sqrt(1300 * variance))
  expect(reach).toBeGreaterThan((order - 1) * shift + shift + 8 * Math.sqrt(variance))
  let sum = 0
  for (let x = shift - reach; x <= reach - shift; x++)
    sum += Math.exp(
      order * Math.log(masses[middle + x]!) + (1 - order) * Math.log(masses[middle + x - shift]!),
    )
  return Math.log(sum) / (order - 1)
}

const cases = [
  [0.25, 3],
  [0.3, 2],
  [0.5, 5],
  [1, 4],
  [4, 6],
] as const

describe('the sum of discrete Gaussians', () => {
  it.each(cases)(
    'of σ² = %f, %i of them, gives away no more than its price, and not much less',
    (variance, honest) => {
      const { setup } = fleetOf(honest + 2, {
        corrupted: 1,
        dropouts: 1,
        server: 'semi-honest',
        length: 1,
        noise: rational(BigInt(variance * 100), 100n),
      })
      expect(honestSurvivors(setup)).toBe(honest)
      const law = summed(variance, honest)
      for (const shift of [1, 2, 3])
        for (const order of [1.01, 1.5, 2, 4]) {
          const price = sumPrice(setup, shift)
          const truth = divergenceOf(law, honest * variance, shift, order)
          expect(truth).toBeLessThanOrEqual(price.renyi!(order) + 1e-11) // This test itself rounds as much.
          expect(truth).toBeLessThanOrEqual(order * price.rho! + 1e-11)
          // One discrete Gaussian of the same variance gives away about as much: what is added is for what it is not.
          if (variance >= 1) expect(truth).toBeGreaterThan(0.99 * price.renyi!(order))
        }
    },
  )

  // PROOF.md, lemma 8.
  it.each(cases)(
    'of σ² = %f, %i of them, is not one, and differs by no more than τ / 2 in logarithms',
    (variance, honest) => {
      const law = summed(variance, honest)
      const one = gaussian(honest * variance, law.middle)
      const half =
        5 *
        Array.from({ length: honest - 1 }, (_, i) =>
          Math.exp((-2 * Math.PI ** 2 * variance * (i + 1)) / (i + 2)),
        ).reduce((a, b) => a + b)
      let most = 0
      for (let x = 0; x <= 6 * Math.sqrt(honest * variance); x++)
        most = Math.max(most, Math.abs(Math.log(law.masses[law.middle + x]! / one[law.middle + x]!)))
      expect(most).toBeLessThanOrEqual(half + 1e-9)
      if (variance < 1) expect(most).toBeGreaterThan(1e-4)
    },
  )

  it('costs more than one discrete Gaussian where σ is small: the term that is added is needed', () => {
    // α Δ² / (2 h σ²) = 3 for α = 3, Δ = 1, two of σ² = 1/4.
    const cost = divergenceOf(summed(0.25, 2), 0.5, 1, 3)
    expect(cost).toBeGreaterThan(3.19)
    expect(cost).toBeLessThan(3.2)
  })

  it('is priced as 1 / h of its variance each, and refused where nothing is sure', () => {
    const { setup } = fleetOf(10, { corrupted: 2, dropouts: 2 })
    expect(noiseShare(600, setup)).toEqual(rational(100n))
    const noise = noiseShare(600, setup)
    expect(sumPrice({ ...setup, noise }, 6).rho).toBeCloseTo(36 / 1200, 12)
    expect(() => sumPrice(setup, 1)).toThrow('no noise')
    expect(() => sumPrice({ ...setup, noise: rational(1n, 5n) }, 1)).toThrow('below 1/2')
    expect(() => noiseShare(600, { fewest: 4, dropouts: 2, corrupted: 2 })).toThrow('no honest node')
  })
})

describe('a round with noise', () => {
  it.each([32, 64] as const)('has the noise of all survivors in its sum, modulo 2^%i', (bits) => {
    const length = 4000
    const variance = 12.25
    const { setup, people } = fleetOf(6, { bits, length, noise: rational(49n, 4n) })
    const input = bits === 32 ? new Int32Array(length).fill(-10) : new BigInt64Array(length).fill(-10n)
    const { server } = runRound(setup, people, new Map(people.map(({ name }) => [name, input])))
    const noise = Array.from(server.sum().values as ArrayLike<number | bigint>, (value) => Number(value) + 60)
    const mean = noise.reduce((sum, x) => sum + x, 0) / length
    const second = noise.reduce((sum, x) => sum + x * x, 0) / length
    // Five standard errors of 4,000 draws.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt((6 * variance) / length))
    expect(Math.abs(second / (6 * variance) - 1)).toBeLessThan(5 * Math.sqrt(2 / length))
  })
})
