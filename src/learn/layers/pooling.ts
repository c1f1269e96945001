// Pooling layers over images [N, channels, height, width].
// Source: Keras 3, MaxPooling2D, AveragePooling2D (padding is not averaged in), GlobalAveragePooling2D.

import { averagePool, globalAveragePool, maxPool, reshape } from '../../graph/index.ts'
import { type ActivationName, activate } from './activation.ts'
import { type Pair, pair } from './convolution.ts'
import { type Builder, type LayerOptions, sizesOf } from './layer.ts'

interface Pool extends LayerOptions {
  readonly size: Pair
  /** As `size` by default. */
  readonly stride?: Pair | undefined
  readonly padding?: 'valid' | 'same' | undefined
}

/** Maxima of windows of each channel; made by {@link maxPool2d}. */
export interface MaxPool2D extends Pool {
  readonly kind: 'maxPool2d'
  /** Applied after pooling: a rising function gives the same there as before, on fewer elements. */
  readonly activation?: ActivationName | undefined
}

/** The largest of each window. */
export const maxPool2d = (options: Omit<MaxPool2D, 'kind'>): MaxPool2D =>
  Object.freeze({ kind: 'maxPool2d', ...options })

const windowOf = (layer: Pool) => ({
  strides: pair(layer.stride ?? layer.size),
  autoPad: layer.padding === 'same' ? ('SAME_UPPER' as const) : undefined,
})

export const buildMaxPool2D: Builder<MaxPool2D> = (layer, x) => {
  sizesOf(x, 3, 'pooling')
  return activate(layer.activation ?? 'linear', maxPool(x, pair(layer.size), windowOf(layer)))
}

/** Averages of windows of each channel; made by {@link averagePool2d}. */
export interface AveragePool2D extends Pool {
  readonly kind: 'averagePool2d'
}

/** The mean of each window. */
export const averagePool2d = (options: Omit<AveragePool2D, 'kind'>): AveragePool2D =>
  Object.freeze({ kind: 'averagePool2d', ...options })

export const buildAveragePool2D: Builder<AveragePool2D> = (layer, x) => {
  sizesOf(x, 3, 'pooling')
  return averagePool(x, pair(layer.size), windowOf(layer))
}

export interface GlobalAveragePool extends LayerOptions {
  readonly kind: 'globalAveragePool'
}

/** The mean of each channel: [N, c, h, w] to [N, c]. */
export const globalAveragePooling = (): GlobalAveragePool => Object.freeze({ kind: 'globalAveragePool' })

export const buildGlobalAveragePool: Builder<GlobalAveragePool> = (_, x) => {
  const [channels] = sizesOf(x, 3, 'pooling') as [number, number, number]
  return reshape(globalAveragePool(x), [-1, channels])
}
