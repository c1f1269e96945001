// A node's training: held against learn's own, both executors, and the two further terms against arithmetic by hand.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential, sgd, train } from '../../learn/index.ts'
import { fromVector, layoutOf, toVector, weightsToVector } from '../layout.ts'
import type { Trainer } from './learner.ts'
import { openTrainer } from './trainer.ts'

const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 3 })], { input: [5] })
const draws = seededStream(3, 'rows')
const rows = 23
const data = {
  x: tensor(Float64Array.from({ length: rows * 5 }, draws.normal), [rows, 5], 'float64'),
  y: tensor(
    Int32Array.from({ length: rows }, () => draws.below(3)),
    [rows],
    'int32',
  ),
}
const first = initialWeights(model, 1)
const start = (trainer: Trainer<unknown>): Float64Array => weightsToVector(first, trainer.layout)
const loss = 'categoricalCrossEntropy'

describe('a node’s training', () => {
  it.each(['plain', 'native'] as const)('is that of learn on all rows, on %s', async (executor) => {
    const trainer = await openTrainer(model, { loss, executor })
    const from = start(trainer)
    const learner = trainer.learner(data)
    const { weights, steps } = await learner.train(from, {
      epochs: 3,
      rate: 0.1,
      random: seededStream(1, 'x'),
    })
    expect(steps).toBe(3)
    let wanted = first
    for await (const epoch of train(model, data, {
      loss,
      optimizer: sgd({ learningRate: 0.1 }),
      epochs: 3,
      batch: rows,
      weights: first,
      executor: 'plain',
    }))
      wanted = epoch.weights()
    const expected = weightsToVector(wanted, trainer.layout)
    const most = Math.max(...weights.map((w, i) => Math.abs(w - expected[i]!)))
    expect(most).toBeLessThan(executor === 'plain' ? 1e-12 : 1e-5)
    expect((await learner.measure(weights)).loss).toBeLessThan((await learner.measure(from)).loss)
    await trainer.close()
  })

  it('takes the same steps on both executors, short batches and several steps a call among them', async () => {
    const results: Float64Array[] = []
    for (const executor of ['plain', 'native'] as const) {
      const trainer = await openTrainer(model, { loss, executor })
      const work = { epochs: 2, batch: 5, rate: 0.2, random: seededStream(5, 'order') }
      results.push((await trainer.learner(data).train(start(trainer), work)).weights)
      await trainer.close()
    }
    const [plain, native] = results as [Float64Array, Float64Array]
    expect(Math.max(...plain.map((w, i) => Math.abs(w - native[i]!)))).toBeLessThan(1e-5)
  })

  it('is pulled and corrected as the equation says', async () => {
    const trainer = await openTrainer(model, { loss, executor: 'plain' })
    const learner = trainer.learner(data)
    const from = start(trainer)
    const { gradient } = await learner.gradient(from)
    const towards = from.map((_, i) => Math.sin(i))
    const correction = from.map((_, i) => Math.cos(i))
    const { weights } = await learner.train(from, {
      steps: 1,
      rate: 0.3,
      proximal: { strength: 0.7, towards },
      correction,
      random: seededStream(1, 'x'),
    })
    const expected = from.map((w, i) => w - 0.3 * (gradient[i]! + correction[i]! + 0.7 * (w - towards[i]!)))
    weights.forEach((w, i) => void expect(w).toBeCloseTo(expected[i]!, 12))
    await trainer.close()
  })

  it('tells the gradient of its loss', async () => {
    const trainer = await openTrainer(model, { loss, executor: 'plain' })
    const learner = trainer.learner(data)
    const from = start(trainer)
    const { gradient } = await learner.gradient(from)
    for (const i of [0, 7, 19, 24, 33]) {
      const moved = (by: number) => learner.measure(from.map((w, j) => (j === i ? w + by : w)))
      const slope = ((await moved(1e-5)).loss - (await moved(-1e-5)).loss) / 2e-5
      expect(gradient[i]).toBeCloseTo(slope, 6)
    }
    await trainer.close()
  })

  it('keeps the rows of one node from another’s', async () => {
    const trainer = await openTrainer(model, { loss, executor: 'plain' })
    const other = trainer.learner({ x: data.x, y: tensor(new Int32Array(rows), [rows], 'int32') })
    const one = trainer.learner(data)
    const from = start(trainer)
    const work = () => ({ epochs: 1, batch: 4, rate: 0.1, random: seededStream(2, 'x') })
    const alone = (await one.train(from, work())).weights
    await other.train(from, { ...work(), correction: from })
    expect((await one.train(from, work())).weights).toEqual(alone)
    await trainer.close()
  })
})

describe('a layout', () => {
  it('goes to a vector and back, and refuses other arrays by name', () => {
    const arrays = new Map([
      ['b', tensor([1, 2], [2], 'float32')],
      ['a', tensor([3, 4, 5, 6], [2, 2], 'float64')],
    ])
    const layout = layoutOf(arrays)
    expect([...toVector(arrays, layout)]).toEqual([1, 2, 3, 4, 5, 6])
    expect(fromVector(toVector(arrays, layout), layout)).toEqual(arrays)
    expect(() => toVector(new Map([...arrays].reverse()), layout)).toThrow('[a,b] came, [b,a] was expected')
    expect(() => fromVector(new Float64Array(5), layout)).toThrow('5 numbers came, 6 were expected')
  })
})
