// Images as a device has them, as planar float32 in 0 … 1; and what one is to the service when it is sent raw.
// Source: ImageData of the HTML standard; ITU-R BT.601 for grey; Preprocessing of src/protect/learned/contract.ts.
// It resizes nothing.

import { FrostglassError } from '../errors.ts'
import type { PaneCard, Preprocessing } from '../protect/learned/contract.ts'

/** A rectangle of RGBA bytes, as a canvas gives it. */
export interface Rgba {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray | Uint8Array
}

/**
 * One image or several, one behind the other: planar bytes in 0 … 255, planar numbers in 0 … 1, or an ImageData (one
 * image, which lies on black where it is transparent).
 */
export type Image = Uint8Array | Uint8ClampedArray | Float32Array | Rgba

/** Planar float32 in 0 … 1, [images, …shape]. @throws FrostglassError `shape`, `input` */
export function planesOf(image: Image, shape: PaneCard['input']): Float32Array {
  const [channels, height, width] = shape
  if (!ArrayBuffer.isView(image)) return planesOfRgba(image, shape)
  const size = channels * height * width
  if (image.length === 0 || image.length % size !== 0) {
    throw new FrostglassError(
      'shape',
      `${image.length} values are no whole number of images of ${shape.join(' × ')}`,
      `Give ${size} values an image: channel by channel, row by row.`,
    )
  }
  if (!(image instanceof Float32Array)) return Float32Array.from(image, (byte) => byte / 255)
  const wrong = image.findIndex((value) => !(value >= 0 && value <= 1))
  if (wrong === -1) return image
  throw new FrostglassError(
    'input',
    `value ${wrong} of the image is not within 0 … 1`,
    'Divide bytes by 255, or give them as a Uint8Array.',
  )
}

function planesOfRgba({ width, height, data }: Rgba, shape: PaneCard['input']): Float32Array {
  const [channels, rows, columns] = shape
  if (width !== columns || height !== rows || data.length !== 4 * width * height) {
    throw new FrostglassError(
      'shape',
      `an image of ${width} × ${height} (width × height) came, and ${columns} × ${rows} is expected`,
      'Scale it first, on a canvas for example.',
    )
  }
  const plane = width * height
  const out = new Float32Array(channels * plane)
  for (let i = 0; i < plane; i++) {
    const alpha = data[4 * i + 3]! / 255
    const [red, green, blue] = [0, 1, 2].map((c) => (data[4 * i + c]! / 255) * alpha) as [
      number,
      number,
      number,
    ]
    if (channels === 1) out[i] = 0.299 * red + 0.587 * green + 0.114 * blue
    else {
      out[i] = red
      out[plane + i] = green
      out[2 * plane + i] = blue
    }
  }
  return out
}

/**
 * What images are to the service when they are sent raw: float32 [images, …card.output].
 * The same numbers as `preprocessImageSet` of frostglass/protect, bit for bit.
 * @param shape channels, height and width of an image: `card.input`
 * @throws FrostglassError `shape` for values that are no whole number of images
 */
export function preprocessImages(
  image: Image,
  { mean, std, layout, order }: Preprocessing,
  shape: PaneCard['input'],
): Float32Array {
  const planes = planesOf(image, shape)
  const [channels, height, width] = shape
  const plane = height * width
  const size = channels * plane
  const step = layout === 'NCHW' ? 1 : channels
  const out = new Float32Array(planes.length)
  for (let start = 0; start < planes.length; start += size) {
    for (let c = 0; c < channels; c++) {
      const from = start + (order === 'BGR' ? 2 - c : c) * plane
      const shift = Math.fround(mean[c]!)
      const scale = Math.fround(std[c]!)
      let to = start + (layout === 'NCHW' ? c * plane : c)
      for (let j = from; j < from + plane; j++, to += step) out[to] = Math.fround(planes[j]! - shift) / scale
    }
  }
  return out
}
