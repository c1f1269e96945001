// More images from few: each turned, sheared, scaled, moved and bent a little, as handwriting varies.
// Source: Simard, Steinkraus and Platt 2003 (affine and elastic distortions of digits).
// Only for sets of which a bent image is still one of its class; pixels that come in are 0.

import { imageSize } from '../../src/data/images/imageSet.ts'
import type { ImageSet, Labels } from '../../src/data/index.ts'
import { seededStream } from '../../src/random/seeded.ts'

/** How far images are bent; each is drawn evenly between −it and it. */
const most = { turn: 0.2, scale: 0.12, shear: 0.15, pixels: 2 }
/** Points a side of the grid whose random offsets, interpolated, bend an image; and their spread in pixels. */
const grid = { points: 7, spread: 1 }

/**
 * `copies` bent images of each, one after another, with the labels of their originals.
 * @param seed the same gives the same images
 */
export function warpedImages(set: ImageSet, copies: number, seed: number): ImageSet {
  const [channels, height, width] = set.shape
  const size = imageSize(set.shape)
  const count = set.count * copies
  const pixels = new Uint8Array(count * size)
  const random = seededStream(seed, 'warp')
  const even = (reach: number) => reach * (2 * random.uniform() - 1)
  const [midY, midX] = [(height - 1) / 2, (width - 1) / 2]
  for (let n = 0; n < count; n++) {
    const from = Math.floor(n / copies) * size
    const turn = even(most.turn)
    const [sin, cos] = [Math.sin(turn), Math.cos(turn)]
    const [across, down] = [1 + even(most.scale), 1 + even(most.scale)]
    const [shear, right, below] = [even(most.shear), even(most.pixels), even(most.pixels)]
    const [bendX, bendY] = [0, 1].map(() =>
      Float32Array.from({ length: grid.points ** 2 }, () => grid.spread * random.normal()),
    ) as [Float32Array, Float32Array]
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [dy, dx] = [y - midY, x - midX]
        const v = (y / (height - 1)) * (grid.points - 1)
        const u = (x / (width - 1)) * (grid.points - 1)
        const fromX = (cos * dx + sin * dy) * across + shear * dy + midX + right + onGrid(bendX, v, u)
        const fromY = (cos * dy - sin * dx) * down + midY + below + onGrid(bendY, v, u)
        for (let c = 0; c < channels; c++) {
          const plane = from + c * height * width
          pixels[n * size + (c * height + y) * width + x] = Math.round(
            between(set.pixels, plane, height, width, fromY, fromX),
          )
        }
      }
  }
  const repeated = ({ names, of }: Labels): Labels => ({
    names,
    of: Int32Array.from({ length: count }, (_, n) => of[Math.floor(n / copies)]!),
  })
  return Object.freeze({
    name: `${set.name}, warped`,
    shape: set.shape,
    count,
    pixels,
    labels: set.labels ? repeated(set.labels) : undefined,
    attributes: {},
  })
}

/** The grid's value between its points. */
function onGrid(values: Float32Array, v: number, u: number): number {
  const { points } = grid
  const [y, x] = [Math.min(points - 2, Math.floor(v)), Math.min(points - 2, Math.floor(u))]
  const at = y * points + x
  const upper = (1 - u + x) * values[at]! + (u - x) * values[at + 1]!
  const lower = (1 - u + x) * values[at + points]! + (u - x) * values[at + points + 1]!
  return (1 - v + y) * upper + (v - y) * lower
}

/** The image between its pixels, 0 outside. */
function between(
  pixels: Uint8Array,
  plane: number,
  height: number,
  width: number,
  v: number,
  u: number,
): number {
  const [y, x] = [Math.floor(v), Math.floor(u)]
  if (y < -1 || x < -1 || y >= height || x >= width) return 0
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : pixels[plane + row * width + column]!
  const upper = (1 - u + x) * at(y, x) + (u - x) * at(y, x + 1)
  const lower = (1 - u + x) * at(y + 1, x) + (u - x) * at(y + 1, x + 1)
  return (1 - v + y) * upper + (v - y) * lower
}
