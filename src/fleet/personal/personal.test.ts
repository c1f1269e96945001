// Personalisation: FedPer's base and heads, last layers alone, a public model retrained where that helps.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import { quadraticLearner } from '../algorithms/testing.ts'
import { fromVector, weightsToVector } from '../layout.ts'
import { openTrainer } from '../learner/trainer.ts'
import { simulate } from '../simulation/simulate.ts'
import { quadraticFleet } from '../simulation/testing.ts'
import { fedPer, ownWeights } from './fedPer.ts'
import { partOf, withFrozenBase, withPart } from './lastLayers.ts'
import { retrain } from './retrain.ts'

describe('FedPer', () => {
  // Weight 0 is shared, 1 personal: separable quadratics, so both are known.
  const layout = {
    size: 2,
    slots: [
      { name: 'base', shape: [1], dtype: 'float32' as const, start: 0, size: 1 },
      { name: 'head', shape: [1], dtype: 'float32' as const, start: 1, size: 1 },
    ],
  }
  const parts = [
    { curvature: [1, 1], centre: [4, 10] },
    { curvature: [1, 1], centre: [-2, -10] },
    { curvature: [2, 1], centre: [1, 3] },
  ]
  it('finds one base for all and a head for each; no head is sent', async () => {
    const algorithm = fedPer({ rate: 0.2, layout, personal: ['head'] })
    let kept = new Map<number, Readonly<Record<string, Float64Array>>>()
    const { weights } = await simulate({
      algorithm,
      fleet: quadraticFleet({ parts }),
      weights: Float64Array.of(7, 7),
      rounds: 200,
      seed: 1,
      onRound(round) {
        for (const { contribution } of round.answers) expect(contribution.vectors['update']!.length).toBe(1)
        kept = new Map(round.snapshot().kept)
      },
    })
    const base = (4 - 2 + 2) / 4
    expect(weights[0]).toBeCloseTo(base, 9)
    expect(weights[1]).toBe(7)
    const shared = Float64Array.of(0)
    for (const [i, { centre }] of parts.entries()) {
      const own = ownWeights(weights, shared, kept.get(i)!)
      expect(own[0]).toBeCloseTo(base, 9)
      expect(own[1]).toBeCloseTo(centre[1]!, 6)
    }
    expect(ownWeights(weights, shared, {})).toEqual(weights)
  })
  it('refuses names that are not there, and a split with nothing on one side', () => {
    expect(() => fedPer({ rate: 1, layout, personal: ['tail'] })).toThrow("'tail'")
    expect(() => fedPer({ rate: 1, layout, personal: [] })).toThrow('keeps others')
    expect(() => fedPer({ rate: 1, layout, personal: ['base', 'head'] })).toThrow('keeps others')
  })
})

describe('last layers', () => {
  const model = sequential(
    [dense({ units: 4, activation: 'tanh' }), dense({ units: 4, activation: 'tanh' }), dense({ units: 2 })],
    { input: [3] },
  )
  const draws = seededStream(2, 'rows')
  const data = {
    x: tensor(Float64Array.from({ length: 30 }, draws.normal), [10, 3], 'float64'),
    y: tensor(
      Int32Array.from({ length: 10 }, (_, i) => i % 2),
      [10],
      'int32',
    ),
  }
  const options = { loss: 'categoricalCrossEntropy', executor: 'plain' } as const
  it('are trained from the same function, and are all that changes', async () => {
    const whole = await openTrainer(model, options)
    const all = weightsToVector(initialWeights(model, 5), whole.layout)
    const weights = Object.fromEntries(fromVector(all, whole.layout))
    const trainer = await openTrainer(withFrozenBase(model, 1), { ...options, weights })
    expect(trainer.layout.size).toBe(10)
    const learner = trainer.learner(data)
    const from = partOf(all, whole.layout, trainer.layout)
    expect((await learner.measure(from)).loss).toBeCloseTo((await whole.learner(data).measure(all)).loss, 6)
    const trained = await learner.train(from, { epochs: 20, rate: 0.5, random: seededStream(1, 'x') })
    const joined = withPart(all, whole.layout, { part: trained.weights, layout: trainer.layout })
    expect(joined.subarray(0, all.length - 10)).toEqual(all.subarray(0, all.length - 10))
    expect(joined.subarray(all.length - 10)).not.toEqual(all.subarray(all.length - 10))
    const after = await whole.learner(data).measure(joined)
    expect(after.loss).toBeCloseTo((await learner.measure(trained.weights)).loss, 6)
    expect(after.loss).toBeLessThan((await whole.learner(data).measure(all)).loss - 0.01)
    await whole.close()
    await trainer.close()
  })
  it('are some of the layers with weights, not none and not all', () => {
    expect(() => withFrozenBase(model, 0)).toThrow('3 layers')
    expect(() => withFrozenBase(model, 3)).toThrow('3 layers')
  })
})

describe('retraining', () => {
  const own = quadraticLearner({ curvature: [1], centre: [0] })
  const from = Float64Array.of(4)
  const options = { rate: 0.5, epochs: 5, random: seededStream(1, 'x') }
  it('takes the weights that the node’s held-out rows like best, the public ones among them', async () => {
    const near = quadraticLearner({ curvature: [1], centre: [1] })
    // From 4 in halves: 2, 1, 0.5 …; the second is where held-out rows want it.
    expect(await retrain(own, from, { ...options, held: near })).toEqual({
      weights: Float64Array.of(1),
      epochs: 2,
    })
    const far = quadraticLearner({ curvature: [1], centre: [9] })
    expect(await retrain(own, from, { ...options, held: far })).toEqual({ weights: from, epochs: 0 })
  })
  it('takes the last without them', async () => {
    expect(await retrain(own, from, options)).toEqual({ weights: Float64Array.of(0.125), epochs: 5 })
  })
})
