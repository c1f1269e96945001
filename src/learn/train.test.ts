import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../errors.ts'
import { type ExecutorName, sizeOf, type Tensor, tensor } from '../graph/index.ts'
import { seededStream } from '../random/seeded.ts'
import {
  activation,
  adam,
  batchNorm,
  type Checkpoint,
  conv2d,
  type Dataset,
  dense,
  dropout,
  earlyStopping,
  fit,
  flatten,
  gaussianNoise,
  graphLayer,
  type Layer,
  lstm,
  maxPool2d,
  measureAccuracy,
  readCheckpoint,
  reduceOnPlateau,
  sequential,
  sgd,
  type TrainOptions,
  train,
  type Weights,
  writeCheckpoint,
} from './index.ts'
import { freezeLayers, nameLayers } from './layers/index.ts'
import { inferenceGraph } from './model.ts'

/** Normal points around a centre for each class. */
function blobs(rows: number, shape: readonly number[], classes: number, seed: number): Dataset {
  const source = seededStream(seed, 'blobs')
  const width = sizeOf(shape)
  const centres = Float64Array.from({ length: classes * width }, () => 2 * source.normal())
  const x = new Float64Array(rows * width)
  const y = Int32Array.from({ length: rows }, (_, row) => row % classes)
  x.forEach((_, i) => {
    const row = Math.floor(i / width)
    x[i] = centres[y[row]! * width + (i % width)]! + source.normal()
  })
  return { x: tensor(x, [rows, ...shape], 'float64'), y: tensor(y, [rows], 'int32') }
}

const loss = 'categoricalCrossEntropy'
const classifier = (units = 6) =>
  sequential([dense({ units, activation: 'tanh' }), dense({ units: 3 })], { input: [4] })
const quick: TrainOptions = { loss, optimizer: adam({ learningRate: 0.05 }), batch: 7, epochs: 4, seed: 5 }

function expectSame(a: Weights, b: Weights, tolerance: number): void {
  expect(Object.keys(a)).toEqual(Object.keys(b))
  for (const [name, t] of Object.entries(a)) {
    t.data.forEach((v, i) => {
      const w = Number(b[name]?.data[i])
      expect(Math.abs(Number(v) - w), `${name} ${i}: ${v}, ${w}`).toBeLessThanOrEqual(tolerance)
    })
  }
}

describe('learning', () => {
  it('XOR, which no straight line separates', async () => {
    const x = tensor([0, 0, 0, 1, 1, 0, 1, 1], [4, 2], 'float64')
    const y = tensor([0, 1, 1, 0], [4, 1], 'float64')
    const model = sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 1 })], { input: [2] })
    const options = { loss: 'binaryCrossEntropy', epochs: 200, batch: 4, seed: 1 } as const
    const { weights, history } = await fit(
      model,
      { x, y },
      { ...options, optimizer: adam({ learningRate: 0.1 }) },
    )
    expect(history.at(-1)?.loss).toBeLessThan(0.05)
    expect(await measureAccuracy(model, weights, { x, y }, options)).toBe(1)
  })

  it('blobs, with images, pooling, batch normalisation and dropout, on either executor', async () => {
    const data = blobs(60, [1, 6, 6], 3, 2)
    const model = sequential(
      [
        conv2d({ filters: 4, kernel: 3, activation: 'relu' }),
        maxPool2d({ size: 2 }),
        batchNorm({ momentum: 0.8 }),
        flatten(),
        dropout(0.2),
        dense({ units: 3 }),
      ],
      { input: [1, 6, 6] },
    )
    for (const executor of ['plain', 'native'] as const) {
      const options = { ...quick, epochs: 8, executor }
      const { weights } = await fit(model, data, options)
      expect(await measureAccuracy(model, weights, data, options)).toBeGreaterThan(0.9)
    }
  })

  it('series, by LSTM: does the first step say more than the last?', async () => {
    const source = seededStream(3, 'series')
    const x = tensor(
      Float64Array.from({ length: 64 * 4 }, () => source.normal()),
      [64, 4, 1],
      'float64',
    )
    const labels = Int32Array.from({ length: 64 }, (_, i) =>
      (x.data[4 * i] as number) > (x.data[4 * i + 3] as number) ? 1 : 0,
    )
    const model = sequential([lstm({ units: 6 }), dense({ units: 2 })], { input: [4, 1] })
    const data = { x, y: tensor(labels, [64], 'int32') }
    const { weights } = await fit(model, data, { ...quick, epochs: 40, batch: 16 })
    expect(await measureAccuracy(model, weights, data, quick)).toBeGreaterThan(0.95)
  })

  it('a weight decay pulls weights to zero', async () => {
    const data = blobs(30, [4], 3, 4)
    const norm = async (l2: number) => {
      const model = sequential([dense({ units: 3, l2 })], { input: [4] })
      const { weights } = await fit(model, data, { ...quick, epochs: 30 })
      return Math.hypot(...Array.from(weights['0.dense.kernel']?.data as Float64Array))
    }
    expect(await norm(0.1)).toBeLessThan(0.5 * (await norm(0)))
  })
})

