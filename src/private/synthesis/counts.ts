// Counts of rows by the codes of some columns: what noise is added to, and what nobody may see without it.
// Source: PROOF.md, section 2. A row is in one cell of a table, or in none where one of its codes is missing.
// Nothing here is private.

import { cellsOf, type Sizes } from './graphical/factor.ts'

/** Rows as codes. */
export interface CodedRows {
  readonly sizes: Sizes
  /** [columns][rows] 0 … size − 1; −1 of a cell that is none of the stated values. */
  readonly codes: readonly Int32Array[]
}

/** How many rows are in each cell of the table over these columns, the last one's codes fastest. */
export function countsOf({ sizes, codes }: CodedRows, columns: readonly number[]): Float64Array {
  const counts = new Float64Array(cellsOf(columns, sizes))
  const rows = codes[0]?.length ?? 0
  const places = new Int32Array(rows)
  for (const column of columns) {
    const size = sizes[column]!
    const of = codes[column]!
    for (let row = 0; row < rows; row++) {
      const code = of[row]!
      const place = places[row]!
      places[row] = code < 0 || place < 0 ? -1 : place * size + code
    }
  }
  for (let row = 0; row < rows; row++) {
    const place = places[row]!
    if (place >= 0) counts[place]!++
  }
  return counts
}
