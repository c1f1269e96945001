// A network that names a sensitive attribute of what was released: the shape of the study's ColorNet.
// Source: Yonan et al. 2025 (ColorNet, NoisyNet, PathNet: InfNet-MLP with 28×28×3 in and 7 out; F_a = C / T).
// It takes rows of any kind, of images as of tables. That it fails does not show that another network would.

import type { Labels } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import {
  argmax,
  averagePool2d,
  dense,
  flatten,
  type Layer,
  type Model,
  predict,
  type Weights,
} from '../../learn/index.ts'
import type { Metric } from '../finding.ts'
import { type AttackTraining, trainLayers } from './learning.ts'
import { labelMetric } from './shares.ts'

/** A trained attribute network. */
export interface AttributeNet {
  /** Class number of each row. @param released float32 [rows, …] as it was trained on */
  classify(released: Tensor): Promise<Int32Array>
  /**
   * F_a, the share of rows whose class is named rightly, with its interval and chance (the largest class's share).
   * @throws RangeError when rows and labels differ in number
   */
  accuracy(released: Tensor, labels: Labels): Promise<Metric>
  readonly model: Model
  readonly weights: Weights
}

/** The most numbers of a row that a dense layer of 512 units takes whole: 33 million weights. */
const widest = 65_536

/**
 * Trains the adversary's classifier on released rows whose class it knows: three times Dense 512 ReLU, and a dense
 * layer to the classes.
 * @param released float32 [rows, …]; scaled to mean 0 and deviation 1 in the network
 * @throws FrostglassError `shape` when rows and labels differ in number, `input` for rows that are not finite, `aborted`
 * @example const net = await trainAttributeNet(released, set.attributes.color, { epochs: 10, seed: 1 })
 */
export async function trainAttributeNet(
  released: Tensor,
  labels: Labels,
  options: AttackTraining,
): Promise<AttributeNet> {
  const rows = released.shape[0] ?? 0
  if (labels.of.length !== rows) {
    throw new FrostglassError('shape', `there are ${rows} released rows, but ${labels.of.length} labels`)
  }
  const hidden = Array.from({ length: 3 }, () => dense({ units: 512, activation: 'relu' }))
  const layers = [
    ...reduced(released.shape.slice(1)),
    flatten(),
    ...hidden,
    dense({ units: labels.names.length }),
  ]
  const loss = 'categoricalCrossEntropy'
  const data = { x: released, y: tensor(labels.of, [rows], 'int32') }
  const { model, weights } = await trainLayers(layers, data, loss, options)
  const machine = options.executor === undefined ? {} : { executor: options.executor }
  const classify = async (x: Tensor): Promise<Int32Array> => {
    const { data: scores } = await predict(model, weights, x, { loss, ...machine })
    return argmax(scores as Float64Array, labels.names.length)
  }
  return Object.freeze({
    classify,
    async accuracy(x: Tensor, truth: Labels) {
      return labelMetric('attribute', await classify(x), truth.of, options.seed)
    },
    model,
    weights,
  })
}

/** Photographs are averaged down until a dense layer can take them; their attributes are seen at 64 × 64 too. */
function reduced(shape: readonly number[]): Layer[] {
  const [, height = 1, width = 1] = shape
  if (sizeOf(shape) <= widest || shape.length !== 3) return []
  return [averagePool2d({ size: Math.max(1, Math.floor(Math.min(height, width) / 56)) })]
}
