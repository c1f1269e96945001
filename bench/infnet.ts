// The published pair with convolutions: ObfNet-CNN(128) before a frozen InfNet-CNN whose dropout stays on.
// Source: ObfNet (Challenges of Privacy-Preserving Machine Learning in IoT): 793,808 parameters before 1,199,882.
// First weights and data are repeatable noise: what they teach does not change what a step costs.

import { tensor } from '../src/graph/index.ts'
import {
  adam,
  categoricalCrossEntropy,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPool2d,
  reshapeTo,
  sequential,
} from '../src/learn/index.ts'
import { trainingGraph } from '../src/learn/trainingGraph.ts'
import { type Arrays, batch, type LargeModel, layer, noise, oneHot } from './models.ts'
import { numbers } from './numbers.ts'

/** A batch, the obfuscator's weights and the classifier's. */
export function infnetArrays(): Arrays {
  const labels = Float32Array.from(numbers(batch, 3), (v) => Math.floor((v + 1) * 5))
  return Object.fromEntries([
    ['x', noise([batch, 1, 28, 28], 1)],
    ['labels', tensor(labels, [batch])],
    ...layer('squeeze', [32, 1, 3, 3], 30),
    ...layer('hidden', [5408, 128], 32),
    ...layer('output', [128, 784], 34),
    ...layer('conv1', [32, 1, 3, 3], 36),
    ...layer('conv2', [64, 32, 3, 3], 38),
    ...layer('dense1', [9216, 128], 40),
    ...layer('dense2', [128, 10], 42),
  ])
}

/** The obfuscator learns to please the classifier, which stays as it is. */
export function infnetModel(arrays: Arrays): LargeModel {
  const frozen = true
  const model = sequential(
    [
      conv2d({ filters: 32, kernel: 3, activation: 'relu', name: 'squeeze' }),
      maxPool2d({ size: 2 }),
      flatten(),
      dense({ units: 128, activation: 'relu', name: 'hidden' }),
      dense({ units: 784, activation: 'relu', name: 'output' }),
      reshapeTo([1, 28, 28]),
      conv2d({ filters: 32, kernel: 3, activation: 'relu', name: 'conv1', frozen }),
      conv2d({ filters: 64, kernel: 3, activation: 'relu', name: 'conv2', frozen }),
      maxPool2d({ size: 2 }),
      dropout(0.25, { name: 'dropout1', active: true }),
      flatten(),
      dense({ units: 128, activation: 'relu', name: 'dense1', frozen }),
      dropout(0.5, { name: 'dropout2', active: true }),
      dense({ units: 10, name: 'dense2', frozen }),
    ],
    { input: [1, 28, 28] },
  )
  const { graph } = trainingGraph(model, arrays, {
    loss: categoricalCrossEntropy,
    optimizer: adam(),
    dtype: 'float32',
  })
  const data = { x: arrays['x']!, y: oneHot(arrays['labels']!, 10) }
  return { behind: 'infnet', model, arrays, loss: 'categoricalCrossEntropy', data, graph }
}
