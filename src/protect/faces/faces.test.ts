import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ImageSet, Labels } from '../../data/index.ts'
import { seededStream } from '../../random/seeded.ts'
import type { AveragedFaces } from './averaged.ts'
import { blur } from './blur.ts'
import { eigenfaces } from './eigenfaces.ts'
import { nearestGroups } from './groups.ts'
import { kSame } from './kSame.ts'
import { kSameSelect } from './kSameSelect.ts'
import { pixelate } from './pixelate.ts'

const named = (of: ArrayLike<number>): Labels => ({
  names: Array.from({ length: Math.max(...Array.from(of)) + 1 }, (_, i) => `${i}`),
  of: Int32Array.from(of),
})

/** Random pictures of so many pixels; `glasses` by image, `person` by image. */
function pictures(
  seed: number,
  person: readonly number[],
  glasses: readonly number[] = [],
  size = 12,
): ImageSet {
  const random = seededStream(seed, 'pictures')
  return {
    name: 'pictures',
    shape: [1, 3, size / 3],
    count: person.length,
    pixels: Uint8Array.from({ length: person.length * size }, () => random.below(256)),
    attributes: {
      person: named(person),
      ...(glasses.length > 0 ? { glasses: { names: ['no', 'yes'], of: Int32Array.from(glasses) } } : {}),
    },
  }
}

const faceOf = ({ pixels, count }: ImageSet, i: number) =>
  pixels.subarray((i * pixels.length) / count, ((i + 1) * pixels.length) / count)

/** Each person's album as text. */
function albums({ faces, albumOf, groupOf }: AveragedFaces): string[] {
  const out = Array.from(groupOf, () => '')
  albumOf.forEach((who, i) => {
    const kept = Object.entries(faces.attributes).map(([name, { names, of }]) => `${name} ${names[of[i]!]}`)
    out[who] += `${faceOf(faces, i)} ${kept};`
  })
  return out
}

/** How many people have what the one with fewest like has. */
function fewestAlike(texts: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return Math.min(...counts.values())
}

describe('groups', () => {
  test('each is its first and who is nearest, the last are one', () => {
    const at = [0, 10, 1, 11, 2, 50, 12, 51].map((x) => [x])
    expect(nearestGroups(at, 3)).toEqual([
      [0, 2, 4],
      [1, 3, 5, 6, 7],
    ])
    expect(nearestGroups(at, 2)).toEqual([
      [0, 2],
      [1, 3],
      [4, 6],
      [5, 7],
    ])
  })

  test('equal distances go to who comes first', () => {
    expect(nearestGroups([[0], [1], [-1], [1]], 2)).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  test('everybody is in one of at least k and fewer than 2k', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), {
          minLength: 2,
          maxLength: 40,
        }),
        fc.integer({ min: 2, max: 9 }),
        (points, k) => {
          if (points.length < k) {
            expect(() => nearestGroups(points, k)).toThrow(/k is \d+, and the set shows \d+ p/)
            return
          }
          const groups = nearestGroups(points, k)
          expect(groups.flat().sort((a, b) => a - b)).toEqual([...points.keys()])
          for (const { length } of groups) expect(length >= k && length < 2 * k).toBe(true)
        },
      ),
    )
  })
})

describe('k-same', () => {
  test('a face is the mean of its group, rounded', () => {
    const set: ImageSet = {
      name: 'four',
      shape: [1, 1, 2],
      count: 4,
      pixels: Uint8Array.of(0, 9, 100, 200, 3, 10, 110, 201),
      attributes: {},
    }
    const { faces, groupOf, insteadOf, leftOut } = kSame(set, { k: 2 })
    expect([...faces.pixels]).toEqual([2, 10, 105, 200, 2, 10, 105, 200])
    expect([...groupOf]).toEqual([0, 1, 0, 1])
    expect([...insteadOf]).toEqual([0, 1, 2, 3])
    expect(leftOut).toBe(0)
    expect(faces.files).toBeUndefined()
  })

  test.each(['pixels', 'eigenfaces'] as const)(
    'whatever images people have, k of them have the same album (%s)',
    (space) => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 8, maxLength: 40 }),
          fc.integer({ min: 2, max: 4 }),
          fc.integer(),
          (person, k, seed) => {
            const people = new Set(person).size
            fc.pre(people >= k)
            const set = pictures(seed, person)
            const made = kSame(set, { k, person: set.attributes['person'], space })
            expect(made.groupOf.length).toBe(people)
            expect(fewestAlike(albums(made))).toBeGreaterThanOrEqual(k)
            expect(made.faces.count + made.leftOut).toBe(set.count)
            // Everybody's own image is the one that is replaced.
            made.insteadOf.forEach((row, i) => {
              expect([...new Set(person)][made.albumOf[i]!]).toBe(person[row])
            })
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  test('without persons, images of one person are averaged with themselves: nothing is hidden', () => {
    // Two people, three images each that hardly differ: every "group of three" is one person.
    const set: ImageSet = {
      name: 'two',
      shape: [1, 1, 1],
      count: 6,
      pixels: Uint8Array.of(10, 11, 12, 200, 201, 202),
      attributes: { person: named([0, 0, 0, 1, 1, 1]) },
    }
    expect([...kSame(set, { k: 3 }).faces.pixels]).toEqual([11, 11, 11, 201, 201, 201])
    expect(() => kSame(set, { k: 3, person: set.attributes['person'] })).toThrow('two shows 2 people')
  })

  test('a k below 2 is refused', () => {
    for (const k of [1, 0, 2.5, Number.NaN])
      expect(() => kSame(pictures(1, [0, 1, 2]), { k })).toThrow('expected a whole number of at least 2')
  })
})

