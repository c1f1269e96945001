// A node without a model of its own: what it learns by a server's step is what it would learn by the model, and what does not fit is said.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import { fromVector, weightsToVector } from '../layout.ts'
import { writeStep } from '../learner/stepFile.ts'
import { openTrainer } from '../learner/trainer.ts'
import { type Content, type FlowerRecord, oneRecord } from './content.ts'
import type { ConfigValue } from './records.ts'
import { stepAnswer } from './stepAnswer.ts'

const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 2 })], { input: [3] })
const loss = 'categoricalCrossEntropy'
const step = writeStep(model, loss)
const random = seededStream(4, 'rows')
const count = 20
const x = tensor(Float64Array.from({ length: count * 3 }, random.normal), [count, 3], 'float64')
const y = tensor(
  Float64Array.from({ length: count * 2 }, (_, i) => Number((i >> 1) % 2 === i % 2)),
  [count, 2],
  'float64',
)
const first = initialWeights(model, 1)

const message = (config: Readonly<Record<string, ConfigValue>>, weights = first): Content =>
  new Map<string, FlowerRecord>([
    ['arrays', { arrays: new Map(Object.entries(weights)) }],
    ['config', { config: new Map(Object.entries(config)) }],
  ])
const contentOf = async (answer: ReturnType<ReturnType<typeof stepAnswer>>): Promise<Content> => {
  const made = await answer
  if ('content' in made) return made.content
  throw new TypeError(made.refused)
}

describe('an answer by steps', () => {
  it('is what the model learns and is worth on these rows', async () => {
    const answer = stepAnswer({ x, y })
    const work = { rate: 0.2, epochs: 3 }
    const trained = await contentOf(
      answer(
        'train',
        message({ 'training-step': { bytes: step }, rate: { double: 0.2 }, epochs: { integer: 3n } }),
      ),
    )
    const trainer = await openTrainer(model, { loss, executor: 'plain' })
    const learner = trainer.learner({ x, y })
    const from = weightsToVector(first, trainer.layout)
    const own = await learner.train(from, { ...work, random: seededStream(1, 'x') })
    const arrays = oneRecord(trained, 'arrays')
    for (const [name, { data, shape }] of fromVector(own.weights, trainer.layout)) {
      expect(arrays.get(name)!.shape).toEqual(shape)
      data.forEach((v, i) => void expect(arrays.get(name)!.data[i]).toBeCloseTo(v as number, 5))
    }
    expect([...arrays.keys()]).toEqual(Object.keys(first))
    const metrics = oneRecord(trained, 'metrics')
    expect(metrics.get('num-examples')).toEqual({ integer: BigInt(count) })
    expect((metrics.get('loss') as { double: number }).double).toBeCloseTo(own.loss, 4)

    // An evaluation brings no step: the last one measures.
    const learned = Object.fromEntries(fromVector(own.weights, trainer.layout))
    const measured = oneRecord(await contentOf(answer('evaluate', message({}, learned))), 'metrics')
    const there = (await learner.measure(own.weights)).loss
    expect((measured.get('loss') as { double: number }).double).toBeCloseTo(there, 4)
    expect(there).toBeLessThan(own.loss)
    await trainer.close()
  })

  it('takes another step when another is sent', async () => {
    const answer = stepAnswer({ x, y }, { rate: 0 })
    await contentOf(answer('train', message({ 'training-step': { bytes: step } })))
    const small = sequential([dense({ units: 2 })], { input: [3] })
    const bytes = writeStep(small, loss)
    const weights = initialWeights(small, 2)
    const made = await contentOf(answer('train', message({ 'training-step': { bytes } }, weights)))
    // At a rate of 0 nothing moves.
    expect([...oneRecord(made, 'arrays').values()].map(({ data }) => data)).toEqual(
      Object.values(weights).map(({ data }) => data),
    )
  })

  it('is none, in words, for what does not fit', async () => {
    const answer = stepAnswer({ x, y })
    await expect(answer('evaluate', message({}))).rejects.toThrow('brings no training step')
    await expect(
      answer('train', message({ 'training-step': { bytes: step.subarray(9) } })),
    ).rejects.toMatchObject({ name: 'FrostglassError' })
    const narrow = stepAnswer({ x: tensor(new Float64Array(count * 2), [count, 2], 'float64'), y })
    await expect(narrow('train', message({ 'training-step': { bytes: step } }))).rejects.toThrow(
      'takes rows of [3]',
    )
    expect(await answer('query', message({}))).toEqual({
      refused: "this node answers no messages of the type 'query'",
    })
    const stop = AbortSignal.abort()
    await expect(answer('train', message({ 'training-step': { bytes: step } }), stop)).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})
