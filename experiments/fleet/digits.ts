// MNIST cut into nodes as federated learning is measured on it, and the small network that they train.
// Source: McMahan et al. 2017, section 3: sorted by label, 200 shards of 300 images, two a node.
// The network is smaller than theirs (5,994 numbers for 1,663,370), so that a run takes minutes; rounds compare, accuracies less so.

import { imageTensor } from '../../src/data/images/imageSet.ts'
import type { ImageSet } from '../../src/data/index.ts'
import type { Layout } from '../../src/fleet/layout.ts'
import { weightsToVector } from '../../src/fleet/layout.ts'
import type { Trainer } from '../../src/fleet/learner/learner.ts'
import { openTrainer } from '../../src/fleet/learner/trainer.ts'
import { datasetFleet } from '../../src/fleet/simulation/datasetFleet.ts'
import { constant, div, tensor } from '../../src/graph/index.ts'
import {
  conv2d,
  type Dataset,
  dense,
  flatten,
  functionLayer,
  initialWeights,
  type Model,
  maxPool2d,
  sequential,
} from '../../src/learn/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'

const shape = [1, 28, 28] as const

/** Two convolutions, as LeNet has them, for ten classes; takes images as bytes. */
export const digitModel = (): Model =>
  sequential(
    [
      functionLayer(shape, (x) => div(x, constant([255], [1]))),
      conv2d({ filters: 8, kernel: 5, activation: 'relu' }),
      maxPool2d({ size: 2 }),
      conv2d({ filters: 16, kernel: 5, activation: 'relu' }),
      maxPool2d({ size: 2 }),
      flatten(),
      dense({ units: 10 }),
    ],
    { input: shape },
  )

export const loss = 'categoricalCrossEntropy'

/** Images as learning takes them. */
export const rowsOf = (set: ImageSet): Dataset => ({
  x: imageTensor(set),
  y: tensor(set.labels!.of, [set.count], 'int32'),
})

/** Rows by label, in shards, so many a node: nodes of two shards have two digits, or few more where a shard's edge lies between. */
export function shardsOf(
  labels: Int32Array,
  { nodes, shards, seed }: { readonly nodes: number; readonly shards: number; readonly seed: number },
): Int32Array[] {
  const sorted = upTo(labels.length).sort((a, b) => labels[a]! - labels[b]! || a - b)
  const size = Math.floor(labels.length / (nodes * shards))
  const order = shuffle(upTo(nodes * shards), seededStream(seed, 'shards'))
  return Array.from({ length: nodes }, (_, node) => {
    const part = new Int32Array(shards * size)
    for (let k = 0; k < shards; k++) {
      const shard = order[node * shards + k]!
      part.set(sorted.subarray(shard * size, (shard + 1) * size), k * size)
    }
    return part
  })
}

/** Rows in random order, in equal parts. */
export function evenPartsOf(rows: number, nodes: number, seed: number): Int32Array[] {
  const order = shuffle(upTo(rows), seededStream(seed, 'parts'))
  const size = Math.floor(rows / nodes)
  return Array.from({ length: nodes }, (_, node) => order.slice(node * size, (node + 1) * size))
}

/** A fleet on images, its first weights, and a trainer that measures. Close the trainer. */
export async function openDigits(
  train: ImageSet,
  parts: readonly Int32Array[],
  { batch, seed }: { readonly batch: number; readonly seed: number },
) {
  const model = digitModel()
  const { layers, input } = model
  const trainer: Trainer<Dataset> = await openTrainer(model, { loss, pixels: true, threads: 1, batch })
  const weights = weightsToVector(initialWeights(model, seed), trainer.layout)
  const fleet = datasetFleet({ layers, input, loss, data: rowsOf(train), parts, batch })
  const layout: Layout = trainer.layout
  return { fleet, trainer, weights, layout }
}