describe('the two executors', () => {
  const shape = [2, 5, 5]
  const nets: Record<string, Layer[]> = {
    dense: [flatten(), dense({ units: 5, activation: 'tanh' }), dense({ units: 3 })],
    noisy: [flatten(), dropout(0.3), dense({ units: 5 }), gaussianNoise(0.2), dense({ units: 3 })],
    image: [
      conv2d({ filters: 3, kernel: 3, padding: 'same', activation: 'relu' }),
      batchNorm(),
      maxPool2d({ size: 2 }),
      flatten(),
      dense({ units: 3, l2: 0.01 }),
    ],
  }
  for (const [name, layers] of Object.entries(nets)) {
    it(`train alike: ${name}`, async () => {
      const data = blobs(17, shape, 3, 6)
      const model = sequential(layers, { input: shape })
      const run = (executor: ExecutorName) =>
        fit(model, data, {
          ...quick,
          optimizer: sgd({ momentum: 0.5 }),
          epochs: 3,
          executor,
          validation: 0.2,
        })
      const plain = await run('plain')
      const native = await run('native')
      expectSame(plain.weights, native.weights, 2e-5)
      plain.history.forEach((record, i) => {
        const other = native.history[i]
        expect(other?.loss).toBeCloseTo(record.loss, 4)
        expect(other?.valLoss).toBeCloseTo(record.valLoss!, 4)
        expect(other?.valAccuracy).toBe(record.valAccuracy)
      })
    })
  }
})

describe('frozen layers', () => {
  const data = blobs(21, [4], 3, 7)
  const back = nameLayers('back', [dropout(0.4), batchNorm(), dense({ units: 3 })])

  it('keep weights and statistics, and what is in front of them learns', async () => {
    const first = sequential(back, { input: [4] })
    const { weights } = await fit(first, data, quick)
    const model = sequential([dense({ units: 4 }), ...freezeLayers(back, { dropout: true })], { input: [4] })
    const fitted = await fit(model, data, { ...quick, weights })
    for (const name of Object.keys(weights)) expect(fitted.weights[name]?.data).toEqual(weights[name]?.data)
    expect(fitted.history.at(-1)?.loss).toBeLessThan(fitted.history[0]?.loss as number)
  })

  it('drop out only when they are told to', async () => {
    const losses = async (on: boolean) => {
      const frozen = freezeLayers(back, { dropout: on })
      const model = sequential([dense({ units: 4, activation: 'tanh' }), ...frozen], { input: [4] })
      const { history } = await fit(model, data, { ...quick, epochs: 1, batch: 100, validation: data })
      // Before the only step nothing has changed, so without dropout a whole batch measures what an evaluation would.
      return history[0]?.loss
    }
    const bare = sequential(
      [dense({ units: 4, activation: 'tanh' }), ...freezeLayers(back, { dropout: false }).slice(1)],
      { input: [4] },
    )
    const { history } = await fit(bare, data, { ...quick, epochs: 1, batch: 100 })
    expect(await losses(false)).toBe(history[0]?.loss)
    expect(await losses(true)).not.toBe(history[0]?.loss)
  })

  it('can be somebody’s graph, behind or before what is trained', async () => {
    const inner = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 3 })], { input: [4] })
    const { weights } = await fit(inner, data, { ...quick, epochs: 10 })
    const imported = graphLayer(inferenceGraph(inner, weights))
    for (const executor of ['plain', 'native'] as const) {
      const behind = sequential([dense({ units: 4 }), imported], { input: [4] })
      const obfuscator = await fit(behind, data, { ...quick, epochs: 30, executor })
      expect(Object.keys(obfuscator.weights)).toEqual(['0.dense.kernel', '0.dense.bias'])
      expect(obfuscator.history.at(-1)?.accuracy).toBeGreaterThan(0.9)
    }
    const before = sequential([imported, dense({ units: 3 })], { input: [4] })
    expect((await fit(before, data, { ...quick, epochs: 30 })).history.at(-1)?.accuracy).toBeGreaterThan(0.9)
  })

  it('refuse a graph that does not fit', () => {
    const inner = sequential([dense({ units: 3 })], { input: [4] })
    const zeros = {
      '0.dense.kernel': tensor(new Float32Array(12), [4, 3]),
      '0.dense.bias': tensor([0, 0, 0], [3]),
    }
    const imported = graphLayer(inferenceGraph(inner, zeros))
    expect(() => sequential([dense({ units: 5 }), imported], { input: [4] })).toThrow(
      /layer 1.graph: the graph takes \[N, 4\], but the layer before it gives \[N, 5\]/,
    )
  })
})

