// PATE on MNIST: teachers of disjoint parts, noisy answers, what they cost, and the students that learn from them.
// Source: Papernot et al. 2018, section 4 (250 teachers; the public images are the test part's first 9,000, 1,000 measure).
// Noise of this experiment repeats by seed, so that it can be run again; releases take the system's randomness.

import { type ImageSet, openImages, takeImages } from '../../src/data/index.ts'
import { argmax } from '../../src/learn/index.ts'
import {
  type ConfidentAggregation,
  confidentGnmax,
  exactPrice,
  type Publication,
  publishPrice,
  renyiToEpsilon,
  sumCurves,
  tally,
} from '../../src/private/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { RandomSource } from '../../src/random/source.ts'
import type { Settings, Work } from '../experiment.ts'
import { digitsOf } from '../images/settings.ts'
import { atWork, type Workplace } from '../images/training.ts'
import { rightOf, type Share, share } from '../shares.ts'
import { trainStudent } from './student.ts'
import {
  type Ensemble,
  type GroupVotes,
  groupsOf,
  heldOutOf,
  publicImages,
  votesOfGroup,
} from './teachers.ts'

/** How votes become answers, in votes: of 250 teachers as the paper has it, of fewer in proportion. */
export interface Noise {
  readonly threshold: number
  readonly sigmaThreshold: number
  readonly sigma: number
}

interface Choice {
  readonly ensemble: Ensemble
  readonly noise: Noise
}

export type PateTask = Choice &
  (
    | { readonly kind: 'teachers'; readonly first: number }
    | { readonly kind: 'prices'; readonly queries: readonly number[]; readonly seeds: readonly number[] }
    | {
        readonly kind: 'student'
        readonly queries: number
        readonly seed: number
        readonly size: number
        readonly rounds: number
      }
  )

/** ε at δ = 10⁻⁵ of so many queries. */
export interface Prices {
  readonly queries: number
  /** Whatever the votes are, were every query answered. */
  readonly independent: number
  /** By what the votes are. */
  readonly dependent: number
  /** As the definition says, without a bound. */
  readonly exact: number
  /** With the price published under noise of its smooth sensitivity: one release a seed. */
  readonly published: readonly number[]
}

export type PateAnswer =
  | {
      readonly kind: 'teachers'
      readonly seconds: number
      readonly right: readonly number[]
      readonly of: number
    }
  | { readonly kind: 'prices'; readonly prices: readonly Prices[]; readonly plurality: Share }
  | {
      readonly kind: 'student'
      readonly answered: Share
      /** Of the images that measure, after the answered ones alone and after each round. */
      readonly held: readonly Share[]
      /** Of the public images, which the student saw without labels. */
      readonly seen: readonly Share[]
      readonly labelled: readonly number[]
    }

export const delta = 1e-5
/** Chosen on these votes; who has no public data to rehearse on takes what others found. */
export const publication: Publication = { order: 12, beta: 0.025, noise: 12, failure: 0.05 }

export const pateWork: Work<PateTask, PateAnswer> = {
  async tasks(settings: Settings) {
    const { quick, seed } = settings
    const teachers = quick ? 50 : 250
    const images = await digitsOf(settings)
    const choice: Choice = {
      ensemble: { images, teachers, copies: 20, epochs: 5 },
      noise: {
        threshold: (200 * teachers) / 250,
        sigmaThreshold: (150 * teachers) / 250,
        sigma: (40 * teachers) / 250,
      },
    }
    const seeds = Array.from({ length: settings.seeds ?? (quick ? 1 : 3) }, (_, i) => seed + i)
    const queries = quick ? [200] : [150, 300, 600]
    return [
      ...groupsOf(teachers).map((first) => ({ ...choice, kind: 'teachers' as const, first })),
      { ...choice, kind: 'prices', queries, seeds },
      ...queries.toReversed().flatMap((count) =>
        seeds.map((trialSeed) => ({
          ...choice,
          kind: 'student' as const,
          queries: count,
          seed: trialSeed,
          size: quick ? 4000 : 16_000,
          rounds: quick ? 4 : 8,
        })),
      ),
    ]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const open = await publicImages(task.ensemble.images)
      const truth = open.labels!.of
      if (task.kind === 'teachers') {
        const { votes, seconds } = await votesOfGroup(task.ensemble, task.first, place)
        const counts = Array.from({ length: votes.length / open.count }, (_, i) =>
          votes.subarray(i * open.count, (i + 1) * open.count),
        )
        return { kind: 'teachers', seconds, right: counts.map((v) => rightOf(v, truth)), of: open.count }
      }
      const counts = await votesOf(task.ensemble, open, place)
      const aggregation = confidentGnmax(task.noise)
      if (task.kind === 'prices') {
        const most = counts.map((votesOf) => votesOf.indexOf(Math.max(...votesOf)))
        return {
          kind: 'prices',
          plurality: share(rightOf(most, truth), open.count),
          prices: pricesOf(aggregation, counts, task.queries, task.seeds),
        }
      }
      return studentOf(task, open, counts.slice(0, task.queries), aggregation, place)
    }),
}

