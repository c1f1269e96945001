// What every benchmark is: rows, what is asked of each, what is to stay hidden, and the four parts that rows are in.
// Source: src/protect/certified/splitUnits.ts for the parts, of which calibration is sealed.
// Numbers are put on one scale by the training rows alone: what calibration rows look like plays no part.

import type { Labels } from '../../src/data/index.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import type { UnitSplit } from '../../src/protect/certified/splitUnits.ts'

/** Rows with what is asked and what is hidden. */
export interface Records {
  /** [rows, …] */
  readonly x: Tensor
  readonly label: Labels
  /** What is to stay hidden, by name. */
  readonly attributes: Readonly<Record<string, Labels>>
  readonly split: UnitSplit
}

/** Class numbers by name, in the order of `names`. @throws RangeError for a text that is none of them */
export function labelsOf(texts: readonly string[], names: readonly string[]): Labels {
  const code = new Map(names.map((name, i) => [name, i]))
  return {
    names,
    of: Int32Array.from(texts, (text) => {
      const found = code.get(text)
      if (found === undefined) throw new RangeError(`${text} is none of ${names.join(', ')}`)
      return found
    }),
  }
}

/** Distinct texts in the order of their code units. */
export const namesOf = (texts: readonly string[]): string[] => [...new Set(texts)].sort()

/**
 * Columns side by side as float32 [rows, columns]: mean 0 and deviation 1 on the training rows, where they differ there.
 */
export function standardised(columns: readonly Float64Array[], train: Int32Array): Tensor {
  const rows = columns[0]!.length
  const data = new Float32Array(rows * columns.length)
  columns.forEach((column, j) => {
    let [sum, squares] = [0, 0]
    for (const row of train) sum += column[row]!
    const mean = sum / train.length
    for (const row of train) squares += (column[row]! - mean) ** 2
    const deviation = Math.sqrt(squares / train.length) || 1
    for (let row = 0; row < rows; row++) data[row * columns.length + j] = (column[row]! - mean) / deviation
  })
  return tensor(data, [rows, columns.length])
}

/** Some rows of a tensor (copied), in the order of `rows`. */
export function rowsOf(x: Tensor, rows: Int32Array): Tensor {
  const width = x.data.length / x.shape[0]!
  const data =
    x.dtype === 'uint8' ? new Uint8Array(rows.length * width) : new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    const from = x.data.subarray(row * width, (row + 1) * width) as Float32Array
    data.set(from, i * width)
  })
  return tensor(data, [rows.length, ...x.shape.slice(1)], x.dtype)
}

/** Entries of some rows. */
export const take = (of: Int32Array, rows: Int32Array): Int32Array => Int32Array.from(rows, (row) => of[row]!)
