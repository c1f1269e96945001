// ORL's faces published in several ways: who is recognised on them, by recognisers taught originals, faces of the same kind, or both.
// Source: Newton, Sweeney and Malin 2005, whose protocols these are; src/audit/faces.
// One session is published and the other nine are what the adversary knows: closed set, one image a person.

import { eigenfaceRecogniser } from '../../src/audit/faces/eigenfaceRecogniser.ts'
import { networkRecogniser } from '../../src/audit/faces/networkRecogniser.ts'
import { type FaceRecogniser, namedPeople } from '../../src/audit/faces/recogniser.ts'
import { imageSimilarity } from '../../src/audit/images/similarity.ts'
import type { ImageSet, Labels } from '../../src/data/index.ts'
import { mean } from '../../src/statistics/moments.ts'
import type { Work } from '../experiment.ts'
import { type AlbumAnswer, type AlbumTask, albumTasks, runAlbums } from './albums.ts'
import { knownFaces, people, readSessions, rightly, sessions } from './orl.ts'
import { schemes } from './schemes.ts'

export const taughtWith = ['originals', 'released', 'both'] as const
export type Taught = (typeof taughtWith)[number]

interface Common {
  readonly session: number
  readonly seed: number
  readonly epochs: number
  readonly data?: string | undefined
}

export type FacesTask =
  /** Taught originals: what is recognised on every scheme, and what is kept. */
  | ({ readonly part: 'originals'; readonly schemes: readonly number[] } & Common)
  /** Taught faces of one scheme, alone and with originals. */
  | ({ readonly part: 'released'; readonly scheme: number } & Common)
  | AlbumTask

/** People named rightly of the forty. */
export interface Hits {
  readonly scheme: number
  readonly recogniser: string
  readonly taught: Taught
  readonly hits: number
}

/** What is left of one scheme's faces. */
export interface Kept {
  readonly scheme: number
  readonly psnr: number
  readonly ssim: number
  /** By attribute and class: named rightly, of how many. */
  readonly told: Readonly<Record<string, readonly (readonly [right: number, of: number])[]>>
}

export type FacesAnswer =
  | { readonly part: 'originals'; readonly hits: readonly Hits[]; readonly kept: readonly Kept[] }
  | { readonly part: 'released'; readonly hits: readonly Hits[] }
  | AlbumAnswer

export const publishFacesWork: Work<FacesTask, FacesAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 5, data }) {
    const epochs = 20
    const tried = quick ? [0, 1, 2, 4] : [...schemes.keys()]
    const asked = Array.from({ length: seeds }, (_, i) => (seed + 2 * i) % sessions)
    const common = (session: number) => ({ session, seed, epochs, data })
    return [
      ...asked.map((session) => ({ part: 'originals' as const, schemes: tried, ...common(session) })),
      ...asked.flatMap((session) =>
        tried
          .filter((scheme) => scheme > 0)
          .map((scheme) => ({ part: 'released' as const, scheme, ...common(session) })),
      ),
      ...albumTasks(asked, data),
    ]
  },
  async run(task, signal) {
    const all = await readSessions(task.data)
    if (task.part === 'albums') return runAlbums(task, all)
    return task.part === 'originals' ? originals(task, all, signal) : released(task, all, signal)
  },
}

const recognisers = (epochs: number): readonly FaceRecogniser[] => [
  eigenfaceRecogniser,
  networkRecogniser(epochs),
]

async function originals(
  { session, seed, epochs, schemes: tried }: Extract<FacesTask, { part: 'originals' }>,
  all: readonly ImageSet[],
  signal: AbortSignal | undefined,
): Promise<FacesAnswer> {
  const asked = all[session]!
  const others = all.filter((_, s) => s !== session)
  const made = tried.map((scheme) => schemes[scheme]!.apply(asked))
  const hits: Hits[] = []
  for (const recogniser of recognisers(epochs)) {
    const judge = await recogniser.teach(knownFaces(others), { seed, signal })
    for (const [i, scheme] of tried.entries())
      hits.push({
        scheme,
        recogniser: recogniser.name,
        taught: 'originals',
        hits: rightly(namedPeople(await judge(made[i]!), people)),
      })
  }
  const told: Record<string, (readonly [number, number])[]>[] = tried.map(() => ({}))
  for (const attribute of ['sex', 'glasses']) {
    const classes = others.map(({ attributes }) => attributes[attribute]!)
    const known = {
      ...knownFaces(others),
      of: Int32Array.from(classes.flatMap(({ of }) => [...of])),
      people: classes[0]!.names.length,
    }
    const judge = await networkRecogniser(epochs).teach(known, { seed, signal })
    for (const [i] of tried.entries())
      told[i]![attribute] = byClass(
        namedPeople(await judge(made[i]!), known.people),
        asked.attributes[attribute]!,
      )
  }
  const kept = tried.map((scheme, i): Kept => {
    const { psnr, ssim } = imageSimilarity(made[i]!.pixels, asked.pixels, asked.shape)
    return { scheme, psnr: mean(psnr), ssim: mean(ssim), told: told[i]! }
  })
  return { part: 'originals', hits, kept }
}

const byClass = (named: Int32Array, { names, of }: Labels) =>
  names.map((_, c) => {
    const own = [...of.keys()].filter((i) => of[i] === c)
    return [own.filter((i) => named[i] === c).length, own.length] as const
  })

async function released(
  { session, scheme, seed, epochs }: Extract<FacesTask, { part: 'released' }>,
  all: readonly ImageSet[],
  signal: AbortSignal | undefined,
): Promise<FacesAnswer> {
  const { apply } = schemes[scheme]!
  const asked = apply(all[session]!)
  const others = all.filter((_, s) => s !== session)
  const alike = others.map(apply)
  const hits: Hits[] = []
  for (const [taught, known] of [
    ['released', alike],
    ['both', [...others, ...alike]],
  ] as const)
    for (const recogniser of recognisers(epochs)) {
      const judge = await recogniser.teach(knownFaces(known), { seed, signal })
      hits.push({
        scheme,
        recogniser: recogniser.name,
        taught,
        hits: rightly(namedPeople(await judge(asked), people)),
      })
    }
  return { part: 'released', hits }
}
