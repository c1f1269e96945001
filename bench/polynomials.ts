// Networks of sums, products and squares with made-up weights, and images: what encrypted inference is timed on.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets); Benaissa et al. 2021 (TenSEAL), the network of its tutorial.
// Weights are of the size that training gives; what they are does not change what an answer costs.

import type { PolynomialNetwork } from '../src/encrypt/index.ts'
import { type ConvShape, windowsOf } from '../src/encrypt/inference/network.ts'
import { random } from '../src/graph/plain/random.ts'

/** A convolution, square, dense, square, dense, over images of one channel. */
export function polynomialNetwork(
  side: number,
  shape: Omit<ConvShape, 'kind'>,
  units: number,
  classes = 10,
): PolynomialNetwork {
  const source = random(51)
  const normal = (count: number, deviation: number) =>
    Float64Array.from({ length: count }, () => deviation * source.normal())
  const { filters, kernel } = shape
  const input = [1, side, side] as const
  const [down, across] = windowsOf(input, { kind: 'conv', ...shape })
  const seen = filters * down * across
  const position = kernel[0] * kernel[1]
  return {
    input,
    layers: [
      {
        kind: 'conv',
        ...shape,
        weights: normal(filters * position, 1 / Math.sqrt(position)),
        bias: normal(filters, 0.1),
      },
      { kind: 'square' },
      {
        kind: 'dense',
        outputs: units,
        weights: normal(seen * units, 1 / Math.sqrt(seen)),
        bias: normal(units, 0.1),
      },
      { kind: 'square' },
      {
        kind: 'dense',
        outputs: classes,
        weights: normal(units * classes, 4 / units),
        bias: normal(classes, 0.1),
      },
    ],
  }
}

/** CryptoNets': five 5×5 maps at stride 2, then `units`. */
export const cryptoNetsLike = (side = 28, units = 100): PolynomialNetwork =>
  polynomialNetwork(side, { filters: 5, kernel: [5, 5], stride: [2, 2], padding: [1, 1] }, units)

/** Images of 0 … 1. */
export function imagesOf(
  count: number,
  [channels, height, width]: PolynomialNetwork['input'],
): Float64Array[] {
  const source = random(52)
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: channels * height * width }, () => source.uniform()),
  )
}