describe('k-same-select', () => {
  test('keeps the attribute of each image, also of people who have both values', () => {
    let averaged = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 })), {
          minLength: 10,
          maxLength: 60,
        }),
        fc.integer({ min: 2, max: 3 }),
        fc.integer(),
        (images, k, seed) => {
          const person = images.map(([p]) => p)
          const glasses = images.map(([, g]) => g)
          const set = pictures(seed, person, glasses)
          let made: AveragedFaces
          try {
            made = kSameSelect(set, ['glasses'], { k, person: set.attributes['person'] })
          } catch (error) {
            expect((error as Error).message).toMatch(/pictures of glasses (no|yes|no and glasses yes) shows/)
            return
          }
          averaged++
          const kept = made.faces.attributes['glasses']!
          made.insteadOf.forEach((row, i) => void expect(kept.of[i]).toBe(glasses[row]))
          expect(Object.keys(made.faces.attributes)).toEqual(['glasses'])
          expect(fewestAlike(albums(made))).toBeGreaterThanOrEqual(k)
          // Every image that went into an average has its value.
          const values = new Map<string, number>()
          made.insteadOf.forEach((_, i) => {
            const key = `${made.groupOf[made.albumOf[i]!]} ${faceOf(made.faces, i)}`
            expect(values.get(key) ?? kept.of[i]).toBe(kept.of[i])
            values.set(key, kept.of[i]!)
          })
        },
      ),
      { numRuns: 200, seed: 1 },
    )
    expect(averaged).toBeGreaterThan(30)
  })

  test('says who are too few, and what is no attribute', () => {
    const set = pictures(3, [0, 1, 2, 3], [0, 0, 0, 1])
    expect(() => kSameSelect(set, ['glasses'], { k: 2 })).toThrow('pictures of glasses yes shows 1 person')
    expect(() => kSameSelect(set, ['hat'], { k: 2 })).toThrow('pictures has no attribute hat')
    expect(() => kSameSelect(set, [], { k: 2 })).toThrow('no attribute is named')
  })
})

describe('eigenfaces', () => {
  const set = pictures(5, [...Array(7).keys()], [], 30)
  const faces = Array.from({ length: 7 }, (_, i) => faceOf(set, i))

  test('all axes rebuild the faces they were learned from; they stand at right angles', () => {
    const space = eigenfaces(faces, 1)
    expect(space.axes.length).toBe(6)
    space.axes.forEach((a, i) => {
      space.axes.forEach((b, j) => {
        expect(a.reduce((sum, v, at) => sum + v * b[at]!, 0)).toBeCloseTo(i === j ? 1 : 0, 9)
      })
    })
    for (const face of faces)
      space.face(space.coordinates(face)).forEach((v, j) => void expect(v).toBeCloseTo(face[j]!, 6))
  })

  test('fewer axes hold the share that was asked for, and no axis more than it takes', () => {
    const whole = eigenfaces(faces, 1)
    const variance = (count: number) =>
      faces.reduce(
        (sum, face) =>
          sum +
          whole
            .coordinates(face)
            .slice(0, count)
            .reduce((s, v) => s + v * v, 0),
        0,
      )
    const { axes } = eigenfaces(faces, 0.7)
    expect(variance(axes.length) / variance(6)).toBeGreaterThanOrEqual(0.7)
    expect(variance(axes.length - 1) / variance(6)).toBeLessThan(0.7)
  })
})

test('pixelation takes means of squares, also at the edges', () => {
  const set: ImageSet = {
    name: 'one',
    shape: [1, 2, 3],
    count: 1,
    pixels: Uint8Array.of(0, 4, 100, 8, 12, 50),
    attributes: {},
  }
  expect([...pixelate(set, 2).pixels]).toEqual([6, 6, 75, 6, 6, 75])
  expect(pixelate(set, 1).pixels).toEqual(set.pixels)
  expect(() => pixelate(set, 0)).toThrow(RangeError)
})

test('blur spreads a point as a Gaussian, and leaves what is even', () => {
  const side = 41
  const point = new Uint8Array(side * side)
  point[20 * side + 20] = 255
  const set: ImageSet = { name: 'point', shape: [1, side, side], count: 1, pixels: point, attributes: {} }
  const sigma = 1.5
  const { pixels } = blur(set, sigma)
  for (const [y, x] of [
    [20, 20],
    [21, 20],
    [18, 22],
  ] as const) {
    const expected =
      (255 * Math.exp(-((y - 20) ** 2 + (x - 20) ** 2) / (2 * sigma ** 2))) / (2 * Math.PI * sigma ** 2)
    expect(Math.abs(pixels[y * side + x]! - expected)).toBeLessThan(0.7)
  }
  const even = { ...set, pixels: new Uint8Array(side * side).fill(77) }
  expect(blur(even, 3).pixels).toEqual(even.pixels)
  expect(() => blur(set, 0)).toThrow(RangeError)
})
