// A text file as lines, one row each, so that no row can reach into another.
// Source: PROOF.md, lemma 1. A line ends at a line feed and nowhere else; a carriage return before it belongs to the end.
// A cell that holds a line break is not understood: its record is two lines, and two rows.

import { unpacked } from '../../data/gzip.ts'

/** A longer line is taken for one without a cell: what is kept in memory is bounded. Bytes. */
const longest = 1 << 24

/** The lines of a file, .gz or not, some at a time. What follows the last line feed is a line unless it is empty. */
export async function* linesOf(path: string): AsyncGenerator<string[]> {
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer) => {
    length += part.length
    if (length <= longest) parts.push(part)
    else parts = []
  }
  const take = () => {
    const text = parts.length === 1 ? parts[0]!.toString() : Buffer.concat(parts).toString()
    parts = []
    length = 0
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }
  for await (const bytes of unpacked(path)) {
    const lines: string[] = []
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      add(bytes.subarray(from, end))
      lines.push(take())
      from = end + 1
    }
    add(bytes.subarray(from))
    yield lines
  }
  if (length > 0) yield [take()]
}
