// Contact sheets: images beside and under each other in one PNG.
// Source: ISO/IEC 15948 (PNG), written by fast-png.
// It shows numbers as they are: what lies outside the stated range is clipped, nothing is stretched unasked.

import { encode } from 'fast-png'
import { FrostglassError } from '../../errors.ts'
import { type ImageShape, imageSize } from './imageSet.ts'

/** Images of one kind: the originals, what left, what an attack gave back. An ImageSet is one. */
export interface SheetRow {
  readonly shape: ImageShape
  /** Planar, image after image. */
  readonly pixels: Uint8Array | Float32Array
  /** What is black and what is full; 0 … 255 for bytes and 0 … 1 for floats if absent. */
  readonly range?: readonly [low: number, high: number] | undefined
}

export interface SheetOptions {
  /** Images in a line before the sheet goes on below; all of the longest row if absent. */
  readonly columns?: number | undefined
  /** A pixel becomes a square of so many; default 1. */
  readonly scale?: number | undefined
  /** Pixels between images and around them; default 2. */
  readonly gap?: number | undefined
}

/** Light grey between the images: it is seen beside black and on a white page. */
const paper = 224

/**
 * A sheet as PNG. Image i of every row stands under image i of the row above; after `columns` images the sheet goes on
 * below with the next of each row. One row alone is a sheet of its images in lines. Grey images beside RGB ones are
 * drawn as they are.
 * @throws FrostglassError `shape` when rows differ in height and width or hold no whole number of images; `usage` for
 *   nothing to show
 */
export function contactSheet(rows: readonly SheetRow[], options: SheetOptions = {}): Uint8Array {
  const { scale = 1, gap = 2 } = options
  const counts = rows.map(({ shape, pixels }) => pixels.length / imageSize(shape))
  const longest = Math.max(0, ...counts)
  if (longest === 0) throw new FrostglassError('usage', 'a sheet of no image')
  const [, height, width] = rows[0]!.shape
  rows.forEach(({ shape }, i) => {
    if (shape[1] !== height || shape[2] !== width || (shape[0] !== 1 && shape[0] !== 3))
      throw new FrostglassError(
        'shape',
        `row ${i + 1} of the sheet is of ${shape.join('×')}, expected 1 or 3 channels of ${height}×${width}`,
      )
    if (!Number.isInteger(counts[i]))
      throw new FrostglassError('shape', `row ${i + 1} of the sheet holds no whole number of images`)
  })
  const columns = Math.min(options.columns ?? longest, longest)
  const blocks = Math.ceil(longest / columns)
  const channels = rows.some(({ shape }) => shape[0] === 3) ? 3 : 1
  // Between blocks the gap is wider, so that one sees which lines belong together.
  const blockGap = rows.length > 1 ? 3 * gap : gap
  const blockHeight = rows.length * (height * scale + gap) - gap
  const full = {
    width: columns * (width * scale + gap) + gap,
    height: blocks * (blockHeight + blockGap) - blockGap + 2 * gap,
  }
  const data = new Uint8Array(full.width * full.height * channels).fill(paper)
  rows.forEach(({ shape, pixels, range }, r) => {
    const [low, high] = range ?? (pixels instanceof Uint8Array ? [0, 255] : [0, 1])
    const byte = (value: number) =>
      Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low))))
    const size = imageSize(shape)
    const area = height * width
    for (let i = 0; i < counts[r]!; i++) {
      const top = gap + Math.floor(i / columns) * (blockHeight + blockGap) + r * (height * scale + gap)
      const left = gap + (i % columns) * (width * scale + gap)
      for (let y = 0; y < height * scale; y++)
        for (let x = 0; x < width * scale; x++) {
          const from = i * size + Math.floor(y / scale) * width + Math.floor(x / scale)
          const to = ((top + y) * full.width + left + x) * channels
          for (let c = 0; c < channels; c++)
            data[to + c] = byte(pixels[from + (shape[0] === 3 ? c * area : 0)]!)
        }
    }
  })
  return encode({ ...full, data, channels, depth: 8 }, { zlib: { level: 9 } })
}
