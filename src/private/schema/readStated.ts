// A table read under a stated schema: every row becomes inputs and a target of the stated shape, whatever stands in it.
// Source: PROOF.md. Row i of the answer depends on row i of the file and on what is public, and on nothing else.
// It holds all rows in memory; the file's number of rows is told.

import { defaultNullText, type SourceOptions } from '../../data/source.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { type Cell, numberReader, placeReader, textOf } from './cell.ts'
import { openRows } from './rows.ts'
import type { StatedColumn, Task } from './schema.ts'

/** How to read. */
export interface ReadStatedOptions extends SourceOptions {
  /** The column that says whose each row is. */
  readonly unit?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rows to learn from. */
export interface StatedRows {
  readonly rows: number
  /** Numbers of an input, and of a target. */
  readonly width: number
  readonly outputs: number
  /** [rows, width] in [−1, 1]: numbers by their bounds; a category as one 1, or none where its value is not stated. */
  readonly x: Float64Array
  /** [rows, outputs] in [−1, 1]: a class as one 1, or none; a number by its bounds. */
  readonly y: Float64Array
  /** With `unit`: whose each row is, 0 … count − 1, or −1 where it says nobody's. */
  readonly people?: { readonly of: Int32Array; readonly count: number } | undefined
  /** Columns that were left aside, as far as the file names them before its rows. */
  readonly ignored: readonly string[]
}

/** Numbers that these columns make: one of a number, one of each value of a category. */
export const widthOf = (columns: readonly StatedColumn[]): number =>
  columns.reduce((sum, column) => sum + (column.kind === 'number' ? 1 : column.values.length), 0)

/** Writes a row's cells, in the order of the columns, as numbers from a place on; the array is zero there. */
export function rowWriter(columns: readonly StatedColumn[], nullText: readonly string[] = defaultNullText) {
  const missing = new Set(nullText.map((text) => text.trim()))
  let at = 0
  const writers = columns.map((column) => {
    const from = at
    if (column.kind === 'number') {
      at += 1
      const read = numberReader(column, missing)
      return (cell: Cell, into: Float64Array, start: number) => {
        into[start + from] = read(cell)
      }
    }
    at += column.values.length
    const place = placeReader(column)
    return (cell: Cell, into: Float64Array, start: number) => {
      const found = place(cell)
      if (found >= 0) into[start + from + found] = 1
    }
  })
  return (cells: readonly Cell[], into: Float64Array, start: number): void => {
    for (let j = 0; j < writers.length; j++) writers[j]?.(cells[j], into, start)
  }
}

/**
 * Reads a table file.
 * @throws FrostglassError `input`, `io`: of what is public about the file; `usage` for a unit that is learned from; `aborted`
 */
export async function readStated(
  path: string,
  { columns, label }: Task,
  { unit, signal, header, nullText, delimiter }: ReadStatedOptions = {},
): Promise<StatedRows> {
  const used = [...columns, label]
  if (unit !== undefined && used.some((column) => column.name === unit))
    throw new FrostglassError(
      'usage',
      `${unit} says whose each row is: it cannot be learned from as well`,
      'Leave it out of the columns that are stated, or name those to learn from (--columns).',
    )
  const source = await openRows(path, {
    names: [...used.map((column) => column.name), ...(unit === undefined ? [] : [unit])],
    numbers: [...used.map((column) => column.kind === 'number'), ...(unit === undefined ? [] : [false])],
    header,
    delimiter,
  })
  const width = widthOf(columns)
  const outputs = widthOf([label])
  const write = rowWriter(used, nullText)
  const numbers = new Map<string, number>()
  const missing = new Set((nullText ?? defaultNullText).map((text) => text.trim()))
  const parts: Float64Array[] = []
  const owners: number[] = []
  let rows = 0
  for await (const batch of source.batches()) {
    throwIfAborted(signal)
    const part = new Float64Array(batch.length * (width + outputs))
    batch.forEach((cells, i) => {
      write(cells, part, i * (width + outputs))
      if (unit === undefined) return
      const who = textOf(cells[used.length])
      if (who === undefined || missing.has(who)) {
        owners.push(-1)
        return
      }
      if (!numbers.has(who)) numbers.set(who, numbers.size)
      owners.push(numbers.get(who)!)
    })
    parts.push(part)
    rows += batch.length
  }
  if (rows === 0) throw new FrostglassError('input', `${path} has no rows`, 'Give 10 rows or more.')
  const x = new Float64Array(rows * width)
  const y = new Float64Array(rows * outputs)
  let row = 0
  for (const part of parts)
    for (let from = 0; from < part.length; from += width + outputs, row++) {
      x.set(part.subarray(from, from + width), row * width)
      y.set(part.subarray(from + width, from + width + outputs), row * outputs)
    }
  return {
    rows,
    width,
    outputs,
    x,
    y,
    ignored: source.ignored,
    people: unit === undefined ? undefined : { of: Int32Array.from(owners), count: numbers.size },
  }
}
