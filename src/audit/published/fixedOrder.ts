// Rows in an order of their own, whatever order a file has them in: what is drawn by a seed then falls on the same people.
// Source: ours; a published table is shuffled anew by each run, and a verdict must not be a matter of that.
// Rows that are equal in every column stay interchangeable: nothing tells them apart.

import type { CodedTable, CodedTableColumn } from '../../protect/tables/codedTable.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'

/** A table whose rows ascend by their texts, column by column. */
export interface OrderedTable {
  /** As given, each dictionary ascending. */
  readonly given: CodedTable
  readonly sorted: CodedTable
  /** [rows] where each row of `given` stands in `sorted`. */
  readonly place: Uint32Array
}

/** Sorts the rows of a table by its columns in their order: a counting sort a column, from the last. */
export function inFixedOrder(table: CodedTable): OrderedTable {
  const columns = table.columns.map(ascending)
  let order = Uint32Array.from({ length: table.rows }, (_, i) => i)
  for (const { codes, values } of [...columns].reverse()) {
    const next = new Uint32Array(values.length + 1)
    for (let i = 0; i < table.rows; i++) next[codes[i]! + 1]!++
    for (let v = 0; v < values.length; v++) next[v + 1]! += next[v]!
    const moved = new Uint32Array(table.rows)
    for (const row of order) moved[next[codes[row]!]!++] = row
    order = moved
  }
  const place = new Uint32Array(table.rows)
  order.forEach((row, at) => {
    place[row] = at
  })
  const sorted = columns.map((column) => ({ ...column, codes: taken(column.codes, order) }))
  return { given: { rows: table.rows, columns }, sorted: { rows: table.rows, columns: sorted }, place }
}

/**
 * The rows in an order that is drawn by a seed, the same whatever order they were in: sorted rows favour the first where several
 * are as near.
 */
export function inSeededOrder(table: CodedTable, seed: number, name: string): CodedTable {
  const { sorted } = inFixedOrder(table)
  const source = seededStream(seed, `order of ${name}`)
  const order = shuffle(upTo(table.rows), source)
  return {
    rows: table.rows,
    columns: sorted.columns.map((column) => ({ ...column, codes: taken(column.codes, order) })),
  }
}

/** [rows] what stands at these places. */
export function taken(from: ArrayLike<number>, places: Uint32Array | Int32Array): Uint32Array {
  const there = new Uint32Array(places.length)
  for (let i = 0; i < places.length; i++) there[i] = from[places[i]!]!
  return there
}

/** A column whose dictionary ascends by code units. */
function ascending(column: CodedTableColumn): CodedTableColumn {
  const { values, codes } = column
  if (values.every((value, v) => v === 0 || values[v - 1]! < value)) return column
  const order = Array.from(values.keys()).sort((a, b) =>
    values[a]! < values[b]! ? -1 : Number(values[a]! > values[b]!),
  )
  const places = new Uint32Array(values.length)
  order.forEach((code, at) => {
    places[code] = at
  })
  return {
    ...column,
    values: order.map((code) => values[code]!),
    codes: taken(places, Uint32Array.from(codes)),
  }
}
