// DP-FedAvg, with fixed and adaptive clipping: what a node adds, the noise's law, the price, and who may be in a round.

import { describe, expect, it } from 'vitest'
import { epsilonOf, noiseMultiplierFor, sampledGaussianLoss, systemRandom } from '../../private/index.ts'
import { seededSource } from '../simulation/seededSource.ts'
import { simulate } from '../simulation/simulate.ts'
import { quadraticFleet } from '../simulation/testing.ts'
import { adaptiveDpFedAvg } from './adaptiveClipping.ts'
import type { Contribution } from './algorithm.ts'
import { boundedMean } from './boundedMean.ts'
import { dpFedAvg } from './dpFedAvg.ts'

const of = (...updates: (readonly number[] | Float64Array)[]): Contribution[] =>
  updates.map((u) => ({ vectors: { update: Float64Array.from(u) }, examples: 99, metrics: {} }))
const options = { nodes: 40, participation: 0.25, noiseMultiplier: 1.5, rate: 0.1 }
const zeros = (size: number) => new Float64Array(size)

describe('the noisy mean', () => {
  const bound = { size: 3, clip: 0.7, deviation: 1, expected: 10, nodes: 40 }
  const mean = (updates: Float64Array[]) => boundedMean(updates, bound, seededSource(5, 'noise'))
  const others = [Float64Array.of(0.1, -0.2, 0.3), Float64Array.of(0, 0.5, 0)]
  const adds = (update: Float64Array) => {
    const [without, with_] = [mean(others), mean([...others, update])]
    return with_.map((v, i) => (v - without[i]!) * bound.expected)
  }
  it('has a short update whole, whoever else is there, over a number that nobody changes', () => {
    const update = Float64Array.of(0.3, 0.1, -0.2)
    adds(update).forEach((v, i) => void expect(v).toBeCloseTo(update[i]!, 6))
  })
  it.each([1, 1e3, 1e100, 1e300])('counts an update of length about %d for no more than C', (length) => {
    const added = adds(Float64Array.of(length, -2 * length, length))
    expect(Math.hypot(...added)).toBeLessThanOrEqual(0.7 * (1 + 1e-9))
    expect(Math.hypot(...added)).toBeGreaterThan(0.7 * (1 - 1e-6))
    expect(added[1]! / added[0]!).toBeCloseTo(-2, 5)
  })
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('counts an update with %d for nothing', (odd) => {
    expect([...adds(Float64Array.of(0.1, odd, 0.1))]).toEqual([0, 0, 0])
  })
  it('has noise of the stated deviation, also where nobody is there, at scales other than 1', () => {
    const size = 4000
    for (const [clip, multiplier] of [
      [0.02, 3],
      [50, 0.8],
    ] as const) {
      const deviation = clip * multiplier
      const noise = boundedMean([], { size, clip, deviation, expected: 8, nodes: 40 }, systemRandom)
      const sd = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / size)
      // Five standard errors of a standard deviation of 4,000 normal numbers.
      expect(Math.abs((sd * 8) / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * size))
    }
  })
})

describe('DP-FedAvg', () => {
  it('moves by the noisy mean, with a velocity where one is asked for', () => {
    const updates = of([0.3, 0], [0, 0.4])
    const make = (momentum: number) =>
      dpFedAvg({ ...options, clip: 1, momentum, noise: seededSource(3, 'noise') })
    const means = (() => {
      const random = seededSource(3, 'noise')
      const bound = { size: 2, clip: 1, deviation: 1.5, expected: 10, nodes: 40 }
      return [0, 1].map(() =>
        boundedMean(
          updates.map((u) => u.vectors['update']!),
          bound,
          random,
        ),
      )
    })()
    for (const momentum of [0, 0.5]) {
      const algorithm = make(momentum)
      let state = algorithm.start(Float64Array.of(1, 2))
      for (let round = 0; round < 2; round++) state = algorithm.combine(state, updates)
      algorithm
        .weights(state)
        .forEach(
          (w, i) => void expect(w).toBeCloseTo(i + 1 + (1 + momentum) * means[0]![i]! + means[1]![i]!, 12),
        )
    }
  })
  it('costs what the accountant says of sampled Gaussian noise', () => {
    const price = { epsilon: 8, delta: 1e-5, rate: 0.25, steps: 50 }
    const noiseMultiplier = noiseMultiplierFor(price)
    const algorithm = dpFedAvg({ ...options, clip: 1, noiseMultiplier })
    const spent = algorithm.price(50, 1e-5)
    expect(spent).toBeLessThanOrEqual(8)
    expect(spent).toBeGreaterThan(7.95)
    expect(algorithm.price(0, 1e-5)).toBe(0)
    expect(algorithm.price(51, 1e-5)).toBeGreaterThan(spent)
    // Less noise than can be drawn honestly has no price.
    expect(() => dpFedAvg({ ...options, clip: 1, noiseMultiplier: 0.2 }).price(1, 1e-5)).toThrow('too little')
  })
  it('is run on nodes that are drawn as its price assumes, and on no others', async () => {
    const fleet = quadraticFleet({
      parts: Array.from({ length: 40 }, (_, i) => ({ curvature: [1], centre: [i % 2] })),
    })
    const algorithm = dpFedAvg({ ...options, clip: 1, noise: seededSource(1, 'noise') })
    const counts: number[] = []
    const run = (sampling?: { rate: number } | { count: number }) =>
      simulate({
        algorithm,
        fleet,
        weights: zeros(1),
        rounds: 30,
        seed: 1,
        sampling,
        onRound: ({ answers }) => void counts.push(answers.length),
      })
    await run()
    expect(new Set(counts).size).toBeGreaterThan(3)
    await expect(run({ rate: 0.5 })).rejects.toThrow('probability 0.25')
    await expect(run({ count: 10 })).rejects.toThrow('probability 0.25')
  })
  it.each([
    [{ clip: 0 }, 'clipping norm'],
    [{ clip: 1, nodes: 0 }, 'nodes'],
    [{ clip: 1, participation: 1.5 }, 'chance'],
    [{ clip: 1, noiseMultiplier: 0 }, 'noise multiplier'],
    [{ clip: 1, momentum: 1 }, 'momentum'],
  ])('refuses %o', (wrong, words) => {
    expect(() => dpFedAvg({ ...options, ...wrong } as never)).toThrow(words)
  })
})

