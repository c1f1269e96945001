import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reduceMean, sqrt, sub, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import {
  batchNorm,
  type Dataset,
  dense,
  dropout,
  embedding,
  flatten,
  functionLayer,
  type Layer,
  measureAccuracy,
  sequential,
  sgd,
} from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'
import { epsilonOf } from '../accounting/lossDistribution.ts'
import { sampledGaussianLoss } from '../accounting/release.ts'
import { misfit } from '../mechanisms/testing.ts'
import { noisySum } from './noisySum.ts'
import { poissonSampler } from './poisson.ts'
import { type PrivateTrainOptions, trainPrivately } from './trainPrivately.ts'

/** Two clouds of points, whose classes a straight line parts. */
function clouds(count: number, seed = 1): Dataset {
  const source = seededStream(seed, 'clouds')
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  const x = Float32Array.from(
    { length: 2 * count },
    (_, i) => source.normal() + (labels[i >> 1] ? 1.5 : -1.5),
  )
  return { x: tensor(x, [count, 2]), y: tensor(labels, [count], 'int32') }
}

const classifier = sequential([dense({ units: 2 })], { input: [2] })

const settings: PrivateTrainOptions = {
  loss: 'categoricalCrossEntropy',
  optimizer: sgd({ learningRate: 1 }),
  epochs: 3,
  batch: 100,
  clip: 1,
  delta: 1e-5,
  noiseMultiplier: 1.2,
}

async function all(data: Dataset, options: PrivateTrainOptions, model = classifier) {
  const epochs = []
  for await (const epoch of trainPrivately(model, data, options)) {
    const weights = epoch.weights()
    epochs.push({
      record: epoch.record,
      last: epoch.last,
      weights,
      get spent() {
        return epoch.spent
      },
    })
  }
  return epochs
}

