// Faces as recognisers look at them: means of squares, so that the shorter side has 24 pixels or a little more.
// Source: ours. On two sessions of ORL all pixels gave neither recogniser more.
// Where a person is told by something smaller, such as a mole, this does not see it.

import type { ImageSet } from '../../data/index.ts'
import { type Tensor, tensor } from '../../graph/index.ts'

const seenSide = 24

/** float32 [faces, channels, height, width] of 0 … 255; what is left over at the right and lower edge is not seen. */
export function seenFaces({ pixels, count, shape }: ImageSet): Tensor {
  const [channels, height, width] = shape
  const side = Math.max(1, Math.floor(Math.min(height, width) / seenSide))
  const [rows, columns] = [Math.floor(height / side), Math.floor(width / side)]
  const out = new Float32Array(count * channels * rows * columns)
  for (let plane = 0; plane < count * channels; plane++)
    for (let y = 0; y < rows * side; y++)
      for (let x = 0; x < columns * side; x++) {
        const at = plane * rows * columns + Math.floor(y / side) * columns + Math.floor(x / side)
        out[at]! += pixels[plane * height * width + y * width + x]! / (side * side)
      }
  return tensor(out, [count, channels, rows, columns])
}
