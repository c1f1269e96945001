// Several faces of each person published: averaged image by image, all images together, or by one grouping of people.
// Source: src/audit/faces/albums.ts. Five sessions are published, the adversary knows the other five, or (groups) the very originals.
// Whose the faces of an album are is hidden, that they are of one person is not.

import { albumDissimilarities, candidatesLeft } from '../../src/audit/faces/albums.ts'
import { eigenfaceRecogniser } from '../../src/audit/faces/eigenfaceRecogniser.ts'
import { namedPeople } from '../../src/audit/faces/recogniser.ts'
import { concatenateImages, takeImages } from '../../src/data/images/imageSet.ts'
import type { ImageSet } from '../../src/data/index.ts'
import { kSame } from '../../src/protect/faces/kSame.ts'
import { knownFaces, people, rightly, sessions } from './orl.ts'

export interface AlbumTask {
  readonly part: 'albums'
  /** The first of five sessions that are published, round and round. */
  readonly first: number
  readonly k: number
  readonly data?: string | undefined
}

/** How the images of albums are averaged. */
export const albumKinds = ['session by session', 'all images as people', 'grouped by person'] as const
export type AlbumKind = (typeof albumKinds)[number]

export interface AlbumAnswer {
  readonly part: 'albums'
  readonly hits: readonly {
    readonly kind: AlbumKind
    readonly k: number
    /** `groups`: people who are alone in all their groups, for who has the originals. */
    readonly taught: 'originals' | 'released' | 'groups'
    readonly images: number
    readonly hits: number
  }[]
}

export const albumTasks = (starts: readonly number[], data: string | undefined): readonly AlbumTask[] =>
  starts.flatMap((first) => [2, 5, 10].map((k) => ({ part: 'albums' as const, first, k, data })))

const published = sessions / 2

export async function runAlbums({ first, k }: AlbumTask, all: readonly ImageSet[]): Promise<AlbumAnswer> {
  const turned = all.map((_, s) => all[(first + s) % sessions]!)
  const [own, others] = [turned.slice(0, published), turned.slice(published)]
  const hits: AlbumAnswer['hits'][number][] = []
  for (const kind of albumKinds) {
    const made = averaged(kind, own, k)
    for (const [taught, known] of [
      ['originals', others],
      ['released', averaged(kind, others, k)],
    ] as const) {
      const judge = await eigenfaceRecogniser.teach(knownFaces(known), { seed: 0 })
      const each: Float64Array[] = []
      for (const session of made) each.push(await judge(session))
      for (let images = 1; images <= published; images++) {
        const some = Float64Array.from(each.slice(0, images).flatMap((judged) => [...judged]))
        const albumOf = Int32Array.from({ length: images * people }, (_, i) => i % people)
        const sums = albumDissimilarities(some, people, albumOf, people)
        hits.push({ kind, k, taught, images, hits: rightly(namedPeople(sums, people)) })
      }
    }
  }
  return { part: 'albums', hits: [...hits, ...groupHits(own, k)] }
}

/** The published faces, session by session, face i of each being of person i's album. */
function averaged(kind: AlbumKind, some: readonly ImageSet[], k: number): readonly ImageSet[] {
  if (kind === 'session by session') return some.map((session) => kSame(session, { k }).faces)
  const whole = some.reduce((a, b) => concatenateImages(a, b))
  const person = {
    names: Array.from({ length: people }, (_, p) => `${p}`),
    of: Int32Array.from({ length: whole.count }, (_, i) => i % people),
  }
  const { faces, insteadOf } = kSame(whole, kind === 'grouped by person' ? { k, person } : { k })
  return some.map((_, s) =>
    takeImages(
      faces,
      Int32Array.from({ length: people }, (_, p) => insteadOf.indexOf(s * people + p)),
    ),
  )
}

function groupHits(own: readonly ImageSet[], k: number): AlbumAnswer['hits'] {
  const apart = own.map((session) => kSame(session, { k }).groupOf)
  const whole = knownFaces(own)
  const { groupOf } = kSame(whole.faces, {
    k,
    person: { names: Array.from({ length: people }, (_, p) => `${p}`), of: whole.of },
  })
  return Array.from({ length: published }, (_, i) => i + 1).flatMap((images) =>
    (
      [
        ['session by session', apart.slice(0, images)],
        ['grouped by person', apart.slice(0, images).map(() => groupOf)],
      ] as const
    ).map(([kind, releases]) => ({
      kind,
      k,
      taught: 'groups' as const,
      images,
      hits: candidatesLeft(releases).filter((left) => left === 1).length,
    })),
  )
}
