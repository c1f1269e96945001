// A text file as lines, one row each, so that no row can reach into another.
// Source: PROOF.md, lemma 1. A line ends at a line feed and nowhere else; a carriage return before it belongs to the end.
// A cell that holds a line break is not understood: its record is two lines, and two rows.

import { unpacked } from '../../data/gzip.ts'

/** A longer line is taken for one without a cell: what is kept in memory is bounded. Bytes. */
const longest = 1 << 24

/**
 * The lines of a file, .gz or not, some at a time. What follows the last line feed is a line unless it is empty.
 * @param encoding as `TextDecoder` calls it; each line is decoded by itself, and what is no text in it is marked there
 */
export function linesOf(path: string, encoding = 'utf-8'): AsyncGenerator<string[]> {
  return encoding.startsWith('utf-16') ? wideLines(path, encoding) : narrowLines(path, encoding)
}

/** Of an encoding in which the byte 10 is a line feed and nothing else. */
async function* narrowLines(path: string, encoding: string): AsyncGenerator<string[]> {
  const decoder = encoding === 'utf-8' ? undefined : new TextDecoder(encoding)
  const decode = (bytes: Buffer) => decoder?.decode(bytes) ?? bytes.toString()
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer) => {
    length += part.length
    if (length <= longest) parts.push(part)
    else parts = []
  }
  const take = () => {
    const text = decode(parts.length === 1 ? parts[0]! : Buffer.concat(parts))
    parts = []
    length = 0
    return withoutReturn(text)
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

/** Of two bytes a letter. Rows are whole letters: half of one would move all that follows. */
async function* wideLines(path: string, encoding: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder(encoding)
  const most = longest / 2
  let last = ''
  for await (const bytes of unpacked(path)) {
    const [first = '', ...more] = decoder.decode(bytes, { stream: true }).split('\n')
    const lines = [last + first, ...more]
    last = lines.pop()!
    // What is too long stays so until it ends.
    if (last.length > most) last = last.slice(0, most + 1)
    yield lines.map((line) => (line.length > most ? '' : withoutReturn(line)))
  }
  if (last !== '') yield [last.length > most ? '' : withoutReturn(last)]
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)
