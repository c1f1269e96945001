// One record of a CSV: where it ends, what separates its cells, the cells; and a record of cells.
// Source: RFC 4180.
// It does not promise the separator that was meant: a first line may have more of another.

/** Where the first record of a text ends, before its line end; -1 where it does not. */
export function endOfRecord(text: string): number {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) return i
  }
  return -1
}

/**
 * The separator that the first line has most of; a comma when it has none.
 * @param decimalComma commas are parts of numbers: others come first, and a semicolon stands where there is none
 */
export function likelyDelimiter(line: string, decimalComma = false): string {
  const [others, fallback] = decimalComma ? [[';', '\t', '|'], ';'] : [[',', ';', '\t', '|'], ',']
  let best: string | undefined
  let most = 1
  for (const delimiter of others) {
    const cells = splitRecord(line, delimiter).length
    if (cells > most) {
      best = delimiter
      most = cells
    }
  }
  if (best === undefined && decimalComma && splitRecord(line, ',').length > 1) return ','
  return best ?? fallback
}

/** The cells of one record. */
export function splitRecord(line: string, delimiter: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!
    if (quoted && character === '"' && line[i + 1] === '"') {
      cell += '"'
      i++
    } else if (character === '"') quoted = !quoted
    else if (!quoted && character === delimiter) {
      cells.push(cell)
      cell = ''
    } else cell += character
  }
  cells.push(cell)
  return cells
}

/** A cell of a record that is written; nothing where there is no value. */
export type CsvCell = string | number | null | undefined

/** The record of these cells, as {@link splitRecord} takes it apart: what holds a separator, a quote or a line end is quoted. */
export function joinRecord(cells: readonly CsvCell[], delimiter = ','): string {
  return cells
    .map((cell) => {
      const text = String(cell ?? '')
      return text.includes(delimiter) || /["\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(delimiter)
}

/** A small table as CSV, a record a line. Tables that need not fit into memory are createTableWriter's. */
export const csvText = (records: readonly (readonly CsvCell[])[]): string =>
  records.map((cells) => `${joinRecord(cells)}\n`).join('')
