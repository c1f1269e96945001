// Networks of sums, products and squares with made-up weights, and images: what encrypted inference is tested and timed on.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets) for the layers. Nothing was trained: what they answer means nothing, and what
// an answer costs does not depend on it.

import type { PolynomialNetwork } from '../src/encrypt/index.ts'
import { type ConvShape, windowsOf } from '../src/encrypt/inference/network.ts'
import { seededRandom } from '../src/random/seeded.ts'
import { drawSecret, type Stream, stream } from '../src/secret/index.ts'

/**
 * A convolution, square, dense, square, dense, over images of one channel; without units, no second square.
 * Weights are by the inputs of their layer, so that numbers stay of one size.
 */
export function polynomialNetwork(
  side: number,
  shape: Omit<ConvShape, 'kind'>,
  {
    units,
    classes = 10,
    seed = 51,
  }: { units?: number | undefined; classes?: number | undefined; seed?: number | undefined } = {},
): PolynomialNetwork {
  const source = seededRandom(seed)
  const normal = (count: number, deviation: number) =>
    Float64Array.from({ length: count }, () => deviation * source.normal())
  const dense = (inputs: number, outputs: number, deviation = 1 / Math.sqrt(inputs)) => ({
    kind: 'dense' as const,
    outputs,
    weights: normal(inputs * outputs, deviation),
    bias: normal(outputs, 0.1),
  })
  const { filters, kernel } = shape
  const input = [1, side, side] as const
  const [down, across] = windowsOf(input, { kind: 'conv', ...shape })
  const seen = filters * down * across
  const position = kernel[0] * kernel[1]
  const front = {
    kind: 'conv' as const,
    ...shape,
    weights: normal(filters * position, 1 / Math.sqrt(position)),
    bias: normal(filters, 0.1),
  }
  const square = { kind: 'square' } as const
  return {
    input,
    layers: [
      front,
      square,
      ...(units === undefined
        ? [dense(seen, classes)]
        : [dense(seen, units), square, dense(units, classes, 4 / units)]),
    ],
  }
}

/** Six by six pixels, two maps, five units, three classes. */
export const smallNetwork = (seed = 41): PolynomialNetwork =>
  polynomialNetwork(
    6,
    { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
    { units: 5, classes: 3, seed },
  )

/** CryptoNets': five 5×5 maps at stride 2 over 28×28 pixels, a hundred units, ten classes. */
export const digitNetwork = (seed = 7): PolynomialNetwork =>
  polynomialNetwork(28, { filters: 5, kernel: [5, 5], stride: [2, 2], padding: [1, 1] }, { units: 100, seed })

/** Gives the same mask again and again, for a question and for its answer. */
export function sameMask(): () => Stream {
  const secret = drawSecret()
  return () => stream(secret, 'question mask')
}

/** Pixels of 0 … 1 in so many images. */
export function images(count: number, side: number, seed = 3): Float64Array[] {
  const source = seededRandom(seed)
  return Array.from({ length: count }, () => Float64Array.from({ length: side ** 2 }, () => source.uniform()))
}
