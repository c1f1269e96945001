// Recognition by eigenfaces: whoever has the nearest known face.
// Source: Turk and Pentland 1991; nearest neighbour by Euclidean distance on the axes, as in Newton, Sweeney and Malin 2005.
// A weak recogniser of turned heads; beside it stands a network.

import type { Tensor } from '../../graph/index.ts'
import { eigenfaces } from '../../protect/faces/eigenfaces.ts'
import type { FaceRecogniser } from './recogniser.ts'
import { seenFaces } from './seen.ts'

/** Eigenfaces of the known faces; a person is as unlike a face as the own nearest known face is. */
export const eigenfaceRecogniser: FaceRecogniser = Object.freeze<FaceRecogniser>({
  name: 'eigenfaces',
  async teach({ faces, of, people }) {
    const known = rowsOf(seenFaces(faces))
    const space = eigenfaces(known)
    const places = known.map((one) => space.coordinates(one))
    return async (asked) => {
      const out = new Float64Array(asked.count * people).fill(Number.POSITIVE_INFINITY)
      rowsOf(seenFaces(asked)).forEach((face, i) => {
        const own = space.coordinates(face)
        places.forEach((place, j) => {
          const at = i * people + of[j]!
          let sum = 0
          for (let a = 0; a < place.length; a++) sum += (own[a]! - place[a]!) ** 2
          if (sum < out[at]!) out[at] = sum
        })
      })
      return out
    }
  },
})

function rowsOf({ data, shape }: Tensor): Float32Array[] {
  const width = data.length / shape[0]!
  return Array.from({ length: shape[0]! }, (_, i) =>
    (data as Float32Array).subarray(i * width, (i + 1) * width),
  )
}
