// Selective SGD: which changes travel, what is downloaded, round robin on quadratics, and the paper's noise with what it costs.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { seededSource } from '../simulation/seededSource.ts'
import { simulate } from '../simulation/simulate.ts'
import { quadraticFleet } from '../simulation/testing.ts'
import type { NodeState } from './algorithm.ts'
import { largestOf, selectiveSgd } from './selectiveSgd.ts'
import { optimumOf, quadraticLearner } from './testing.ts'

const size = 20
const centre = Array.from({ length: size }, (_, i) => (i + 1) * (i % 2 ? -1 : 1))
const learner = quadraticLearner({ curvature: new Array<number>(size).fill(1), centre })
const answer = async (
  options: Partial<Parameters<typeof selectiveSgd>[0]>,
  sent: { weights?: Float64Array; counts?: Float64Array; own?: Float64Array; seed?: number } = {},
) => {
  const algorithm = selectiveSgd({ rate: 0.5, upload: 1, ...options })
  const start = algorithm.start(sent.weights ?? new Float64Array(size))
  const state: NodeState = sent.own ? { own: sent.own } : {}
  return algorithm.node(learner, algorithm.instruct({ ...start, counts: sent.counts ?? start.counts }, 1), {
    state,
    random: seededStream(sent.seed ?? 1, 'node'),
    noise: seededSource(sent.seed ?? 1, 'noise'),
  })
}

describe('what is uploaded', () => {
  it('is a share of the largest changes', async () => {
    const { contribution, state } = await answer({ upload: 0.2 })
    expect([...contribution.vectors['indices']!]).toEqual([16, 17, 18, 19])
    expect([...contribution.vectors['changes']!]).toEqual([16, 17, 18, 19].map((i) => centre[i]! / 2))
    // The participant keeps all of its changes.
    expect([...state['own']!]).toEqual(centre.map((c) => c / 2))
  })
  it('is a share at random of those above a threshold, cut to a bound', async () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 60; seed++) {
      const { contribution } = await answer({ upload: 0.2, threshold: 5, bound: 7 }, { seed })
      const { indices, changes } = contribution.vectors
      expect(indices!.length).toBe(4)
      for (const [k, i] of indices!.entries()) {
        seen.add(i)
        expect(changes![k]).toBe(Math.sign(centre[i]!) * Math.min(7, Math.abs(centre[i]!) / 2))
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  })
  it('takes the first of equal sizes', () => {
    expect(largestOf(Float64Array.of(1, -3, 3, 3, 0), 2)).toEqual([1, 2])
    expect(largestOf(Float64Array.of(1, -3, 3, 3, 0), 5)).toEqual([0, 1, 2, 3, 4])
  })
})

it('downloads what changed most often, and keeps its own of the rest', async () => {
  const counts = Float64Array.from({ length: size }, (_, i) => (i === 3 || i === 8 ? 5 : 1))
  const own = new Float64Array(size).fill(100)
  const weights = new Float64Array(size).fill(-100)
  const { state } = await answer({ download: 0.1 }, { counts, own, weights })
  centre.forEach((c, i) => {
    const from = i === 3 || i === 8 ? -100 : 100
    expect(state['own']![i]).toBe(from + 0.5 * (c - from))
  })
})

describe('participants in turn', () => {
  const parts = [
    { curvature: [1, 4, 2], centre: [3, -1, 0] },
    { curvature: [2, 1, 2], centre: [-2, 2, 4] },
  ]
  const run = (
    options: { upload: number; threshold?: number },
    rate: number,
    rounds: number,
    onRound?: (record: { round: number; weights: Float64Array }) => void,
  ) =>
    simulate({
      onRound,
      algorithm: selectiveSgd({ rate, ...options }),
      fleet: quadraticFleet({ parts }),
      weights: Float64Array.of(9, 9, 9),
      rounds,
      seed: 1,
    })
  it('are incremental gradient descent where all is shared: near the optimum, the nearer the smaller the rate', async () => {
    const optimum = optimumOf(parts)
    const distance = async (rate: number) =>
      Math.hypot(...(await run({ upload: 1 }, rate, 4000)).weights.map((w, j) => w - optimum[j]!))
    const [coarse, fine] = [await distance(0.1), await distance(0.01)]
    expect(coarse).toBeLessThan(1)
    expect(fine).toBeLessThan(coarse / 5)
    expect(fine).toBeGreaterThan(1e-6)
  })
  it('come to the same place by a third at random, later; by the largest third they may not', async () => {
    const optimum = optimumOf(parts)
    // Where weights are in the mean of the last half of all rounds: chance throws them about.
    const distance = async (options: { upload: number; threshold?: number }, rounds: number) => {
      const mean = [0, 0, 0]
      await run(options, 0.01, rounds, ({ round, weights }) => {
        if (round > rounds / 2) for (const [j, w] of weights.entries()) mean[j]! += w / (rounds / 2)
      })
      return Math.hypot(...mean.map((w, j) => w - optimum[j]!))
    }
    expect(await distance({ upload: 1 }, 2000)).toBeLessThan(0.05)
    expect(await distance({ upload: 1 / 3, threshold: 0 }, 8000)).toBeLessThan(0.1)
    // A number on which both disagree less than on another is never sent, however far it is from where both want it.
    expect(await distance({ upload: 1 / 3 }, 8000)).toBeGreaterThan(0.3)
  })
})

describe('the paper’s noise', () => {
  const noisy = { upload: 0.25, threshold: 0.1, bound: 1, epsilonPerNumber: 2 }
  it('says what an upload really costs: ε for each number that may be in it', async () => {
    const { contribution } = await answer(noisy)
    expect(contribution.metrics['epsilon']).toBe(5 * 2)
    expect(contribution.vectors['indices']!.length).toBeLessThanOrEqual(5)
    expect(new Set(contribution.vectors['indices']).size).toBe(contribution.vectors['indices']!.length)
    expect(contribution.vectors['changes']!.every((v) => Math.abs(v) <= 1)).toBe(true)
  })
  it('chooses and releases by the changes where ε is huge, and by noise alone where it is small', async () => {
    const large = await answer({ ...noisy, epsilonPerNumber: 1e9, bound: 100 })
    for (const [k, i] of large.contribution.vectors['indices']!.entries())
      expect(large.contribution.vectors['changes']![k]).toBeCloseTo(centre[i]! / 2, 4)
    let right = 0
    let all = 0
    for (let seed = 0; seed < 100; seed++) {
      const { contribution } = await answer({ ...noisy, epsilonPerNumber: 1e-3 }, { seed })
      for (const [k, i] of contribution.vectors['indices']!.entries()) {
        all++
        if (Math.sign(contribution.vectors['changes']![k]!) === Math.sign(centre[i]!)) right++
      }
    }
    // Signs are coins then: five standard errors.
    expect(Math.abs(right / all - 0.5)).toBeLessThan(2.5 / Math.sqrt(all))
  })
  it('is refused without a threshold and a bound, and shares are shares', () => {
    expect(() => selectiveSgd({ rate: 1, upload: 0.1, epsilonPerNumber: 1 })).toThrow('threshold')
    expect(() => selectiveSgd({ rate: 1, upload: 0 })).toThrow('share')
    expect(() => selectiveSgd({ rate: 1, upload: 0.1, download: 2 })).toThrow('share')
  })
})
