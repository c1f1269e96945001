// Stages 0 and 1: a table's columns as rows of a k × n matrix of features, and the affine map to [-0.5, 0.5].
// Source: SPG section 4.2 stage 1 (normalisation by minimum and maximum); one-hot or keyed ordinal categories.
// The features are not protected yet: they are what the layers are applied to.

import { FrostglassError } from '../../errors.ts'
import { stream } from '../../secret/index.ts'
import type { KeyColumn, KeyParameters } from './schema.ts'
import { type Compared, compareNumbers, type Lost, snapOf } from './snap.ts'

/** A table's columns in the key's order: numbers, or category codes that index the key's categories. */
export type Columns = readonly (Float64Array | Int32Array)[]

/** The most categories of one column, and the most features of a table, that one-hot encoding takes. */
export const oneHotLimits = { categories: 128, features: 1024 } as const

/**
 * How columns become features and back. Feature i is normalised as `(x - shift[i]) / width[i] - centre[i]`; a
 * constant feature has width 0 and is mapped to 0 whatever comes.
 */
export interface Attributes {
  readonly count: number
  readonly shift: Float64Array
  readonly width: Float64Array
  readonly centre: Float64Array
  /** Name of each feature for the owner: `area`, `workclass=Private`. Secret. */
  readonly names: readonly string[]
  /** Which column each feature comes from. */
  readonly columnOf: Int32Array
  /**
   * Writes a chunk's features into `out`, feature-major (`out[feature * rows + row]`), and adds to `outside[column]`
   * the values beyond the key's minimum and maximum.
   * @param firstRow number of the chunk's first row in its table, from 0, for messages.
   * @throws FrostglassError `input` for a number that is not finite and for a category that the key does not know.
   */
  expand(columns: Columns, rows: number, out: Float64Array, outside: Float64Array, firstRow: number): void
  /** The inverse: numbers as the decimals that they were, categories by the nearest code or the largest of their features. */
  collapse(features: Float64Array, rows: number): Columns
  /**
   * Compares restored features with the columns that they come from.
   * @param inexact of each column, counted up: numbers with more digits than come back, within what is allowed
   * @returns the first cell of a column that would come back as another value, if there is one
   */
  compare(columns: Columns, features: Float64Array, rows: number, inexact: Inexact): LostCell | undefined
}

/** Of each of a key's columns: how many numbers come back only nearly, and by how much they are off at most. */
export interface Inexact {
  readonly cells: Float64Array
  readonly error: Float64Array
}

/** A cell of a column that would not come back. */
export type LostCell = Lost & { readonly column: KeyColumn }

/**
 * @param error largest error of the round trip relative to a column's range, as the key has it; 0 before it is known
 * @throws FrostglassError `usage` when one-hot encoding would pass `oneHotLimits`, `input` for a range that
 * float64 cannot scale.
 */
export function attributesOf(
  columns: readonly KeyColumn[],
  encoding: KeyParameters['encoding'],
  secret: Uint8Array,
  error = 0,
): Attributes {
  const parts = columns.map((column, index): Part => {
    if (column.kind === 'numeric') return numericPart(column, error)
    if (encoding === 'one-hot') return oneHotPart(column)
    return ordinalPart(column, stream(secret, 'categories', index).permutation(column.categories.length))
  })
  let total = 0
  const starts = parts.map((part) => {
    total += part.names.length
    return total - part.names.length
  })
  const names = parts.flatMap((part) => part.names)
  if (encoding === 'one-hot' && names.length > oneHotLimits.features && names.length > columns.length) {
    throw new FrostglassError(
      'usage',
      `one-hot encoding makes ${names.length} features of ${columns.length} columns; at most ${oneHotLimits.features} are taken`,
      'Take the ordinal encoding (--encoding ordinal), give rare categories one (--rare), or leave out columns with many (--ignore).',
    )
  }
  return {
    count: names.length,
    shift: Float64Array.from(parts.flatMap((part) => part.names.map(() => part.shift))),
    width: Float64Array.from(parts.flatMap((part) => part.names.map(() => part.width))),
    centre: Float64Array.from(parts.flatMap((part) => part.names.map(() => (part.width === 0 ? 0 : 0.5)))),
    names,
    columnOf: Int32Array.from(parts.flatMap((part, i) => part.names.map(() => i))),
    expand(values, rows, out, outside, firstRow) {
      parts.forEach((part, i) => {
        const from = starts[i]! * rows
        const into = out.subarray(from, from + part.names.length * rows)
        outside[i] = outside[i]! + part.expand(values[i]!, rows, into, firstRow)
      })
    },
    collapse: (features, rows) =>
      parts.map((part, i) => {
        const from = starts[i]! * rows
        return part.collapse(features.subarray(from, from + part.names.length * rows), rows)
      }),
    compare(values, features, rows, inexact) {
      for (const [i, part] of parts.entries()) {
        const from = starts[i]! * rows
        const restored = features.subarray(from, from + part.names.length * rows)
        const found = part.compare(values[i]!, restored, rows)
        if (found.lost) return { ...found.lost, column: columns[i]! }
        inexact.cells[i] = inexact.cells[i]! + found.inexact
        inexact.error[i] = Math.max(inexact.error[i]!, found.error)
      }
      return undefined
    },
  }
}

