// JSON as the protocol's clients write it: with NaN, Infinity and −Infinity as bare words where a number is one of them.
// Source: RFC 8259, which has no such numbers; Python's `json` and `rapidjson` write these words (tritonclient does).
// A body without them goes through the machine's own parser and nothing else.

import { randomUUID } from 'node:crypto'

/** A value, and what stands in it for numbers that JSON lacks. */
export interface ParsedJson {
  readonly value: unknown
  /** NaN or an infinity where a value stands for one; undefined where none was written. */
  readonly numberOf?: ((value: unknown) => number | undefined) | undefined
}

/** Parses a text. @throws SyntaxError in the machine's words, which may quote the text */
export function parseJson(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    const mark = newMark()
    const words = new Map(
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((v) => [`${mark}${v}`, v]),
    )
    return {
      value: JSON.parse(marked(text, mark)),
      numberOf: (value) => (typeof value === 'string' ? words.get(value) : undefined),
    }
  }
}

/** A number as JSON, or as the word for it. −0 keeps its sign, which `JSON.stringify` drops. */
export const numberText = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value))

// Texts of the body cannot be mistaken for it: nobody who writes one knows it.
const newMark = (): string => `number ${randomUUID()} `

/** The text with each bare word as a marked string. One pass: a word inside a string stays. */
function marked(text: string, mark: string): string {
  const parts: string[] = []
  const tokens = /"|-?Infinity|NaN/g
  let from = 0
  for (let found = tokens.exec(text); found; found = tokens.exec(text)) {
    if (found[0] === '"') {
      const end = endOfString(text, found.index)
      if (end === -1) break
      tokens.lastIndex = end + 1
    } else {
      parts.push(text.slice(from, found.index), `"${mark}${found[0]}"`)
      from = tokens.lastIndex
    }
  }
  parts.push(text.slice(from))
  return parts.join('')
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text[before] === '\\') before--
    if ((at - before) % 2 === 1) return at
  }
  return -1
}
