// Private training measured: accuracy at a price, of a linear head on scattering features and of the tutorials' network.
// Source: docs/architecture.md#experiments; Abadi and others 2016; Tramèr and Boneh 2021.
// Noise and batches come from the operating system, so that a second run gives other numbers; its spread is stated.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { imageTensor } from '../../src/data/images/imageSet.ts'
import { fetchImages, type ImageSet } from '../../src/data/index.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import {
  adam,
  type Dataset,
  fit,
  type Model,
  measureAccuracy,
  sgd,
  type Weights,
} from '../../src/learn/index.ts'
import {
  centre,
  dampen,
  epsilonOf,
  noiseMultiplierFor,
  privateDampening,
  privateMean,
  type Repeated,
  sampledGaussianLoss,
  trainPrivately,
} from '../../src/private/index.ts'
import type { Settings, Work } from '../experiment.ts'
import { digitsOf } from '../images/settings.ts'
import { atWork, partsOf, type Workplace } from '../images/training.ts'
import { type Share, share } from '../shares.ts'
import { featuresOf } from './features.ts'
import {
  dampeningNoise,
  dampeningNorm,
  delta,
  headNumbers,
  linearHead,
  meanNoise,
  momentum,
  type Numbers,
  networkNumbers,
  tutorialNetwork,
} from './recipes.ts'

/** One training. `epsilon` is absent where nothing is private: what the same model can do at all. */
export interface PrivateTrainingTask {
  readonly recipe: 'scattering' | 'network'
  readonly set: 'MNIST' | 'Fashion-MNIST'
  readonly images: string
  /** Training images; all if absent. */
  readonly train?: number | undefined
  readonly test?: number | undefined
  readonly epsilon?: number | undefined
  readonly numbers: Numbers
  readonly seed: number
}

export interface PrivateTrainingAnswer {
  /** Of the test images, by the last weights. */
  readonly accuracy: Share
  readonly rows: number
  readonly parameters: number
  /** What was spent in all, with the noise that it was spent by; absent where nothing is private. */
  readonly spent?:
    | {
        readonly epsilon: number
        readonly noiseMultiplier: number
        readonly rate: number
        readonly steps: number
      }
    | undefined
  readonly seconds: number
}

export const privateTrainingWork: Work<PrivateTrainingTask, PrivateTrainingAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = quick ? 1 : 3 } = settings
    const sets = [
      { set: 'MNIST' as const, images: await digitsOf(settings) },
      ...(quick ? [] : [{ set: 'Fashion-MNIST' as const, images: await garmentsOf(settings) }]),
    ]
    const part = quick ? { train: 5000 } : {}
    const repeated = Array.from({ length: seeds }, (_, i) => seed + i)
    const heads = (epsilon: number, seeds: readonly number[]) =>
      sets.flatMap((from) =>
        seeds.map(
          (s): PrivateTrainingTask => ({
            recipe: 'scattering',
            ...from,
            ...part,
            epsilon,
            numbers: headNumbers(quick, from.set, epsilon),
            seed: s,
          }),
        ),
      )
    const networks = repeated.map(
      (s): PrivateTrainingTask => ({
        recipe: 'network',
        ...sets[0]!,
        ...part,
        epsilon: 3,
        numbers: networkNumbers(quick),
        seed: s,
      }),
    )
    return [
      ...heads(3, repeated),
      ...networks,
      ...[1, 8, 0.5, 2].filter((e) => !quick || e === 1 || e === 8).flatMap((e) => heads(e, [seed])),
      ...sets.map(
        (from): PrivateTrainingTask => ({
          recipe: 'scattering',
          ...from,
          ...part,
          numbers: { batch: 256, epochs: 10, clip: 0, rate: 0 },
          seed,
        }),
      ),
    ]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const parts = await partsOf(task, place)
      const classes = parts.train.labels!.names.length
      const rows = parts.train.count
      const [data, test, model] =
        task.recipe === 'network'
          ? ([rowsOf(parts.train), rowsOf(parts.test), tutorialNetwork(classes)] as const)
          : await withFeatures(parts, classes, place)
      const { weights, ...more } =
        task.epsilon === undefined
          ? await trainOpenly(model, data, task, place)
          : await trainAtPrice(model, data, test, { ...task, epsilon: task.epsilon }, place)
      const right = await measureAccuracy(model, weights, test, { loss, executor: 'native' })
      return {
        accuracy: share(Math.round(right * parts.test.count), parts.test.count),
        rows,
        parameters: model.parameters.reduce((sum, p) => sum + p.shape.reduce((a, b) => a * b, 1), 0),
        ...more,
        seconds: (performance.now() - start) / 1000,
      }
    }),
}

