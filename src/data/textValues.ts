// Distinct texts of a column as values: which texts are a missing cell, and numbers with decimal commas as numbers are written elsewhere.
// Source: source.ts (`nullText`, `decimalComma`), which says the same of numbers.
// It looks at distinct texts, not at rows. A point in a table of decimal commas may be one of thousands: such a column stays as it is.

/** How texts of a file are to be taken. */
export interface TextReading {
  /** Texts that are a missing cell, spaces aside; an empty one is in any case. */
  readonly nullText: readonly string[]
  readonly decimalComma: boolean
}

/** What the texts of a column are. */
export interface TextValues {
  /** Distinct, ascending by their code units; a missing cell is ''. */
  readonly values: readonly string[]
  /** [texts] place of each in `values`; absent where texts are values. */
  readonly placeOf?: Uint32Array | undefined
  /** Commas became points in these values. */
  readonly decimalComma: boolean
}

// Spaces alone, as the table reader has it: what looks like a byte order mark is a text.
const trimmed = (text: string): string => text.replace(/^ +| +$/g, '')

const commaNumber = /^\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*$/
const pointNumber = /^\s*[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?\s*$/

/** A text as the value that it is, of a column whose commas are decimal ones, or not. */
export function cellValueOf({ nullText }: Pick<TextReading, 'nullText'>, decimalComma: boolean) {
  const missing = new Set(['', ...nullText.map(trimmed)])
  return (text: string): string => {
    if (missing.has(trimmed(text))) return ''
    return decimalComma && commaNumber.test(text) ? text.replace(',', '.') : text
  }
}

/** @param texts distinct, ascending */
export function valuesOf(texts: readonly string[], reading: TextReading): TextValues {
  const decimalComma =
    reading.decimalComma &&
    texts.some((text) => commaNumber.test(text)) &&
    !texts.some((text) => pointNumber.test(text))
  const found = texts.map(cellValueOf(reading, decimalComma))
  if (found.every((value, i) => value === texts[i])) return { values: texts, decimalComma }
  const values = [...new Set(found)].sort((a, b) => (a < b ? -1 : 1))
  const places = new Map(values.map((value, place) => [value, place]))
  return { values, placeOf: Uint32Array.from(found, (value) => places.get(value)!), decimalComma }
}

/** A value as a column of decimal commas has it. */
export const withComma = (value: string): string =>
  commaNumber.test(value.replace('.', ',')) ? value.replace('.', ',') : value
