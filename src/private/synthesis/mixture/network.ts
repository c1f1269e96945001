// The generative network of a cluster: a variational auto-encoder on a sphere, whose loss is what private training knows.
// Source: Kingma and Welling 2014; Xu and Durrett 2018, Davidson and others 2018 (a posterior of one width on a sphere).
// Every row's posterior is the same distance from the prior, so that distance is no part of the loss. It is a small network.

import { add, div, mul, reduceMean, sqrt, type Tensor, tensor } from '../../../graph/index.ts'
import { scalarLike } from '../../../graph/value.ts'
import {
  dense,
  functionLayer,
  gaussianNoise,
  type Model,
  predict,
  sequential,
  type Weights,
} from '../../../learn/index.ts'
import type { RandomSource } from '../../../random/source.ts'
import { drawNormal } from './fourierFeatures.ts'

/** Sizes of a network; known without the rows. */
export interface AutoEncoderShape {
  readonly columns: number
  /** Units of the one layer of the encoder, and of that of the decoder. */
  readonly hidden: number
  /** Numbers that a row is squeezed to. */
  readonly latent: number
  /** Deviation of the posterior, where the sphere's radius is √latent. */
  readonly spread: number
}

/** Trained with what a column should be, between 0 and 1. */
export const loss = 'binaryCrossEntropy'

const decoderOf = ({ hidden, columns }: AutoEncoderShape) => [
  dense({ units: hidden, activation: 'relu', name: 'decoder.hidden' }),
  dense({ units: columns, name: 'decoder.columns' }),
]

/** The encoder, the posterior's draw and the decoder, one after another. */
export const autoEncoder = (shape: AutoEncoderShape): Model =>
  sequential(
    [
      dense({ units: shape.hidden, activation: 'relu', name: 'encoder.hidden' }),
      dense({ units: shape.latent, name: 'encoder.latent' }),
      functionLayer([shape.latent], onSphere, { name: 'sphere' }),
      gaussianNoise(shape.spread, { name: 'posterior' }),
      ...decoderOf(shape),
    ],
    { input: [shape.columns] },
  )

/** Scaled so that the mean square is one; a little is added, for the origin has no direction. */
function onSphere(x: Parameters<typeof mul>[0]) {
  const square = reduceMean(mul(x, x), [-1], true)
  return div(x, sqrt(add(square, scalarLike(square, 1e-4))))
}

/** What the decoder alone needs. */
export const decoderWeights = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).filter(([name]) => name.startsWith('decoder.')))

/** Rows drawn from the prior, [count, columns] of numbers between 0 and 1: what a column is expected to be. */
export async function drawFrom(
  shape: AutoEncoderShape,
  weights: Weights,
  count: number,
  random: RandomSource,
): Promise<Tensor> {
  const { latent, spread } = shape
  const points = new Float32Array(count * latent)
  for (let row = 0; row < count; row++) {
    const direction = Float64Array.from({ length: latent }, () => drawNormal(random))
    const scale = Math.sqrt(latent) / Math.hypot(...direction)
    for (let i = 0; i < latent; i++)
      points[row * latent + i] = direction[i]! * scale + spread * drawNormal(random)
  }
  const decoder = sequential(decoderOf(shape), { input: [latent] })
  return predict(decoder, weights, tensor(points, [count, latent]), { loss })
}
