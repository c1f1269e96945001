// Tables of text, as the commands print them.
// Source: cli-table3.
// On a terminal that is narrower than a table the widest cells are wrapped; a pipe gets whole lines.

import Table from 'cli-table3'

/** How a table is drawn. */
export interface TableOptions {
  /** Headers of columns that hold words: they stand on the left, as the first one does. Figures stand on the right. */
  readonly words?: readonly string[] | undefined
  /** Characters of a line, at most; the terminal's, if absent, and any number where there is none. */
  readonly width?: number | undefined
}

/** A table of text with a header. A last column without a header is left out where it is empty. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { words = [], width = process.stdout.columns }: TableOptions = {},
): string {
  const isIdle =
    head.length > 1 && head.at(-1) === '' && rows.every((row) => (row[head.length - 1] ?? '') === '')
  const all = [head, ...rows].map((row) => (isIdle ? row.slice(0, head.length - 1) : row))
  const widths = width === undefined ? undefined : fitting(all, width)
  const [first = [], ...others] = widths
    ? all.map((row) => row.map((cell, j) => wrapped(cell, widths[j]!)))
    : all
  const drawn = new Table({
    head: [...first],
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true },
    colAligns: first.map((_, j) => (j === 0 || words.includes(head[j]!) ? 'left' : 'right')),
  })
  for (const row of others) drawn.push([...row])
  return drawn.toString()
}

/** Signs of a cell that stands between two lines, with a space on both sides. */
const frame = 3
const narrowest = 10

/** Widths of columns that fit: the widest give way first. */
function fitting(rows: readonly (readonly string[])[], width: number): number[] {
  const widths = rows[0]!.map((_, j) =>
    Math.max(1, ...rows.flatMap((row) => (row[j] ?? '').split('\n').map((line) => line.length))),
  )
  for (let over = widths.reduce((a, b) => a + b + frame, 1) - width; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    if (widths[widest]! <= narrowest) break
    widths[widest]!--
  }
  return widths
}

/** Lines of so many characters; a word that is longer is cut. */
function wrapped(text: string, width: number): string {
  const lines: string[] = []
  for (const said of text.split('\n')) {
    let line = ''
    for (const word of said.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = ''
      }
      line = line === '' ? word : `${line} ${word}`
      for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width))
    }
    lines.push(line)
  }
  return lines.join('\n')
}
