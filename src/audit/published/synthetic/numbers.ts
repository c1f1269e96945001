// Cells as numbers, and which columns are of numbers.
// Source: ../evidence/spelling.ts for how numbers are written. The real tables say what a column is, whatever the synthetic rows hold.

import type { CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import { folded } from '../evidence/spelling.ts'

/** Share of the cells of the original and of the control that must be numbers for a column to be one of numbers. */
const leastNumbers = 0.99

/** A cell as a number; NaN for a missing one and for what is none. */
export const numberIn = (text: string): number => {
  const plain = folded(text)
  const number = plain === '' ? Number.NaN : Number(plain)
  return Number.isFinite(number) ? number : Number.NaN
}

/** Whether a column is one of numbers, by the tables that are real. */
export function isNumeric(columns: readonly CodedTableColumn[]): boolean {
  let [numbers, texts] = [0, 0]
  for (const { values, codes } of columns) {
    const kinds = values.map((text) => (folded(text) === '' ? 0 : Number.isFinite(numberIn(text)) ? 1 : 2))
    for (const code of codes) {
      if (kinds[code] === 1) numbers++
      else if (kinds[code] === 2) texts++
    }
  }
  return numbers > 0 && numbers >= leastNumbers * (numbers + texts)
}
