// The network of teachers and students: two convolutions of 5 × 5, pooled, and a dense layer before the answers.
// Source: Papernot et al. 2017, appendix C (two convolutions with max-pooling for MNIST); widths are ours, by measurement.
// It takes images as bytes and divides them itself.

import type { ImageSet } from '../../src/data/index.ts'
import { constant, div } from '../../src/graph/index.ts'
import {
  conv2d,
  dense,
  dropout,
  flatten,
  functionLayer,
  type Model,
  maxPool2d,
  sequential,
} from '../../src/learn/index.ts'

/** A network for a set's images and classes; `widths` are filters, filters and units. */
export function digitNetwork(
  { shape, labels }: ImageSet,
  widths: { readonly first: number; readonly second: number; readonly dense: number },
): Model {
  return sequential(
    [
      functionLayer(shape, (x) => div(x, constant([255], [1])), { name: 'unit' }),
      conv2d({ filters: widths.first, kernel: 5, activation: 'relu' }),
      maxPool2d({ size: 2 }),
      conv2d({ filters: widths.second, kernel: 5, activation: 'relu' }),
      maxPool2d({ size: 2 }),
      flatten(),
      dense({ units: widths.dense, activation: 'relu' }),
      dropout(0.5),
      dense({ units: labels?.names.length ?? 10 }),
    ],
    { input: shape },
  )
}
