import { describe, expect, test } from 'vitest'
import type { ImageSet } from '../../data/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { albumDissimilarities, candidatesLeft } from './albums.ts'
import { eigenfaceRecogniser } from './eigenfaceRecogniser.ts'
import { networkRecogniser } from './networkRecogniser.ts'
import { type KnownFaces, namedPeople } from './recogniser.ts'
import { seenFaces } from './seen.ts'

const people = 4
const [height, width] = [12, 10]

/** So many noisy pictures of each person, in turn; what is drawn of the person is the same for every seed. */
function faces(each: number, seed: number, noise = 40): KnownFaces {
  const person = seededStream(1, 'looks')
  const looks = Array.from({ length: people }, () =>
    Float64Array.from({ length: height * width }, () => 60 + 130 * person.uniform()),
  )
  const random = seededStream(seed, 'noise')
  const of = Int32Array.from({ length: each * people }, (_, i) => i % people)
  const pixels = Uint8Array.from(
    [...of].flatMap((p) => [...looks[p]!].map((value) => value + noise * (random.uniform() - 0.5))),
  )
  return {
    faces: { name: 'planted', shape: [1, height, width], count: of.length, pixels, attributes: {} },
    of,
    people,
  }
}

const shareRight = (named: Int32Array) => named.filter((p, i) => p === i % people).length / named.length

describe.each([eigenfaceRecogniser, networkRecogniser(40)])('$name', (recogniser) => {
  test('knows people again by other pictures of them, and nobody where faces say nothing', async () => {
    const judge = await recogniser.teach(faces(8, 2), { seed: 1 })
    const asked = faces(5, 3)
    expect(shareRight(namedPeople(await judge(asked.faces), people))).toBeGreaterThan(0.9)
    const grey: ImageSet = { ...asked.faces, pixels: new Uint8Array(asked.faces.pixels.length).fill(120) }
    // One answer for what is the same.
    expect(new Set(namedPeople(await judge(grey), people)).size).toBe(1)
  })
})

test('equal faces get one name, the first of equals', () => {
  expect([...namedPeople(Float64Array.of(2, 1, 1, 5, 5, 5), 3)]).toEqual([1, 0])
})

test('an album adds up what its faces say', () => {
  const each = Float64Array.of(1, 2, 10, 20, 3, 1, 30, 40)
  expect([...albumDissimilarities(each, 2, Int32Array.of(0, 1, 0, 1), 2)]).toEqual([4, 3, 40, 60])
})

test('who is left is in a person’s group every time', () => {
  const first = Int32Array.of(0, 0, 0, 1, 1, 1)
  expect([...candidatesLeft([first])]).toEqual([3, 3, 3, 3, 3, 3])
  expect([...candidatesLeft([first, first])]).toEqual([3, 3, 3, 3, 3, 3])
  expect([...candidatesLeft([first, Int32Array.of(5, 5, 6, 6, 6, 5)])]).toEqual([2, 2, 1, 2, 2, 1])
})

test('recognisers see means of squares', () => {
  const set: ImageSet = {
    name: 'one',
    shape: [1, 49, 50],
    count: 1,
    pixels: Uint8Array.from({ length: 49 * 50 }, (_, i) => (i % 50) + Math.floor(i / 50)),
    attributes: {},
  }
  const { shape, data } = seenFaces(set)
  expect(shape).toEqual([1, 1, 24, 25])
  // The mean of (0, 1, 1, 2), and of those two columns and rows on.
  expect([data[0], data[26]]).toEqual([1, 5])
})
