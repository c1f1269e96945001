// For tests: tables from records, and Adult as the ARX project tests it, where ../shared/data has it.
// Source: ../shared/data/arx-adult/README.md.
// No product code reads this.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CodedTable } from '../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import { seededStream } from '../../random/seeded.ts'

const folder = resolve(import.meta.dirname, '../../../../shared/data/arx-adult')

/** Whether Adult is at hand. */
export const hasAdult = existsSync(join(folder, 'adult.csv'))

/** A table of these columns; codes by first appearance. */
export function tableOf(columns: Readonly<Record<string, readonly (string | number)[]>>): CodedTable {
  const coded = Object.entries(columns).map(([name, cells]) => {
    const places = new Map<string, number>()
    const codes = Uint32Array.from(cells, (cell) => {
      const text = String(cell)
      const place = places.get(text) ?? places.size
      places.set(text, place)
      return place
    })
    return { name, values: [...places.keys()], codes }
  })
  return { rows: coded[0]?.codes.length ?? 0, columns: coded }
}

/** Some rows of a table. */
export function rowsOf(table: CodedTable, rows: ArrayLike<number>): CodedTable {
  return {
    rows: rows.length,
    columns: table.columns.map(({ name, values, codes }) => ({
      name,
      values,
      codes: Uint32Array.from(rows, (row) => codes[row]!),
    })),
  }
}

/** The rows of a table in another order. */
export function shuffled(table: CodedTable, seed: number): CodedTable {
  const source = seededStream(seed, 'shuffled')
  const order = Array.from({ length: table.rows }, (_, i) => [source.uniform(), i] as const)
  return rowsOf(
    table,
    order.sort((a, b) => a[0] - b[0]).map(([, i]) => i),
  )
}

/** The 30,162 rows of nine columns. @param file `adult` or `adult_subset` */
export function readAdult(file = 'adult'): CodedTable {
  const [head, ...lines] = readFileSync(join(folder, `${file}.csv`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(';'))
  return tableOf(Object.fromEntries(head!.map((name, c) => [name, lines.map((cells) => cells[c]!)])))
}

/** The hierarchy of a column of Adult. */
export function adultHierarchy(name: string): Hierarchy {
  const lines = readFileSync(join(folder, `adult_hierarchy_${name}.csv`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(';'))
  return {
    leaves: lines.map((fields) => fields[0]!),
    levels: lines[0]!.map((_, level) => {
      const labels = [...new Set(lines.map((fields) => fields[level]!))]
      return { labels, groupOf: Uint32Array.from(lines, (fields) => labels.indexOf(fields[level]!)) }
    }),
  }
}

/** A table with its columns generalised to these levels. */
export function generalised(
  table: CodedTable,
  levels: Readonly<Record<string, number>>,
  hierarchyOf: (name: string) => Hierarchy,
): CodedTable {
  return {
    rows: table.rows,
    columns: table.columns.map((column) => {
      const level = levels[column.name]
      if (level === undefined) return column
      const { leaves, levels: of } = hierarchyOf(column.name)
      const { labels, groupOf } = of[level]!
      const places = new Map(leaves.map((leaf, l) => [leaf, groupOf[l]!]))
      const toGroup = Uint32Array.from(column.values, (value) => places.get(value)!)
      return {
        name: column.name,
        values: labels,
        codes: Uint32Array.from(column.codes, (code) => toGroup[code]!),
      }
    }),
  }
}

/** People of one law: an age, a wage that goes with it, a town, an illness that goes with the town. */
export function people(rows: number, seed: number): CodedTable {
  const source = seededStream(seed, 'people')
  const made = Array.from({ length: rows }, () => {
    const age = 20 + source.uniform() * 60
    const town = source.below(6)
    return {
      age: age.toFixed(2),
      wage: (1000 + 30 * age + 200 * source.normal()).toFixed(1),
      town: `t${town}`,
      ill: `i${source.below(3) === 0 ? source.below(6) : town}`,
      day: source.below(365),
    }
  })
  return tableOf({
    age: made.map((p) => p.age),
    wage: made.map((p) => p.wage),
    town: made.map((p) => p.town),
    ill: made.map((p) => p.ill),
    day: made.map((p) => p.day),
  })
}

/** Every second row of one table, the others of another. */
export function halfCopied(one: CodedTable, other: CodedTable): CodedTable {
  const cell = (table: CodedTable, c: number, row: number) => {
    const { values, codes } = table.columns[c]!
    return values[codes[row]!]!
  }
  return tableOf(
    Object.fromEntries(
      one.columns.map(({ name }, c) => [
        name,
        Array.from({ length: one.rows }, (_, i) => cell(i % 2 === 0 ? one : other, c, i)),
      ]),
    ),
  )
}
