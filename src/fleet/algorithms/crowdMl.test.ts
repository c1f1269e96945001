// Crowd-ML: the gradient's sensitivity, the noise's law at its stated scale, the price, the server's steps.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential, takeRows } from '../../learn/index.ts'
import { discreteLaplace, gridLaplace } from '../../private/index.ts'
import { weightsToVector } from '../layout.ts'
import type { Learner } from '../learner/learner.ts'
import { openTrainer } from '../learner/trainer.ts'
import { seededSource } from '../simulation/seededSource.ts'
import { crowdMl } from './crowdMl.ts'
import { quadraticLearner } from './testing.ts'

const model = sequential([dense({ units: 3, bias: false })], { input: [4] })
const draws = seededStream(8, 'rows')
const x = Float64Array.from({ length: 40 }, draws.normal)
// ‖x‖₁ = 1 for each row, as the paper has it.
for (let row = 0; row < 10; row++) {
  const length = x.subarray(4 * row, 4 * row + 4).reduce((sum, v) => sum + Math.abs(v), 0)
  for (let j = 0; j < 4; j++) x[4 * row + j]! /= length
}
const data = {
  x: tensor(x, [10, 4], 'float64'),
  y: tensor(
    Int32Array.from({ length: 10 }, (_, i) => i % 3),
    [10],
    'int32',
  ),
}
const trainer = await openTrainer(model, { loss: 'categoricalCrossEntropy', executor: 'plain' })
const at = weightsToVector(initialWeights(model, 1), trainer.layout)
const base = { batch: 4, epsilonGradient: 2, epsilonErrors: 1, rate: 1 }
const ask = (
  learner: Learner,
  options: Partial<Parameters<typeof crowdMl>[0]>,
  { weights = at, next = 0, seed = 1 } = {},
) => {
  const algorithm = crowdMl({ ...base, ...options })
  return algorithm.node(learner, algorithm.instruct(algorithm.start(weights), 1), {
    state: next ? { next: Float64Array.of(next) } : {},
    random: seededStream(1, 'x'),
    noise: seededSource(seed, 'noise'),
  })
}

describe('a device', () => {
  it('answers the mean gradient of the next rows, where ε is huge; the bound leaves softmax as it is', async () => {
    const learner = trainer.learner(data)
    for (const next of [0, 4]) {
      const { contribution, state } = await ask(
        learner,
        { epsilonGradient: 1e12, epsilonErrors: 1e9 },
        { next },
      )
      const rows = Int32Array.from({ length: 4 }, (_, i) => next + i)
      const { gradient } = await learner.gradient(at, rows)
      contribution.vectors['gradient']!.forEach((v, i) => void expect(v).toBeCloseTo(gradient[i]!, 9))
      const { accuracy } = await learner.measure(at, rows)
      expect(contribution.metrics['errors']).toBe(Math.round((1 - accuracy!) * 4))
      expect([...state['next']!]).toEqual([next + 4])
    }
    // Rows 8 and 9 are not enough for an answer: a new pass begins.
    expect([...(await ask(learner, {}, { next: 8 })).state['next']!]).toEqual([4])
  })
  it('has noise of scale 2 G / (b ε) in each number', async () => {
    const size = 3000
    const learner = quadraticLearner({
      curvature: new Array<number>(size).fill(0),
      centre: new Array<number>(size).fill(0),
    })
    const { contribution } = await ask(
      learner,
      { batch: 5, epsilonGradient: 0.5, norm: 3 },
      { weights: new Float64Array(size) },
    )
    const scale = (2 * 3) / (5 * 0.5)
    const mean = contribution.vectors['gradient']!.reduce((sum, v) => sum + Math.abs(v), 0) / size
    expect(Math.abs(mean / scale - 1)).toBeLessThan(5 / Math.sqrt(size))
  })
  it('holds each row’s gradient to the bound: one that is replaced moves the mean by 2 G / b at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 0, max: 2 }),
        async (other, label) => {
          const exact = { epsilonGradient: 1e12, norm: 0.5, batch: 2 }
          const two = takeRows(data, Int32Array.of(0, 1))
          const changed = {
            x: tensor(Float64Array.from([...x.subarray(0, 4), ...other.slice(0, 4)]), [2, 4], 'float64'),
            y: tensor(Int32Array.of(0, label), [2], 'int32'),
          }
          const answers = await Promise.all(
            [two, changed].map(
              async (rows) => (await ask(trainer.learner(rows), exact)).contribution.vectors['gradient']!,
            ),
          )
          const moved = answers[0]!.reduce((sum, v, i) => sum + Math.abs(v - answers[1]![i]!), 0)
          expect(moved).toBeLessThanOrEqual((2 * 0.5) / 2 + 1e-9)
        },
      ),
      { numRuns: 30 },
    )
  })
  it('counts a gradient that is no number for nothing', async () => {
    const learner = quadraticLearner({ curvature: [1], centre: [Number.NaN] })
    const { contribution } = await ask(learner, { epsilonGradient: 1e9 }, { weights: Float64Array.of(1) })
    expect(Math.abs(contribution.vectors['gradient']![0]!)).toBeLessThan(1e-6)
  })
  it('refuses a learner that measures other rows than it is asked for', async () => {
    const learner = quadraticLearner({ curvature: [1], centre: [0] })
    const deaf: Learner = { ...learner, measure: (at) => learner.measure(at) }
    await expect(ask(deaf, {}, { weights: Float64Array.of(1) })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})

describe('the server', () => {
  it('steps by c / √t, and stays in the ball', () => {
    const algorithm = crowdMl({ ...base, rate: 3, radius: 5 })
    const push = { vectors: { gradient: Float64Array.of(1, 0) }, examples: 4, metrics: {} }
    let state = algorithm.start(Float64Array.of(0, 1))
    state = algorithm.combine(state, [push])
    expect([...state.weights]).toEqual([-3, 1])
    state = algorithm.combine(state, [push])
    const [a, b] = [-3 - 3 / Math.SQRT2, 1]
    state.weights.forEach((w, i) => void expect(w).toBeCloseTo(([a, b][i]! * 5) / Math.hypot(a, b), 12))
  })
  it.each([
    [100_000, 0.01, 7.3, 100],
    [1000, 0.1, 2, 10],
    [12, 2, 2, 4],
  ])(
    'covers devices with fewer rows than a batch: %i weights, ε = %f, G = %f, b = %i',
    (weights, epsilon, norm, batch) => {
      const stated = crowdMl({ ...base, batch, epsilonGradient: epsilon, norm }).price(1, weights)
      const alone = Array.from({ length: batch }, (_, i) => {
        const noise = gridLaplace({ scale: (2 * norm) / ((i + 1) * epsilon), dimensions: weights })
        return noise.map((2 * norm) / (i + 1)).epsilon!
      })
      const errors = discreteLaplace({ scale: 1 }).map(1).epsilon!
      for (const real of alone) expect(stated - errors).toBeGreaterThanOrEqual(real * (1 - 1e-12))
      expect(stated).toBeCloseTo(Math.max(...alone) + errors, 12)
    },
  )
  it('states the sum of both ε, a hair above for the grid', () => {
    const algorithm = crowdMl(base)
    const price = algorithm.price(7, 12)
    expect(price).toBeGreaterThanOrEqual(7 * 3)
    expect(price).toBeLessThan(7 * 3 * 1.0001)
    expect(() => crowdMl({ ...base, epsilonErrors: 0 })).toThrow('errors')
    expect(() => crowdMl({ ...base, batch: 0.5 })).toThrow('1 to 10000 rows')
  })
})
