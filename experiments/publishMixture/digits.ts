// MNIST at half its width and height, each picture with its label as further columns: the rows that generators learn from.
// Source: LeCun, Cortes and Burges; labels ride along so that what is drawn has one.
// Halving is for time: a network of a quarter of the weights, and a quarter of the noise's square on them.

import { type ImageSet, openImages } from '../../src/data/index.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'

/** Pixels a side. */
export const side = 14
export const pixels = side * side
const classes = 10
/** How often a label's columns stand in a row: a column is a column to the loss, and ten of 206 would be learned last. */
const copies = 4
export const columns = pixels + classes * copies

/** Pictures of a set as rows. */
export interface Digits {
  /** [rows, columns], 0 to 1. */
  readonly rows: Tensor
  readonly labels: Int32Array
}

/** Rows and strangers: of the training part those that are learned from and others, and the test part. */
export async function readDigits(
  images: string,
  train: number,
): Promise<{ readonly members: Digits; readonly others: Digits; readonly test: Digits }> {
  const [all, test] = await Promise.all(
    (['train', 'test'] as const).map((split) => openImages(images, { split })),
  )
  return {
    members: digitsFrom(all!, 0, train),
    others: digitsFrom(all!, train, all!.count),
    test: digitsFrom(test!, 0, test!.count),
  }
}

function digitsFrom(set: ImageSet, from: number, to: number): Digits {
  const labels = set.labels!.of.slice(from, to)
  const rows = new Float32Array((to - from) * columns)
  labels.forEach((label, i) => {
    const at = i * columns
    for (let y = 0; y < 2 * side; y++)
      for (let x = 0; x < 2 * side; x++) {
        const into = at + (y >> 1) * side + (x >> 1)
        rows[into] = rows[into]! + set.pixels[(from + i) * 4 * pixels + y * 2 * side + x]! / (4 * 255)
      }
    for (let copy = 0; copy < copies; copy++) rows[at + pixels + classes * copy + label] = 1
  })
  return { rows: tensor(rows, [to - from, columns]), labels }
}

/** The pictures of rows, without their labels. */
export function picturesOf({ data, shape }: Tensor): Tensor {
  const count = shape[0]!
  const own = new Float32Array(count * pixels)
  for (let row = 0; row < count; row++)
    own.set((data as Float32Array).subarray(row * columns, row * columns + pixels), row * pixels)
  return tensor(own, [count, pixels])
}

/** The label that a drawn row has most of. */
export const labelsOf = ({ data, shape }: Tensor): Int32Array =>
  Int32Array.from({ length: shape[0]! }, (_, row) => {
    const sums = new Float64Array(classes)
    for (let i = pixels; i < columns; i++) {
      const label = (i - pixels) % classes
      sums[label] = sums[label]! + Number(data[row * columns + i])
    }
    return sums.indexOf(Math.max(...sums))
  })
