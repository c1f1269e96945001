// What there was before codes: a dense pane trained by cross-entropy before a frozen network, and what it and the raw rows
// give away to attackers who learned from calibration rows.
// Source: Zheng et al. 2019, Xu et al. 2020 (ObfNet-MLP of bottleneck 256 before LeNet); of tables d-64-d before d-128-64.
// Nothing is certified here: the attackers' shares are what is at least lost.

import type { ImageShape } from '../../src/data/index.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import {
  adam,
  argmax,
  type Dataset,
  dense,
  earlyStopping,
  fit,
  type Layer,
  type Model,
  predict,
  sequential,
  type Weights,
} from '../../src/learn/index.ts'
import { nameLayers } from '../../src/learn/layers/index.ts'
import { leNet, obfNetMlp } from '../../src/protect/learned/architectures.ts'
import { unitLayer } from '../../src/protect/learned/preprocessing.ts'
import { upTo } from '../../src/random/order.ts'
import { rightOf, type Share, share } from '../shares.ts'
import { type Attacks, attackVectors } from './attackers.ts'
import { brightestChannel } from './erased.ts'
import { type Records, rowsOf, take } from './records.ts'
import { openSource, type SourceChoice } from './sources.ts'

/** A dense pane before a network, and attackers. JSON. */
export interface DenseTask {
  readonly kind: 'dense'
  readonly choice: SourceChoice
  /** Epochs of networks, and of attackers. */
  readonly effort: { readonly epochs: number; readonly attackEpochs: number }
  readonly seed: number
}

/** What a dense pane gives away, beside what raw rows do, by attribute. */
export interface DenseAnswer {
  readonly kind: 'dense'
  /** The network without a pane. */
  readonly plain: Share
  readonly pane: Share
  readonly raw: Readonly<Record<string, Attacks>>
  readonly released: Readonly<Record<string, Attacks>>
  /** Of coloured digits: the largest channel of each pixel in their place, and the network that is trained on it. */
  readonly erased?: { readonly plain: Share; readonly attacks: Attacks } | undefined
  readonly seconds: number
}

const loss = 'categoricalCrossEntropy'

/** Trains the network and the pane before it, and attacks what either is given. */
export async function measureDensePane(task: DenseTask, signal?: AbortSignal): Promise<DenseAnswer> {
  const start = performance.now()
  const records = await openSource(task.choice)
  const { x, label, attributes, split } = records
  const { rows: own } = split.calibration.open([{ pane: 'a dense pane', codebook: 'none' }])
  const judged = split.attackTest.rows
  const attacked = async (learned: Tensor, met: Tensor) => {
    const found: Record<string, Attacks> = {}
    for (const [name, attribute] of Object.entries(attributes))
      found[name] = await attackVectors(
        { x: learned, of: take(attribute.of, own) },
        { x: met, of: take(attribute.of, judged) },
        { classes: attribute.names.length, seed: task.seed, epochs: task.effort.attackEpochs, signal },
      )
    return found
  }
  const plain = await trainService(records, task, signal)
  const pane = await trainPane(records, plain, task, signal)
  const grey = task.choice.source === 'colour' ? { ...records, x: brightestChannel(x) } : undefined
  const erased = grey && {
    plain: await rightShare(grey, await trainService(grey, task, signal)),
    attacks: (await attacked(rowsOf(grey.x, own), rowsOf(grey.x, judged)))['colour']!,
  }
  return {
    kind: 'dense',
    plain: await rightShare(records, plain),
    pane: await rightShare(records, pane.whole),
    raw: await attacked(rowsOf(x, own), rowsOf(x, judged)),
    released: await attacked(
      await outputs(pane.alone, pane.whole.weights, rowsOf(x, own)),
      await outputs(pane.alone, pane.whole.weights, rowsOf(x, judged)),
    ),
    ...(erased ? { erased } : {}),
    seconds: (performance.now() - start) / 1000,
  }

  async function rightShare({ x }: Records, { model, weights }: Network): Promise<Share> {
    const { data } = await predict(model, weights, rowsOf(x, judged), { loss })
    const answers = argmax(data as Float64Array, label.names.length)
    return share(rightOf(answers, take(label.of, judged)), judged.length)
  }
}