/** One column's share of the features. `expand` answers how many values lie outside the key's range. */
interface Part {
  readonly names: readonly string[]
  readonly shift: number
  readonly width: number
  expand(values: Float64Array | Int32Array, rows: number, out: Float64Array, firstRow: number): number
  collapse(features: Float64Array, rows: number): Float64Array | Int32Array
  compare(values: Float64Array | Int32Array, features: Float64Array, rows: number): Compared
}

function numericPart(column: KeyColumn & { kind: 'numeric' }, error: number): Part {
  const { name, minimum, maximum } = column
  const width = maximum - minimum
  const snap = snapOf(column, error)
  if (!Number.isFinite(width) || (width > 0 && !Number.isFinite(1 / width))) {
    throw new FrostglassError(
      'input',
      `column '${name}' spans a range that float64 cannot scale`,
      'Give the column in another unit.',
    )
  }
  return {
    names: [name],
    shift: minimum,
    width,
    expand(values, rows, out, firstRow) {
      const numbers = values as Float64Array
      out.set(numbers)
      const outside = countOutside(numbers, rows, minimum, maximum)
      if (outside > 0) {
        const bad = numbers.findIndex((x) => !Number.isFinite(x))
        if (bad >= 0) throw notFinite(name, firstRow + bad, numbers[bad]!)
      }
      return outside
    },
    collapse(features, rows) {
      if (width === 0) return new Float64Array(rows).fill(minimum)
      return features.map(snap.restore)
    },
    compare: (values, features, rows) => compareNumbers(column, snap, values, features, rows),
  }
}

/**
 * How many values do not lie from `low` to `high`, NaN among them. The branch is never taken on the key's own data:
 * 1.3 ns a value, where sums of comparisons or Math.min took 4 to 15 once compiled.
 */
function countOutside(values: Float64Array, rows: number, low: number, high: number): number {
  let outside = 0
  for (let r = 0; r < rows; r++) {
    const x = values[r]!
    if (!(x >= low && x <= high)) outside++
  }
  return outside
}

function oneHotPart({ name, categories }: KeyColumn & { kind: 'categorical' }): Part {
  const count = categories.length
  if (count > oneHotLimits.categories) {
    throw new FrostglassError(
      'usage',
      `column '${name}' has ${count} categories; one-hot encoding takes at most ${oneHotLimits.categories}`,
      'Take the ordinal encoding (--encoding ordinal), give rare categories one (--rare), or leave the column out (--ignore; --id if it tells whose row it is).',
    )
  }
  return {
    names: categories.map((category) => `${name}=${category}`),
    shift: 0,
    width: 1,
    expand(codes, rows, out, firstRow) {
      out.fill(0)
      for (let r = 0; r < rows; r++) out[known(name, codes[r]!, count, firstRow + r) * rows + r] = 1
      return 0
    },
    collapse(features, rows) {
      const codes = new Int32Array(rows)
      for (let r = 0; r < rows; r++) {
        let best = 0
        for (let c = 1; c < count; c++) {
          if (features[c * rows + r]! > features[best * rows + r]!) best = c
        }
        codes[r] = best
      }
      return codes
    },
    compare(values, features, rows) {
      return compareCodes(values, this.collapse(features, rows), features, rows)
    },
  }
}

/** Codes, and the features that they come from: those of a row too far away are infinite or none. */
function compareCodes(
  values: ArrayLike<number>,
  restored: ArrayLike<number>,
  features: Float64Array,
  rows: number,
): Compared {
  for (let i = 0; i < features.length; i++) {
    const row = i % rows
    if (Number.isFinite(features[i]!) && values[row] === restored[row]) continue
    return { lost: { row, value: Number.NaN, why: 'digits' }, inexact: 0, error: 0 }
  }
  return { inexact: 0, error: 0 }
}

/** Codes spread evenly over the range in the secret order `order`. */
function ordinalPart({ name, categories }: KeyColumn & { kind: 'categorical' }, order: Int32Array): Part {
  const count = categories.length
  const rankOf = new Int32Array(count)
  order.forEach((category, rank) => {
    rankOf[category] = rank
  })
  return {
    names: [name],
    shift: 0,
    width: count - 1,
    expand(codes, rows, out, firstRow) {
      for (let r = 0; r < rows; r++) out[r] = rankOf[known(name, codes[r]!, count, firstRow + r)]!
      return 0
    },
    collapse: (features, rows) =>
      Int32Array.from({ length: rows }, (_, r) => {
        const rank = Math.min(count - 1, Math.max(0, Math.round(features[r]!)))
        return order[rank]!
      }),
    compare(values, features, rows) {
      return compareCodes(values, this.collapse(features, rows), features, rows)
    },
  }
}

function known(name: string, code: number, count: number, row: number): number {
  if (code >= 0 && code < count) return code
  throw new FrostglassError(
    'input',
    `row ${row + 1}, column '${name}': a category that the key does not know`,
    'Drop the row or make another key: this one knows the categories of the table that it was made from.',
  )
}

function notFinite(name: string, row: number, value: number): FrostglassError {
  return new FrostglassError(
    'input',
    `row ${row + 1}, column '${name}': ${value} is not a finite number`,
    'Fill or drop missing values first (--missing mean, median or drop).',
  )
}
