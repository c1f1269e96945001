// A set of images in memory: bytes, shapes, class names and other attributes that may be sensitive.
// Source: ONNX's order of axes (images are [N, channels, height, width]); IDX and PNG for the range of a byte.
// It streams nothing: a set is as large as its pixels, a byte each.

import { FrostglassError } from '../../errors.ts'

/** Channels (1 grey, 3 red-green-blue), height, width. */
export type ImageShape = readonly [channels: number, height: number, width: number]

/** A class of each image. */
export interface Labels {
  /** Names of the classes, by number. */
  readonly names: readonly string[]
  /** Class number of each image, 0 … names.length − 1. */
  readonly of: Int32Array
}

/** Images of one shape. */
export interface ImageSet {
  /** Where they come from, in a word or two: `digits`, `mnist train`, `colored mnist`. */
  readonly name: string
  readonly shape: ImageShape
  readonly count: number
  /** count × channels × height × width bytes, 0 … 255, plane after plane. */
  readonly pixels: Uint8Array
  /** What a service is to tell; absent where folders or files name no class. */
  readonly labels?: Labels | undefined
  /** What else can be told of an image, and may be nobody's business, by name: `color`, `glasses`. */
  readonly attributes: Readonly<Record<string, Labels>>
  /** Where each image lay, as a path with `/` inside the folder that was read; absent for sets that are one file. */
  readonly files?: readonly string[] | undefined
}

/** Bytes an image. */
export const imageSize = ([channels, height, width]: ImageShape): number => channels * height * width

/** A set lies in memory as a whole: more is refused before it is allocated. */
const largestSet = 2 ** 32

/** @throws FrostglassError `input` when `count` images of `each` bytes are more than 4 GiB */
export function checkMemory(path: string, count: number, each: number): void {
  if (count * each <= largestSet) return
  throw new FrostglassError(
    'input',
    `${path}: ${count} images of ${each} bytes are ${(count * each * 2 ** -30).toFixed(1)} GiB, at most 4 are taken`,
    'Take fewer (a limit) or smaller ones (a size).',
  )
}

/** The pixels as a tensor of graph/, uint8 [count, channels, height, width]; no copy. */
export function imageTensor({ pixels, count, shape }: ImageSet) {
  return { dtype: 'uint8' as const, shape: [count, ...shape] as readonly number[], data: pixels }
}

/** Each image by itself, pixels of 0 … 1 (copied). */
export function unitPixels({ pixels, shape, count }: ImageSet): Float64Array<ArrayBuffer>[] {
  const size = imageSize(shape)
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from(pixels.subarray(i * size, (i + 1) * size), (v) => v / 255),
  )
}

/** Some images as a set of their own (copied), in the order of `rows`. */
export function takeImages(set: ImageSet, rows: Int32Array): ImageSet {
  const size = imageSize(set.shape)
  const pixels = new Uint8Array(rows.length * size)
  rows.forEach((row, i) => void pixels.set(set.pixels.subarray(row * size, (row + 1) * size), i * size))
  const taken = ({ names, of }: Labels): Labels => ({ names, of: Int32Array.from(rows, (row) => of[row]!) })
  return Object.freeze({
    ...set,
    count: rows.length,
    pixels,
    ...(set.labels ? { labels: taken(set.labels) } : {}),
    ...(set.files ? { files: Array.from(rows, (row) => set.files![row]!) } : {}),
    attributes: Object.fromEntries(
      Object.entries(set.attributes).map(([name, labels]) => [name, taken(labels)]),
    ),
  })
}

/**
 * Two sets of one shape and the same classes as one, the second behind the first (copied).
 * @throws FrostglassError `shape` when shapes or class names differ
 */
export function concatenateImages(first: ImageSet, second: ImageSet, name = first.name): ImageSet {
  const both = [first, second] as const
  const shapes = both.map(({ shape }) => shape.join('×'))
  if (shapes[0] !== shapes[1])
    throw new FrostglassError(
      'shape',
      `${first.name} is of ${shapes[0]}, ${second.name} of ${shapes[1]}`,
      'Resize both to one size and one number of channels.',
    )
  const joined = (a: Labels | undefined, b: Labels | undefined, what: string): Labels | undefined => {
    if (!a || !b) return undefined
    if (a.names.join('\n') !== b.names.join('\n'))
      throw new FrostglassError(
        'shape',
        `${first.name} and ${second.name} differ in ${what}`,
        `Give sets of the same names: the first has ${a.names.length} (${a.names[0]} …), the second ${b.names.length} (${b.names[0]} …).`,
      )
    return { names: a.names, of: Int32Array.from([...a.of, ...b.of]) }
  }
  const labels = joined(first.labels, second.labels, 'their classes')
  const pixels = new Uint8Array(first.pixels.length + second.pixels.length)
  pixels.set(first.pixels)
  pixels.set(second.pixels, first.pixels.length)
  return Object.freeze({
    name,
    shape: first.shape,
    count: first.count + second.count,
    pixels,
    labels,
    files: first.files && second.files ? [...first.files, ...second.files] : undefined,
    attributes: Object.fromEntries(
      Object.entries(first.attributes).flatMap(([attribute, values]) => {
        const all = joined(values, second.attributes[attribute], `their ${attribute}`)
        return all ? [[attribute, all]] : []
      }),
    ),
  })
}
