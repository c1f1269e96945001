// The student: a classifier from the public images that were answered, alone or with all the others.
// Source: Papernot et al. 2017, section 2.2; Sohn et al. 2020 (a confident answer to a gently moved image is the label of a
// strongly warped one), here in rounds. It sees answers and public images only, so whatever it does costs no privacy.

import { concatenateImages, imageTensor } from '../../src/data/images/imageSet.ts'
import { shiftedImages } from '../../src/data/images/shifted.ts'
import { type ImageSet, takeImages } from '../../src/data/index.ts'
import { adam, argmax, fit, type Model, predict, type Weights } from '../../src/learn/index.ts'
import { digitNetwork } from './network.ts'
import { warpedImages } from './warped.ts'

/** Public images and what the teachers said of some. */
export interface Lesson {
  readonly images: ImageSet
  /** Rows that were answered, and their classes. */
  readonly rows: Int32Array
  readonly answers: Int32Array
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** How students are trained. */
export interface StudentRecipe {
  /** Warped images in an epoch of each round, about. The first round has two epochs, those after it one. */
  readonly size: number
  /** Rounds on all public images after the first on the answered ones; 0 for a plain student. */
  readonly rounds: number
  /** Least probability at which a public image gets the student's own label. */
  readonly confidence: number
}

/** A student after a round of training. */
export interface Student {
  /** Mean probabilities [rows, classes] over each image and its four moves by a pixel. */
  probabilities(set: ImageSet): Promise<Float64Array>
  /** Those of the public images as they are. */
  readonly seen: Float64Array
  /** The share of public images that had a label of the student's own in this round; absent in the first. */
  readonly labelled?: number | undefined
}

const loss = 'categoricalCrossEntropy'
const widths = { first: 16, second: 32, dense: 128 }

/** Trains a student: on the answered images first, then round after round on all public ones. */
export async function* trainStudent(lesson: Lesson, recipe: StudentRecipe): AsyncGenerator<Student> {
  const { images, rows, answers, seed } = lesson
  const { size, rounds, confidence } = recipe
  const names = images.labels?.names ?? []
  const named = (set: ImageSet, of: Int32Array): ImageSet => ({ ...set, labels: { names, of } })
  const answered = named(takeImages(images, rows), answers)
  const model = digitNetwork(images, widths)
  const moves = (round: number) => 1000 * seed + round
  let set = warpedImages(answered, copiesOf(size, rows.length), moves(0))
  let weights: Weights | undefined
  let labelled: number | undefined
  for (let round = 0; ; round++) {
    const now = await train(model, set, lesson, weights)
    weights = now
    const seen = await answersOf(model, now, images)
    const probabilities = (images: ImageSet) => averaged(model, now, images)
    yield { probabilities, seen, labelled }
    if (round === rounds) return
    const sure = confident(seen, names.length, confidence)
    labelled = sure.rows.length / images.count
    const guessed = named(takeImages(images, sure.rows), sure.classes)
    // A quarter of what it learns from next are the teachers' answers.
    set = concatenateImages(
      warpedImages(guessed, copiesOf((3 * size) / 4, guessed.count), moves(round + 1)),
      warpedImages(answered, copiesOf(size / 4, rows.length), moves(round + 1) + 500),
    )
  }
}

/** Rows whose likeliest class has at least this probability. */
function confident(probabilities: Float64Array, classes: number, least: number) {
  const best = argmax(probabilities, classes)
  const rows = Int32Array.from(best.keys()).filter(
    (row) => probabilities[row * classes + best[row]!]! >= least,
  )
  return { rows, classes: Int32Array.from(rows, (row) => best[row]!) }
}

const copiesOf = (size: number, count: number): number => Math.max(1, Math.round(size / Math.max(1, count)))

async function train(
  model: Model,
  set: ImageSet,
  { seed, signal }: Lesson,
  start: Weights | undefined,
): Promise<Weights> {
  const y = { dtype: 'int32' as const, shape: [set.count], data: (set.labels as { of: Int32Array }).of }
  const { weights } = await fit(
    model,
    { x: imageTensor(set), y },
    {
      loss,
      optimizer: adam(),
      batch: 64,
      epochs: start ? 1 : 2,
      seed,
      executor: 'native',
      threads: 1,
      weights: start,
      signal,
    },
  )
  return weights
}

/** Probabilities [rows, classes]. */
async function answersOf(model: Model, weights: Weights, set: ImageSet): Promise<Float64Array> {
  const { data } = await predict(model, weights, imageTensor(set), { loss, executor: 'native' })
  return data as Float64Array
}

async function averaged(model: Model, weights: Weights, set: ImageSet): Promise<Float64Array> {
  const moved = await answersOf(model, weights, shiftedImages(set))
  const [outputs] = model.output as [number]
  const times = moved.length / outputs / set.count
  const mean = new Float64Array(set.count * outputs)
  for (let i = 0; i < moved.length; i++)
    mean[Math.floor(i / outputs / times) * outputs + (i % outputs)]! += moved[i]! / times
  return mean
}
