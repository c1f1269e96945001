// Rows that are equal in some columns: which class each is in, refined column by column.
// Source: partition refinement; docs/architecture.md#the-audit. One pass over the rows a column, whatever the order of rows.
// It compares codes: columns of two tables are brought to one dictionary first (sharedColumns).

import { FrostglassError, printable } from '../../../errors.ts'
import type { Turn } from '../../../learn/pauses.ts'
import type { CodedTable, CodedTableColumn, ColumnCodes } from '../../../protect/tables/codedTable.ts'

/** A partition of rows into classes. */
export interface Partition {
  readonly count: number
  /** [rows] class of each, 0 … count − 1, numbered by first appearance. */
  readonly classOf: Uint32Array
}

/** As many cells as a table by parent and code may have before classes are found by hashing. */
const mostCells = 1 << 22

/** Every row in one class. */
export const wholePartition = (rows: number): Partition => ({
  count: rows > 0 ? 1 : 0,
  classOf: new Uint32Array(rows),
})

/** The classes of a partition split by one more column. @param values how many codes the column may have */
export function refined(parent: Partition, codes: ColumnCodes, values: number): Partition {
  const rows = parent.classOf.length
  const classOf = new Uint32Array(rows)
  const cells = parent.count * values
  const find = cells <= mostCells ? directFinder(cells) : hashFinder(rows)
  let count = 0
  for (let i = 0; i < rows; i++) {
    const found = find(parent.classOf[i]! * values + codes[i]!, count)
    if (found === count) count++
    classOf[i] = found
  }
  return { count, classOf }
}

/** Finds the number of a key, or gives it the next. */
type Finder = (key: number, next: number) => number

function directFinder(cells: number): Finder {
  const numbers = new Uint32Array(cells)
  return (key, next) => {
    const found = numbers[key]!
    if (found > 0) return found - 1
    numbers[key] = next + 1
    return next
  }
}

/** Open addressing over keys below 2^53. */
function hashFinder(rows: number): Finder {
  let bits = 4
  while (1 << bits < 2 * rows) bits++
  const [size, shift] = [1 << bits, 32 - bits]
  const keys = new Float64Array(size).fill(-1)
  const numbers = new Uint32Array(size)
  return (key, next) => {
    const mixed = Math.imul(key >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(key / 2 ** 32), 0x85ebca6b)
    let at = Math.imul(mixed, 0x9e3779b1) >>> shift
    while (keys[at] !== -1 && keys[at] !== key) at = (at + 1) & (size - 1)
    if (keys[at] === key) return numbers[at]!
    keys[at] = key
    numbers[at] = next
    return next
  }
}

/** Classes of rows that are equal in all of these columns; others have a turn before each column. @throws FrostglassError `aborted` */
export async function partitionBy(
  rows: number,
  columns: readonly CodedTableColumn[],
  turn: Turn,
): Promise<Partition> {
  let partition = wholePartition(rows)
  for (const { codes, values } of columns) {
    await turn()
    partition = refined(partition, codes, values.length)
  }
  return partition
}

/** [classes] rows in each. @param weights [rows] how many rows each stands for; 1 if absent */
export function classSizes({ count, classOf }: Partition, weights?: Float64Array): Float64Array {
  const sizes = new Float64Array(count)
  for (let i = 0; i < classOf.length; i++) sizes[classOf[i]!]! += weights ? weights[i]! : 1
  return sizes
}

/** The rows of each class in succession, in their order: those of class c stand from `start[c]` to `start[c + 1]`. */
export interface GroupedRows {
  readonly start: Uint32Array
  readonly rows: Uint32Array
}

/** Groups rows. @param classOf [rows] class of each; −1 for a row that is left out */
export function groupedRows(count: number, classOf: Uint32Array | Int32Array): GroupedRows {
  const start = new Uint32Array(count + 1)
  for (const c of classOf) if (c >= 0) start[c + 1]!++
  for (let c = 0; c < count; c++) start[c + 1]! += start[c]!
  const next = start.slice()
  const rows = new Uint32Array(start[count]!)
  for (let i = 0; i < classOf.length; i++) if (classOf[i]! >= 0) rows[next[classOf[i]!]!++] = i
  return { start, rows }
}

/** [classes] the first row of each. */
export function firstRows({ count, classOf }: Partition): Uint32Array {
  const first = new Uint32Array(count)
  for (let i = classOf.length - 1; i >= 0; i--) first[classOf[i]!] = i
  return first
}

/** A column of a table by its name. @throws FrostglassError `usage` that lists what there is */
export function columnOf(table: CodedTable, name: string, what: string): CodedTableColumn {
  const column = table.columns.find((c) => c.name === name)
  if (column) return column
  const there = table.columns.slice(0, 40).map((c) => `'${printable(c.name)}'`)
  if (table.columns.length > 40) there.push(`and ${table.columns.length - 40} more`)
  throw new FrostglassError(
    'usage',
    `${what} has no column '${printable(name)}', but ${there.join(', ')}`,
    'Name a column of its header.',
  )
}

/** A column of another table under this one's dictionary: what this one does not have comes behind it. */
export function underOneDictionary(
  column: CodedTableColumn,
  other: CodedTableColumn,
): { readonly values: readonly string[]; readonly codes: Uint32Array } {
  const places = new Map(column.values.map((value, code) => [value, code]))
  const values = [...column.values]
  const translated = other.values.map((value) => {
    const known = places.get(value)
    if (known !== undefined) return known
    values.push(value)
    return values.length - 1
  })
  return { values, codes: Uint32Array.from(other.codes, (code) => translated[code]!) }
}