/** A model with its weights. */
interface Network {
  readonly model: Model
  readonly weights: Weights
}

/** The frozen network: LeNet of images, a small dense one of features. */
const trainService = (records: Records, task: DenseTask, signal?: AbortSignal): Promise<Network> => {
  const classes = records.label.names.length
  const layers = nameLayers('service', isImages(records) ? leNet(classes) : serviceOf(classes))
  return trainNetwork(records, [...unitOf(records), ...layers], {}, task.seed, task, signal)
}

/** A pane before it, alone and with it behind. */
async function trainPane(records: Records, service: Network, task: DenseTask, signal?: AbortSignal) {
  const shape = records.x.shape.slice(1)
  const first = unitOf(records)
  const pane = nameLayers('pane', isImages(records) ? obfNetMlp(imageShape(records), 256) : paneOf(shape[0]!))
  const frozen = service.model.layers.slice(first.length).map((layer) => ({ ...layer, frozen: true }))
  const layers = [...first, ...pane, ...frozen]
  return {
    whole: await trainNetwork(records, layers, service.weights, task.seed + 1, task, signal),
    alone: sequential([...first, ...pane], { input: shape }),
  }
}

/** Trains on training rows to the epoch that is best on validation rows. */
async function trainNetwork(
  { x, label, split }: Records,
  layers: readonly Layer[],
  weights: Weights,
  seed: number,
  { effort: { epochs } }: DenseTask,
  signal?: AbortSignal,
): Promise<Network> {
  const part = (rows: Int32Array): Dataset => ({
    x: rowsOf(x, rows),
    y: tensor(take(label.of, rows), [rows.length], 'int32'),
  })
  const model = sequential(layers, { input: x.shape.slice(1) })
  const fitted = await fit(model, part(split.train.rows), {
    loss,
    optimizer: adam(),
    epochs,
    batch: 128,
    callbacks: [earlyStopping({ patience: epochs, restoreBest: true })],
    validation: part(split.validation.rows),
    weights,
    seed,
    threads: 1,
    signal,
  })
  return { model, weights: fitted.weights }
}

const isImages = ({ x }: Records): boolean => x.shape.length === 4

const imageShape = ({ x }: Records): ImageShape => {
  const [, channels, height, width] = x.shape
  return [channels!, height!, width!]
}

const unitOf = (records: Records): Layer[] => (isImages(records) ? [unitLayer(imageShape(records))] : [])

const serviceOf = (classes: number): Layer[] => [
  dense({ units: 128, activation: 'relu' }),
  dense({ units: 64, activation: 'relu' }),
  dense({ units: classes }),
]

const paneOf = (width: number): Layer[] => [
  dense({ units: 64, activation: 'relu' }),
  // Standardised features are on both sides of 0.
  dense({ units: width }),
]

/** Rows that a network answers at once: of coloured digits, all of them in float64 would be a gigabyte. */
const chunk = 4096

/** What a network gives for rows, float32. */
async function outputs(model: Model, weights: Weights, x: Tensor): Promise<Tensor> {
  const count = x.shape[0]!
  let [all, width] = [new Float32Array(), 0]
  for (let at = 0; at < count; at += chunk) {
    const rows = upTo(count).subarray(at, Math.min(count, at + chunk))
    const { data } = await predict(model, weights, rowsOf(x, rows), { loss: 'meanSquaredError' })
    width = data.length / rows.length
    if (at === 0) all = new Float32Array(count * width)
    all.set(data as Float64Array, at * width)
  }
  return tensor(all, [count, width])
}
