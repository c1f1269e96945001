// The rows that a code pane learns from, and their way into stacked batches: shuffled, pictures moved by some pixels.
// Source: LeCun et al. 1998 (translations of digits).
// Nothing is allocated in a step; every draw is of (seed, use, epoch).

import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor } from '../../graph/index.ts'
import { arrayOf } from '../../graph/tensor.ts'
import type { Random } from '../../random/seeded.ts'

/** Rows with their labels. */
export interface CodeRows {
  /** uint8 [rows, channels, height, width], or float32 [rows, features] of about unit size. */
  readonly x: Tensor
  /** Label of each row, 0 … labels − 1. */
  readonly labels: Int32Array
}

/** @throws FrostglassError `shape`, `input` for rows that do not fit together */
export function requireRows({ x, labels }: CodeRows, classes: number): void {
  const rows = x.shape[0] ?? 0
  const images = x.shape.length === 4 && x.dtype === 'uint8'
  if (!images && !(x.shape.length === 2 && x.dtype === 'float32')) {
    throw new FrostglassError(
      'shape',
      `the rows are ${x.dtype} [${x.shape}]`,
      'Give images as uint8 [rows, channels, height, width], or features as float32 [rows, features].',
    )
  }
  if (labels.length !== rows) {
    throw new FrostglassError('shape', `there are ${rows} rows, but ${labels.length} labels`)
  }
  requireClasses('label', labels, classes)
  const wrong = images ? -1 : (x.data as Float32Array).findIndex((v) => !Number.isFinite(v))
  if (wrong >= 0) {
    const width = sizeOf(x.shape.slice(1))
    throw new FrostglassError(
      'input',
      `row ${Math.floor(wrong / width)}, feature ${wrong % width} is ${x.data[wrong]}, not a finite number`,
      'Fill or drop missing values before training.',
    )
  }
}

/** @throws FrostglassError `input` for a number that is no class */
export function requireClasses(what: string, of: Int32Array, classes: number): void {
  const wrong = of.findIndex((value) => value < 0 || value >= classes)
  if (wrong < 0) return
  throw new FrostglassError(
    'input',
    `row ${wrong} has the ${what} ${of[wrong]}`,
    `Number them from 0 to ${classes - 1}.`,
  )
}

/** Some rows, copied. */
export const takeCodeRows = ({ x, labels }: CodeRows, rows: Int32Array): CodeRows => ({
  x: takeRows(x, rows),
  labels: Int32Array.from(rows, (row) => labels[row]!),
})

/** Some rows of a tensor of bytes or floats, copied. */
export function takeRows(x: Tensor, rows: Int32Array): Tensor {
  const width = sizeOf(x.shape.slice(1))
  const from = x.data as Float64Array
  const data = new (arrayOf(x.dtype))(rows.length * width) as Float64Array
  rows.forEach((row, i) => void data.set(from.subarray(row * width, (row + 1) * width), i * width))
  return { dtype: x.dtype, shape: [rows.length, ...x.shape.slice(1)], data }
}

/**
 * Copies rows into a stack of batches.
 * @param shift pixels by which a picture is moved at most, each way; what comes in is 0
 */
export function fillRows(
  { x }: CodeRows,
  order: Int32Array,
  start: number,
  into: Uint8Array | Float32Array,
  shift: number,
  random: Random,
): void {
  const width = sizeOf(x.shape.slice(1))
  const from = x.data as Uint8Array
  const moved = shift > 0 && x.shape.length === 4
  for (let i = 0; i * width < into.length; i++) {
    const at = order[start + i]! * width
    const source = from.subarray(at, at + width)
    const target = into.subarray(i * width, (i + 1) * width)
    if (!moved) target.set(source)
    else {
      const down = random.below(2 * shift + 1) - shift
      const right = random.below(2 * shift + 1) - shift
      movePlanes(source, target as Uint8Array, x.shape.slice(1) as [number, number, number], down, right)
    }
  }
}

function movePlanes(
  from: Uint8Array,
  into: Uint8Array,
  [channels, height, width]: readonly [number, number, number],
  down: number,
  right: number,
): void {
  into.fill(0)
  for (let channel = 0; channel < channels; channel++) {
    for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
      const line = (channel * height + y - down) * width
      const to = (channel * height + y) * width
      into.set(
        from.subarray(line + Math.max(0, -right), line + width - Math.max(0, right)),
        to + Math.max(0, right),
      )
    }
  }
}

/** One-hot rows of the classes of some rows. */
export function fillOneHot(
  of: Int32Array,
  order: Int32Array,
  start: number,
  into: Float32Array,
  classes: number,
) {
  into.fill(0)
  for (let i = 0; i * classes < into.length; i++) into[i * classes + of[order[start + i]!]!] = 1
}
