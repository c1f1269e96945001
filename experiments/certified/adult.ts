// Adult, asked for income above 50K: the sex of as many men as women, or the marital status of everybody, to stay hidden.
// Source: UCI, data set 2 (adult.data and adult.test, 48,842 rows).
// Both attributes are among the inputs: a service that sees a row has them; and so has a pane before it is trained.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnitSplit } from '../../src/protect/certified/splitUnits.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { labelsOf, namesOf, type Records, standardised } from './records.ts'

const names = [
  'age',
  'workclass',
  'weight',
  'education',
  'education-number',
  'marital',
  'occupation',
  'relationship',
  'race',
  'sex',
  'gain',
  'loss',
  'hours',
  'country',
  'income',
] as const

type Column = (typeof names)[number]

/** Texts column by column, as the files have them (`?` for what is missing). */
export type Adult = Readonly<Record<Column, readonly string[]>>

const coded = ['workclass', 'marital', 'occupation', 'relationship', 'race', 'sex', 'country'] as const

/** Both files of the folder, the training rows first. @throws what reading a file throws */
export async function readAdult(folder: string): Promise<Adult> {
  const rows: string[][] = []
  for (const file of ['adult.data', 'adult.test'])
    for (const line of (await readFile(join(folder, file), 'utf8')).split('\n')) {
      const cells = line.trim().split(', ')
      // The test file starts with a remark and ends its labels with a full stop.
      if (cells.length === names.length) rows.push(cells.map((cell) => cell.replace(/\.$/, '')))
    }
  return Object.fromEntries(
    names.map((name, j) => [name, rows.map((cells) => cells[j]!)]),
  ) as unknown as Adult
}

/** All women and as many men, drawn by the seed; in the order of the files. */
export function balancedBySex(adult: Adult, seed: number): Adult {
  const rows = upTo(adult.sex.length)
  const women = rows.filter((row) => adult.sex[row] === 'Female')
  const men = shuffle(
    rows.filter((row) => adult.sex[row] !== 'Female'),
    seededStream(seed, 'men'),
  )
  const kept = Int32Array.from([...women, ...men.subarray(0, women.length)]).sort()
  return Object.fromEntries(
    names.map((name) => [name, Array.from(kept, (row) => adult[name][row]!)]),
  ) as unknown as Adult
}

/** Marital status of three kinds. */
const maritalOf = (text: string): string =>
  text.startsWith('Married-') ? 'married' : text === 'Never-married' ? 'never married' : 'other'

/**
 * Rows as numbers: age, years of education, log(1 + gain), log(1 + loss) and hours standardised, and a column for each
 * value of the other columns: 91 of all rows.
 */
export function adultRecords(adult: Adult, split: UnitSplit): Records {
  const numbers = (column: Column, to = (v: number) => v) =>
    Float64Array.from(adult[column], (text) => to(Number(text)))
  const measured = standardised(
    [
      numbers('age'),
      numbers('education-number'),
      numbers('gain', Math.log1p),
      numbers('loss', Math.log1p),
      numbers('hours'),
    ],
    split.train.rows,
  )
  const codes = coded.map((column) => labelsOf(adult[column], namesOf(adult[column])))
  const rows = adult.income.length
  const width = 5 + codes.reduce((sum, { names }) => sum + names.length, 0)
  const data = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    data.set(measured.data.subarray(5 * row, 5 * row + 5) as Float32Array, row * width)
    let at = row * width + 5
    for (const { names, of } of codes) {
      data[at + of[row]!] = 1
      at += names.length
    }
  }
  return {
    x: { dtype: 'float32', shape: [rows, width], data },
    label: labelsOf(adult.income, ['<=50K', '>50K']),
    attributes: {
      sex: labelsOf(adult.sex, ['Female', 'Male']),
      marital: labelsOf(adult.marital.map(maritalOf), ['married', 'never married', 'other']),
    },
    split,
  }
}
