// Leaves comment lines out of a CSV, and those before it that are to be skipped, as it goes by in pieces of text; inside quotes such a line is text.
// Source: RFC 4180 for where a quoted cell begins and ends. DuckDB's own comments also end lines, and are one character.
// It does not judge the CSV: what is no well-formed record goes on as it is.

import { FrostglassError } from '../errors.ts'
import type { TextOptions } from './csvOptions.ts'
import { endOfRecord, likelyDelimiter } from './csvRecord.ts'

/** Twice DuckDB's limit of a line: what is longer is no table. */
const longestLine = 4_000_000

/** Counts lines as it drops some of them. */
export type CommentFilter = {
  /**
   * The text without its comments; once only.
   * @throws FrostglassError `input` for a line that does not end
   */
  pass(path: string, texts: AsyncIterable<string>): AsyncGenerator<string>
  /** Lines so far: those that were left out, and how many of them stood before the table. */
  readonly dropped: number
  readonly skipped: number
  readonly kept: number
}

/** A line of those that are kept, from 1; or the first line of a record, which DuckDB counts. */
export type Place = { readonly line: number } | { readonly record: number }

/** @param until where it stops */
export function commentFilter(options: TextOptions, until: Place = { line: Infinity }): CommentFilter {
  const { comment, skip = 0 } = options
  let { delimiter } = options
  let dropped = 0
  let skipped = 0
  let kept = 0
  let records = 0
  // Whether the next line begins inside quotes; what there is of the first record, which tells the separator.
  let quoted = false
  let first = ''

  function keeps(line: string): boolean {
    // Whatever they hold: a quote in them opens no cell.
    if (skipped < skip) {
      skipped++
      return false
    }
    if (!quoted && comment !== undefined && line.startsWith(comment)) return false
    if (!quoted) records++
    if (delimiter === undefined) {
      first += line
      quoted = endOfRecord(first) < 0
      // Remarks of C4.5 before the first record have separators of no row.
      if (/^\|[^|]*$/.test(first)) first = ''
      else if (!quoted) delimiter = likelyDelimiter(first, options.decimalComma)
    } else if (quoted || line.includes('"')) quoted = endsInQuotes(line, quoted, delimiter)
    return true
  }

  return {
    get dropped() {
      return dropped
    },
    get skipped() {
      return skipped
    },
    get kept() {
      return kept
    },
    async *pass(path, texts) {
      if (comment === undefined && skip === 0 && 'line' in until && until.line === Infinity) {
        yield* texts
        return
      }
      let rest = ''
      for await (const text of texts) {
        const all = rest + text
        let from = 0
        let through = ''
        // A CR at the end may be half a line end.
        const lineEnd = /\r\n|\n|\r(?!$)/g
        for (let end = lineEnd.exec(all); end !== null; end = lineEnd.exec(all)) {
          const line = all.slice(from, lineEnd.lastIndex)
          from = lineEnd.lastIndex
          if (!keeps(line)) {
            dropped++
            continue
          }
          through += line
          kept++
          if ('line' in until ? kept < until.line : records < until.record) continue
          yield through
          return
        }
        rest = all.slice(from)
        if (rest.length > longestLine)
          throw new FrostglassError(
            'input',
            `${path}, line ${dropped + kept + 1}: the line does not end`,
            'Take a table: no line of one is longer than 2 MB.',
          )
        yield through
      }
      if (rest === '') return
      if (keeps(rest)) {
        kept++
        yield rest
      } else dropped++
    },
  }
}

/** Whether the line after this one begins inside quotes: a quote opens a cell at its beginning alone, spaces aside. */
function endsInQuotes(line: string, inside: boolean, delimiter: string): boolean {
  let quoted = inside
  let fresh = !inside
  for (let i = 0; i < line.length; i++) {
    const character = line[i]
    if (quoted) {
      if (character !== '"') continue
      if (line[i + 1] === '"') i++
      else quoted = false
    } else if (character === delimiter) fresh = true
    else if (character === '"' && fresh) {
      quoted = true
      fresh = false
    } else if (character !== ' ') fresh = false
  }
  return quoted
}
