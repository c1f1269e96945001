// What there was before codes: a dense pane trained by cross-entropy before a frozen network, and what it and the raw rows
// give away to attackers who learned from calibration rows.
// Source: Zheng et al. 2019, Xu et al. 2020 (ObfNet-MLP of bottleneck 256 before LeNet); of tables d-64-d before d-128-64.
// Nothing is certified here: the attackers' shares are what is at least lost.

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
import { rightOf, type Share, share } from '../shares.ts'
import { type Attacks, attackVectors } from './attackers.ts'
import { type Records, rowsOf, take } from './records.ts'

/** What a dense pane gives away, beside what raw rows do, by attribute. */
export interface DenseAnswer {
  /** The network without a pane. */
  readonly plain: Share
  readonly pane: Share
  readonly raw: Readonly<Record<string, Attacks>>
  readonly released: Readonly<Record<string, Attacks>>
}

/** How long networks are trained. */
export interface DenseEffort {
  readonly epochs: number
  readonly attackEpochs: number
}

const loss = 'categoricalCrossEntropy'

/** Trains the network and the pane before it, and attacks what either is given. */
export async function measureDensePane(
  records: Records,
  effort: DenseEffort,
  seed: number,
  signal?: AbortSignal,
): Promise<DenseAnswer> {
  const { x, label, attributes, split } = records
  const shape = x.shape.slice(1)
  const images = shape.length === 3
  const calibration = split.calibration.open([{ pane: 'a dense pane', codebook: 'none' }]).rows
  const part = (rows: Int32Array): Dataset => ({
    x: rowsOf(x, rows),
    y: tensor(take(label.of, rows), [rows.length], 'int32'),
  })
  const [train, validation] = [part(split.train.rows), part(split.validation.rows)]
  const first = images ? [unitLayer(shape as [number, number, number])] : []
  const service = nameLayers('service', images ? leNet(label.names.length) : serviceOf(label.names.length))
  const trained = async (layers: readonly Layer[], weights: Weights, from: number) => {
    const model = sequential(layers, { input: shape })
    const fitted = await fit(model, train, {
      loss,
      optimizer: adam(),
      epochs: effort.epochs,
      batch: 128,
      callbacks: [earlyStopping({ patience: effort.epochs, restoreBest: true })],
      validation,
      weights,
      seed: from,
      threads: 1,
      signal,
    })
    return { model, weights: fitted.weights }
  }
  const right = async ({ model, weights }: { model: Model; weights: Weights }) => {
    const rows = split.attackTest.rows
    const { data } = await predict(model, weights, rowsOf(x, rows), { loss })
    const truth = take(label.of, rows)
    return share(rightOf(argmax(data as Float64Array, label.names.length), truth), rows.length)
  }
  const plain = await trained([...first, ...service], {}, seed)
  const pane = nameLayers(
    'pane',
    images ? obfNetMlp(shape as [number, number, number], 256) : paneOf(shape[0]!),
  )
  const frozen = service.map((layer) => ({ ...layer, frozen: true }))
  const whole = await trained([...first, ...pane, ...frozen], plain.weights, seed + 1)
  const released = await outputs(sequential([...first, ...pane], { input: shape }), whole.weights, x)
  const attacked = async (given: Tensor) => {
    const found: Record<string, Attacks> = {}
    for (const [name, attribute] of Object.entries(attributes))
      found[name] = await attackVectors(
        given,
        attribute,
        { own: calibration, judged: split.attackTest.rows },
        { seed, epochs: effort.attackEpochs, signal },
      )
    return found
  }
  return {
    plain: await right(plain),
    pane: await right(whole),
    raw: await attacked(x),
    released: await attacked(released),
  }
}

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

/** What a network gives for all rows, float32. */
async function outputs(model: Model, weights: Weights, x: Tensor): Promise<Tensor> {
  const { data, shape } = await predict(model, weights, x, { loss: 'meanSquaredError' })
  return tensor(Float32Array.from(data as Float64Array), shape)
}