describe('private training', () => {
  it('learns within its budget, by both executors', async () => {
    for (const executor of ['plain', 'native'] as const) {
      const epochs = await all(clouds(1000), { ...settings, executor, validation: clouds(400, 2) })
      const end = epochs.at(-1)!
      expect(epochs.map((e) => e.last)).toEqual([false, false, true])
      expect(end.record.valAccuracy).toBeGreaterThan(0.95)
      expect(Object.keys(end.record)).not.toContain('loss')
    }
  })

  it('works its noise out from ε, and says what is spent', async () => {
    const { noiseMultiplier: _, ...wish } = settings
    const epochs = await all(clouds(1000), { ...wish, epsilon: 2 })
    const spent = epochs.map((e) => e.spent)
    expect(spent.map((s) => s.steps)).toEqual([10, 20, 30])
    expect(spent[0]!.epsilon).toBeLessThan(spent[1]!.epsilon)
    expect(spent[2]!.epsilon).toBeLessThanOrEqual(2)
    expect(spent[2]!.epsilon).toBeGreaterThan(1.99)
  })

  it('ends where the budget of a stated noise does', async () => {
    const epochs = await all(clouds(1000), { ...settings, noiseMultiplier: 2, epsilon: 1, epochs: 50 })
    const { spent, last } = epochs.at(-1)!
    expect(last).toBe(true)
    expect(spent.steps).toBeLessThan(500)
    const priceOf = (times: number) => epsilonOf([{ release: sampledGaussianLoss(2, 0.1), times }], 1e-5)
    expect(spent.epsilon).toBeCloseTo(priceOf(spent.steps), 12)
    expect(spent.epsilon).toBeLessThanOrEqual(1)
    expect(priceOf(spent.steps + 1)).toBeGreaterThan(1)
  })

  it('adds noise of the stated size to sums that no row moves by more than the clipping norm', async () => {
    // One step from zero weights with the learning rate 1: minus the noisy mean is what the weights become.
    const zeros = {
      '0.dense.kernel': tensor(new Float32Array(4000), [1000, 4]),
      '0.dense.bias': tensor(new Float32Array(4), [4]),
    }
    const model = sequential([dense({ units: 4 })], { input: [1000] })
    const rows = 20
    const x = Float32Array.from({ length: rows * 1000 }, (_, i) => (i % 1000 === 0 ? 1e6 : 0))
    const data = { x: tensor(x, [rows, 1000]), y: tensor(new Int32Array(rows), [rows], 'int32') }
    const [epoch] = await all(
      data,
      {
        ...settings,
        optimizer: sgd({ learningRate: 1 }),
        weights: zeros,
        batch: rows,
        epochs: 1,
        clip: 0.5,
        noiseMultiplier: 2,
      },
      model,
    )
    const kernel = toFloat64(epoch!.weights['0.dense.kernel']!)
    const noise = kernel.subarray(4)
    const deviation = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / noise.length)
    expect((deviation * rows) / (2 * 0.5)).toBeGreaterThan(0.93)
    expect((deviation * rows) / (2 * 0.5)).toBeLessThan(1.07)
    // All rows are alike, so their clipped sum is 20 · 0.5 long, whatever the million says.
    const sum = Math.hypot(...kernel.subarray(0, 4)) * rows
    expect(Math.abs(sum - rows * 0.5)).toBeLessThan(7)
  })

  it('takes a row whose gradient overflows for nothing', async () => {
    const data = clouds(200)
    const x = (data.x.data as Float32Array).slice()
    x[0] = 3e38
    x[1] = -3e38
    const epochs = await all(
      { ...data, x: tensor(x, [200, 2]) },
      { ...settings, batch: 200, executor: 'native' },
    )
    expect(toFloat64(epochs.at(-1)!.weights['0.dense.kernel']!).every(Number.isFinite)).toBe(true)
    expect(await measureAccuracy(classifier, epochs.at(-1)!.weights, data, settings)).toBeGreaterThan(0.9)
  })

  it('takes rows that are no numbers, and labels that are no class, for nothing', async () => {
    for (const executor of ['plain', 'native'] as const) {
      const data = clouds(200)
      const x = (data.x.data as Float32Array).slice()
      x.set([Number.NaN, 1, Number.POSITIVE_INFINITY, 2, 1, Number.NEGATIVE_INFINITY])
      const y = (data.y.data as Int32Array).slice()
      y.set([7, -3], 3)
      const bad = { x: tensor(x, [200, 2]), y: tensor(y, [200], 'int32') }
      const epochs = await all(bad, { ...settings, batch: 200, executor })
      expect(await measureAccuracy(classifier, epochs.at(-1)!.weights, data, settings)).toBeGreaterThan(0.9)
    }
  })

  it('takes words that are in no table for its first, since an error would tell of a row', async () => {
    const model = sequential([embedding({ words: 4, units: 3 }), flatten(), dense({ units: 2 })], {
      input: [2],
    })
    const x = tensor(Float32Array.of(0, 3, -7, 900, Number.NaN, 1e30, 2, 1), [4, 2])
    const y = tensor(Int32Array.of(0, 1, 0, 1), [4], 'int32')
    for (const executor of ['plain', 'native'] as const)
      expect(await all({ x, y }, { ...settings, batch: 4, epochs: 1, executor }, model)).toHaveLength(1)
  })

  it('takes a weight of more numbers than a call takes arguments', async () => {
    const model = sequential([dense({ units: 400, activation: 'tanh' }), dense({ units: 2 })], {
      input: [1000],
    })
    const x = tensor(new Float32Array(4000).fill(0.1), [4, 1000])
    const data = { x, y: tensor(Int32Array.of(0, 1, 0, 1), [4], 'int32') }
    const epochs = await all(data, { ...settings, batch: 4, epochs: 1 }, model)
    expect(epochs).toHaveLength(1)
  })

  it('has penalties and dropout', async () => {
    const model = sequential(
      [dense({ units: 6, activation: 'tanh', l2: 100 }), dropout(0.5), dense({ units: 2 })],
      { input: [2] },
    )
    const [, , end] = await all(clouds(500), { ...settings, optimizer: sgd({ learningRate: 0.004 }) }, model)
    // A decay that strong leaves no more of the first kernel than its gradient and noise put there.
    expect(Math.hypot(...toFloat64(end!.weights['0.dense.kernel']!))).toBeLessThan(0.05)
  })

  const refusals: readonly (readonly [string, RegExp, Partial<PrivateTrainOptions>, (readonly Layer[])?])[] =
    [
      ['a multiplier of 0', /noise multiplier/, { noiseMultiplier: 0 }],
      ['a clipping norm of 0', /clipping norm/, { clip: 0 }],
      ['a δ of 1', /δ/, { delta: 1 }],
      ['a budget that is no step', /one step alone/, { noiseMultiplier: 0.1, epsilon: 0.01 }],
      [
        'batch normalisation',
        /batch normalisation.*mixes/,
        {},
        [dense({ units: 4 }), batchNorm(), dense({ units: 2 })],
      ],
      [
        'layers that mix rows',
        /mixes the rows of a batch/,
        {},
        [functionLayer([2], (x) => sub(x, reduceMean(x, [0], true))), dense({ units: 2 })],
      ],
      [
        'roots of what may be below 0',
        /is no number: the trial before training draws ordinary numbers, some of them below 0/,
        {},
        [dense({ units: 2 }), functionLayer([2], sqrt), dense({ units: 2 })],
      ],
    ]
  it.each(refusals.map(([what, message, options, layers]) => ({ what, message, options, layers })))(
    'refuses $what',
    async ({ message, options, layers }) => {
      const model = layers ? sequential(layers, { input: [2] }) : classifier
      await expect(all(clouds(100), { ...settings, ...options }, model)).rejects.toThrow(message)
    },
  )

  it('refuses to go without a budget', async () => {
    const { noiseMultiplier: _, ...wish } = settings
    await expect(all(clouds(10), wish)).rejects.toThrow(/needs a budget/)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const run = all(clouds(5000), { ...settings, epochs: 1000, signal: stop.signal })
    setTimeout(() => stop.abort(), 50)
    await expect(run).rejects.toThrow(/stopped/)
  })
})

