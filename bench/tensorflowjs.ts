// TensorFlow.js on WebAssembly: the same models, written on its core, as fast as its public interface allows.
// Source: @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm. On Node its WebAssembly has SIMD but one thread.
// Only the benchmark uses it.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
// For its effect: it registers the gradients.
import '@tensorflow/tfjs-layers'
import type { Tensor } from '../src/graph/index.ts'
import type { Arrays } from './models.ts'

type Weights = Record<'kernel1' | 'bias1' | 'kernel2' | 'bias2', tf.Variable>

/** Chooses the WebAssembly backend. */
export async function useWasm(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  setWasmPaths(join(folder, '/'))
  await tf.setBackend('wasm')
  await tf.ready()
}

const of = (t: Tensor): tf.Tensor2D =>
  tf.tensor<tf.Rank>(Float32Array.from(t.data as ArrayLike<number>), [...t.shape] as [number]) as tf.Tensor2D

function weightsOf(arrays: Arrays, prefix = ''): Weights {
  const weight = (name: string) => tf.variable(of(arrays[`${prefix}${name}`]!))
  return {
    kernel1: weight('hidden.kernel'),
    bias1: weight('hidden.bias'),
    kernel2: weight('output.kernel'),
    bias2: weight('output.bias'),
  }
}

const release = (weights: Weights) => Object.values(weights).forEach((w) => void w.dispose())

const layer = (x: tf.Tensor2D, kernel: tf.Variable, bias: tf.Variable): tf.Tensor2D =>
  tf.add(tf.matMul(x, kernel as unknown as tf.Tensor2D), bias)

type Logits = (image: tf.Tensor2D) => tf.Tensor2D

/** The frozen LeNet of models.ts, channels last, as its kernels want them. */
function lenet(arrays: Arrays): { logits: Logits; close: () => void } {
  const all: tf.Tensor[] = []
  const kept = <T extends tf.Tensor>(make: () => T): T => {
    const made = tf.tidy(make)
    all.push(made)
    return made
  }
  const filters = (name: string) =>
    kept(() => tf.transpose(of(arrays[`${name}.kernel`]!) as tf.Tensor, [2, 3, 1, 0]) as tf.Tensor4D)
  const plain = (name: string) => kept(() => of(arrays[name]!))
  const [filters1, filters2] = [filters('conv1'), filters('conv2')]
  const [bias1, bias2] = [plain('conv1.bias'), plain('conv2.bias')]
  // Its rows follow the order of what is flattened.
  const kernel1 = kept(
    () =>
      tf.reshape(
        tf.transpose(tf.reshape(of(arrays['dense1.kernel']!), [16, 5, 5, 120]), [1, 2, 0, 3]),
        [400, 120],
      ) as tf.Tensor2D,
  )
  const [kernel2, kernel3] = [plain('dense2.kernel'), plain('dense3.kernel')]
  const [b1, b2, b3] = [plain('dense1.bias'), plain('dense2.bias'), plain('dense3.bias')]
  const block = (x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor, pad: 'same' | 'valid') =>
    tf.maxPool(tf.relu(tf.add(tf.conv2d(x, w, 1, pad), b)) as tf.Tensor4D, 2, 2, 'valid')
  return {
    logits(image) {
      const first = block(tf.reshape(image, [-1, 28, 28, 1]) as tf.Tensor4D, filters1, bias1, 'same')
      let h = tf.reshape(block(first, filters2, bias2, 'valid'), [-1, 400]) as tf.Tensor2D
      h = tf.relu(tf.add(tf.matMul(h, kernel1), b1))
      h = tf.relu(tf.add(tf.matMul(h, kernel2), b2))
      return tf.add(tf.matMul(h, kernel3), b3)
    },
    close: () => void tf.dispose(all),
  }
}

/** One Adam step of the obfuscator, bare or before the frozen LeNet: answers the loss. */
export function largeWasmStep(
  arrays: Arrays,
  behind: 'nothing' | 'lenet' = 'nothing',
): { step: () => number; close: () => void } {
  const w = weightsOf(arrays)
  const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-7)
  const x = of(arrays['x']!)
  const target = of(arrays['target']!)
  const labels = tf.tidy(() => tf.oneHot(tf.cast(of(arrays['labels']!), 'int32'), 10) as tf.Tensor2D)
  const frozen = behind === 'lenet' ? lenet(arrays) : undefined
  const loss = () => {
    const y = tf.relu(layer(tf.relu(layer(x, w.kernel1, w.bias1)), w.kernel2, w.bias2))
    if (!frozen) return tf.mean(tf.squaredDifference(y, target)) as tf.Scalar
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(frozen.logits(y))), 1))) as tf.Scalar
  }
  return {
    step: () => tf.tidy(() => (optimizer.minimize(loss, true) as tf.Scalar).dataSync()[0]!),
    close() {
      release(w)
      optimizer.dispose()
      tf.dispose([x, target, labels])
      frozen?.close()
    },
  }
}

/** The small network with its own Adam, from a fold's first weights. */
export function smallWasm(
  arrays: Arrays,
  prefix: string,
  learningRate: number,
): {
  /** A step on rows of `x` [n, 7] and one-hot `target` [n, 3]: answers the loss. */
  step: (x: tf.Tensor2D, target: tf.Tensor2D) => number
  predict: (x: tf.Tensor2D) => Float32Array
  setRate: (rate: number) => void
  close: () => void
} {
  const w = weightsOf(arrays, prefix)
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-7)
  const forward = (x: tf.Tensor2D) => layer(tf.tanh(layer(x, w.kernel1, w.bias1)), w.kernel2, w.bias2)
  return {
    step: (x, target) =>
      tf.tidy(() => {
        const loss = () => tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(forward(x))), 1))) as tf.Scalar
        return (optimizer.minimize(loss, true) as tf.Scalar).dataSync()[0]!
      }),
    predict: (x) => tf.tidy(() => forward(x).dataSync() as Float32Array),
    setRate(rate) {
      // Its Adam reads this field at each step and has no other way to change it.
      ;(optimizer as unknown as { learningRate: number }).learningRate = rate
    },
    close() {
      release(w)
      optimizer.dispose()
    },
  }
}

/** A matrix of TensorFlow.js. */
export const matrix = (values: Float32Array, shape: [number, number]): tf.Tensor2D =>
  tf.tensor2d(values, shape)
