// What the tests of models share: small tables of counts, their classes as a search shows them, their rows one by one for the twins, and
// the properties that all models are held to.

import fc from 'fast-check'
import type { Hierarchy } from '../hierarchy.ts'
import type { ClassView, ModelFacts, PreparedModel, PrivacyModel, TableView } from '../model.ts'

/** [classes][values] how many rows of a class have a value. */
export type CountedClasses = readonly (readonly number[])[]

/** A class of so many rows of each value. */
export function viewOf(counts: readonly number[], population = 0): ClassView {
  const values = counts.flatMap((count, value) => (count > 0 ? [value] : []))
  return {
    rows: counts.reduce((sum, count) => sum + count, 0),
    population,
    distinct: values.length,
    values: Uint32Array.from(values),
    counts: Float64Array.from(values, (value) => counts[value]!),
  }
}

/** What a model may know of a table of these classes. Values are called v0, v1, … */
export function factsOf(
  classes: CountedClasses,
  more: {
    readonly populationRows?: number
    readonly names?: readonly string[]
    readonly hierarchy?: Hierarchy
  } = {},
): ModelFacts {
  const width = classes[0]?.length ?? 0
  const counts = Float64Array.from({ length: width }, (_, v) => classes.reduce((sum, c) => sum + c[v]!, 0))
  return {
    rows: counts.reduce((sum, count) => sum + count, 0),
    populationRows: more.populationRows ?? 0,
    sensitiveCounts: counts,
    sensitiveValues: more.names ?? Array.from(counts, (_, v) => `v${v}`),
    sensitiveHierarchy: more.hierarchy,
  }
}

/** The sensitive values of a class, a row each: what definitions are written for. */
export const rowsOf = (counts: readonly number[]): number[] =>
  counts.flatMap((count, value) => Array.from({ length: count }, () => value))

/** The share of rows that are of a value. */
export const shareOf = (rows: readonly number[], value: number): number =>
  rows.filter((row) => row === value).length / rows.length

/** Tables of one to six classes and one to five values, no class without rows and no value that nobody has. */
export const countedTables: fc.Arbitrary<number[][]> = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.array(
      fc
        .array(fc.integer({ min: 0, max: 6 }), { minLength: width, maxLength: width })
        .filter((counts) => counts.some((count) => count > 0)),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map((classes) => {
    const used = classes[0]!.map((_, v) => classes.some((counts) => counts[v]! > 0))
    return classes.map((counts) => counts.filter((_, v) => used[v]))
  })

/** Two classes as one. */
export const union = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((count, v) => count + b[v]!)

/** Which classes of a table a model lets pass. */
export const passing = (prepared: PreparedModel, classes: CountedClasses): boolean[] =>
  classes.map((counts) => prepared.classPasses!(viewOf(counts)))

/** Classes that pass, with a union of two that does not; undefined where no two of the table are so. */
export function brokenUnion(model: PrivacyModel, classes: CountedClasses, facts = factsOf(classes)) {
  const prepared = model.prepare(facts)
  const fine = classes.filter((counts) => prepared.classPasses!(viewOf(counts)))
  for (const a of fine) {
    for (const b of fine) {
      if (a !== b && !prepared.classPasses!(viewOf(union(a, b)))) return [a, b] as const
    }
  }
  return undefined
}

/** A published table of classes of these sizes. */
export const tableOf = (sizes: readonly number[]): TableView => ({
  sizes: Float64Array.from(sizes),
  classes: sizes.length,
  rows: sizes.reduce((sum, size) => sum + size, 0),
})
