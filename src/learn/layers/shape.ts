// Layers that change only the shape: flatten, reshape.
// Source: Keras 3, Flatten and Reshape; rows stay rows.

import { reshape } from '../../graph/index.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface Flatten extends LayerOptions {
  readonly kind: 'flatten'
}

/** [N, …] to [N, k]. Channels come first, so a row is all of channel 0, then channel 1. */
export const flatten = (): Flatten => Object.freeze({ kind: 'flatten' })

export const buildFlatten: Builder<Flatten> = (_, x) =>
  x.shape.length === 2 ? x : reshape(x, [-1, (x.shape.slice(1) as number[]).reduce((a, d) => a * d, 1)])

export interface Reshape extends LayerOptions {
  readonly kind: 'reshape'
  readonly shape: readonly number[]
}

/** [N, …] to [N, ...shape]. */
export const reshapeTo = (shape: readonly number[]): Reshape => Object.freeze({ kind: 'reshape', shape })

export const buildReshape: Builder<Reshape> = (layer, x) => reshape(x, [-1, ...layer.shape])
