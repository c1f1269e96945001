// A set of images in memory: bytes, shapes, class names and other attributes that may be sensitive.
// Source: ONNX's order of axes (images are [N, channels, height, width]); IDX and PNG for the range of a byte.
// It streams nothing: a set is as large as its pixels, a byte each.

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
  readonly labels?: Labels
  /** What else can be told of an image, and may be nobody's business, by name: `color`, `glasses`. */
  readonly attributes: Readonly<Record<string, Labels>>
}

/** Bytes an image. */
export const imageSize = ([channels, height, width]: ImageShape): number => channels * height * width

/** The pixels as a tensor of graph/, uint8 [count, channels, height, width]; no copy. */
export function imageTensor({ pixels, count, shape }: ImageSet) {
  return { dtype: 'uint8' as const, shape: [count, ...shape] as readonly number[], data: pixels }
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
    attributes: Object.fromEntries(
      Object.entries(set.attributes).map(([name, labels]) => [name, taken(labels)]),
    ),
  })
}
