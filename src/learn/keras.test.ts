// Against Keras 3.14: what it computed for the same weights and rows, stored by bench/peers/fixtures.py.
// float64 on both sides; ONNX's float attributes (leaky slopes, epsilons of operators) are float32, hence 1e-7.

import { describe, expect, it } from 'vitest'
import { compile, type Tensor, tensor } from '../graph/index.ts'
import { earlyStopping, freshState, react, reduceOnPlateau } from './callbacks.ts'
import keras from './fixtures/keras.json' with { type: 'json' }
import {
  adadelta,
  adagrad,
  adam,
  batchNorm,
  dense,
  type Epoch,
  fit,
  type Layer,
  lstm,
  type Model,
  type Optimizer,
  predict,
  rmsprop,
  sequential,
  sgd,
  type TrainOptions,
  train,
  type Weights,
} from './index.ts'
import { inferenceGraph } from './model.ts'

interface Stored {
  readonly shape: number[]
  readonly data: number[]
}

const read = (stored: Stored): Tensor => tensor(stored.data, stored.shape, 'float64')

/** Keras lists weights in the order of the layers, as our models do. */
const named = (model: Model, stored: readonly Stored[]): Weights =>
  Object.fromEntries(model.parameters.map((p, i) => [p.name, read(stored[i]!)]))

function expectClose(actual: Tensor | undefined, expected: Stored, tolerance = 1e-9): void {
  expect(actual?.shape).toEqual(expected.shape)
  expected.data.forEach((value, i) => {
    const got = Number(actual?.data[i])
    expect(
      Math.abs(got - value) / Math.max(1e-3, Math.abs(value)),
      `element ${i}: ${got}, ${value}`,
    ).toBeLessThan(tolerance)
  })
}

function expectWeights(model: Model, actual: Weights, expected: readonly Stored[], tolerance = 1e-9): void {
  model.parameters.forEach((p, i) => {
    expectClose(actual[p.name], expected[i]!, tolerance)
  })
}

const net = () => sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 2 })], { input: [3] })

async function epochsOf(model: Model, x: Tensor, y: Tensor, options: TrainOptions): Promise<Epoch[]> {
  const epochs: Epoch[] = []
  for await (const epoch of train(model, { x, y }, options)) {
    const weights = epoch.weights()
    epochs.push({ ...epoch, weights: () => weights })
  }
  return epochs
}

const wholeBatch = { executor: 'plain', shuffle: false, batch: 1000 } as const

describe('optimisers step as Keras does', () => {
  const make = { adadelta, adagrad, adam, rmsprop, sgd } as Record<string, (o: object) => Optimizer>
  const { x, y, start, cases } = keras.optimizers
  for (const { name, settings, losses, end } of cases) {
    it(name, async () => {
      const { kind, ...options } = settings
      // Keras rounds its defaults to float32 on their way: 1 - 0.999 is then off by 1e-5.
      const tolerance = Object.keys(options).length === 0 ? 1e-5 : 1e-9
      const model = net()
      const epochs = await epochsOf(model, read(x), read(y), {
        ...wholeBatch,
        loss: 'meanSquaredError',
        optimizer: make[kind]!(options),
        epochs: losses.length,
        weights: named(model, start),
      })
      epochs.forEach((epoch, i) => {
        expect(Math.abs(epoch.record.loss / losses[i]! - 1)).toBeLessThan(tolerance)
      })
      expectWeights(model, epochs.at(-1)?.weights() as Weights, end, tolerance)
    })
  }
})

it('an epoch of batches, the last one short, and its validation are those of Keras', async () => {
  const stored = keras.fit
  const model = net()
  const labels = (values: number[]) => tensor(values, [values.length], 'int32')
  const fitted = await fit(
    model,
    { x: read(stored.x), y: labels(stored.labels) },
    {
      loss: 'categoricalCrossEntropy',
      optimizer: adam({ learningRate: 0.0625, beta1: 0.875, beta2: 0.96875 }),
      batch: 4,
      epochs: 6,
      shuffle: false,
      executor: 'plain',
      weights: named(model, stored.start),
      validation: { x: read(stored.held), y: labels(stored.heldLabels) },
    },
  )
  fitted.history.forEach((record, i) => {
    expect(record.loss).toBeCloseTo(stored.history.loss[i]!, 9)
    expect(record.accuracy).toBeCloseTo(stored.history.accuracy[i]!, 9)
    expect(record.valLoss).toBeCloseTo(stored.history.val_loss[i]!, 9)
    expect(record.valAccuracy).toBeCloseTo(stored.history.val_accuracy[i]!, 9)
  })
  expectWeights(model, fitted.weights, stored.end)
})

