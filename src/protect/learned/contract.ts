// What a learned obfuscator is once it is trained: a public pane that protects images, and the card that it carries.
// Source: docs/architecture.md#the-learned-protection (Protection, Bundle); ObfNet (Zheng et al. 2019, Xu et al. 2020).
// BROKEN as a way to hide what an image shows: Yonan et al. 2025 reconstruct it; see BREAK.md. A pane is no secret.

import type { ImageShape } from '../../data/images/imageSet.ts'
import type { PublicPane } from '../standing.ts'

/** How the service wants an image: (pixel / 255 − mean) / std a channel, in this layout and order of channels. */
export interface Preprocessing {
  /** One number a channel, in the unit range of pixel / 255, in the order of `order`. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Order of axes of the service's input behind the batch. `flat`: all pixels in one dimension, channels last. */
  readonly layout: 'NCHW' | 'NHWC' | 'flat'
  /** Channels of the service's input. Images here are grey or RGB. */
  readonly order: 'grey' | 'RGB' | 'BGR'
}

/** What is told of a pane with the pane: it is kept in the ONNX file's metadata under `frostglass`, as JSON. */
export interface PaneCard {
  readonly format: 'frostglass-pane'
  readonly version: 1
  /** The architecture: `mlp`, `cnn`, `lightnet`, `densenet`, a preset's name, or `file` for the user's own layers. */
  readonly kind: string
  /** Units of the bottleneck, where the architecture has one. */
  readonly bottleneck: number | null
  /** Shape of an image that it takes. */
  readonly input: ImageShape
  /** Shape of one answer without the batch: what the service takes. */
  readonly output: readonly number[]
  readonly preprocessing: Preprocessing
  /** The service's model that it was trained before. */
  readonly classifier: { readonly name: string; readonly sha256: string; readonly classes: number }
  readonly training: {
    readonly data: string
    readonly images: number
    readonly validation: number
    readonly epochs: number
    /** Of the epoch whose weights were kept: the best on the validation split. */
    readonly bestEpoch: number
    readonly batch: number
    readonly learningRate: number
    /** What the rate was multiplied by after an epoch that was not better on the validation split; 1: constant. */
    readonly decay: number
    /** Outputs that the cross-entropy was of: all of the service's, or those of the data's own classes alone. */
    readonly outputs: 'all' | 'own'
    /** Epochs in which the obfuscator first learnt to reproduce the image (squared error); 0 as published. */
    readonly warmUp: number
    /** Whether the classifier's dropout acted while the obfuscator was trained, as in the published code. */
    readonly classifierDropout: boolean
    readonly seed: number
    readonly seconds: number
  }
  /** Shares of right answers, measured on images that nothing was trained or chosen on. */
  readonly measured: {
    readonly on: string
    readonly images: number
    /** The service's answers to raw samples: the same service takes both. */
    readonly raw: number
    readonly obfuscated: number
    /** The same, of the best among the outputs of the data's classes; null where the service has no other outputs. */
    readonly amongClasses: { readonly raw: number; readonly obfuscated: number } | null
  }
  readonly parameters: number
  readonly flops: number
  /** What it does not hide, in one sentence: never empty. */
  readonly givesAway: string
}

/** A trained obfuscator, opened. Its graph takes `image`, float32 [N, channels, height, width] in 0 … 1. */
export interface ObfuscatorPane extends PublicPane {
  readonly scheme: 'learned-obfuscator'
  readonly card: PaneCard
  /** The file: what the device loads, and what is published. */
  readonly onnx: Uint8Array
  /**
   * Obfuscates images.
   * @param pixels whole images as in an ImageSet: planar bytes, 0 … 255
   * @returns float32, [images, …card.output]
   * @throws RangeError for bytes that are no whole number of images
   */
  protect(
    pixels: Uint8Array,
    options?: { signal?: AbortSignal | undefined; onProgress?: ((share: number) => void) | undefined },
  ): Promise<Float32Array>
  /** Frees the programs of the pane. */
  close(): Promise<void>
}