describe('Poisson samples', () => {
  it('hold each row with its chance, and pairs with theirs', () => {
    const rate = 300 / 1117
    const sampler = poissonSampler(6, rate)
    const cells = new Map<number, number>()
    for (let set = 0; set < 64; set++) {
      const size = [0, 1, 2, 3, 4, 5].filter((i) => (set >> i) & 1).length
      cells.set(set, rate ** size * (1 - rate) ** (6 - size))
    }
    const draw = () => sampler.draw(systemRandom).reduce((set, row) => set | (1 << row), 0)
    expect(misfit(200_000, draw, cells)).toBeLessThan(1)
  })

  it('compare further places where the first are the rate’s own', () => {
    // 0.75 + 2^-20: the first byte is 192; what follows decides.
    const sampler = poissonSampler(1, 0.75 + 2 ** -20)
    const first = (words: readonly number[]) => {
      let at = 0
      return sampler.draw({ uint32: () => words[at++]! }).length
    }
    expect(first([191])).toBe(1)
    expect(first([193])).toBe(0)
    expect(first([192, 2 ** 20 - 1])).toBe(1)
    expect(first([192, 2 ** 20])).toBe(0)
    expect(poissonSampler(5, 1).draw(systemRandom)).toEqual(Int32Array.of(0, 1, 2, 3, 4))
    expect(() => poissonSampler(5, 0)).toThrow(RangeError)
  })
})

describe('the noisy sum', () => {
  it('is the noise, exactly, on whole steps of a grid', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 16 }),
        fc.integer({ min: 0, max: 2 ** 30 }),
        (deviation, batch, seed) => {
          const noise = noisySum(deviation, { batch: 2 ** batch, most: deviation * 100 })
          const grid = 2 ** Math.floor(Math.log2(deviation / 2 ** 30))
          expect(noise.step).toBeGreaterThanOrEqual(grid)
          const drawn = (sum: number) => {
            const source = seededStream(seed, 'noise')
            const words = new Int32Array(1)
            const uint32 = () => {
              source.fill(words)
              return words[0]! >>> 0
            }
            const sums = Float64Array.of(sum)
            noise.release(sums, { uint32 })
            return sums[0]! * 2 ** batch
          }
          expect(Number.isInteger(drawn(0) / grid)).toBe(true)
          expect(drawn(12345) - drawn(0)).toBe(12345 * noise.step)
        },
      ),
    )
  })

  it('takes coarser steps where so many examples would not fit a double', () => {
    const few = noisySum(1, { batch: 1, most: 1e3 })
    const many = noisySum(1, { batch: 1, most: 1e9 })
    expect(few.step).toBe(2 ** -30)
    expect(many.step).toBe(2 ** -22)
    expect(1e9 / many.step).toBeLessThanOrEqual(2 ** 52)
  })
})