describe('losses and their gradients', () => {
  for (const [name, stored, rate] of [
    ['binaryCrossEntropy', keras.binary, 0.5],
    ['meanAbsoluteError', keras.absolute, 0.5],
  ] as const) {
    it(name, async () => {
      const model = net()
      const [epoch] = await epochsOf(model, read(stored.x), read(stored.y), {
        ...wholeBatch,
        loss: name,
        optimizer: sgd({ learningRate: rate }),
        epochs: 1,
        weights: named(model, stored.start),
      })
      expect(epoch?.record.loss).toBeCloseTo(stored.loss, 10)
      expectWeights(model, epoch?.weights() as Weights, stored.end)
    })
  }
})

it('batch normalisation: a step, its moving statistics, and the answers from them', async () => {
  const stored = keras.batchNorm
  const model = sequential([batchNorm(), dense({ units: 2 })], { input: [3] })
  // Keras lists the statistics behind all trained weights.
  const order = [
    '0.batchNorm.gamma',
    '0.batchNorm.beta',
    '0.batchNorm.movingMean',
    '0.batchNorm.movingVariance',
    '1.dense.kernel',
    '1.dense.bias',
  ]
  const weights = Object.fromEntries(order.map((name, i) => [name, read(stored.start[i] as Stored)]))
  const epochs = await epochsOf(model, read(stored.x), read(stored.y), {
    ...wholeBatch,
    loss: 'meanSquaredError',
    optimizer: sgd({ learningRate: 0.125 }),
    epochs: 2,
    weights,
  })
  const end = epochs[1]?.weights() as Weights
  expect(epochs[0]?.record.loss).toBeCloseTo(stored.loss, 9)
  order.forEach((name, i) => {
    expectClose(end[name], stored.end[i] as Stored)
  })
  const answers = await predict(model, end, read(stored.x), { loss: 'meanSquaredError', executor: 'plain' })
  expectClose(answers, stored.answers, 1e-6)
})

it('LSTM: answers, and a step through its gradient', async () => {
  const stored = keras.recurrent
  const model = sequential(
    [lstm({ units: 4, returnSequences: true }), lstm({ units: 3 }), dense({ units: 2 })],
    {
      input: [5, 3],
    },
  )
  const weights = named(model, stored.start)
  const loss = 'meanSquaredError'
  expectClose(await predict(model, weights, read(stored.x), { loss, executor: 'plain' }), stored.answers)
  const [epoch] = await epochsOf(model, read(stored.x), read(stored.y), {
    ...wholeBatch,
    loss,
    optimizer: sgd({ learningRate: 0.125 }),
    epochs: 1,
    weights,
  })
  expect(epoch?.record.loss).toBeCloseTo(stored.loss, 10)
  expectWeights(model, epoch?.weights() as Weights, stored.end)
})

describe('image layers', () => {
  for (const { name, layer, weights, answers } of keras.images.cases) {
    it(name, async () => {
      const x = read(keras.images.x)
      const model = sequential([layer as unknown as Layer], { input: x.shape.slice(1) })
      const g = inferenceGraph(model, named(model, weights), { dtype: 'float64' })
      const program = await compile(g, { executor: 'plain' })
      const { output } = await program.run({ input: x })
      expectClose(output, answers)
    })
  }
})

describe('callbacks follow Keras epoch by epoch', () => {
  const { values, traces } = keras.callbacks
  for (const trace of traces) {
    it(`${trace.kind} ${JSON.stringify(trace.settings)}`, () => {
      let state = freshState
      let rate = 0.8
      if (trace.kind === 'earlyStopping') {
        const callback = earlyStopping(trace.settings as object)
        let kept: number | null = null
        let epoch = 0
        for (let stop = false; !stop && epoch < values.length; ) {
          epoch++
          const reaction = react(callback, state, epoch, { valLoss: values[epoch - 1] }, rate)
          ;({ state, stop } = reaction)
          if (reaction.keep) kept = epoch
        }
        expect({ epoch, kept }).toEqual({ epoch: trace.epochs, kept: trace.restored })
      } else {
        const callback = reduceOnPlateau(trace.settings as object)
        const rates = values.map((value, i) => {
          ;({ state, learningRate: rate } = react(callback, state, i + 1, { valLoss: value }, rate))
          return rate
        })
        rates.forEach((r, i) => {
          expect(r / (trace.rates?.[i] as number)).toBeCloseTo(1, 12)
        })
      }
    })
  }
})
