// What the sessions sum up to: hits of trials with their intervals, and what is kept of faces.
// Source: publishFaces.ts. Intervals are Clopper and Pearson's, as if faces were drawn independently.

import { hitInterval } from '../../src/statistics/binomial.ts'
import { mean } from '../../src/statistics/moments.ts'
import { type AlbumAnswer, type AlbumKind, albumKinds } from './albums.ts'
import { people } from './orl.ts'
import { type FacesAnswer, type FacesTask, type Hits, type Taught, taughtWith } from './publishFaces.ts'
import { schemes } from './schemes.ts'

interface Share {
  readonly hits: number
  readonly trials: number
  readonly share: number
  readonly interval: readonly [low: number, high: number]
}

export interface RecognitionRow extends Share {
  readonly scheme: string
  readonly k: number
  readonly recogniser: string
  readonly taught: Taught
}

export interface KeptRow {
  readonly scheme: string
  readonly psnr: number
  readonly ssim: number
  /** Of sex and glasses: the mean over both classes of the share that is told rightly. */
  readonly sex: number
  readonly glasses: number
}

export interface AlbumRow extends Share {
  readonly kind: AlbumKind
  readonly k: number
  readonly taught: 'originals' | 'released' | 'groups'
  readonly images: number
}

export interface FacesResults {
  readonly people: number
  readonly sessions: number
  readonly recognition: readonly RecognitionRow[]
  readonly kept: readonly KeptRow[]
  readonly albums: readonly AlbumRow[]
}

export function publishFacesResults(
  tasks: readonly FacesTask[],
  answers: readonly FacesAnswer[],
): FacesResults {
  return {
    people,
    sessions: tasks.filter(({ part }) => part === 'originals').length,
    recognition: recognition(answers.flatMap((answer) => (answer.part === 'albums' ? [] : answer.hits))),
    kept: keptRows(answers),
    albums: albumRows(answers.flatMap((answer) => (answer.part === 'albums' ? answer.hits : []))),
  }
}

function shareOf(some: readonly { readonly hits: number }[]): Share {
  const hits = some.reduce((sum, one) => sum + one.hits, 0)
  const trials = people * some.length
  return { hits, trials, share: hits / trials, interval: hitInterval(hits, trials) }
}

function recognition(all: readonly Hits[]): RecognitionRow[] {
  return schemes.flatMap(({ name, k }, scheme) =>
    ['eigenfaces', 'network'].flatMap((recogniser) =>
      taughtWith.flatMap((taught) => {
        const own = all.filter(
          (one) => one.scheme === scheme && one.recogniser === recogniser && one.taught === taught,
        )
        return own.length === 0 ? [] : [{ scheme: name, k, recogniser, taught, ...shareOf(own) }]
      }),
    ),
  )
}

function keptRows(answers: readonly FacesAnswer[]): KeptRow[] {
  const all = answers.flatMap((answer) => (answer.part === 'originals' ? answer.kept : []))
  return schemes.flatMap(({ name }, scheme) => {
    const own = all.filter((one) => one.scheme === scheme)
    if (own.length === 0) return []
    const balanced = (attribute: string) =>
      mean(
        own[0]!.told[attribute]!.map((_, c) => {
          const counts = own.map(({ told }) => told[attribute]![c]!)
          const total = (part: 0 | 1) => counts.reduce((sum, count) => sum + count[part], 0)
          return total(0) / total(1)
        }),
      )
    return [
      {
        scheme: name,
        psnr: mean(own.map(({ psnr }) => psnr)),
        ssim: mean(own.map(({ ssim }) => ssim)),
        sex: balanced('sex'),
        glasses: balanced('glasses'),
      },
    ]
  })
}

function albumRows(all: readonly AlbumAnswer['hits'][number][]): AlbumRow[] {
  const keys = [...new Set(all.map(({ k, taught, images }) => `${k} ${taught} ${images}`))]
  return albumKinds.flatMap((kind) =>
    keys.flatMap((key) => {
      const own = all.filter((one) => one.kind === kind && `${one.k} ${one.taught} ${one.images}` === key)
      const [first] = own
      return first ? [{ kind, k: first.k, taught: first.taught, images: first.images, ...shareOf(own) }] : []
    }),
  )
}
