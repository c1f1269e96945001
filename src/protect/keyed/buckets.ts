// The buckets of a key's columns at work: tried when the layers are fitted, looked for on a table's way out, counted on its way back.
// Source: src/data/rare.ts, which makes them.
// A cell that held the bucket's own text is counted with the others on the way back: nothing tells them apart.

import type { TableChunk } from '../../data/index.ts'
import type { Block } from './calibrate.ts'
import type { KeyColumn } from './schema.ts'

/** Columns that are told one by one. */
const shownColumns = 8

/** A column with a bucket: its place among the key's columns, the bucket's text and code. */
function openColumns(columns: readonly KeyColumn[]) {
  return columns.flatMap((column, j) =>
    column.kind === 'categorical' && column.other !== undefined
      ? [{ j, name: column.name, text: column.other, code: column.categories.indexOf(column.other) }]
      : [],
  )
}

/** Rows of a table that are tried with each column's bucket, at most. */
const triedRows = 64

/**
 * Rows of a block with bucket after bucket in place of a text, and with all of them: a key's table may have none in them,
 * and layers that are fitted to that table alone would take a later one's new text for a row far outside.
 * @param most rows of the block that is made
 * @returns undefined where no column has a bucket
 */
export function triedBuckets(columns: readonly KeyColumn[], block: Block, most: number): Block | undefined {
  const open = openColumns(columns)
  if (open.length === 0) return undefined
  const kinds = open.length + 1
  const rows = Math.min(most, kinds * Math.min(triedRows, block.rows))
  const tried = block.columns.map((values) => {
    const cell = (_: unknown, i: number) => values[Math.floor(i / kinds) % block.rows]!
    const length = { length: rows }
    return values instanceof Int32Array ? Int32Array.from(length, cell) : Float64Array.from(length, cell)
  })
  open.forEach(({ j, code }, k) => {
    for (let i = 0; i < rows; i++) if (i % kinds === k || i % kinds === open.length) tried[j]![i] = code
  })
  return { columns: tried, rows, offset: block.offset }
}

/** Looks for cells of buckets, chunk by chunk. */
export function bucketsOf(columns: readonly KeyColumn[]) {
  const open = openColumns(columns)
  const found = new Set<number>()
  return {
    look(chunk: TableChunk): void {
      for (const { j, code } of open) if (!found.has(j) && chunk.columns[j]!.includes(code)) found.add(j)
    },
    /** Places of the columns that have such. */
    filled: (): readonly number[] => open.flatMap(({ j }) => (found.has(j) ? [j] : [])),
  }
}

/** Counts the cells of buckets in a table that is restored. */
export function restoredBuckets(columns: readonly KeyColumn[]) {
  const open = openColumns(columns).map((column) => ({ ...column, cells: 0 }))
  return {
    /** @param values of the key's columns, in its order */
    count(values: readonly ArrayLike<number>[]): void {
      for (const column of open) {
        const codes = values[column.j]!
        for (let r = 0; r < codes.length; r++) if (codes[r] === column.code) column.cells++
      }
    },
    /** What to say of them. */
    warnings(): readonly string[] {
      const filled = open.filter(({ cells }) => cells > 0)
      const said = filled.slice(0, shownColumns).map(({ name, text, cells }) => {
        const such = cells === 1 ? '1 cell is' : `${cells.toLocaleString('en')} cells are`
        return `column '${name}': ${such} "${text}", which stands for texts that were rare or new: they cannot be had back`
      })
      const more = filled.length - shownColumns
      return more > 0 ? [...said, `${more} more columns have such cells`] : said
    },
  }
}
