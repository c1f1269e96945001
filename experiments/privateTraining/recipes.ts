// The recipes of private training that are measured: two models, and the numbers that each is trained with.
// Source: Tramèr and Boneh 2021 (scattering, small clipping norm, large batches); the tanh network of public DP-SGD tutorials.
// Numbers were chosen on 10,000 held-out training images, not on test images; that choice is not paid for.

import { constant, div } from '../../src/graph/index.ts'
import {
  conv2d,
  dense,
  flatten,
  functionLayer,
  type Model,
  maxPool2d,
  sequential,
} from '../../src/learn/index.ts'

/** Of (ε, δ): below one over the number of images. */
export const delta = 1e-5

/** Groups that scattering features are normalised in, three neighbouring channels each. */
export const groups = 27

/** A linear head on `width` features. It starts at 0: there is nothing to break the symmetry of. */
export const linearHead = (width: number, classes: number): Model =>
  sequential([dense({ units: classes, initialiser: 'zeros' })], { input: [width] })

/** The network of the tutorials, on bytes: 26,010 weights for ten classes. */
export const tutorialNetwork = (classes: number): Model =>
  sequential(
    [
      functionLayer([1, 28, 28], (x) => div(x, constant([255], [1]))),
      conv2d({ filters: 16, kernel: 8, stride: 2, padding: 'same', activation: 'tanh' }),
      maxPool2d({ size: 2, stride: 1 }),
      conv2d({ filters: 32, kernel: 4, stride: 2, activation: 'tanh' }),
      maxPool2d({ size: 2, stride: 1 }),
      flatten(),
      dense({ units: 32, activation: 'tanh' }),
      dense({ units: classes }),
    ],
    { input: [1, 28, 28] },
  )

/** How one model is trained privately. */
export interface Numbers {
  readonly batch: number
  readonly epochs: number
  readonly clip: number
  /** Of the clipped mean gradient over the clipping norm: the optimiser's learning rate is this over `clip`. */
  readonly rate: number
}

export const momentum = 0.9

/** A linear head: a longer way where there is less noise. */
export const headNumbers = (quick: boolean, set: 'MNIST' | 'Fashion-MNIST', epsilon: number): Numbers => {
  const rate = (set === 'MNIST' ? 0.65 : 0.94) * Math.sqrt(epsilon / 3)
  return quick
    ? { batch: 1000, epochs: 20, clip: 0.1, rate: rate / 2 }
    : { batch: 7500, epochs: epsilon <= 1 ? 20 : 40, clip: 0.1, rate }
}

export const networkNumbers = (quick: boolean): Numbers =>
  quick
    ? { batch: 500, epochs: 15, clip: 0.1, rate: 0.25 }
    : { batch: 1024, epochs: 15, clip: 0.1, rate: 0.25 }

/** Noise of the private mean over the longest row: less than a hundredth of the budget. */
export const meanNoise = (epsilon: number): number => 60 / epsilon

/** Noise of the covariance over the square of its norm: about a seventh of the budget's square, 8% more noise in training. */
export const dampeningNoise = (epsilon: number): number => 12 / epsilon

/** The norm that rows are shortened to for it, over the longest: two rows of three are shorter. */
export const dampeningNorm = 0.57
