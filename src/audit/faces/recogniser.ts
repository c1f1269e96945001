// The contract of a recogniser of faces: an adversary's, taught faces whose people it knows.
// Source: Newton, Sweeney and Malin 2005: taught originals, or faces changed as the released ones were ("parrot"), or both.
// The set of people is closed: whoever is asked about is among those whom the recogniser knows.

import type { ImageSet } from '../../data/index.ts'

/** Faces and whose they are. */
export interface KnownFaces {
  readonly faces: ImageSet
  /** Of each face: a person, 0 … people − 1. */
  readonly of: Int32Array
  readonly people: number
}

/** How a recogniser is taught. */
export interface TeachingOptions {
  /** Of whatever it draws. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** How unlike each person each face is, [faces, people]; the least names a person. The same face gives the same numbers. */
export type FaceJudge = (faces: ImageSet) => Promise<Float64Array>

/** A recogniser. */
export interface FaceRecogniser {
  readonly name: string
  teach(known: KnownFaces, options: TeachingOptions): Promise<FaceJudge>
}

/**
 * Who is named: the person of least dissimilarity, the first of equals, so that equal faces get one name.
 * @param dissimilarities [faces, people]
 */
export function namedPeople(dissimilarities: Float64Array, people: number): Int32Array {
  return Int32Array.from({ length: dissimilarities.length / people }, (_, i) => {
    let least = 0
    for (let p = 1; p < people; p++)
      if (dissimilarities[i * people + p]! < dissimilarities[i * people + least]!) least = p
    return least
  })
}
