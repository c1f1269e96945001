// What leaves of faces: for each person an album that k people have alike, to the byte.
// Source: Newton, Sweeney and Malin 2005 for one image a person; ours for several: one grouping of people serves all their images.
// The faces of members of a set are averages of its originals: that somebody is in the set is not hidden.

import { type ImageSet, type Labels, takeImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { type Eigenfaces, eigenfaces } from './eigenfaces.ts'
import { nearestGroups } from './groups.ts'
import { attributeOf, type Cell, cellsOf, type Person, peopleOf } from './people.ts'

/** Where faces are compared and averaged: by their pixels, or on the axes of eigenfaces. */
export type FaceSpace = 'pixels' | 'eigenfaces'

export const faceSpaces: readonly FaceSpace[] = ['pixels', 'eigenfaces']

/** How faces are averaged. */
export interface KSameOptions {
  /** Least number of people who have the same faces, a whole number of at least 2. */
  readonly k: number
  /** Whose each image is. Absent: every image is of somebody else, and **nothing holds where that is not so**. */
  readonly person?: Labels | undefined
  /** `pixels` if absent. */
  readonly space?: FaceSpace | undefined
}

/** Averaged faces, and for the owner alone whose place they take. */
export interface AveragedFaces {
  /** Album after album, in the order of each person's first image; attributes are those that were kept. No files. */
  readonly faces: ImageSet
  /** Of each face: in whose album it is, a number of a person. */
  readonly albumOf: Int32Array
  /** Of each face: an image of that person that it takes the place of. */
  readonly insteadOf: Int32Array
  /** Of each person: the number of the group. */
  readonly groupOf: Int32Array
  /** Images that nothing takes the place of, since somebody of the group has fewer. */
  readonly leftOut: number
}

/** Averages the albums of people who are alike in the attributes `select`. */
export function averageAlbums(
  set: ImageSet,
  select: readonly string[],
  { k, person, space = 'pixels' }: KSameOptions,
): AveragedFaces {
  if (!(Number.isSafeInteger(k) && k >= 2))
    throw new FrostglassError(
      'usage',
      `k is ${k}, expected a whole number of at least 2`,
      'Say how many people are to have the same face.',
    )
  const attributes = new Map(select.map((name) => [name, attributeOf(set, name)]))
  const people = peopleOf(set.count, person, [...attributes.values()])
  const { points, picture } = space === 'pixels' ? pixelSpace(set) : eigenSpace(set)
  const groups = groupPeople(people, cellsOf(people, attributes), points, k, set.name)
  const groupOf = new Int32Array(people.length)
  // Of each person the album: pictures, each with the person's own image that it takes the place of.
  const albums: { readonly bytes: Uint8Array; readonly row: number }[][] = people.map(() => [])
  groups.forEach((group, g) => {
    for (const { members } of shared(group.map((p) => people[p]!))) {
      const bytes = picture(meanOf(members.map((row) => points[row]!)))
      group.forEach((p, i) => void albums[p]!.push({ bytes, row: members[i]! }))
    }
    for (const p of group) groupOf[p] = g
  })
  const all = albums.flatMap((album, p) => album.map((face) => ({ ...face, album: p })))
  const insteadOf = Int32Array.from(all, ({ row }) => row)
  return { ...released(set, select, all, insteadOf), insteadOf, groupOf, leftOut: set.count - all.length }
}

function released(
  set: ImageSet,
  select: readonly string[],
  all: readonly { readonly bytes: Uint8Array; readonly album: number }[],
  insteadOf: Int32Array,
): Pick<AveragedFaces, 'faces' | 'albumOf'> {
  const taken = takeImages(set, insteadOf)
  const size = set.shape[0] * set.shape[1] * set.shape[2]
  all.forEach(({ bytes }, i) => void taken.pixels.set(bytes, i * size))
  return {
    // Not the files, and no attribute but those that every image of an average has.
    faces: Object.freeze({
      name: set.name,
      shape: set.shape,
      count: all.length,
      pixels: taken.pixels,
      attributes: Object.fromEntries(select.map((name) => [name, taken.attributes[name]!])),
    }),
    albumOf: Int32Array.from(all, ({ album }) => album),
  }
}

/** Groups of people who are alike in what is kept; a person lies at the mean of the own images. */
function groupPeople(
  people: readonly Person[],
  cells: readonly Cell[],
  points: readonly ArrayLike<number>[],
  k: number,
  name: string,
): readonly (readonly number[])[] {
  return cells.flatMap((cell) =>
    nearestGroups(
      cell.people.map((p) => meanOf(people[p]!.rows.map((row) => points[row]!))),
      k,
      cell.name === '' ? name : `${name} of ${cell.name}`,
    ).map((group) => group.map((place) => cell.people[place]!)),
  )
}

/** Which images become one: of each kept value the first of each person, the second, … as far as the person with fewest goes. */
function shared(group: readonly Person[]): readonly { readonly members: readonly number[] }[] {
  return [...group[0]!.kept.keys()].flatMap((value) => {
    const rows = group.map(({ kept }) => kept.get(value)!)
    const fewest = Math.min(...rows.map(({ length }) => length))
    return Array.from({ length: fewest }, (_, i) => ({ members: rows.map((own) => own[i]!) }))
  })
}

interface Space {
  /** [images] */
  readonly points: readonly ArrayLike<number>[]
  picture(point: ArrayLike<number>): Uint8Array
}

// Rounded to the nearest, what lies outside is cut off.
const bytesOf = (values: ArrayLike<number>) => Uint8Array.from(Uint8ClampedArray.from(values))

function pixelSpace({ pixels, count }: ImageSet): Space {
  const size = pixels.length / count
  return {
    points: Array.from({ length: count }, (_, i) => pixels.subarray(i * size, (i + 1) * size)),
    picture: bytesOf,
  }
}

function eigenSpace(set: ImageSet): Space {
  const { points } = pixelSpace(set)
  const space: Eigenfaces = eigenfaces(points)
  return {
    points: points.map((face) => space.coordinates(face)),
    picture: (point) => bytesOf(space.face(point)),
  }
}

function meanOf(points: readonly ArrayLike<number>[]): ArrayLike<number> {
  if (points.length === 1) return points[0]!
  const sum = new Float64Array(points[0]!.length)
  for (const point of points) for (let j = 0; j < sum.length; j++) sum[j]! += point[j]!
  return sum.map((value) => value / points.length)
}
