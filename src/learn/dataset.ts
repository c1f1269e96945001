// Rows to learn from: inputs and targets as typed arrays with shapes, and their way into batches.
// Source: the borders that STYLE asks for (typed arrays with a shape, no silent copies).
// A batch is gathered into arrays that are reused, so an epoch allocates nothing of the size of its data.

import { FrostglassError } from '../errors.ts'
import { sizeOf, type Tensor, tensor } from '../graph/index.ts'
import { isCoded } from '../graph/narrow.ts'
import { arrayOf } from '../graph/tensor.ts'
import type { Loss } from './losses.ts'
import type { Model } from './model.ts'

/**
 * Rows: `x` [rows, …input], of any number type (bytes stay bytes until they are in the graph); `y` [rows, …output], or [rows] of class numbers 0 … classes − 1 for a classifier, or
 * [rows] of numbers for a model with one output.
 */
export interface Dataset {
  readonly x: Tensor
  readonly y: Tensor
}

/** Copies rows of a tensor from one array into another. Two-dimensional in effect: rows of `width` numbers. */
export interface Rows {
  readonly count: number
  readonly width: number
  /** Copies `count` rows, the numbers of which stand in `order` from `start` on. Allocates nothing for narrow rows. */
  gather(
    order: Int32Array,
    start: number,
    count: number,
    into: Float64Array | Float32Array | Uint8Array,
  ): void
}

/** A data set that fits a model and a loss. */
export interface Prepared {
  readonly rows: number
  /** Whether inputs are bytes. */
  readonly pixels: boolean
  readonly x: Rows
  readonly y: Rows
  /** What accuracy compares with: class numbers, or 0 and 1 for each output; undefined for numbers. */
  readonly answers: ArrayLike<number> | undefined
  /** Where faults were let through: 1 for a row of finite numbers whose label is a class, else 0. */
  readonly sound?: Uint8Array | undefined
}

/** Some rows as a data set of their own (copied). */
export function takeRows(data: Dataset, rows: Int32Array): Dataset {
  return { x: take(data.x, rows), y: take(data.y, rows) }
}

function take(t: Tensor, rows: Int32Array): Tensor {
  const width = sizeOf(t.shape.slice(1))
  const data = new (arrayOf(t.dtype))(rows.length * width) as Float64Array
  const from = t.data as Float64Array
  rows.forEach((row, i) => void data.set(from.subarray(row * width, (row + 1) * width), i * width))
  return tensor(data, [rows.length, ...t.shape.slice(1)], t.dtype)
}

/**
 * Checks a data set against a model.
 * @param options.tolerant notes rows with numbers that are not finite, or a label that is no class, instead of refusing them:
 * for private training, where a message about one row would tell of it. Such a label's target is zeros.
 * @throws FrostglassError `shape` when rows or sizes differ, and unless `tolerant` `input` for a label that is not a class or
 * no number; messages name the row
 */
export function prepare(
  data: Dataset,
  model: Model,
  loss: Loss,
  { tolerant = false }: { tolerant?: boolean | undefined } = {},
): Prepared {
  const rows = data.x.shape[0] ?? 0
  if (rows === 0) throw new FrostglassError('input', 'the data set has no rows', 'Give at least one.')
  if (data.y.shape[0] !== rows) {
    throw new FrostglassError('shape', `there are ${rows} rows of inputs, but ${data.y.shape[0]} of targets`)
  }
  requireShape('inputs', data.x.shape, model.input)
  const x = rowsOf(data.x)
  if (tolerant)
    return { ...prepared(data, model, loss, x, true), sound: soundRows(data, model, loss, x.width) }
  refuseMissing('input', x, data.x)
  return prepared(data, model, loss, x, false)
}

