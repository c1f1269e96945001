// The teachers: classifiers of disjoint parts of the private images, and their votes over the public ones.
// Source: Papernot et al. 2017, section 2; Papernot et al. 2018, section 4 (MNIST: 250 teachers of 240 images each).
// Votes are as private as the images are: they stay in the run's shared folder, and a report holds sums of them only.

import { readFile } from 'node:fs/promises'
import { imageTensor } from '../../src/data/images/imageSet.ts'
import { type ImageSet, openImages, takeImages } from '../../src/data/index.ts'
import { throwIfAborted } from '../../src/errors.ts'
import { adam, argmax, fit, type Model, predict, type Weights } from '../../src/learn/index.ts'
import { disjointParts } from '../../src/private/index.ts'
import { kept } from '../images/kept.ts'
import type { Workplace } from '../images/training.ts'
import { digitNetwork } from './network.ts'
import { warpedImages } from './warped.ts'

/** Whose votes over which images. */
export interface Ensemble {
  /** As `openImages` takes them: the training part is private, the test part public. */
  readonly images: string
  readonly teachers: number
  /** Warped copies of each private image, and passes over them. */
  readonly copies: number
  readonly epochs: number
}

/** Teachers whose votes are made in one piece. */
export const groupSize = 10

/** Public images: all but the last `held` of the test part, which measure the student alone. */
export const heldOut = 1000

const loss = 'categoricalCrossEntropy'
const machine = { executor: 'native', threads: 1 } as const

/** A class for each image. */
export async function classesOf(model: Model, weights: Weights, set: ImageSet): Promise<Int32Array> {
  const { data } = await predict(model, weights, imageTensor(set), { loss, executor: 'native' })
  return Int32Array.from(argmax(data as Float64Array, data.length / set.count))
}

/** Votes of some teachers. */
export interface GroupVotes {
  /** Classes, a byte each: teacher after teacher, each over all public images. */
  readonly votes: Uint8Array
  /** What their training took, beside whatever else the machine did. */
  readonly seconds: number
}

async function trainGroup(
  { images, teachers, copies, epochs }: Ensemble,
  first: number,
  { signal }: Workplace,
): Promise<GroupVotes> {
  const start = performance.now()
  const pictures = await openImages(images, { split: 'train' })
  const open = await publicImages(images)
  const parts = disjointParts(pictures.count, teachers)
  const members = Array.from({ length: Math.min(groupSize, teachers - first) }, (_, i) => first + i)
  const votes = new Uint8Array(members.length * open.count)
  for (const [place, teacher] of members.entries()) {
    throwIfAborted(signal)
    const part = takeImages(pictures, parts[teacher]!)
    const set = warpedImages(part, copies, teacher)
    const model = digitNetwork(set, { first: 10, second: 20, dense: 64 })
    const y = { dtype: 'int32' as const, shape: [set.count], data: set.labels!.of }
    const { weights } = await fit(
      model,
      { x: imageTensor(set), y },
      {
        loss,
        optimizer: adam({ learningRate: 0.003 }),
        epochs,
        seed: teacher,
        ...machine,
        ...(signal ? { signal } : {}),
      },
    )
    votes.set(await classesOf(model, weights, open), place * open.count)
  }
  return { votes, seconds: (performance.now() - start) / 1000 }
}

/** The public images: the test part but its last {@link heldOut} (its last fifth, where it has not many more). */
export async function publicImages(images: string): Promise<ImageSet> {
  const test = await openImages(images, { split: 'test' })
  return takeImages(
    test,
    Int32Array.from({ length: test.count - heldOutOf(test.count) }, (_, i) => i),
  )
}

/** How many images at the end of the test part measure the student. */
export const heldOutOf = (count: number): number => (count > 2 * heldOut ? heldOut : Math.floor(count / 5))

/** The votes of the group that begins with the teacher `first`, made unless a task of this run has done so. */
export async function votesOfGroup(ensemble: Ensemble, first: number, place: Workplace): Promise<GroupVotes> {
  const path = await kept(
    place.shared,
    { votes: ensemble, first },
    async () => {
      const { votes, seconds } = await trainGroup(ensemble, first, place)
      return Buffer.from(JSON.stringify({ votes: Buffer.from(votes).toString('base64'), seconds }))
    },
    place.signal,
  )
  const { votes, seconds } = JSON.parse(await readFile(path, 'utf8')) as { votes: string; seconds: number }
  return { votes: new Uint8Array(Buffer.from(votes, 'base64')), seconds }
}

/** First teachers of all groups. */
export const groupsOf = (teachers: number): number[] =>
  Array.from({ length: Math.ceil(teachers / groupSize) }, (_, i) => i * groupSize)
