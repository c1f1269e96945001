// What the commands of images share: which images, how they are trained on, progress.

import { type ImageSet, openImages } from '../../data/index.ts'
import type { TrainingOptions } from '../../protect/index.ts'
import type { JsonOption } from '../options.ts'
import { progress } from '../progress.ts'

/** Which images. */
export interface ImageOptions {
  readonly data: string
  readonly limit?: number | undefined
  readonly size?: number | readonly [height: number, width: number] | undefined
}

/** Opens a part of the images. */
export function imagesOf(
  options: Partial<Pick<ImageOptions, 'limit' | 'size'>>,
  spec: string,
  split: 'train' | 'test' | 'all',
  signal: AbortSignal,
  channels?: 1 | 3,
): Promise<ImageSet> {
  return openImages(spec, {
    split,
    signal,
    limit: options.limit,
    size: options.size,
    channels,
  })
}

/** How something is trained. */
export interface TrainOptions extends JsonOption {
  readonly test?: string | undefined
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
  readonly learningRate?: number | undefined
  readonly decay?: number | undefined
  readonly seed: number
  readonly validation: number
  readonly checkpoint?: string | undefined
  readonly out: string
  readonly force?: boolean | undefined
}

/** The options of training as the library takes them. */
export function trainingOptions(options: TrainOptions, signal: AbortSignal): TrainingOptions {
  const { epochs, batch, learningRate, decay, seed, validation, checkpoint } = options
  return {
    seed,
    validation,
    signal,
    epochs,
    batch,
    learningRate,
    decay,
    checkpoint,
  }
}

/** Runs work that reports a share of itself done, with a bar on a terminal. */
export async function withBar<T>(
  label: string,
  json: boolean | undefined,
  work: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  const bar = progress(label, json)
  try {
    return await work((done) => bar.update(Math.round(done * 1000), 1000))
  } finally {
    bar.stop()
  }
}