function prepared(data: Dataset, model: Model, loss: Loss, x: Rows, tolerant: boolean): Prepared {
  const rows = x.count
  const outputs = sizeOf(model.output)
  const pixels = data.x.dtype === 'uint8'
  if (loss.answers === 'one' && data.y.shape.length === 1) {
    const labels = classNumbers(data.y, outputs, tolerant)
    return { rows, pixels, x, y: oneHot(labels, outputs), answers: labels }
  }
  if (!(data.y.shape.length === 1 && outputs === 1)) requireShape('targets', data.y.shape, model.output)
  const y = rowsOf(data.y)
  if (!tolerant) refuseMissing('target', y, data.y)
  if (loss.answers === 'numbers') return { rows, pixels, x, y, answers: undefined }
  const values = Array.from(data.y.data, Number)
  if (loss.answers === 'binary') return { rows, pixels, x, y, answers: values.map((v) => (v > 0.5 ? 1 : 0)) }
  const answers = Int32Array.from({ length: rows }, (_, row) => {
    let best = 0
    for (let j = 1; j < outputs; j++) if (values[row * outputs + j]! > values[row * outputs + best]!) best = j
    return best
  })
  return { rows, pixels, x, y, answers }
}

function requireShape(what: string, shape: readonly number[], row: readonly number[]): void {
  const found = shape.slice(1)
  if (found.length === row.length && found.every((d, i) => d === row[i])) return
  throw new FrostglassError(
    'shape',
    `a row of the ${what} has shape [${found}], but the model has [${row}]`,
    `Give the ${what} the shape [rows, ${row.join(', ')}].`,
  )
}

function refuseMissing(what: string, rows: Rows, t: Tensor): void {
  if (!(t.data instanceof Float32Array || t.data instanceof Float64Array)) return
  const at = t.data.findIndex((v: number) => !Number.isFinite(v))
  if (at < 0) return
  throw new FrostglassError(
    'input',
    `row ${Math.floor(at / rows.width)}, ${what} ${at % rows.width} is ${t.data[at]}, not a finite number`,
    'Fill or drop missing values before training.',
  )
}

function classNumbers(y: Tensor, classes: number, tolerant: boolean): Int32Array {
  const labels = Int32Array.from(y.data as ArrayLike<number | bigint>, Number)
  labels.forEach((label, row) => {
    if (label >= 0 && label < classes && label === Number(y.data[row])) return
    if (tolerant) {
      labels[row] = noClass
      return
    }
    throw new FrostglassError(
      'input',
      `row ${row} has the label ${y.data[row]}`,
      `Give labels as whole numbers from 0 to ${classes - 1}, since the model has ${classes} outputs.`,
    )
  })
  return labels
}

/** Stands for a label that is no class. */
const noClass = -1

/** Which rows are finite numbers throughout, with a label that is a class. */
function soundRows({ x, y }: Dataset, model: Model, loss: Loss, width: number): Uint8Array {
  const sound = new Uint8Array(x.shape[0]!).fill(1)
  noteMissing(sound, x, width)
  if (loss.answers === 'one' && y.shape.length === 1) {
    classNumbers(y, sizeOf(model.output), true).forEach((label, row) => {
      if (label === noClass) sound[row] = 0
    })
  } else noteMissing(sound, y, sizeOf(y.shape.slice(1)))
  return sound
}

function noteMissing(sound: Uint8Array, { data }: Tensor, width: number): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) sound[Math.floor(i / width)] = 0
}

// Below this width a loop is faster than a subarray and a set.
const narrow = 32

function rowsOf(t: Tensor): Rows {
  const width = sizeOf(t.shape.slice(1))
  const { data } = t
  const count = t.shape[0]!
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array
  if (isWide || isCoded(t.dtype)) {
    throw new FrostglassError(
      'shape',
      `rows of ${isWide ? '64-bit integers' : t.dtype} cannot be learned from`,
      'Convert them to float32 or int32.',
    )
  }
  return {
    count,
    width,
    gather(order, start, count, into) {
      if (width <= narrow) {
        for (let i = 0, to = 0; i < count; i++) {
          const from = order[start + i]! * width
          for (let j = 0; j < width; j++) into[to++] = data[from + j]!
        }
        return
      }
      for (let i = 0; i < count; i++) {
        const from = order[start + i]! * width
        into.set(data.subarray(from, from + width), i * width)
      }
    },
  }
}

function oneHot(labels: Int32Array, classes: number): Rows {
  return {
    count: labels.length,
    width: classes,
    gather(order, start, count, into) {
      for (let i = 0; i < count * classes; i++) into[i] = 0
      for (let i = 0; i < count; i++) {
        const label = labels[order[start + i]!]!
        if (label !== noClass) into[i * classes + label] = 1
      }
    },
  }
}