const loss = 'categoricalCrossEntropy'

/** Fashion-MNIST in the user's folder, or fetched. */
async function garmentsOf({ data }: Settings): Promise<string> {
  const folder = data === undefined ? undefined : join(data, 'fashion-mnist')
  if (folder !== undefined && existsSync(folder)) return folder
  for (const part of ['train', 'test'] as const) await fetchImages('fashion-mnist', part, { limit: 1 })
  return 'fashion-mnist'
}

const labelsOf = (set: ImageSet): Tensor => tensor(set.labels!.of, [set.count], 'int32')
const rowsOf = (set: ImageSet): Dataset => ({ x: imageTensor(set), y: labelsOf(set) })

async function withFeatures(
  { train, test }: { readonly train: ImageSet; readonly test: ImageSet },
  classes: number,
  place: Workplace,
): Promise<readonly [Dataset, Dataset, Model]> {
  const [x, other] = [await featuresOf(train, place), await featuresOf(test, place)]
  const head = linearHead(x.shape[1]!, classes)
  return [{ x, y: labelsOf(train) }, { x: other, y: labelsOf(test) }, head]
}

/** Within ε in all: the noisy mean that features are centred by, directions that they are dampened along, the training. */
async function trainAtPrice(
  model: Model,
  data: Dataset,
  test: Dataset,
  { recipe, epsilon, numbers, seed }: PrivateTrainingTask & { readonly epsilon: number },
  { signal }: Workplace,
): Promise<{ weights: Weights } & Pick<PrivateTrainingAnswer, 'spent'>> {
  const { batch, epochs, clip, rate: step } = numbers
  const beside: Repeated[] = []
  if (recipe === 'scattering') {
    const width = data.x.shape[1]!
    const { mean, release } = privateMean(data.x, {
      norm: Math.sqrt(width),
      noiseMultiplier: meanNoise(epsilon),
    })
    centre(data.x, mean)
    centre(test.x, mean)
    const directions = await privateDampening(data.x, {
      norm: dampeningNorm * Math.sqrt(width),
      noiseMultiplier: dampeningNoise(epsilon),
      threads: 1,
      signal,
    })
    await dampen(data.x, directions.dampening, { threads: 1 })
    await dampen(test.x, directions.dampening, { threads: 1 })
    beside.push({ release, times: 1 }, { release: directions.release, times: 1 })
  }
  const rows = data.x.shape[0]!
  const size = Math.min(batch, rows)
  const rate = size / rows
  const steps = Math.ceil(rows / size) * epochs
  const noiseMultiplier = noiseMultiplierFor({ epsilon, delta, rate, steps, beside })
  for await (const epoch of trainPrivately(model, data, {
    loss,
    optimizer: sgd({ learningRate: step / clip, momentum }),
    batch: size,
    epochs,
    clip,
    delta,
    noiseMultiplier,
    seed,
    executor: 'native',
    threads: 1,
    signal,
  })) {
    if (!epoch.last) continue
    const training = { release: sampledGaussianLoss(noiseMultiplier, rate), times: steps }
    const spent = epsilonOf([training, ...beside], delta)
    return { weights: epoch.weights(), spent: { epsilon: spent, noiseMultiplier, rate, steps } }
  }
  throw new TypeError('a training has a last epoch')
}

async function trainOpenly(
  model: Model,
  data: Dataset,
  { numbers: { batch, epochs }, seed }: PrivateTrainingTask,
  { signal }: Workplace,
): Promise<{ weights: Weights }> {
  const optimizer = adam({ learningRate: 3e-4 })
  const { weights } = await fit(model, data, {
    loss,
    optimizer,
    batch,
    epochs,
    seed,
    executor: 'native',
    threads: 1,
    signal,
  })
  return { weights }
}
