// Canaries: rows made up for an audit, each put into the training data or left out by a fair coin.
// Source: Steinke, Nasr and Jagielski 2023; Nasr et al. 2023 (rows as unlike the data as a model's inputs can be).
// They are trained on: what they cost in accuracy is the price of an audit, and the audited model is not one to ship.

import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor, type TensorData, tensor } from '../../graph/index.ts'
import { arrayOf } from '../../graph/tensor.ts'
import { type Dataset, takeRows } from '../../learn/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { type Random, seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'

/** Rows of an audit, and which of them the coins put in. */
export interface Canaries {
  readonly rows: Dataset
  /** 1 where the coin said in: a secret until the scores are there. */
  readonly included: Uint8Array
}

/** Kinds of canaries, see {@link CanaryOptions}. */
export type CanaryKind = 'extreme' | 'lone' | 'mislabelled'

/** What kind of rows, how many. */
export interface CanaryOptions {
  readonly count: number
  /**
   * `extreme`: each input is the least or the largest that its column has, by coin, and the class is drawn; no two such
   * rows are alike, and nothing in the data is like them. `lone`: all inputs are 0, or the nearest to it in their
   * column, but one, which is the largest number of the data: in one of the columns that the rows use least. What a
   * network's first layer learns of such a row it learns of few others; the sharpest where inputs are many. `mislabelled`: rows of the data again, with another class. `extreme` if absent.
   */
  readonly kind?: CanaryKind | undefined
  /** Classes of the labels. */
  readonly classes: number
  /** Draws rows and coins, for who wants to repeat an experiment; the system's generator if absent. */
  readonly seed?: number | undefined
}

/**
 * Makes canaries for a data set of inputs [N, …] and class numbers [N].
 * @throws FrostglassError `usage` for fewer than 8 canaries or 2 classes; `shape` for targets that are not class numbers
 */
export function drawCanaries(data: Dataset, options: CanaryOptions): Canaries {
  const { count, kind = 'extreme', classes, seed } = options
  if (!(Number.isInteger(count) && count >= 8)) {
    throw new FrostglassError('usage', `${count} canaries are too few`, 'Take 100 or more, 8 at least.')
  }
  if (data.y.shape.length !== 1) {
    throw new FrostglassError(
      'shape',
      `the targets are [${data.y.shape}], not class numbers`,
      'Give the class of each row, [rows]: canaries are for classifiers.',
    )
  }
  if (!(Number.isInteger(classes) && classes >= 2))
    throw new FrostglassError('usage', `canaries of ${classes} classes`, 'Give two at least.')
  const source = seededStream(seed ?? systemRandom.uint32(), 'canaries')
  const rows = makers[kind](data, count, classes, source)
  return { rows, included: coins(count, seed) }
}

/** Fair coins: of the operating system's generator, so that who knows the rows, or a seed of theirs, knows nothing of them. */
function coins(count: number, seed: number | undefined): Uint8Array {
  if (seed === undefined) return Uint8Array.from({ length: count }, () => systemRandom.uint32() & 1)
  const source = seededStream(seed, 'coins')
  return Uint8Array.from({ length: count }, () => Number(source.uniform() < 0.5))
}

/** The data with the canaries behind them that are in. */
export function withCanaries(data: Dataset, { rows, included }: Canaries): Dataset {
  const taken = takeRows(
    rows,
    upTo(included.length).filter((i) => included[i]),
  )
  const y = Int32Array.from([...(data.y.data as Float64Array), ...(taken.y.data as Int32Array)])
  return { x: joined(data.x, taken.x), y: tensor(y, [y.length], 'int32') }
}

type Maker = (data: Dataset, count: number, classes: number, source: Random) => Dataset

const makers: Readonly<Record<CanaryKind, Maker>> = {
  extreme({ x }, count, classes, source) {
    const { low, high } = rangesOf(x)
    const width = low.length
    const made = new (arrayOf(x.dtype))(count * width) as Float64Array
    for (let i = 0; i < made.length; i++) made[i] = (source.uniform() < 0.5 ? low : high)[i % width]!
    const labels = Int32Array.from({ length: count }, () => source.below(classes))
    return { x: tensor(made, [count, ...x.shape.slice(1)], x.dtype), y: tensor(labels, [count], 'int32') }
  },
  lone({ x }, count, classes, source) {
    const { low, high } = rangesOf(x)
    const width = low.length
    const ground = low.map((value, j) => Math.min(Math.max(0, value), high[j]!))
    const use = new Float64Array(width)
    ;(x.data as Float64Array).forEach((value, i) => {
      use[i % width]! += Math.abs(value - ground[i % width]!)
    })
    // Half of the classes share a column: what is learned of one class there hardly touches the others.
    const columns = shuffle(upTo(width), source)
      .sort((a, b) => use[a]! - use[b]!)
      .subarray(0, Math.ceil((2 * count) / classes))
    const largest = high.reduce((most, value) => Math.max(most, value))
    const made = new (arrayOf(x.dtype))(count * width) as Float64Array
    const first = Array.from(columns, () => source.below(classes))
    const labels = upTo(count)
    for (let i = 0; i < count; i++) {
      const place = i % columns.length
      made.set(ground, i * width)
      made[i * width + columns[place]!] = largest
      labels[i] = (first[place]! + Math.floor(i / columns.length)) % classes
    }
    return { x: tensor(made, [count, ...x.shape.slice(1)], x.dtype), y: tensor(labels, [count], 'int32') }
  },
  mislabelled,
}

/** The least and the largest number of each column. */
function rangesOf(x: Tensor): { readonly low: Float64Array; readonly high: Float64Array } {
  const width = sizeOf(x.shape.slice(1))
  const low = new Float64Array(width).fill(Number.POSITIVE_INFINITY)
  const high = new Float64Array(width).fill(Number.NEGATIVE_INFINITY)
  ;(x.data as Float64Array).forEach((value, i) => {
    const column = i % width
    low[column] = Math.min(low[column]!, value)
    high[column] = Math.max(high[column]!, value)
  })
  return { low, high }
}

function mislabelled(data: Dataset, count: number, classes: number, source: Random): Dataset {
  const all = data.y.shape[0]!
  const { x, y } = takeRows(
    data,
    Int32Array.from({ length: count }, () => source.below(all)),
  )
  const labels = Int32Array.from(
    y.data as Float64Array,
    (label) => (label + 1 + source.below(classes - 1)) % classes,
  )
  return { x, y: tensor(labels, [count], 'int32') }
}

function joined(a: Tensor, b: Tensor): Tensor {
  const data = new (a.data.constructor as new (length: number) => TensorData)(a.data.length + b.data.length)
  ;(data as Float64Array).set(a.data as Float64Array)
  ;(data as Float64Array).set(b.data as Float64Array, a.data.length)
  return tensor(data as Float64Array, [a.shape[0]! + b.shape[0]!, ...a.shape.slice(1)], a.dtype)
}
