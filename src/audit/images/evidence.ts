// What an audit of images works on: that samples, images and panes belong together is checked before anything is attacked.
// Source: docs/architecture.md#the-audit: the original images must be those that were protected.
// A pane whose output is drawn at random could not be checked so; the learned ones draw nothing.

import { type ImageSet, takeImages } from '../../data/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { sizeOf, type Tensor } from '../../graph/index.ts'
import type { ObfuscatorPane } from '../../protect/index.ts'
import type { ImageEvidence } from './contract.ts'
import { sampleRows } from './parts.ts'

/** Samples of a bundle that are checked against the images, where one pane made all. */
const checked = 64

/** Largest difference, relative to the largest number of the samples, that threads and batches make. */
const slack = 1e-3

/** @throws FrostglassError `input` when the parts of the evidence do not fit each other. */
export function checkEvidence({ originals, released, panes, paneOf, training }: ImageEvidence): void {
  const wrong = (message: string, hint: string) => new FrostglassError('input', message, hint)
  if (panes.length === 0) throw wrong('there is no pane to audit', 'Give the panes that made the samples.')
  if (originals.count === 0) throw wrong('there is no image to audit', 'Give the images that were protected.')
  if (released.shape[0] !== originals.count || paneOf.length !== originals.count) {
    throw wrong(
      `there are ${originals.count} images, but ${released.shape[0]} samples`,
      'Give the images that the samples were made from, all of them and no others.',
    )
  }
  for (const { card, fingerprint } of panes) {
    if (card.input.join() !== originals.shape.join()) {
      throw wrong(
        `the pane ${fingerprint} takes images of ${card.input.join('×')}, but these are of ${originals.shape.join('×')}`,
        'Give the images as they were protected.',
      )
    }
    if (card.output.join() !== released.shape.slice(1).join()) {
      throw wrong(
        `the pane ${fingerprint} makes samples of ${card.output.join('×')}, but these are of ${released.shape.slice(1).join('×')}`,
        'Give the pane that made the samples.',
      )
    }
  }
  if (training && training.shape.join() !== originals.shape.join()) {
    throw wrong(
      `the training images are of ${training.shape.join('×')}, but those protected of ${originals.shape.join('×')}`,
      'Give the images that the pane was trained on.',
    )
  }
}

/**
 * Finds out which pane made which sample, and that the samples are those of the images, by protecting images again.
 * @throws FrostglassError `input` naming the first sample that no pane makes of its image; `aborted`
 */
export async function matchPanes(
  originals: ImageSet,
  released: Tensor,
  panes: readonly ObfuscatorPane[],
  signal?: AbortSignal,
): Promise<Int32Array> {
  checkEvidence({ originals, released, panes, paneOf: new Int32Array(originals.count) })
  const rows = sampleRows(originals.count, panes.length === 1 ? checked : originals.count, 0, 'check')
  const width = sizeOf(released.shape.slice(1))
  const numbers = released.data as Float32Array
  const scale = numbers.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const best = new Float64Array(rows.length).fill(Number.POSITIVE_INFINITY)
  const made = new Int32Array(rows.length)
  const images = takeImages(originals, rows).pixels
  for (const [p, pane] of panes.entries()) {
    throwIfAborted(signal)
    const again = await pane.protect(images, signal ? { signal } : {})
    for (let i = 0; i < rows.length; i++) {
      let most = 0
      for (let k = 0; k < width; k++) {
        most = Math.max(most, Math.abs(again[i * width + k]! - numbers[rows[i]! * width + k]!))
      }
      if (most < best[i]!) {
        best[i] = most
        made[i] = p
      }
    }
  }
  const wrong = best.findIndex((difference) => !(difference <= slack * scale + 1e-6))
  if (wrong >= 0) {
    throw new FrostglassError(
      'input',
      `sample ${rows[wrong]! + 1} is not image ${rows[wrong]! + 1} of ${originals.name} through ${panes.length === 1 ? 'the pane' : 'any of the panes'}`,
      'Give the images that were protected, in the same order and size.',
    )
  }
  const paneOf = new Int32Array(originals.count)
  if (panes.length > 1) paneOf.set(made)
  return paneOf
}
