// What a leak report's page shows of its JSON: the elements that carry a pointer, and whether each says what is there.

import { expect } from 'vitest'
import { escaped, pointed } from '../src/audit/report/html.ts'
import { type Format, written } from '../src/audit/words.ts'

/** An element with its value, pointer, format and text. */
export const shownElements =
  /<(data|span)(?: value="([^"]*)")? data-json="([^"]*)" data-format="([^"]*)">([^<]*)<\/\1>/g

/** Pointers of all that a page shows. */
export const pointersOf = (page: string): Set<string> =>
  new Set([...page.matchAll(shownElements)].map(([, , , pointer]) => pointer!))

/** Every number and text stands in the report at its pointer; there are more than `least`. */
export function expectShown(page: string, report: object, least: number): void {
  const elements = [...page.matchAll(shownElements)]
  expect(elements.length).toBeGreaterThan(least)
  for (const [, , value, pointer, format, text] of elements) {
    const found = pointed(report, pointer!)
    if (format === 'text') expect(text).toBe(escaped(String(found)))
    else {
      expect(Number(value)).toBe(found)
      expect(text).toBe(escaped(written(found as number, format as Format)))
    }
  }
}
