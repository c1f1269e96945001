// What is done to a session of faces before it is published.
// Source: src/protect/faces.

import type { ImageSet } from '../../src/data/index.ts'
import { blur } from '../../src/protect/faces/blur.ts'
import { kSame } from '../../src/protect/faces/kSame.ts'
import { kSameSelect } from '../../src/protect/faces/kSameSelect.ts'
import { pixelate } from '../../src/protect/faces/pixelate.ts'

export interface Scheme {
  readonly name: string
  /** People who have a face alike; 1 of what promises nothing. */
  readonly k: number
  /** One face a person, in their order. */
  apply(session: ImageSet): ImageSet
}

const averaged: readonly Scheme[] = [2, 5, 10].flatMap((k) => [
  { name: `k-same, k = ${k}`, k, apply: (session: ImageSet) => kSame(session, { k }).faces },
  {
    name: `k-same on eigenfaces, k = ${k}`,
    k,
    apply: (session: ImageSet) => kSame(session, { k, space: 'eigenfaces' }).faces,
  },
])

const selected: readonly Scheme[] = (
  [
    ['glasses', 2],
    ['glasses', 5],
    ['sex', 2],
  ] as const
).map(([attribute, k]) => ({
  name: `k-same-select by ${attribute}, k = ${k}`,
  k,
  apply: (session) => kSameSelect(session, [attribute], { k }).faces,
}))

/** Sides of squares and reach of the blur, in pixels of 92 × 112. */
export const schemes: readonly Scheme[] = [
  { name: 'as they are', k: 1, apply: (session) => session },
  { name: 'pixelated by 16', k: 1, apply: (session) => pixelate(session, 16) },
  { name: 'blurred by 8', k: 1, apply: (session) => blur(session, 8) },
  ...averaged.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })),
  ...selected,
]
