// The models that we time: an obfuscator of ObfNet2's size, a LeNet to stand frozen behind it, a small network.
// Source: ObfNet (784-1000-784 before LeNet on MNIST), LeNet-5 with ReLU and maximum pooling; SPG section 5.1.
// First weights and data are repeatable noise: what they teach does not change what a step costs.

import type { Graph } from '../src/graph/contract.ts'
import {
  conv,
  gemm,
  graph,
  input,
  relu,
  reshape,
  type Tensor,
  tensor,
  type Value,
} from '../src/graph/index.ts'
import { reluMaxPool } from '../src/graph/operators/pool.ts'
import { constantOf } from '../src/graph/value.ts'
import {
  adam,
  categoricalCrossEntropy,
  type Dataset,
  dense,
  graphLayer,
  type LossName,
  type Model,
  meanSquaredError,
  reshapeTo,
  sequential,
} from '../src/learn/index.ts'
import { trainingGraph } from '../src/learn/trainingGraph.ts'
import { numbers } from './numbers.ts'

/** Arrays by name: what all contenders start from. */
export type Arrays = Readonly<Record<string, Tensor>>

export const batch = 128
const pixels = 784
const hidden = 1000

/** Numbers of mean 0, within ±`scale`. */
export const noise = (shape: readonly number[], seed: number, scale = 1): Tensor => {
  const values = numbers(
    shape.reduce((a, b) => a * b, 1),
    seed,
  )
  return tensor(
    values.map((v) => v * scale),
    shape,
  )
}

/** Weights `[in, out]` (filters `[out, in, …]`), uniform by Glorot's rule; biases near zero. */
export function layer(name: string, shape: readonly number[], seed: number): [string, Tensor][] {
  const [first, second, ...window] = shape as [number, number]
  const area = (window as number[]).reduce((a, b) => a * b, 1)
  const outputs = window.length > 0 ? first : second
  return [
    [`${name}.kernel`, noise(shape, seed, Math.sqrt(6 / (area * (first + second))))],
    [`${name}.bias`, noise([outputs], seed + 1, 0.01)],
  ]
}

/** A batch, the obfuscator's weights and the LeNet's. */
export function largeArrays(): Arrays {
  const labels = Float32Array.from(numbers(batch, 3), (v) => Math.floor((v + 1) * 5))
  return Object.fromEntries([
    ['x', noise([batch, pixels], 1)],
    ['target', noise([batch, pixels], 2)],
    ['labels', tensor(labels, [batch])],
    ...layer('hidden', [pixels, hidden], 10),
    ...layer('output', [hidden, pixels], 12),
    ...layer('conv1', [6, 1, 5, 5], 14),
    ...layer('conv2', [16, 6, 5, 5], 16),
    ...layer('dense1', [400, 120], 18),
    ...layer('dense2', [120, 84], 20),
    ...layer('dense3', [84, 10], 22),
  ])
}

/** LeNet-5: `[N, 1, 28, 28]` to ten logits. */
function lenet(arrays: Arrays): Graph {
  const weight = (name: string): Value => constantOf(arrays[name]!, `lenet.${name}`)
  const x = input('image', ['N', 1, 28, 28])
  const first = conv(x, weight('conv1.kernel'), weight('conv1.bias'), { pads: [2, 2, 2, 2] })
  const second = conv(
    reluMaxPool(first, [2, 2], { strides: [2, 2] }),
    weight('conv2.kernel'),
    weight('conv2.bias'),
  )
  let h = reshape(reluMaxPool(second, [2, 2], { strides: [2, 2] }), [-1, 400])
  h = relu(gemm(h, weight('dense1.kernel'), weight('dense1.bias')))
  h = relu(gemm(h, weight('dense2.kernel'), weight('dense2.bias')))
  return graph({ inputs: [x], outputs: { logits: gemm(h, weight('dense3.kernel'), weight('dense3.bias')) } })
}

/** The obfuscator with what stands behind it, and a batch to train on. */
export interface LargeModel {
  readonly behind: 'nothing' | 'lenet' | 'infnet'
  readonly model: Model
  readonly arrays: Arrays
  readonly loss: LossName
  readonly data: Dataset
  /** Its step, to count operations in. */
  readonly graph: Graph
}

/** Behind it nothing (it learns to give random images) or a LeNet that stays as it is (it learns to please that). */
export function largeModel(arrays: Arrays, behind: 'nothing' | 'lenet'): LargeModel {
  const obfuscator = [
    dense({ units: hidden, activation: 'relu', name: 'hidden' }),
    dense({ units: pixels, activation: 'relu', name: 'output' }),
  ]
  const bare = behind === 'nothing'
  const model = sequential(
    bare ? obfuscator : [...obfuscator, reshapeTo([1, 28, 28]), graphLayer(lenet(arrays))],
    { input: [pixels] },
  )
  const loss = bare ? meanSquaredError : categoricalCrossEntropy
  const { graph: step } = trainingGraph(model, arrays, { loss, optimizer: adam(), dtype: 'float32' })
  const data = { x: arrays['x']!, y: bare ? arrays['target']! : oneHot(arrays['labels']!, 10) }
  return { behind, model, arrays, loss: loss.name as LossName, data, graph: step }
}

/** Rows with a 1 at the label. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const rows = labels.data.length
  const out = new Float32Array(rows * classes)
  for (let i = 0; i < rows; i++) out[i * classes + Number(labels.data[i])] = 1
  return tensor(out, [rows, classes])
}
