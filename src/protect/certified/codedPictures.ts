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

/** The pictures of one output. */
export interface PictureCell {
  /** Rows of the set that may be released so; at least one. */
  readonly rows: Int32Array
  /** The mean picture, in 0 … 255; each weighs its chance to be released so. */
  readonly mean: Float64Array
  /** How many pictures have each code, times the code's chance: what the output is made of. */
  readonly masses: Float64Array
}

/**
 * The cell of each output.
 * @param laws laws[code][output]: a channel's; of codes that are released as they are, 1 for the code itself
 * @throws FrostglassError `shape`, `input` for codes that are not those of the pictures, or outputs that no picture has
 */
export function pictureCells(
  { set, codeOf }: CodedPictures,
  laws: readonly (readonly number[])[],
): readonly PictureCell[] {
  if (codeOf.length !== set.count)
    throw new FrostglassError('shape', `${set.name} has ${set.count} pictures, but ${codeOf.length} codes`)
  const wrong = codeOf.findIndex((code) => !laws[code])
  if (wrong >= 0)
    throw new FrostglassError(
      'input',
      `picture ${wrong} has the code ${codeOf[wrong]}, and there are ${laws.length} codes`,
    )
  return laws[0]!.map((_, output) => cellOf(set, codeOf, output, (code) => laws[code]![output]!))
}

function cellOf(
  { name, pixels, shape }: ImageSet,
  codeOf: Int32Array,
  output: number,
  chance: (code: number) => number,
): PictureCell {
  const rows = Int32Array.from(codeOf.keys()).filter((row) => chance(codeOf[row]!) > 0)
  if (rows.length === 0)
    throw new FrostglassError(
      'input',
      `no picture of ${name} has the code ${output}`,
      'Give more pictures, or merge to fewer codes.',
    )
  const masses = new Float64Array(Math.max(...codeOf) + 1)
  for (const row of rows) masses[codeOf[row]!]! += chance(codeOf[row]!)
  const all = masses.reduce((a, b) => a + b, 0)
  const size = imageSize(shape)
  const mean = new Float64Array(size)
  for (const row of rows) {
    const weight = chance(codeOf[row]!) / all
    for (let i = 0; i < size; i++) mean[i]! += weight * pixels[row * size + i]!
  }
  return { rows, mean, masses }
}