/** Counts of the votes on each public image. */
async function votesOf(ensemble: Ensemble, open: ImageSet, place: Workplace): Promise<number[][]> {
  const groups: GroupVotes[] = []
  for (const first of groupsOf(ensemble.teachers)) groups.push(await votesOfGroup(ensemble, first, place))
  const classes = open.labels!.names.length
  return Array.from({ length: open.count }, (_, image) =>
    tally(
      groups.flatMap(({ votes }) =>
        Array.from({ length: votes.length / open.count }, (__, t) => votes[t * open.count + image]!),
      ),
      classes,
    ),
  )
}

/** Which images are asked about depends on their place alone: the first so many. */
function pricesOf(
  aggregation: ConfidentAggregation,
  counts: readonly (readonly number[])[],
  queries: readonly number[],
  seeds: readonly number[],
): Prices[] {
  const exact = counts.slice(0, Math.max(...queries)).map((votes) => exactPrice(aggregation, votes))
  return queries.map((count) => {
    const asked = counts.slice(0, count)
    const always = aggregation.map(1).renyi!
    return {
      queries: count,
      independent: renyiToEpsilon((order) => count * always(order), delta).epsilon,
      dependent: renyiToEpsilon(sumCurves(asked.map((votes) => aggregation.price(votes))), delta).epsilon,
      exact: renyiToEpsilon(sumCurves(exact.slice(0, count)), delta).epsilon,
      published: seeds.map((seed) =>
        publishPrice(aggregation, asked, publication, repeatable(seed, 'publish')).epsilon(delta),
      ),
    }
  })
}

async function studentOf(
  { ensemble, seed, size, rounds }: Extract<PateTask, { kind: 'student' }>,
  open: ImageSet,
  counts: readonly (readonly number[])[],
  aggregation: ConfidentAggregation,
  { signal }: Workplace,
): Promise<PateAnswer> {
  const random = repeatable(seed, 'answers')
  const answers = counts.map((votes) => aggregation.invoke(votes, random))
  const rows = answers.flatMap((answer, row) => (answer === undefined ? [] : [row]))
  const test = await openImages(ensemble.images, { split: 'test' })
  const measured = takeImages(
    test,
    Int32Array.from({ length: heldOutOf(test.count) }, (_, i) => open.count + i),
  )
  const [held, seen]: [Share[], Share[]] = [[], []]
  const classes = open.labels!.names.length
  const rightShare = (probabilities: Float64Array, set: ImageSet) =>
    share(rightOf(argmax(probabilities, classes), set.labels!.of), set.count)
  const given = Int32Array.from(rows, (row) => answers[row]!)
  const labelled: number[] = []
  const lesson = { images: open, rows: Int32Array.from(rows), answers: given, seed }
  for await (const round of trainStudent(signal ? { ...lesson, signal } : lesson, {
    size,
    rounds,
    confidence: 0.9,
  })) {
    held.push(rightShare(await round.probabilities(measured), measured))
    seen.push(rightShare(round.seen, open))
    if (round.labelled !== undefined) labelled.push(round.labelled)
  }
  return {
    kind: 'student',
    answered: share(
      rightOf(
        given,
        rows.map((row) => open.labels!.of[row]!),
      ),
      rows.length,
    ),
    held,
    seen,
    labelled,
  }
}

/** Words of a seed and a use, for noise that an experiment repeats. */
function repeatable(seed: number, use: string): RandomSource {
  const random = seededStream(seed, use)
  return { uint32: () => Math.floor(random.uniform() * 2 ** 32) }
}
