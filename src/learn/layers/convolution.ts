// Convolution layers over images [N, channels, height, width]: Conv2D and its transpose.
// Source: Keras 3, Conv2D and Conv2DTranspose (padding, output sizes, fans); filters are stored as ONNX has them.

import { conv, convTranspose } from '../../graph/index.ts'
import type { Initialiser } from '../initialisers.ts'
import { type ActivationName, activate } from './activation.ts'
import { penalise } from './dense.ts'
import { type Builder, type LayerOptions, sizesOf } from './layer.ts'

/** Both axes alike, or height and width. */
export type Pair = number | readonly [height: number, width: number]

interface Convolution extends LayerOptions {
  readonly filters: number
  readonly kernel: Pair
  /** 1 by default. */
  readonly stride?: Pair | undefined
  readonly activation?: ActivationName | undefined
  readonly bias?: boolean | undefined
  readonly initialiser?: Initialiser | undefined
  /** Adds l2 · Σ W² to the loss. */
  readonly l2?: number | undefined
}

/** A convolution of images [channels, height, width]; made by {@link conv2d}. */
export interface Conv2D extends Convolution {
  readonly kind: 'conv2d'
  /**
   * `valid` (default): no padding; `same`: as many outputs as inputs divided by the stride, rounded up; two numbers:
   * zeros above and below, left and right.
   */
  readonly padding?: 'valid' | 'same' | readonly [height: number, width: number] | undefined
  /** Distance of the taps of a filter; 1 by default. */
  readonly dilation?: Pair | undefined
  /** Parts that channels are split into; 1 by default. */
  readonly groups?: number | undefined
}

/**
 * [N, c, h, w] to [N, filters, h', w']. Weights `kernel` [filters, c / groups, kh, kw] and `bias` [filters].
 * @example conv2d({ filters: 32, kernel: 3, activation: 'relu' })
 */
export const conv2d = (options: Omit<Conv2D, 'kind'>): Conv2D => Object.freeze({ kind: 'conv2d', ...options })

export const buildConv2D: Builder<Conv2D> = (layer, x, b) => {
  const [channels] = sizesOf(x, 3, 'a convolution') as [number, number, number]
  const [kh, kw] = pair(layer.kernel)
  const groups = layer.groups ?? 1
  const taps = kh * kw
  const fans = { in: (channels / groups) * taps, out: layer.filters * taps }
  const shape = [layer.filters, channels / groups, kh, kw]
  const kernel = b.weight('kernel', shape, layer.initialiser ?? 'glorotUniform', fans)
  const bias = layer.bias === false ? undefined : b.weight('bias', [layer.filters], 'zeros', fans)
  penalise(layer, kernel, b)
  const y = conv(x, kernel, bias, {
    strides: pair(layer.stride ?? 1),
    dilations: pair(layer.dilation ?? 1),
    group: groups,
    autoPad: layer.padding === 'same' ? 'SAME_UPPER' : undefined,
    pads: typeof layer.padding === 'object' ? [...layer.padding, ...layer.padding] : undefined,
  })
  return activate(layer.activation ?? 'linear', y)
}

/** A transposed convolution, which enlarges; made by {@link convTranspose2d}. */
export interface ConvTranspose2D extends Convolution {
  readonly kind: 'convTranspose2d'
  /** `valid` (default), or `same`: as many outputs as inputs times the stride. */
  readonly padding?: 'valid' | 'same' | undefined
}

/**
 * [N, c, h, w] to [N, filters, h', w'], where `same` gives h' = h · stride. Weights `kernel` [c, filters, kh, kw] and
 * `bias` [filters].
 */
export const convTranspose2d = (options: Omit<ConvTranspose2D, 'kind'>): ConvTranspose2D =>
  Object.freeze({ kind: 'convTranspose2d', ...options })

export const buildConvTranspose2D: Builder<ConvTranspose2D> = (layer, x, b) => {
  const [channels] = sizesOf(x, 3, 'a transposed convolution') as [number, number, number]
  const kernelSize = pair(layer.kernel)
  const strides = pair(layer.stride ?? 1)
  const taps = kernelSize[0] * kernelSize[1]
  const fans = { in: layer.filters * taps, out: channels * taps }
  const shape = [channels, layer.filters, ...kernelSize]
  const kernel = b.weight('kernel', shape, layer.initialiser ?? 'glorotUniform', fans)
  const bias = layer.bias === false ? undefined : b.weight('bias', [layer.filters], 'zeros', fans)
  penalise(layer, kernel, b)
  // Keras pads so that a convolution with the same numbers would lead back; a kernel below the stride leaves a gap.
  const over = kernelSize.map((k, i) => Math.max(k - strides[i]!, 0))
  const crop = layer.padding === 'same' ? over : [0, 0]
  const begin = crop.map((c) => Math.floor(c / 2))
  const y = convTranspose(x, kernel, bias, {
    strides,
    pads: [...begin, ...crop.map((c, i) => c - begin[i]!)],
    outputPadding: kernelSize.map((k, i) => Math.max(strides[i]! - k, 0)),
  })
  return activate(layer.activation ?? 'linear', y)
}

/** Height and width of a {@link Pair}. */
export const pair = (size: Pair): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size
