// One cell as what its column is stated to hold: a total function of the cell and of the statement, which never fails.
// Source: PROOF.md, lemma 2. Whatever a cell holds, the answer is a finite number in the range that the statement gives.
// It does not say what a cell was: one that is clamped, unknown or missing leaves no other trace.

import type { StatedCategory, StatedNumber } from './schema.ts'

/** A cell as a reader finds it; undefined where a row has none. */
export type Cell = unknown

// No part of it can match the same digits in two ways, so its time is linear in the cell's length.
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const infinite = /^([+-]?)inf(?:inity)?$/i

/** A cell as a number, perhaps infinite; undefined where it is none. */
export function numberOf(cell: Cell, nullText: ReadonlySet<string>): number | undefined {
  if (typeof cell === 'boolean') return Number(cell)
  if (typeof cell === 'number') return Number.isNaN(cell) ? undefined : cell
  if (typeof cell !== 'string') return undefined
  const text = cell.trim()
  if (nullText.has(text)) return undefined
  if (decimal.test(text)) return Number(text)
  const [, sign] = infinite.exec(text) ?? []
  return sign === undefined ? undefined : sign === '-' ? -Infinity : Infinity
}

/** A cell as text without spaces around it; undefined where it is none. */
export function textOf(cell: Cell): string | undefined {
  if (typeof cell === 'string') return cell.trim()
  return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : undefined
}

/** How numbers of a column become inputs: its bounds become −1 and 1. */
export function scaleOf({ bounds: [lower, upper], missing }: StatedNumber) {
  // Halves first: the difference of two finite numbers may be infinite.
  const middle = lower / 2 + upper / 2
  return { middle, half: upper / 2 - lower / 2, missing: missing ?? middle }
}

/** Cells of a column of numbers, as numbers in [−1, 1]. */
export function numberReader(column: StatedNumber, nullText: ReadonlySet<string>): (cell: Cell) => number {
  const { middle, half, missing } = scaleOf(column)
  const [lower, upper] = column.bounds
  return (cell) => {
    const number = Math.min(Math.max(numberOf(cell, nullText) ?? missing, lower), upper)
    // Rounding may lead beyond 1 by an ulp.
    return Math.min(Math.max((number - middle) / half, -1), 1)
  }
}

/** Cells of a column of texts, as places in the stated values; −1 for any other cell. */
export function placeReader({ values }: StatedCategory): (cell: Cell) => number {
  const places = new Map(values.map((value, i) => [value, i]))
  return (cell) => {
    const text = textOf(cell)
    if (text === undefined) return -1
    // 1.0 is 1, as it is where a file of floating point holds whole numbers; a text that is stated as it stands comes first.
    return places.get(text) ?? (decimal.test(text) ? places.get(String(Number(text))) : undefined) ?? -1
  }
}
