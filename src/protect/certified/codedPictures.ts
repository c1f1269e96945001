// Pictures by the code that a pane gives them: who lies in which cell, and the mean picture of each.
// Source: CERTIFIED obfuscation, section 5b: dictionaries start from the mean of a code's cell.
// The pictures are those that a dictionary may publish; none of calibration or attack-test belongs here.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'

/** Pictures, and what the pane releases for each. */
export interface CodedPictures {
  readonly set: ImageSet
  /** Code of each picture, 0 … codes − 1. */
  readonly codeOf: Int32Array
}

/** The pictures of one code. */
export interface PictureCell {
  /** Rows of the set; at least one. */
  readonly rows: Int32Array
  /** The mean picture, in 0 … 255. */
  readonly mean: Float64Array
}

/**
 * The cell of each code.
 * @throws FrostglassError `shape`, `input` for codes that are not those of the pictures, or that no picture has
 */
export function pictureCells({ set, codeOf }: CodedPictures, codes: number): readonly PictureCell[] {
  if (codeOf.length !== set.count)
    throw new FrostglassError('shape', `${set.name} has ${set.count} pictures, but ${codeOf.length} codes`)
  const rows = Array.from({ length: codes }, (): number[] => [])
  codeOf.forEach((code, row) => {
    const cell = rows[code]
    if (!cell)
      throw new FrostglassError('input', `picture ${row} has the code ${code}, and there are ${codes} codes`)
    cell.push(row)
  })
  const empty = rows.findIndex((cell) => cell.length === 0)
  if (empty >= 0)
    throw new FrostglassError(
      'input',
      `no picture of ${set.name} has the code ${empty}`,
      'Give more pictures, or merge to fewer codes.',
    )
  const size = imageSize(set.shape)
  return rows.map((cell) => {
    const mean = new Float64Array(size)
    for (const row of cell)
      for (let i = 0; i < size; i++) mean[i]! += set.pixels[row * size + i]! / cell.length
    return { rows: Int32Array.from(cell), mean }
  })
}
