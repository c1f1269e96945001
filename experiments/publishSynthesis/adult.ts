// Adult twice, as codes: nine columns without missing values, as ARX tests it, and all fifteen of UCI's with numbers in 16 bins.
// Source: the data's own README files; domains, the split and the triples are public and lie in a folder `synthesis`.
// Rows of the first are split as the file there says; the second's test rows are UCI's own.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FrostglassError } from '../../src/errors.ts'
import type { CodedRows } from '../../src/private/synthesis/counts.ts'
import type { Naming } from '../../src/private/synthesis/measure.ts'

export type TableName = 'arx9' | 'full15'

/** A table to be synthesised, and rows of other people. */
export interface Adult {
  readonly train: CodedRows
  readonly test: CodedRows
  readonly naming: Naming
  /** The place of the income, which is to be told. */
  readonly label: number
  /** Triples of columns whose tables are compared. */
  readonly triples: readonly (readonly number[])[]
}

/** Public ranges of the numbers of the fifteen. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  age: [17, 90],
  fnlwgt: [0, 1_500_000],
  'education-num': [1, 16],
  'capital-gain': [0, 100_000],
  'capital-loss': [0, 4500],
  'hours-per-week': [1, 99],
}
const BINS = 16

/** Reads a table. @param data the folder that holds arx-adult, adult and synthesis @throws FrostglassError `usage` without it */
export function readAdult(name: TableName, data: string | undefined): Adult {
  if (data === undefined)
    throw new FrostglassError(
      'usage',
      'the experiment synthesis needs Adult, twice',
      'Say --data and the folder that holds arx-adult, adult and synthesis.',
    )
  const text = (path: string) => readFileSync(join(data, path), 'utf8')
  const domain = JSON.parse(text(`synthesis/domain_${name}.json`)) as Record<string, string[]>
  const names = Object.keys(domain)
  const read = name === 'arx9' ? arxRows(text, names) : uciRows(text)
  const sizes = names.map((column) => domain[column]!.length)
  const coded = (rows: readonly string[][]): CodedRows => ({
    sizes,
    codes: names.map((column, j) => {
      const range = name === 'full15' ? ranges[column] : undefined
      const code = range ? binOf(range) : placeIn(domain[column]!)
      return Int32Array.from(rows, (row) => code(row[j]!))
    }),
  })
  return {
    train: coded(read.train),
    test: coded(read.test),
    naming: { names, ordered: names.map((column) => ranges[column] !== undefined) },
    label: names.indexOf(name === 'arx9' ? 'salary-class' : 'income'),
    triples:
      name === 'arx9'
        ? allTriples(names.length)
        : (JSON.parse(text('synthesis/triples_full15.json')) as { triples_index: number[][] }).triples_index,
  }
}

const binOf =
  ([low, high]: readonly [number, number]) =>
  (cell: string) =>
    Math.min(BINS - 1, Math.max(0, Math.floor(((Number(cell) - low) / (high - low)) * BINS)))

function placeIn(values: readonly string[]) {
  const places = new Map(values.map((value, i) => [value, i]))
  return (cell: string) => {
    const place = places.get(cell)
    if (place === undefined) throw new TypeError(`${cell} is none of ${values.join(', ')}`)
    return place
  }
}

function arxRows(text: (path: string) => string, names: readonly string[]) {
  const [head, ...lines] = text('arx-adult/adult.csv')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(';'))
  const places = names.map((name) => head!.indexOf(name))
  const rows = lines.map((cells) => places.map((place) => cells[place]!))
  const { train } = JSON.parse(text('synthesis/split_arx9.json')) as { train: number[] }
  const chosen = new Set(train)
  return { train: train.map((row) => rows[row]!), test: rows.filter((_, row) => !chosen.has(row)) }
}

function uciRows(text: (path: string) => string) {
  const rows = (path: string) =>
    text(path)
      .split('\n')
      .map((line) =>
        line
          .replace(/\.$/, '')
          .split(',')
          .map((cell) => cell.trim()),
      )
      .filter((cells) => cells.length === 15)
  return { train: rows('adult/adult.data'), test: rows('adult/adult.test') }
}

function allTriples(columns: number): number[][] {
  const triples: number[][] = []
  for (let a = 0; a < columns; a++)
    for (let b = a + 1; b < columns; b++) for (let c = b + 1; c < columns; c++) triples.push([a, b, c])
  return triples
}
