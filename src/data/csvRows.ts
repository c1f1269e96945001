// What the first rows of a CSV say of its separators, and which lines between its rows are blank.
// Source: RFC 4180 for quotes; a space behind every separator is how some programs write (a, b, c).
// It looks at rows: what is only to be asked about them must not read them so.

import { endOfRecord } from './csvRecord.ts'
import { unpacked } from './gzip.ts'

/**
 * Whether a space stands behind every separator of a record, and belongs to that: not where a quoted text begins with a space
 * of its own.
 */
export function isPadded(record: string, delimiter: string): boolean {
  if (delimiter === ' ') return false
  let quoted = false
  let separators = 0
  for (let i = 0; i < record.length; i++) {
    const character = record[i]
    if (character === '"') quoted = !quoted
    else if (!quoted && character === delimiter) {
      separators++
      if (record[i + 1] !== ' ' || /^ *" /.test(record.slice(i + 1, i + 40))) return false
    }
  }
  return separators > 0
}

/** Whether all of the first `most` records are padded, those after `skip` lines. */
export async function beginsPadded(
  file: string,
  delimiter: string,
  skip: number,
  most: number,
): Promise<boolean> {
  let rest = ''
  let skipped = 0
  let records = 0
  for await (const text of textOf(file)) {
    rest += text
    for (; skipped < skip && rest.includes('\n'); skipped++) rest = rest.slice(rest.indexOf('\n') + 1)
    if (skipped < skip) continue
    for (let end = endOfRecord(rest); end >= 0; end = endOfRecord(rest)) {
      const record = rest.slice(0, end)
      rest = rest.slice(end + 1)
      if (record === '') continue
      if (!isPadded(record, delimiter)) return false
      if (++records === most) return true
    }
  }
  return rest === '' ? records > 0 : isPadded(rest, delimiter)
}

/** Blank lines between rows, and the first of them, from 1. */
export type BlankLines = { readonly count: number; readonly first: number }

/** Counts the blank lines after the first `skip` lines, outside quotes, with a row behind them; undefined where there is none. */
export async function blankLines(file: string, skip: number): Promise<BlankLines | undefined> {
  if (!(await hasEmptyLine(file))) return undefined
  let line = 0
  let quoted = false
  let rest = ''
  let count = 0
  let waiting = 0
  let first = 0
  for await (const text of textOf(file)) {
    // A CR at the end may be half a line end.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    for (const one of lines) {
      line++
      if (line <= skip) continue
      if (one === '' && !quoted) {
        if (count + waiting === 0) first = line
        waiting++
        continue
      }
      count += waiting
      waiting = 0
      // A doubled quote changes nothing.
      if (one.includes('"')) for (const character of one) if (character === '"') quoted = !quoted
    }
  }
  if (/[^\r]/.test(rest)) count += waiting
  return count === 0 ? undefined : { count, first }
}

/** Whether two line ends follow each other anywhere: a look at bytes, since nearly no file has such. */
async function hasEmptyLine(file: string): Promise<boolean> {
  let last = Buffer.alloc(0)
  for await (const piece of unpacked(file)) {
    const bytes = Buffer.concat([last, piece])
    if (['\n\n', '\n\r', '\r\r'].some((ends) => bytes.includes(ends))) return true
    last = bytes.subarray(-1)
  }
  return false
}

async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of unpacked(file)) yield decoder.decode(bytes, { stream: true })
}
