// Tables of text, as the commands print them.
// Source: cli-table3.
// It does not shorten what is wider than the terminal.

import Table from 'cli-table3'

/** A table of text with a header. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: [...head],
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  })
  for (const row of rows) drawn.push([...row])
  return drawn.toString()
}
