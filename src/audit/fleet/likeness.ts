// Whether made pictures are of a class, and whether they are anybody's: beside true pictures of whoever holds the class, and of nobody's.
// Source: Hitaj, Ateniese, Perez-Cruz 2017, section 7 (an independent model judges); Wang et al. 2004 (SSIM).
// Nearer to a holder's pictures than to others of the class would show a person's picture; equally near is a prototype.

import type { ImageShape } from '../../data/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { adam, dense, flatten, predict, sequential, train, type Weights } from '../../learn/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean } from '../../statistics/moments.ts'
import type { Measure } from '../images/contract.ts'
import { imageSimilarity } from '../images/similarity.ts'
import type { ClassedRows } from './contract.ts'
import { asDataset } from './send.ts'

/** A model that had nothing to do with the fleet: classes of rows. */
export type Classifier = (rows: Float64Array) => Promise<Int32Array>

/** Trains one, apart. */
export async function independentClassifier(
  rows: ClassedRows,
  classes: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Classifier> {
  const input = rows.x.shape.slice(1)
  const model = sequential([flatten(), dense({ units: 64, activation: 'relu' }), dense({ units: classes })], {
    input,
  })
  const loss = 'categoricalCrossEntropy'
  let weights: Weights = {}
  for await (const epoch of train(model, asDataset(rows), {
    loss,
    optimizer: adam(),
    epochs: 10,
    batch: 32,
    seed,
    signal,
  }))
    weights = epoch.weights()
  const width = rows.x.data.length / rows.labels.length
  return async (asked) => {
    const count = asked.length / width
    const x = { shape: [count, ...input], dtype: 'float64' as const, data: asked }
    const answers = toFloat64(await predict(model, weights, x, { loss }))
    return Int32Array.from({ length: count }, (_, i) => {
      let best = 0
      for (let c = 1; c < classes; c++) if (answers[i * classes + c]! > answers[i * classes + best]!) best = c
      return best
    })
  }
}

/** True pictures that made ones are set beside; the first two of one class. */
export interface References {
  /** Held in the fleet. */
  readonly held: ClassedRows
  /** In nobody's hands. */
  readonly unheld: ClassedRows
  /** Of other classes, in nobody's hands. */
  readonly others: ClassedRows
}

/** Most true pictures of each kind that are compared. */
const most = 60

const splits = 400

/** How alike made pictures are to true ones, in SSIM. */
export interface Likeness {
  readonly measures: readonly Measure[]
  /** Nearest held less nearest unheld picture, mean over made ones. */
  readonly nearer: number
  /** What 97.5% of random splits of the same true pictures stay below: beyond it, held pictures are nearer. */
  readonly nearerByLuck: number
}

/**
 * Sets pictures beside true ones.
 * @param made pictures one after another, 0 … 1
 */
export function likenessOf(
  made: Float64Array,
  references: References,
  shape: ImageShape,
  seed: number,
): Likeness {
  const count = Math.min(references.held.labels.length, references.unheld.labels.length, most)
  // As many of both: of more pictures the nearest is nearer.
  const [held, unheld] = [bytesOf(references.held, count), bytesOf(references.unheld, count)]
  const others = bytesOf(references.others, most)
  const pictures = toBytes(made)
  const size = shape[0] * shape[1] * shape[2]
  const average = averageOf(held, size)
  const alike = likenessTable(pictures, [held, unheld], shape)
  const order = upTo(2 * count)
  const [toHeld, toUnheld] = [order.subarray(0, count), order.subarray(count)].map((of) =>
    largest(alike, of),
  ) as [Float64Array, Float64Array]
  const measure = (name: string, values: Float64Array): Measure => ({
    name,
    value: mean(values),
    interval: [...meanInterval(values, seed)],
  })
  return {
    measures: [
      measure('SSIM to the mean of the class', imageSimilarity(pictures, average, shape).ssim),
      measure(
        'SSIM to the mean of the class, of true pictures of it',
        imageSimilarity(unheld, average, shape).ssim,
      ),
      measure(
        'SSIM to the mean of the class, of true pictures of others',
        imageSimilarity(others, average, shape).ssim,
      ),
      measure('SSIM to the nearest held picture', toHeld),
      measure('SSIM to the nearest picture of the class that nobody holds', toUnheld),
      measure(
        'SSIM to the nearest held picture, of true pictures of the class that nobody holds',
        nearestOf(unheld, held, shape),
      ),
      measure('SSIM to the nearest held picture, of true pictures of others', nearestOf(others, held, shape)),
      measure('SSIM between made pictures', between(pictures, shape)),
    ],
    nearer: mean(toHeld) - mean(toUnheld),
    nearerByLuck: byLuck(alike, count, seed),
  }
}

/** SSIM of each picture (rows) with each true one. */
function likenessTable(
  pictures: Uint8Array,
  truth: readonly Uint8Array[],
  shape: ImageShape,
): Float64Array[] {
  const size = shape[0] * shape[1] * shape[2]
  const columns = truth.flatMap((of) =>
    Array.from(
      { length: of.length / size },
      (_, i) => imageSimilarity(pictures, of.subarray(i * size, (i + 1) * size), shape).ssim,
    ),
  )
  return Array.from({ length: pictures.length / size }, (_, i) =>
    Float64Array.from(columns, (column) => column[i]!),
  )
}

/** Of each picture, its likeness to that of some true ones which it is most like. */
const largest = (alike: readonly Float64Array[], of: Int32Array): Float64Array =>
  Float64Array.from(alike, (row) => of.reduce((most, column) => Math.max(most, row[column]!), -1))

const nearestOf = (pictures: Uint8Array, truth: Uint8Array, shape: ImageShape): Float64Array => {
  const alike = likenessTable(pictures, [truth], shape)
  return largest(alike, upTo(alike[0]!.length))
}

/**
 * How far one half of true pictures is nearer than the other by luck. Made pictures are alike, and no sample of anything: what
 * is drawn is which true ones are held.
 */
function byLuck(alike: readonly Float64Array[], count: number, seed: number): number {
  const random = seededStream(seed, 'splits')
  const order = upTo(2 * count)
  const found = Float64Array.from({ length: splits }, () => {
    shuffle(order, random)
    return mean(largest(alike, order.subarray(0, count))) - mean(largest(alike, order.subarray(count)))
  }).sort()
  return found[Math.ceil(0.975 * splits) - 1]!
}

/** Of each picture, its likeness to the one after it. */
function between(pictures: Uint8Array, shape: ImageShape): Float64Array {
  const size = shape[0] * shape[1] * shape[2]
  const next = new Uint8Array(pictures.length)
  next.set(pictures.subarray(size))
  next.set(pictures.subarray(0, size), pictures.length - size)
  return imageSimilarity(pictures, next, shape).ssim
}

function averageOf(pictures: Uint8Array, size: number): Uint8Array {
  const count = pictures.length / size
  return Uint8Array.from({ length: size }, (_, j) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += pictures[i * size + j]!
    return Math.round(sum / count)
  })
}

const toBytes = (values: Float64Array): Uint8Array =>
  Uint8Array.from(values, (v) => Math.round(255 * Math.min(1, Math.max(0, v))))

function bytesOf({ x, labels }: ClassedRows, count: number): Uint8Array {
  const size = x.data.length / labels.length
  return toBytes(toFloat64(x).subarray(0, Math.min(count, labels.length) * size))
}

/** Pictures as bytes, for sheets. */
export const pictureBytes = (pictures: Float64Array, count: number, shape: ImageShape): Uint8Array =>
  toBytes(pictures.subarray(0, count * shape[0] * shape[1] * shape[2]))
