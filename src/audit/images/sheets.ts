// Sheets for the report: the same images original, obfuscated and reconstructed, in rows under each other.
// Source: Yonan et al. 2025, figures of RecNet; data/images/sheet.ts draws the PNG.
// Obfuscated samples are no images: their numbers are scaled to what a screen can show, per sheet.

import { imageSize } from '../../data/images/imageSet.ts'
import { contactSheet } from '../../data/images/sheet.ts'
import { type ImageSet, type ImageShape, takeImages } from '../../data/index.ts'
import { sizeOf, type Tensor } from '../../graph/index.ts'
import type { Picture } from './contract.ts'
import { takeTensorRows } from './learning.ts'

/** The largest side of an image that attacks reconstruct and sheets show. */
const largestSide = 64

/** Images averaged down to at most 64 pixels a side; smaller ones as they are. */
export function reducedImages(set: ImageSet): ImageSet {
  const [channels, height, width] = set.shape
  const factor = Math.ceil(Math.max(height, width) / largestSide)
  if (factor === 1) return set
  const shape = [channels, Math.floor(height / factor), Math.floor(width / factor)] as const
  const pixels = new Uint8Array(set.count * imageSize(shape))
  const planes = set.count * channels
  const small = shape[1] * shape[2]
  for (let p = 0; p < planes; p++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++) {
        let sum = 0
        for (let dy = 0; dy < factor; dy++) {
          const from = p * height * width + (y * factor + dy) * width + x * factor
          for (let dx = 0; dx < factor; dx++) sum += set.pixels[from + dx]!
        }
        pixels[p * small + y * shape[2] + x] = Math.round(sum / (factor * factor))
      }
    }
  }
  return Object.freeze({ ...set, shape, pixels })
}

/**
 * Released rows as images, where they have as many numbers as an image has pixels: channels are taken to be first,
 * last, or last and flat, as services want them.
 */
export function releasedImages(released: Tensor, shape: ImageShape): ImageSet | undefined {
  const [channels, height, width] = shape
  const row = released.shape.slice(1)
  const size = imageSize(shape)
  if (sizeOf(row) !== size) return undefined
  const count = released.shape[0]!
  const numbers = released.data as Float32Array
  const last = channels > 1 && !(row.length === 3 && row[0] === channels)
  const [low, high] = spread(numbers)
  const pixels = new Uint8ClampedArray(count * size)
  const area = height * width
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < size; j++) {
      const from = last ? (j % area) * channels + Math.floor(j / area) : j
      pixels[i * size + j] = (255 * (numbers[i * size + from]! - low)) / (high - low || 1)
    }
  }
  return { name: 'released', shape, count, pixels: new Uint8Array(pixels.buffer), attributes: {} }
}

/** The first and the last percentile: one stray number would make a sheet black. */
function spread(numbers: Float32Array): readonly [number, number] {
  const step = Math.max(1, Math.floor(numbers.length / 100_000))
  const some = new Float32Array(Math.ceil(numbers.length / step))
  for (let i = 0; i < some.length; i++) some[i] = numbers[i * step]!
  some.sort()
  return [some[Math.floor(0.01 * (some.length - 1))]!, some[Math.ceil(0.99 * (some.length - 1))]!]
}

/**
 * A sheet of three rows. Images of different classes come first.
 * @param reconstructed planar bytes, all images in the order of `originals`, of `shape`
 */
export function reconstructionSheet(
  originals: ImageSet,
  released: Tensor,
  reconstructed: { readonly pixels: Uint8Array; readonly shape: ImageShape },
): Picture {
  const small = reducedImages(originals)
  const rows = varied(small, small.shape[2] > 40 ? 8 : 14)
  const shown = takeImages(small, rows)
  const sent = releasedImages(takeTensorRows(released, rows), originals.shape)
  const back = takeImages({ ...small, shape: reconstructed.shape, pixels: reconstructed.pixels }, rows)
  const lines = [shown, ...(sent ? [reducedImages(sent)] : []), back]
  const png = contactSheet(lines, { columns: rows.length, scale: small.shape[2] > 40 ? 1 : 2, gap: 2 })
  return {
    title: sent
      ? 'Top: what was protected. Middle: what left. Bottom: what the attack made of it.'
      : 'Top: what was protected. Bottom: what the attack made of what left.',
    alternative: `${rows.length} images in rows: originals, ${sent ? 'what left, ' : ''}reconstructions; the numbers beside it say how alike they are`,
    kind: 'png',
    data: Buffer.from(png).toString('base64'),
  }
}

/** `most` rows, one of each class in turn. */
function varied({ labels, count }: ImageSet, most: number): Int32Array {
  const rows = Array.from({ length: count }, (_, i) => i)
  if (labels) {
    const seen = new Map<number, number>()
    const turn = rows.map((i) => {
      const label = labels.of[i]!
      seen.set(label, (seen.get(label) ?? 0) + 1)
      return seen.get(label)!
    })
    rows.sort((a, b) => turn[a]! - turn[b]! || labels.of[a]! - labels.of[b]! || a - b)
  }
  return Int32Array.from(rows.slice(0, most))
}
