// A table as a search takes it: quasi-identifiers by the leaves of their hierarchies, rows that are equal once, people of a public list counted.
// Source: docs/tables.md.
// It looks at the columns that are named and at no other.

import { FrostglassError } from '../../../errors.ts'
import type { CodedTable, CodedTableColumn } from '../codedTable.ts'
import { roomForCodes } from '../codeTexts.ts'
import { type Distinct, distinctRows } from '../distinctRows.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { createNumberer } from '../numberRows.ts'
import { recoded } from '../recode.ts'
import type { SearchProblem } from '../search/problem.ts'

/** What columns are; those that are not named here come along as they are. */
export interface ColumnRoles {
  /** Columns by which somebody could know a person, with their hierarchies. */
  readonly quasi: readonly {
    readonly name: string
    readonly hierarchy: Hierarchy
    readonly weight?: number | undefined
  }[]
  readonly sensitive: readonly { readonly name: string; readonly hierarchy?: Hierarchy | undefined }[]
}

/** What is asked of the published table. */
export type Asked = Pick<SearchProblem, 'models' | 'quality' | 'suppression'>

/** A table as a search takes it, and the way back to its rows. */
export interface Posed {
  readonly problem: SearchProblem
  /** [quasi-identifiers] by the leaves of their hierarchies. */
  readonly quasi: readonly CodedTableColumn[]
  /** [rows of the table] index of a distinct row. */
  readonly of: Uint32Array
}

/**
 * Poses a table.
 * @param list a public list of people: its columns are the quasi-identifiers, and the table's people are among its own
 * @throws FrostglassError `usage` for a column that is not there or has two roles; `input` for a value that is missing from its
 * hierarchy, or people of the table who are on no list
 */
export function poseTable(table: CodedTable, roles: ColumnRoles, asked: Asked, list?: CodedTable): Posed {
  const names = [...roles.quasi, ...roles.sensitive].map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new FrostglassError(
      'usage',
      `column '${twice}' is named twice`,
      'A column is a quasi-identifier or sensitive, once.',
    )
  const quasi = roles.quasi.map(({ name, hierarchy }) => recoded(columnOf(table, name), hierarchy))
  const sensitive = roles.sensitive.map(({ name, hierarchy }) =>
    hierarchy ? recoded(columnOf(table, name), hierarchy) : columnOf(table, name),
  )
  const listed = list && roles.quasi.map(({ name, hierarchy }) => recoded(columnOf(list, name), hierarchy))
  const { distinct, of } = listed
    ? withPeople(quasi, sensitive, listed, table.rows)
    : distinctRows(quasi, sensitive)
  return {
    problem: {
      distinct,
      hierarchies: roles.quasi.map(({ hierarchy }) => hierarchy),
      sensitive: sensitive.map(({ name, values }, s) => ({
        name,
        values,
        hierarchy: roles.sensitive[s]!.hierarchy,
      })),
      weights: roles.quasi.map(({ weight = 1 }) => weight),
      ...asked,
    },
    quasi,
    of,
  }
}

function columnOf({ columns }: CodedTable, name: string): CodedTableColumn {
  const column = columns.find((one) => one.name === name)
  if (column) return column
  throw new FrostglassError(
    'usage',
    `there is no column '${name}'`,
    `There are ${columns.map((one) => one.name).join(', ')}.`,
  )
}

/** Distinct rows of the table and of a list, whose people have the first sensitive value, which counts of none of them. */
function withPeople(
  quasi: readonly CodedTableColumn[],
  sensitive: readonly CodedTableColumn[],
  listed: readonly CodedTableColumn[],
  rows: number,
): Distinct {
  const people = listed[0]?.codes.length ?? 0
  const joined = ({ name, values, codes }: CodedTableColumn, more?: CodedTableColumn): CodedTableColumn => {
    const all = roomForCodes(rows + people, values.length)
    all.set(codes)
    if (more) all.set(more.codes, rows)
    return { name, values, codes: all }
  }
  const published = new Uint8Array(rows + people).fill(1, 0, rows)
  const { distinct, of } = distinctRows(
    quasi.map((column, j) => joined(column, listed[j])),
    sensitive.map((column) => joined(column)),
    published,
  )
  // Every row was counted as a person, and those of the table are on the list once more.
  const population = distinct.population!.map((all, d) => all - distinct.rows[d]!)
  const found: Distinct = { distinct: { ...distinct, population }, of: of.subarray(0, rows) }
  requireListed(found.distinct, quasi)
  return found
}

/** @throws FrostglassError `input` where fewer people of the list than rows have the same quasi-identifiers */
function requireListed(
  { count, rows, population, quasi: codes }: Distinct['distinct'],
  quasi: readonly CodedTableColumn[],
): void {
  const kinds = createNumberer().number(
    count,
    codes.map((column, j) => ({ codes: column, values: quasi[j]!.values.length })),
  )
  const short = new Float64Array(kinds.count)
  for (let d = 0; d < count; d++) short[kinds.of[d]!]! += rows[d]! - population![d]!
  const missing = short.reduce((sum, many) => sum + Math.max(0, many), 0)
  if (missing > 0)
    throw new FrostglassError(
      'input',
      `${missing} rows of the table have quasi-identifiers that nobody on the public list has, or fewer people than rows`,
      'Give a list that has all people of the table, each as often as they have rows.',
    )
}
