// The network of the public tutorials of private training, and random data of MNIST's shape for it.
// Source: the tutorials of Opacus and TensorFlow Privacy for MNIST: 26,010 weights, tanh throughout.
// Numbers are repeatable noise: what they teach does not change what a step costs.

import { tensor } from '../src/graph/index.ts'
import { conv2d, type Dataset, dense, flatten, maxPool2d, sequential, sgd } from '../src/learn/index.ts'
import { numbers } from './numbers.ts'

export const tutorialCnn = sequential(
  [
    conv2d({ filters: 16, kernel: 8, stride: 2, padding: [3, 3], activation: 'tanh' }),
    maxPool2d({ size: 2, stride: 1 }),
    conv2d({ filters: 32, kernel: 4, stride: 2, activation: 'tanh' }),
    maxPool2d({ size: 2, stride: 1 }),
    flatten(),
    dense({ units: 32, activation: 'tanh' }),
    dense({ units: 10 }),
  ],
  { input: [1, 28, 28] },
)

/** Images and classes in random order. */
export function tutorialData(rows: number): Dataset {
  const y = new Float32Array(rows * 10)
  numbers(rows, 2).forEach((v, row) => {
    y[row * 10 + Math.floor((v + 1) * 5)] = 1
  })
  return { x: tensor(numbers(rows * 784, 1), [rows, 1, 28, 28]), y: tensor(y, [rows, 10]) }
}

/** How both are trained, for as long as somebody asks for epochs. */
export const privateOptions = (batch: number) =>
  ({
    loss: 'categoricalCrossEntropy',
    optimizer: sgd({ learningRate: 0.05 }),
    batch,
    epochs: 1_000_000,
    clip: 1,
    noiseMultiplier: 1,
    delta: 1e-5,
    executor: 'native',
  }) as const
