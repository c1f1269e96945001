// Networks for tests of encrypted inference: CryptoNets' layers, small or of their real size, with made-up weights.
// Source: Gilad-Bachrach et al. 2016 for the layers. Nothing was trained: what they answer means nothing.

import type { PolynomialNetwork } from '../src/encrypt/index.ts'
import { random } from '../src/graph/plain/random.ts'

/** Six by six pixels, two maps, five units, three classes. */
export const smallNetwork = (seed = 41): PolynomialNetwork =>
  networkOf(seed, { side: 6, filters: 2, kernel: 3, units: 5, outputs: 3 })

/** 28×28 pixels, five maps, a hundred units, ten classes. */
export const digitNetwork = (seed = 7): PolynomialNetwork =>
  networkOf(seed, { side: 28, filters: 5, kernel: 5, units: 100, outputs: 10 })

interface Sizes {
  readonly side: number
  readonly filters: number
  readonly kernel: 3 | 5
  readonly units: number
  readonly outputs: number
}

function networkOf(seed: number, { side, filters, kernel, units, outputs }: Sizes): PolynomialNetwork {
  const source = random(seed)
  /** Weights of a layer by its inputs, so that numbers stay of one size. */
  const normal = (count: number, inputs: number, gain = 1) =>
    Float64Array.from({ length: count }, () => (gain * source.normal()) / Math.sqrt(inputs))
  const padding = (kernel - 1) / 2
  const windows = Math.ceil(side / 2) ** 2
  const maps = filters * windows
  return {
    input: [1, side, side],
    layers: [
      {
        kind: 'conv',
        filters,
        kernel: [kernel, kernel],
        stride: [2, 2],
        padding: [padding, padding],
        weights: normal(filters * kernel ** 2, kernel ** 2),
        bias: normal(filters, 100),
      },
      { kind: 'square' },
      { kind: 'dense', outputs: units, weights: normal(maps * units, maps), bias: normal(units, 100) },
      { kind: 'square' },
      { kind: 'dense', outputs, weights: normal(units * outputs, units), bias: normal(outputs, 100) },
    ],
  }
}

/** Pixels of 0 … 1 in so many images. */
export function images(count: number, side: number, seed = 3): Float64Array[] {
  const source = random(seed)
  return Array.from({ length: count }, () => Float64Array.from({ length: side ** 2 }, () => source.uniform()))
}
