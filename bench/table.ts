// Prints measurements as one table of ratios.

import { digits } from '../src/statistics/figures.ts'
import type { Row } from './measurement.ts'

const headings = ['measured', 'ours', 'against', 'theirs', 'ours / theirs', 'goal', '']

/** The rows of all measurements as text; notes stand below. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    `${figure(row.ours)} ${row.unit}`,
    row.against ?? '',
    row.theirs === undefined ? '' : `${figure(row.theirs)} ${row.unit}`,
    row.ratio === undefined ? '' : figure(row.ratio),
    row.goal ? `${row.goal.of === 'ratio' ? '' : 'ours '}${row.goal.bound} ${figure(row.goal.value)}` : '',
    meets(row) === undefined ? '' : meets(row) ? 'met' : 'missed',
  ])
  const widths = headings.map((heading, j) => Math.max(heading.length, ...cells.map((c) => c[j]!.length)))
  const line = (c: readonly string[]) =>
    c
      .map((text, j) => text.padEnd(widths[j]!))
      .join('  ')
      .trimEnd()
  const notes = [...new Set(rows.flatMap((row) => (row.note ? [`${row.what}: ${row.note}`] : [])))]
  return [
    line(headings),
    line(widths.map((w) => '─'.repeat(w))),
    ...cells.map(line),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')
}

/** Whether a row reaches its goal; undefined when it has none. */
export function meets(row: Row): boolean | undefined {
  if (!row.goal) return undefined
  const value = row.goal.of === 'ratio' ? (row.ratio ?? Number.NaN) : row.ours
  return row.goal.bound === 'at most' ? value <= row.goal.value : value >= row.goal.value
}

const figure = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : digits(value, 3)