describe('going on from a checkpoint', () => {
  const data = blobs(23, [4], 3, 8)
  const model = sequential(
    [dense({ units: 5, activation: 'tanh' }), dropout(0.2), batchNorm(), dense({ units: 3 })],
    {
      input: [4],
    },
  )
  const options = {
    ...quick,
    epochs: 9,
    validation: 0.3,
    callbacks: [
      earlyStopping({ patience: 6, restoreBest: true }),
      reduceOnPlateau({ patience: 1, factor: 0.5, monitor: 'loss', minDelta: 0.5 }),
    ],
  }
  for (const executor of ['plain', 'native'] as const) {
    it(`gives the same bits as never having stopped: ${executor}`, async () => {
      const whole = await fit(model, data, { ...options, executor })
      const controller = new AbortController()
      let bytes: Uint8Array = new Uint8Array()
      const stopped = fit(model, data, {
        ...options,
        executor,
        signal: controller.signal,
        checkpoint(checkpoint, { epoch }) {
          if (epoch > 4) return
          bytes = writeCheckpoint(checkpoint)
          if (epoch === 4) controller.abort()
        },
      })
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
      const resumed = await fit(model, data, { ...options, executor, resume: readCheckpoint(bytes) })
      expect(resumed.history).toEqual(whole.history)
      expect(resumed.weightsOf).toBe(whole.weightsOf)
      expectSame(resumed.weights, whole.weights, 0)
      expect(new Set(whole.history.map((h) => h.learningRate)).size).toBeGreaterThan(1)
    })
  }

  it('after the end gives the end again', async () => {
    let last: Checkpoint | undefined
    const keep = (checkpoint: Checkpoint) => {
      last = checkpoint
    }
    const whole = await fit(model, data, { ...options, checkpoint: keep })
    const again = await fit(model, data, { ...options, resume: last! })
    expect(again.history).toEqual(whole.history)
    expectSame(again.weights, whole.weights, 0)
  })

  it('refuses a checkpoint of another run', async () => {
    let last: Checkpoint | undefined
    const keep = (checkpoint: Checkpoint) => {
      last = checkpoint
    }
    await fit(model, data, { ...quick, epochs: 1, checkpoint: keep })
    const resume = last!
    const refused = (other: Partial<TrainOptions>) =>
      expect(fit(model, data, { ...quick, resume, ...other })).rejects
    await refused({ seed: 6 }).toThrow(/its seed is 5, not 6/)
    await refused({ optimizer: sgd({ momentum: 0.5 }) }).toThrow(/it holds 'optimizer.beta1Power'/)
    await refused({ callbacks: [earlyStopping()] }).toThrow(/it has 0 callbacks/)
    await expect(fit(classifier(), data, { ...quick, resume })).rejects.toThrow(FrostglassError)
  })
})

