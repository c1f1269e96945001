// Scattering features of many images, computed once: what a linear head is trained on.
// Source: the layer beside it; Tramèr and Boneh 2021 train on such features.
// Each image's features depend on that image alone. They take 15,876 bytes for one of 28 × 28.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { compile, type ExecutorName, sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import type { Layer } from '../layers/index.ts'
import { groupNorm } from '../layers/normalisation.ts'
import { inferenceGraph, sequential } from '../model.ts'
import { scattering } from './scattering.ts'

// What lies between the layer's products is 1 MiB an image: as many as stay in the caches.
const piece = 8

/** How {@link scatter} computes. */
export interface ScatterOptions {
  /** Group-normalises the features in so many groups of neighbouring channels (`groupNorm`); a divisor of 81 c. */
  readonly groups?: number | undefined
  readonly executor?: ExecutorName | undefined
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** The layers that {@link scatter} computes features by: to put before a head that was trained on them. */
export function scatteringLayers(
  image: readonly [channels: number, height: number, width: number],
  groups?: number,
): readonly Layer[] {
  // The variance of second-order channels is 1e-5 and more: an epsilon of the usual size would hide it.
  return [scattering(image), ...(groups === undefined ? [] : [groupNorm({ groups, epsilon: 1e-5 })])]
}

/**
 * Scattering features of images, [n, 81 c, h / 4, w / 4] float32 as the layer {@link scattering} gives them.
 * @param images [n, c, h, w]: bytes (divided by 255) or float32 from 0 to 1
 * @throws FrostglassError `shape` when they are no images, `usage` for fewer than 5 pixels a side, `aborted`
 * @example const features = await scatter(tensor(pixels, [60000, 1, 28, 28], 'uint8'))
 */
export async function scatter(images: Tensor, options: ScatterOptions = {}): Promise<Tensor> {
  const { groups, executor = 'native', threads, signal, onProgress } = options
  const { shape } = images
  if (shape.length !== 4)
    throw new FrostglassError(
      'shape',
      `scattering takes [images, channels, height, width], not [${shape}]`,
      'Reshape the images; grey ones have one channel.',
    )
  const [count, channels, height, width] = shape as readonly [number, number, number, number]
  const size = [channels, height, width] as const
  const model = sequential(scatteringLayers(size, groups), { input: size })
  const answers = inferenceGraph(model, {})
  const [each, many] = [sizeOf(size), sizeOf(model.output)]
  const scale = images.dtype === 'uint8' ? 255 : 1
  const out = new Float32Array(count * many)
  const whole = count - (count % piece)
  for (const [rows, from, to] of [
    [piece, 0, whole],
    [count - whole, whole, count],
  ] as const) {
    if (from === to) continue
    const program = await compile(answers, {
      executor,
      dims: { N: rows },
      threads,
    })
    const pixels = new Float32Array(rows * each)
    const feed = tensor(pixels, [rows, ...size])
    try {
      for (let start = from; start < to; start += rows) {
        throwIfAborted(signal)
        for (let i = 0; i < pixels.length; i++) pixels[i] = Number(images.data[start * each + i]) / scale
        const { output } = await program.run({ input: feed })
        out.set(output!.data as Float32Array, start * many)
        onProgress?.(start + rows, count)
      }
    } finally {
      await program.close()
    }
  }
  return tensor(out, [count, ...model.output])
}
