// Tables for a page and for the terminal, and numbers as both show them.
// Source: Markdown's pipe tables; cli-table3.
// It rounds for reading; the JSON beside a page has all digits.

import Table from 'cli-table3'
import type { Estimate } from './estimates.ts'

type Cells = readonly (readonly string[])[]

/** A table in Markdown, numbers to the right of the first column. */
export function markdownTable(head: readonly string[], rows: Cells): string {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** A table for the terminal. */
export function plainTable(head: readonly string[], rows: Cells): string {
  const drawn = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  })
  for (const row of rows) drawn.push([...row])
  return drawn.toString()
}

/** A share as a percentage without its sign, one digit. */
export const points = (share: number): string => (100 * share).toFixed(1)

/** A difference of shares in percentage points, with its sign and interval, e.g. `−2.1 [−3.0, −1.2]`. */
export function signedPoints({ value, interval: [low, high] }: Estimate): string {
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`
}

const signed = (share: number): string => {
  const text = points(share)
  return Number(text) === 0 ? '0.0' : Number(text) > 0 ? `+${text}` : text.replace('-', '−')
}

/** A ratio with its interval, e.g. `1.23 [1.10, 1.35]`. */
export function ratioText({ value, interval: [low, high] }: Estimate): string {
  return `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
}
