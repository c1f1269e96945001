// A whole table in memory, for training, and as one matrix.
// Source: docs/architecture.md#tables.
// It does not promise to fit: a table of 10 million rows and 10 columns takes 800 MB.

import { FrostglassError } from '../errors.ts'
import { allowedTexts } from './diagnose.ts'
import { labelsOf, type TableSchema } from './schema.ts'
import { type OpenOptions, openTable } from './table.ts'

/** All rows, column by column; see `TableChunk` for the arrays. */
export type Table = {
  readonly schema: TableSchema
  readonly rows: number
  readonly columns: readonly (Float64Array | Int32Array)[]
  readonly label?: Float64Array | Int32Array | undefined
  readonly moreLabels?: readonly (Float64Array | Int32Array)[] | undefined
  readonly warnings: readonly string[]
}

/**
 * Reads a table file whole.
 * @throws FrostglassError as `openTable` and its chunks do.
 */
export async function readTable(path: string, options: OpenOptions = {}): Promise<Table> {
  const { signal } = options
  const source = await openTable(path, options)
  try {
    const parts: (Float64Array | Int32Array)[][] = []
    let rows = 0
    for await (const chunk of source.chunks(signal === undefined ? {} : { signal })) {
      const { label, moreLabels = [] } = chunk
      parts.push([...chunk.columns, ...(label === undefined ? [] : [label]), ...moreLabels])
      rows += chunk.rows
    }
    const { schema, warnings } = source
    const schemas = [...schema.columns, ...(source.labelled ? labelsOf(schema) : [])]
    const arrays = schemas.map((column, j) => {
      const whole = allowedTexts(column) === undefined ? new Float64Array(rows) : new Int32Array(rows)
      let at = 0
      for (const part of parts) {
        whole.set(part[j]!, at)
        at += part[j]!.length
      }
      return whole
    })
    const [label, ...moreLabels] = arrays.splice(schema.columns.length)
    return {
      schema,
      rows,
      columns: arrays,
      warnings,
      label,
      moreLabels: moreLabels.length === 0 ? undefined : moreLabels,
    }
  } finally {
    source.close()
  }
}

/**
 * The features of a table or chunk as one row-major matrix [rows, columns], categorical ones as their codes.
 * @throws FrostglassError `shape` when a column has not `rows` values.
 */
export function toMatrix(table: {
  readonly rows: number
  readonly columns: readonly ArrayLike<number>[]
}): Float64Array {
  const width = table.columns.length
  const matrix = new Float64Array(table.rows * width)
  table.columns.forEach((column, j) => {
    if (column.length !== table.rows)
      throw new FrostglassError('shape', `column ${j} has ${column.length} values, expected ${table.rows}`)
    for (let i = 0, at = j; i < table.rows; i++, at += width) matrix[at] = column[i]!
  })
  return matrix
}
