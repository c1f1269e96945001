// Adult as ARX tests it: nine categorical columns, a hierarchy each, and a part of the rows that is published where the rest is public.
// Source: arx-deidentifier/arx, data/adult*.csv.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FrostglassError } from '../../src/errors.ts'
import { codeColumn } from '../../src/protect/tables/codeTexts.ts'
import { distinctRows } from '../../src/protect/tables/distinctRows.ts'
import { readHierarchy } from '../../src/protect/tables/hierarchies/file.ts'
import type { SearchProblem } from '../../src/protect/tables/search/problem.ts'
import { javaDraws } from './javaDraws.ts'

/** The table of a problem: what a search is given but for what is asked of it. */
export type AdultTable = Pick<SearchProblem, 'distinct' | 'hierarchies' | 'sensitive'>

/** Which rows are published: all; those of `adult_subset.csv`; or those that ARX's test draws, by their number. */
export type Published = 'all' | 'subset' | number

const lines = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(';'))

/** The names of the columns, in the file's order. */
export const adultColumns = [
  'sex',
  'age',
  'race',
  'marital-status',
  'education',
  'native-country',
  'workclass',
  'occupation',
  'salary-class',
] as const

/**
 * Reads the table.
 * @param sensitive a column that is no quasi-identifier
 * @throws FrostglassError `input` where the file has other columns
 */
export function readAdult(folder: string, sensitive: string | undefined, published: Published): AdultTable {
  const [names = [], ...rows] = lines(join(folder, 'adult.csv'))
  if (names.join() !== adultColumns.join())
    throw new FrostglassError(
      'input',
      `${folder}/adult.csv has other columns than ${adultColumns.join(', ')}`,
    )
  const columns = adultColumns.map((name, j) => {
    const text = readFileSync(join(folder, `adult_hierarchy_${name}.csv`), 'utf8')
    const hierarchy = readHierarchy(text, `the hierarchy of ${name}`)
    const coded = codeColumn(
      name,
      rows.map((row) => row[j]!),
      hierarchy.leaves,
    )
    return { name, hierarchy, coded }
  })
  const quasi = columns.filter(({ name }) => name !== sensitive)
  const hidden = columns.filter(({ name }) => name === sensitive)
  const { distinct } = distinctRows(
    quasi.map(({ coded }) => coded),
    hidden.map(({ coded }) => coded),
    published === 'all' ? undefined : publishedRows(folder, rows, published),
  )
  return {
    distinct,
    hierarchies: quasi.map(({ hierarchy }) => hierarchy),
    sensitive: hidden.map(({ name, hierarchy }) => ({ name, values: hierarchy.leaves, hierarchy })),
  }
}

/** [rows] 1 for a row that is published. */
function publishedRows(folder: string, rows: readonly string[][], published: 'subset' | number): Uint8Array {
  const chosen = new Uint8Array(rows.length)
  if (published !== 'subset') {
    const next = javaDraws(0xdeadbeef | 0)
    for (let i = 0; i < published; i++) chosen[next(published)] = 1
    return chosen
  }
  // Of equal rows as many as the part has: which ones is the same.
  const places = new Map<string, number[]>()
  rows.forEach((row, i) => {
    const key = row.join(';')
    const known = places.get(key)
    if (known) known.push(i)
    else places.set(key, [i])
  })
  for (const row of lines(join(folder, 'adult_subset.csv')).slice(1)) {
    const place = places.get(row.join(';'))?.pop()
    if (place === undefined)
      throw new FrostglassError('input', `adult_subset.csv has a row that adult.csv has not: ${row}`)
    chosen[place] = 1
  }
  return chosen
}
