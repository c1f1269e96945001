// Checked medoids: the picture nearest to its cell's mean among those that the frozen net reads as the code's label.
// Source: CERTIFIED obfuscation, section 5b: unchecked ones lost a whole class once.
// Each is somebody's picture, as it is: only public pictures may be published so.

import { imageSize, takeImages } from '../../data/images/imageSet.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { CodedPictures, PictureCell } from './codedPictures.ts'
import type { FrozenReader, Reading } from './frozenReader.ts'

/** The share of the code's label in the frozen net's answer, among labels, at least. */
export const surely = 0.9

/** Pictures read at once. */
const piece = 64

/** What is looked for in a cell. */
export interface Wanted {
  readonly code: number
  /** The label of the code. */
  readonly label: number
  readonly cell: PictureCell
}

/**
 * The medoid of each cell, [codes, …shape] bytes.
 * @throws FrostglassError `input` that names code and label where the net reads no picture of the cell so, and what it reads
 */
export async function checkedMedoids(
  { set }: CodedPictures,
  wanted: readonly Wanted[],
  reader: FrozenReader,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const size = imageSize(set.shape)
  const pictures = new Uint8Array(wanted.length * size)
  for (const [i, want] of wanted.entries()) {
    const order = byDistance(want.cell, set.pixels, size)
    let found: number | undefined
    let nearest: Reading | undefined
    for (let start = 0; start < order.length && found === undefined; start += piece) {
      throwIfAborted(signal)
      const rows = order.subarray(start, start + piece)
      const readings = await reader.read(takeImages(set, rows).pixels)
      nearest ??= readings[0]
      const at = readings.findIndex(({ label, share }) => label === want.label && share >= surely)
      if (at >= 0) found = rows[at]
    }
    if (found === undefined)
      throw new FrostglassError(
        'input',
        `code ${want.code} stands for ${reader.nameOf(want.label)}, but ${reader.name} reads none of its ${order.length} pictures so with a share of ${surely}; the nearest to their mean it reads as ${reader.say(nearest!)}`,
        'Give more public pictures, take a tuned dictionary, or merge to fewer codes.',
      )
    pictures.set(set.pixels.subarray(found * size, (found + 1) * size), i * size)
  }
  return pictures
}

/** Rows of a cell, the nearest to its mean first; the first of equals first. */
function byDistance({ rows, mean }: PictureCell, pixels: Uint8Array, size: number): Int32Array {
  const distance = new Map<number, number>()
  for (const row of rows) {
    let sum = 0
    for (let i = 0; i < size; i++) sum += (pixels[row * size + i]! - mean[i]!) ** 2
    distance.set(row, sum)
  }
  return rows.toSorted((a, b) => distance.get(a)! - distance.get(b)! || a - b)
}
