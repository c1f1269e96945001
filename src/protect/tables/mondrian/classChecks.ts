// Whether rows together are a class that all privacy models let out.
// Source: src/protect/tables/model.ts, the contract.
// It decides one class at a time; what a model asks of the whole table is asked of a finished partition.

import type { DistinctRows } from '../codedTable.ts'
import type { ClassView, PreparedModel, PrivacyModel } from '../model.ts'

/** A model that is ready, with the sensitive column that it reads, by its place; −1 for none. */
export interface PartitionModel extends PreparedModel {
  readonly model: Pick<PrivacyModel, 'says'>
  readonly column: number
}

/** Distinct rows, some of the table's rows of each. */
export interface Segment {
  /** [pieces] distinct rows. */
  readonly distinct: Uint32Array
  /** [pieces] how many rows of the table each stands for; 0 for one of the public table alone. */
  readonly rows: Float64Array
}

/** The sum of counts. */
export function sumOf(counts: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]!
  return sum
}

/** Rows of a segment. */
export const rowsOf = ({ rows }: Segment): number => sumOf(rows)

/**
 * A check of classes; it keeps its buffers between calls.
 * @returns the first model that a class fails, or nothing where it passes all
 */
export function classCheck(
  distinct: DistinctRows,
  models: readonly PartitionModel[],
): (segment: Segment, population: number) => PartitionModel | undefined {
  const columns = distinct.sensitive.map((codes) => {
    let values = 0
    for (const code of codes) values = Math.max(values, code + 1)
    return {
      codes,
      sums: new Float64Array(values),
      values: new Uint32Array(values),
      counts: new Float64Array(values),
    }
  })
  const bare = { distinct: 0, values: new Uint32Array(0), counts: new Float64Array(0) }
  const asking = models.filter(({ classPasses }) => classPasses !== undefined)
  /** The counts of a sensitive column in a segment. */
  const countsOf = (
    column: (typeof columns)[number],
    segment: Segment,
  ): Omit<ClassView, 'rows' | 'population'> => {
    let found = 0
    for (let piece = 0; piece < segment.distinct.length; piece++) {
      const rows = segment.rows[piece]!
      if (rows === 0) continue
      const code = column.codes[segment.distinct[piece]!]!
      if (column.sums[code] === 0) column.values[found++] = code
      column.sums[code]! += rows
    }
    const values = column.values.subarray(0, found).sort()
    values.forEach((code, at) => {
      column.counts[at] = column.sums[code]!
      column.sums[code] = 0
    })
    return { distinct: found, values: column.values, counts: column.counts }
  }
  return (segment, population) => {
    const rows = rowsOf(segment)
    let last = -2
    let view: ClassView = { rows, population, ...bare }
    for (const model of asking) {
      if (model.column !== last)
        view = { rows, population, ...(model.column < 0 ? bare : countsOf(columns[model.column]!, segment)) }
      last = model.column
      if (!model.classPasses!(view)) return model
    }
    return undefined
  }
}
