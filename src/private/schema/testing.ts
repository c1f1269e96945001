// Tables of forty people of whom one row is messy, in every format: what nothing but the weights may tell of.
// Source: the kinds of mess that files come with: encodings, separators, quotes, dates, numbers that are none, ragged rows.
// It serves tests and exhibits; the tables are made up.

import { writeFile } from 'node:fs/promises'
import { literal, openDatabase } from '../../data/duckdb.ts'
import type { StatedSchema } from './schema.ts'

/** What the owner of these tables states. */
export const statedPeople: StatedSchema = {
  columns: [
    { name: 'age', kind: 'number', bounds: [0, 100] },
    { name: 'town', kind: 'category', values: ['A', 'B'] },
    { name: 'sick', kind: 'category', values: ['no', 'yes'] },
  ],
}

/** Cells of a row: age, town, sick, and who, which is not learned from. */
export type Cells = readonly [age: unknown, town: unknown, sick: unknown, who?: unknown]

/** Ordinary rows: two of each of twenty people. */
export const ordinaryRows: readonly Cells[] = Array.from({ length: 40 }, (_, i) => [
  `${20 + ((i * 7) % 50)}`,
  i % 3 ? 'A' : 'B',
  i % 2 ? 'yes' : 'no',
  `p${i % 20}`,
])

/** Rows that any format can hold. */
export const messyCells: Readonly<Record<string, Cells>> = {
  'a fraction': ['30.5', 'A', 'yes'],
  'text in numbers': ['about thirty', 'A', 'yes'],
  'no number': ['NaN', 'A', 'yes'],
  'beyond doubles': ['1e400', 'A', 'yes'],
  'beyond doubles, negative': ['-1e400', 'A', 'yes'],
  infinite: ['inf', 'A', 'yes'],
  'an infinite number': [Number.POSITIVE_INFINITY, 'A', 'yes'],
  subnormal: ['5e-324', 'A', 'yes'],
  'negative zero': ['-0', 'A', 'yes'],
  'out of bounds': ['-5', 'A', 'yes'],
  'beyond whole doubles': ['9007199254740993', 'A', 'yes'],
  'forty digits': ['1234567890123456789012345678901234567890', 'A', 'yes'],
  hexadecimal: ['0x1F', 'A', 'yes'],
  'a decimal comma': ['1,5', 'A', 'yes'],
  'points for thousands': ['1.234.567', 'A', 'yes'],
  'a date': ['2020-02-30', 'A', 'yes'],
  'a time with a zone': ['2020-01-01T00:00:00+01:00', 'A', 'yes'],
  'a truth value': [true, 'A', 'yes'],
  'a missing number': ['', 'A', 'yes'],
  'a question mark': ['?', 'A', 'yes'],
  'nothing at all': [null, null, null],
  'an unseen category': ['30', 'C', 'yes'],
  'a category in another case': ['30', 'a', 'yes'],
  'a category with spaces': ['30', ' A ', 'yes'],
  'a missing category': ['30', '', 'yes'],
  'a number for a category': [30, 1, 'yes'],
  'an unseen class': ['30', 'A', 'maybe'],
  'a missing class': ['30', 'A', 'NULL'],
  'a number for a class': ['30', 'A', '1'],
  'words of a null': ['NULL', 'NULL', 'null'],
  'a quote': ['30', 'A"', 'yes'],
  'a backslash': ['30', 'A\\', 'yes\\'],
  'a tab': ['30\t', 'A\t', 'yes\t'],
  'NUL bytes': ['30\0', 'A\0', 'yes\0'],
  'a byte order mark': ['\uFEFF30', 'A', 'yes'],
  'a separator of lines that is none': ['30\u2028', 'A\u0085', 'yes\v'],
  'a carriage return': ['30\r', 'A\rB', 'yes'],
  'right to left': ['٣٠', '‮A', '😀'],
  'names of an object’s own': ['__proto__', 'constructor', 'toString'],
  'a formula': ['=1+1', '@A', '+yes'],
  'a huge cell': ['9'.repeat(1_000_000), 'A'.repeat(1_000_000), 'yes'],
}

/** Lines that no cell makes: of CSV, ragged, badly quoted or badly encoded. */
export const messyLines: Readonly<Record<string, string | Buffer>> = {
  'an empty line': '',
  'too few cells': '30',
  'too many cells': '30,A,yes,x,y,z',
  'separators alone': ',,,,',
  'another separator': '30;A;yes;x',
  'a quote that is never closed': '30,"A,yes,x',
  'a quote that opens the line': '"30,A,yes,x',
  'quotes within': '30,A"b""c,yes,x',
  'a text behind quotes': '"30"x,"A"y,yes,x',
  'the line of names again': 'age,town,sick,who',
  'a comment': '# nothing',
  'bytes that are no UTF-8': Buffer.from([0x33, 0x30, 0xff, 0xfe, 0x2c, 0xc3, 0x28, 0x2c, 0x80]),
  'a line in UTF-16': Buffer.from('30,A,yes,x', 'utf16le'),
  'a line of 17 MB': Buffer.alloc(17 << 20, 'A'),
}

/** The same of JSON, a line an object. */
export const messyJsonLines: Readonly<Record<string, string | Buffer>> = {
  'an empty line': '',
  'half an object': '{"age": 30, "town": "A"',
  'a bracket': '[',
  'a number alone': '30',
  'an array': '[30, "A", "yes", "x"]',
  'no fields': '{}',
  'other fields': '{"Age": 30, "ort": "A", "sick ": "yes"}',
  'a field twice': '{"age": 30, "age": "x", "town": "A", "sick": "yes"}',
  'a nested cell': '{"age": {"years": 30}, "town": ["A"], "sick": {"__proto__": null}}',
  'deeply nested': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'two objects': '{"age": 30}{"age": 31}',
  'a comma behind': '{"age": 30, "town": "A", "sick": "yes"},',
  'no number of JSON': '{"age": NaN, "town": "A", "sick": "yes"}',
  'a number beyond doubles': '{"age": 1e400, "town": "A", "sick": "yes"}',
  'bytes that are no UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
}

const names = ['age', 'town', 'sick', 'who'] as const

/** A row as a line of CSV. */
export function csvLine(cells: Cells): string {
  const quoted = (cell: unknown) => {
    const text = String(cell ?? '')
    return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return cells.map(quoted).join(',')
}

/** A row as an object of JSON; infinite numbers as JSON can write them. */
export function jsonObject(cells: Cells): string {
  const fields = cells.map(
    (cell, j) => `"${names[j]}": ${cell === Infinity ? '1e999' : JSON.stringify(cell)}`,
  )
  return `{${fields.join(', ')}}`
}

/** Writes lines, each ended by a line feed. */
export function writeLines(path: string, lines: readonly (string | Buffer)[]): Promise<void> {
  return writeFile(path, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])))
}

/**
 * Writes rows as Parquet.
 * @param ages type of the first column; the others are texts
 */
export async function writeParquet(
  path: string,
  rows: readonly Cells[],
  ages: 'VARCHAR' | 'DOUBLE',
): Promise<void> {
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    const cell = (value: unknown) =>
      value === null || value === undefined
        ? 'NULL'
        : literal(String(value)).replaceAll('\0', "' || chr(0) || '")
    const values = rows.map(
      ([age, ...others]) =>
        `(TRY_CAST(${cell(age)} AS ${ages}), ${[0, 1, 2].map((j) => cell(others[j])).join(', ')})`,
    )
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS t(${names.join(', ')})) TO ${literal(path)} (FORMAT parquet)`,
    )
  } finally {
    database.close()
  }
}
