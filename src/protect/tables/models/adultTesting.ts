// For tests: the classes of Adult at a node of its lattice, one by one, as models see them.
// Source: ../shared/data/arx-adult; counting by texts, with nothing of the search in it.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readHierarchy } from '../hierarchies/file.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { ClassView, ModelFacts } from '../model.ts'

const folder = resolve(import.meta.dirname, '../../../../../shared/data/arx-adult')

/** A file of the folder, and whether it is at hand. */
export const adultFile = (name: string): string => readFileSync(join(folder, name), 'utf8')
export const hasAdult = existsSync(join(folder, 'adult.csv'))

/** Some rows of Adult, generalised. */
export interface AdultClasses {
  readonly views: readonly ClassView[]
  readonly facts: ModelFacts
}

/** Names of Adult's columns, in order. */
export const adultColumns: readonly string[] = [
  'sex',
  'age',
  'race',
  'marital-status',
  'education',
  'native-country',
  'workclass',
  'occupation',
  'salary-class',
]

/** [rows][columns] */
const cellsOf = (name: string): string[][] =>
  adultFile(name)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(';'))

const hierarchyOf = (column: string): Hierarchy =>
  readHierarchy(adultFile(`adult_hierarchy_${column}.csv`), column)
const placeOf = (column: string): number => adultColumns.indexOf(column)

/** Of each row, its cells at a node as one text. */
function keysOf(
  cells: readonly (readonly string[])[],
  quasi: readonly string[],
  node: readonly number[],
): string[] {
  const labels = quasi.map((name, c) => {
    const { leaves, levels } = hierarchyOf(name)
    const { groupOf } = levels[node[c]!]!
    return [placeOf(name), new Map(leaves.map((leaf, i) => [leaf, groupOf[i]!]))] as const
  })
  return cells.map((row) => labels.map(([place, label]) => label.get(row[place]!)).join(' '))
}

/**
 * Adult's classes.
 * @param sensitive name of the sensitive column, or undefined: nothing is counted then
 * @param subset whether rows are those of the research subset, and Adult the public table
 */
export function adultClasses(
  quasi: readonly string[],
  node: readonly number[],
  sensitive: string | undefined,
  subset = false,
): AdultClasses {
  const people = cellsOf('adult.csv')
  const rows = subset ? cellsOf('adult_subset.csv') : people
  const keys = keysOf(rows, quasi, node)
  const cells = sensitive === undefined ? [] : rows.map((row) => row[placeOf(sensitive)]!)
  const names = [...new Set(cells)].sort()
  const codeOf = new Map(names.map((name, code) => [name, code]))
  const counted = new Map<string, { population: number; counts: number[] }>()
  const at = (key: string) => {
    const found = counted.get(key) ?? { population: 0, counts: names.length === 0 ? [0] : names.map(() => 0) }
    counted.set(key, found)
    return found
  }
  if (subset) for (const key of keysOf(people, quasi, node)) at(key).population++
  keys.forEach((key, row) => {
    at(key).counts[sensitive === undefined ? 0 : codeOf.get(cells[row]!)!]!++
  })
  return {
    views: [...counted.values()].map(viewOf),
    facts: factsOf([...counted.values()], names, sensitive, subset),
  }
}

function viewOf({ counts, population }: { counts: readonly number[]; population: number }): ClassView {
  const values = [...counts.keys()].filter((value) => counts[value]! > 0)
  return {
    rows: counts.reduce((sum, count) => sum + count, 0),
    population,
    distinct: values.length,
    values: Uint32Array.from(values),
    counts: Float64Array.from(values, (value) => counts[value]!),
  }
}

function factsOf(
  classes: readonly { counts: readonly number[]; population: number }[],
  names: readonly string[],
  sensitive: string | undefined,
  subset: boolean,
): ModelFacts {
  const total = (of: (one: (typeof classes)[number]) => number) =>
    classes.reduce((sum, one) => sum + of(one), 0)
  return {
    rows: total(({ counts }) => counts.reduce((sum, count) => sum + count, 0)),
    populationRows: subset ? total(({ population }) => population) : 0,
    sensitiveCounts: Float64Array.from(names, (_, value) => total(({ counts }) => counts[value]!)),
    sensitiveValues: names,
    sensitiveHierarchy: sensitive === undefined ? undefined : hierarchyOf(sensitive),
  }
}

/** The classes of so many rows and more, and the facts of a table that has these alone. */
export function withoutSmall({ views, facts }: AdultClasses, least: number): AdultClasses {
  const kept = views.filter((view) => view.rows >= least)
  const sensitiveCounts = new Float64Array(facts.sensitiveCounts.length)
  for (const view of kept) {
    for (let i = 0; i < view.distinct; i++) sensitiveCounts[view.values[i]!]! += view.counts[i]!
  }
  const rows = kept.reduce((sum, view) => sum + view.rows, 0)
  return { views: kept, facts: { ...facts, rows, sensitiveCounts } }
}
