// Columns of a table as a model's inputs: numbers as they are, a category as one column for each, standardised.
// Source: LeCun et al., Efficient BackProp (1998), section 4.3: inputs of mean 0 and deviation 1.
// Statistics come from the training part alone.

import type { ColumnSchema } from '../../data/index.ts'
import type { Graph } from '../../graph/contract.ts'
import { add, cast, clip, constant, div, graph, input, mul, sub, substitute } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'

/** Number of inputs that these columns make. */
export function featureCount(columns: readonly ColumnSchema[]): number {
  return columns.reduce((n, c) => n + (c.kind === 'numeric' ? 1 : c.categories.length), 0)
}

/** Rows as inputs, row-major `[rows, featureCount]`. @param values one array a column: numbers or category codes. */
export function featuresOf(
  columns: readonly ColumnSchema[],
  values: readonly ArrayLike<number>[],
  rows: number,
): Float64Array {
  const width = featureCount(columns)
  const out = new Float64Array(rows * width)
  let at = 0
  columns.forEach((column, j) => {
    const from = values[j]!
    if (column.kind === 'numeric') {
      for (let r = 0; r < rows; r++) out[r * width + at] = from[r]!
      at += 1
    } else {
      for (let r = 0; r < rows; r++) out[r * width + at + from[r]!] = 1
      at += column.categories.length
    }
  })
  return out
}

/** Mean and standard deviation of each input; a constant input has deviation 1. */
export interface Standard {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

/** Statistics of some rows of a row-major matrix. */
export function standardOf(x: Float64Array, width: number, rows: Int32Array): Standard {
  const mean = new Float64Array(width)
  const deviation = new Float64Array(width)
  for (const r of rows) for (let j = 0; j < width; j++) mean[j] = mean[j]! + x[r * width + j]! / rows.length
  for (const r of rows) {
    for (let j = 0; j < width; j++)
      deviation[j] = deviation[j]! + (x[r * width + j]! - mean[j]!) ** 2 / rows.length
  }
  for (let j = 0; j < width; j++) deviation[j] = Math.sqrt(deviation[j]!) || 1
  return { mean, deviation }
}

/** The matrix, standardised (a copy). */
export function standardise(x: Float64Array, { mean, deviation }: Standard): Float64Array {
  const width = mean.length
  return x.map((v, i) => (v - mean[i % width]!) / deviation[i % width]!)
}

/**
 * The same model with standardising put before it, and undone behind it where it answers numbers. Its input `input` is
 * then float64 `[N, width]`, as tables are, so that a column of large numbers with a small spread keeps its digits.
 * @param target what the answers were standardised by; left out when that changes nothing.
 * @param held whether standardised inputs are held to −1 … 1.
 */
export function withStandard(
  model: Graph,
  { mean, deviation }: Standard,
  target: { readonly mean: number; readonly deviation: number },
  held = false,
): Graph {
  const width = mean.length
  const old = model.inputs[0]!
  const x = input('input', ['N', width], 'float64')
  const centred = sub(x, constant(mean, [width], 'float64'))
  const free = cast(div(centred, constant(deviation, [width], 'float64')), old.dtype)
  const scaled = held ? clip(free, -1, 1) : free
  const names = Object.keys(model.outputs)
  const same = target.mean === 0 && target.deviation === 1
  const outputs = substitute(Object.values(model.outputs), new Map([[old, scaled]])).map((y) => {
    if (same) return y
    const wide = cast(y, 'float64')
    return add(mul(wide, scalarLike(wide, target.deviation)), scalarLike(wide, target.mean))
  })
  return graph({ inputs: [x], outputs: Object.fromEntries(names.map((name, i) => [name, outputs[i]!])) })
}
