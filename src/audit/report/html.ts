// HTML in which everything that depends on the audit comes from the report, by JSON pointer, and is escaped.
// Source: RFC 6901 (JSON pointers). A test reads each element's data-json and compares what it shows.
// Fixed text is trusted: it is written in page.ts.

import { type Format, written } from '../words.ts'

/** Text as HTML text or as the value of a quoted attribute. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** What a JSON pointer of simple names and indices points to. @throws RangeError when there is nothing. */
export function pointed(report: object, pointer: string): unknown {
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], report)
  if (found === undefined) throw new RangeError(`the report has no ${pointer}`)
  return found
}

/** Shows a report's own numbers and texts. */
export interface Shown {
  number(pointer: string, format: Format): string
  text(pointer: string): string
}

/** For one report. */
export function shownFrom(report: object): Shown {
  return {
    number(pointer, format) {
      const value = pointed(report, pointer)
      if (typeof value !== 'number') throw new TypeError(`${pointer} is no number`)
      return `<data value="${value}" data-json="${pointer}" data-format="${format}">${escaped(written(value, format))}</data>`
    },
    text: (pointer) =>
      `<span data-json="${pointer}" data-format="text">${escaped(String(pointed(report, pointer)))}</span>`,
  }
}
