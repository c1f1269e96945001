// Adult's nine columns as texts, split into people whose rows are published and others.
// Source: arx-deidentifier/arx, data/adult.csv; the split is the public one of the synthesis (../shared/data/synthesis).
// Seven columns may be known; the occupation is hidden, and the income is what a classifier is to tell.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FrostglassError } from '../../src/errors.ts'
import type { CodedTable } from '../../src/protect/tables/codedTable.ts'
import { codeColumn, codedTableOf } from '../../src/protect/tables/codeTexts.ts'
import { readHierarchy } from '../../src/protect/tables/hierarchies/file.ts'
import type { Hierarchy } from '../../src/protect/tables/hierarchy.ts'

export const quasi = [
  'sex',
  'age',
  'race',
  'marital-status',
  'education',
  'native-country',
  'workclass',
] as const
export const hidden = 'occupation'
export const label = 'salary-class'
export const columns = [...quasi, hidden, label] as const

/** Two tables of one population, coded by the leaves of the hierarchies. */
export interface People {
  readonly inside: CodedTable
  readonly outside: CodedTable
  /** [columns] */
  readonly hierarchies: readonly Hierarchy[]
}

/** @param data the folder that holds arx-adult and synthesis @throws FrostglassError `usage` without it */
export function readPeople(data: string | undefined): People {
  if (data === undefined)
    throw new FrostglassError(
      'usage',
      'the experiment utility needs Adult and its split',
      'Say --data and the folder that holds arx-adult and synthesis.',
    )
  const [head = [], ...rows] = readFileSync(join(data, 'arx-adult/adult.csv'), 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(';'))
  const split = JSON.parse(readFileSync(join(data, 'synthesis/split_arx9.json'), 'utf8')) as {
    train: number[]
  }
  const chosen = new Set(split.train)
  const hierarchies = columns.map((name) =>
    readHierarchy(
      readFileSync(join(data, `arx-adult/adult_hierarchy_${name}.csv`), 'utf8'),
      `the hierarchy of ${name}`,
    ),
  )
  const coded = (some: readonly string[][]) =>
    codedTableOf(
      columns.map((name, j) => {
        const place = head.indexOf(name)
        return codeColumn(
          name,
          some.map((row) => row[place]!),
          hierarchies[j]!.leaves,
        )
      }),
    )
  return {
    inside: coded(rows.filter((_, row) => chosen.has(row))),
    outside: coded(rows.filter((_, row) => !chosen.has(row))),
    hierarchies,
  }
}