describe('adaptive clipping', () => {
  // Norms 1 to 100, evenly: half of them within 50, a tenth within 10.
  const nodes = 2000
  const updates = of(...Array.from({ length: nodes }, (_, i) => [(100 * (i + 0.5)) / nodes, 0]))
  const full = { nodes, participation: 1, noiseMultiplier: 1, rate: 0.1 }
  it.each([
    [0.5, 0.1, 200],
    [0.5, 4000, 200],
    [0.1, 0.5, 600],
  ])('finds the quantile %d from a norm of %d', (quantile, clip, rounds) => {
    const algorithm = adaptiveDpFedAvg({ ...full, quantile, clip, noise: seededSource(2, 'noise') })
    let state = algorithm.start(zeros(2))
    for (let round = 0; round < rounds; round++) state = algorithm.combine(state, updates)
    // The share's noise is 1/20, times η_C and what is averaged over ten rounds or so: a few percent of the norm.
    expect(Math.abs(state.clip / (100 * quantile) - 1)).toBeLessThan(0.25)
  })
  it('moves by the equation', () => {
    const noise = () => seededSource(4, 'noise')
    const algorithm = adaptiveDpFedAvg({ ...full, clip: 30, bitDeviation: 1e-9 + 5, noise: noise() })
    const state = algorithm.combine(algorithm.start(zeros(2)), updates)
    // 30 of 100 within, give or take noise of 5 in 2,000.
    expect(Math.abs(Math.log(state.clip / 30) / -0.2 - (0.3 - 0.5))).toBeLessThan((5 * 5) / 2000)
  })
  it('pays for the bits by more noise in the updates, at the price of one multiplier', () => {
    const size = 4000
    const adaptive = {
      nodes: 100,
      participation: 1,
      noiseMultiplier: 2,
      rate: 0.1,
      bitDeviation: 1.2,
      clip: 1,
    }
    const algorithm = adaptiveDpFedAvg({ ...adaptive, noise: seededSource(9, 'noise') })
    const weights = algorithm.weights(algorithm.combine(algorithm.start(zeros(size)), []))
    const sd = Math.sqrt(weights.reduce((sum, v) => sum + v * v, 0) / size) * 100
    const wanted = (2 ** -2 - (2 * 1.2) ** -2) ** -0.5
    expect(wanted).toBeGreaterThan(3)
    expect(Math.abs(sd / wanted - 1)).toBeLessThan(5 / Math.sqrt(2 * size))
    // Both together, as two Gaussian releases of the same nodes, cost what one of the multiplier does.
    const both = [
      { release: sampledGaussianLoss(wanted, 1), times: 10 },
      { release: sampledGaussianLoss(2 * 1.2, 1), times: 10 },
    ]
    expect(algorithm.price(10, 1e-5)).toBeCloseTo(epsilonOf(both, 1e-5), 3)
    expect(() => adaptiveDpFedAvg({ ...adaptive, bitDeviation: 0.9 })).toThrow('bits alone')
    expect(() => adaptiveDpFedAvg({ ...adaptive, quantile: 0 })).toThrow('quantile')
  })
})
