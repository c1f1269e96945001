// Many panes: the device draws one for each sample, so that an adversary must first tell which it was.
// Source: Zheng et al. 2019 (ObfNet2-x, x = 0 … 9), "Many panes".
// How well the pane is told from a sample is measured by the audit; it is no secret key.

import { imageSize } from '../../data/images/imageSet.ts'
import { FrostglassError } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'
import type { ObfuscatorPane } from './contract.ts'

/** What panes made of images. */
export interface ManyProtected {
  /** float32, [images, …card.output]. */
  readonly released: Float32Array
  /** Which pane made each sample. It stays with the owner. */
  readonly paneOf: Int32Array
}

/**
 * Obfuscates each image by a pane drawn at random: from the operating system, or from a seed in experiments.
 * @throws FrostglassError `usage` when there is no pane, `shape` when they differ in what they take and give
 */
export async function protectWithMany(
  panes: readonly ObfuscatorPane[],
  pixels: Uint8Array,
  options: {
    readonly seed?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((share: number) => void) | undefined
  } = {},
): Promise<ManyProtected> {
  const { input, output } = requireAlike(panes)
  const size = imageSize(input)
  const width = output.reduce((a, d) => a * d, 1)
  const count = Math.floor(pixels.length / size)
  if (count * size !== pixels.length) {
    throw new RangeError(`${pixels.length} bytes are no whole number of images of ${size} bytes`)
  }
  const paneOf = drawPanes(panes.length, count, options.seed)
  const released = new Float32Array(count * width)
  let done = 0
  for (const [number, pane] of panes.entries()) {
    const rows = Array.from(paneOf.keys()).filter((i) => paneOf[i] === number)
    const some = new Uint8Array(rows.length * size)
    rows.forEach((row, i) => void some.set(pixels.subarray(row * size, (row + 1) * size), i * size))
    const answers = await pane.protect(some, options.signal ? { signal: options.signal } : {})
    rows.forEach((row, i) => void released.set(answers.subarray(i * width, (i + 1) * width), row * width))
    done += rows.length
    options.onProgress?.(count === 0 ? 1 : done / count)
  }
  return { released, paneOf }
}

/** A pane for each sample. */
export function drawPanes(panes: number, count: number, seed?: number): Int32Array {
  const source = seed === undefined ? undefined : seededStream(seed, 'panes')
  return Int32Array.from({ length: count }, () => source?.below(panes) ?? drawBelow(panes, systemRandom))
}

/** @throws FrostglassError `usage` without panes, `shape` when they differ in what they take or give */
export function requireAlike(panes: readonly ObfuscatorPane[]): ObfuscatorPane['card'] {
  const [first] = panes
  if (!first) throw new FrostglassError('usage', 'there is no pane to protect with', 'Give at least one.')
  for (const { card, fingerprint } of panes) {
    const alike = `${card.input}` === `${first.card.input}` && `${card.output}` === `${first.card.output}`
    if (alike) continue
    throw new FrostglassError(
      'shape',
      `the pane ${fingerprint} takes [${card.input}] and gives [${card.output}], but ${first.fingerprint} takes [${first.card.input}] and gives [${first.card.output}]`,
      'Draw among panes that were trained before one service.',
    )
  }
  return first.card
}
