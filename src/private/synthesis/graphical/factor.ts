// Tables of numbers over some of the columns: the arithmetic under counts, beliefs and samples.
// Source: Koller and Friedman 2009, 4.2 (factors, in mixed radix: the last column varies fastest).
// Places of columns are ascending in every list here; that is what makes two maps of one table agree.

/** How many codes each column of the table has. */
export type Sizes = readonly number[]

/** How many cells a table over these columns has. */
export const cellsOf = (columns: readonly number[], sizes: Sizes): number =>
  columns.reduce((cells, column) => cells * sizes[column]!, 1)

/**
 * Where each cell of a table over `columns` falls in the table over `part` of them.
 * @returns [cells of `columns`] places in the smaller table.
 */
export function projection(columns: readonly number[], part: readonly number[], sizes: Sizes): Int32Array {
  const strides = new Map<number, number>()
  let stride = 1
  for (const column of part.toReversed()) {
    strides.set(column, stride)
    stride *= sizes[column]!
  }
  let map = new Int32Array(1)
  for (const column of columns) {
    const size = sizes[column]!
    const step = strides.get(column) ?? 0
    const longer = new Int32Array(map.length * size)
    for (let i = 0, to = 0; i < map.length; i++)
      for (let code = 0; code < size; code++) longer[to++] = map[i]! + code * step
    map = longer
  }
  return map
}

/** Sums cells that fall on one place. @param length how many places there are */
export function gathered(values: Float64Array, map: Int32Array, length: number): Float64Array {
  const sums = new Float64Array(length)
  for (let i = 0; i < values.length; i++) sums[map[i]!]! += values[i]!
  return sums
}

/** The table over `part` of the columns. */
export const marginal = (
  values: Float64Array,
  columns: readonly number[],
  part: readonly number[],
  sizes: Sizes,
): Float64Array => gathered(values, projection(columns, part, sizes), cellsOf(part, sizes))

/** The sum of all cells. */
export function total(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}

/** Columns of both lists, ascending. */
export const union = (a: readonly number[], b: readonly number[]): number[] =>
  [...new Set([...a, ...b])].sort((x, y) => x - y)

/** Whether all of `part` are in `whole`. */
export const within = (part: readonly number[], whole: readonly number[]): boolean =>
  part.every((column) => whole.includes(column))