describe('the course of training', () => {
  const data = blobs(24, [4], 3, 9)

  it('early stopping ends it and gives the best epoch’s weights', async () => {
    const options = { ...quick, optimizer: sgd({ learningRate: 1.5 }), epochs: 200, validation: 0.4 }
    const seen: Weights[] = []
    let end: { weights: Weights; weightsOf: number; epoch: number } | undefined
    for await (const epoch of train(classifier(), data, {
      ...options,
      callbacks: [earlyStopping({ patience: 3, restoreBest: true })],
    })) {
      if (epoch.last)
        end = { weights: epoch.weights(), weightsOf: epoch.weightsOf, epoch: epoch.record.epoch }
      else seen.push(epoch.weights())
    }
    expect(end?.epoch).toBeLessThan(200)
    expect(end?.weightsOf).toBe((end?.epoch as number) - 3)
    expectSame(end?.weights as Weights, seen[(end?.weightsOf as number) - 1]!, 0)
  })

  it('a seed decides everything, and another seed something else', async () => {
    const run = async (seed: number) => (await fit(classifier(), data, { ...quick, seed })).weights
    expectSame(await run(1), await run(1), 0)
    expect(await run(1)).not.toEqual(await run(2))
  })

  it('stops between two steps', async () => {
    const controller = new AbortController()
    const run = fit(classifier(), data, { ...quick, epochs: 1_000_000, signal: controller.signal })
    setTimeout(() => controller.abort(), 5)
    await expect(run).rejects.toMatchObject({ code: 'aborted' })
  })

  it('tells how far it is', async () => {
    const controller = new AbortController()
    const run = fit(classifier(), data, {
      ...quick,
      epochs: 1_000_000,
      signal: controller.signal,
      onProgress({ epoch, epochs, step, steps }) {
        expect(epoch).toBeLessThanOrEqual(epochs)
        expect(step).toBeLessThanOrEqual(steps)
        expect(steps).toBe(4)
        controller.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'aborted' })
    expect.assertions(4)
  })

  it('a loss that is no longer finite is an error that says when and what to do', async () => {
    const model = sequential([dense({ units: 8, activation: 'relu' }), dense({ units: 3 })], { input: [4] })
    const run = fit(model, data, { ...quick, optimizer: sgd({ learningRate: 1e200 }) })
    await expect(run).rejects.toMatchObject({
      code: 'usage',
      message: 'training diverged in epoch 1: the loss is not finite',
      hint: expect.stringContaining('Lower the learning rate (it was 1e+200)'),
    })
  })
})

describe('what does not fit is refused', () => {
  const data = blobs(6, [4], 3, 1)
  const refused = (dataset: Dataset, options: Partial<TrainOptions> = {}, model = classifier()) =>
    expect(fit(model, dataset, { ...quick, ...options })).rejects
  const labels = (values: number[]): Tensor => tensor(values, [values.length], 'float64')

  it('rows, with their number', async () => {
    await refused({ ...data, y: labels([0, 1, 2, 3, 1, 0]) }).toThrow('row 3 has the label 3')
    await refused({ ...data, y: labels([0, 1, 0.5, 1, 1, 0]) }).toThrow('row 2 has the label 0.5')
    await refused({ ...data, y: labels([0, 1]) }).toThrow('6 rows of inputs, but 2 of targets')
    const holed = data.x.data.slice() as Float64Array
    holed[9] = Number.NaN
    await refused({ ...data, x: tensor(holed, [6, 4], 'float64') }).toThrow('row 2, input 1 is NaN')
    await refused({ ...data, x: tensor(holed, [3, 8], 'float64'), y: labels([0, 1, 2]) }).toThrow(
      'a row of the inputs has shape [8], but the model has [4]',
    )
    await refused({ x: tensor([], [0, 4]), y: labels([]) }).toThrow('no rows')
  })

  it('options', async () => {
    await refused(data, { epochs: 0 }).toThrow('epochs is 0')
    await refused(data, { batch: 2.5 }).toThrow('batch is 2.5')
    await refused(data, { validation: 1 }).toThrow('validation share of 1')
    await refused(data, { optimizer: adam({ learningRate: Number.NaN }) }).toThrow('learning rate NaN')
    await refused(data, { callbacks: [earlyStopping()] }).toThrow(
      'earlyStopping watches valLoss, but training has only loss, accuracy',
    )
  })

  it('models', async () => {
    const ends = sequential([dense({ units: 3 }), activation('softmax')], { input: [4] })
    await refused(data, {}, ends).toThrow('the last layer ends in softmax')
    const frozen = sequential([dense({ units: 3, frozen: true })], { input: [4] })
    await refused(data, {}, frozen).toThrow('nothing to train')
    expect(() => sequential([conv2d({ filters: 2, kernel: 3 })], { input: [4] })).toThrow(
      'layer 0.conv2d: a convolution takes 3 dimensions behind the batch, but its input is [N, 4]',
    )
    const twice = nameLayers('a', [dense({ units: 2 })])
    expect(() => sequential([...twice, ...twice], { input: [2] })).toThrow('same name')
  })
})
