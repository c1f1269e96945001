// For tests: small random tables with random trees as hierarchies, and a search of all nodes that is written from the definitions.
// Source: none.
// It is slow and plain on purpose, and shares nothing with the search but models and quality models.

import fc from 'fast-check'
import { codeColumn } from '../codeTexts.ts'
import { distinctRows } from '../distinctRows.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { Classes, QualityLoss } from '../quality.ts'
import { compareLevels, latticeOf } from './lattice.ts'
import { type ReadyProblem, readyProblem, type SearchProblem } from './problem.ts'

/** A tree: level by level some groups are joined, up to one. */
export const trees = (leaves: number): fc.Arbitrary<Hierarchy> =>
  fc.array(fc.array(fc.nat(2), { minLength: leaves, maxLength: leaves }), { maxLength: 2 }).map((joins) => {
    const levels = [levelOf(Array.from({ length: leaves }, (_, i) => i))]
    for (const join of [...joins, new Array(leaves).fill(0)]) {
      const below = levels.at(-1)!.groupOf
      levels.push(levelOf(Array.from(below, (group) => join[group]! as number)))
    }
    return { leaves: Array.from({ length: leaves }, (_, i) => `v${i}`), levels }
  })

function levelOf(groups: readonly number[]) {
  const names = [...new Set(groups)]
  return {
    labels: names.map((name) => `g${name}`),
    groupOf: Uint32Array.from(groups, (group) => names.indexOf(group)),
  }
}

/** A table before it is coded: rows of leaves, the last column sensitive, and which rows are published. */
export interface RandomTable {
  readonly hierarchies: readonly Hierarchy[]
  readonly sensitiveHierarchy: Hierarchy
  readonly rows: readonly (readonly number[])[]
  /** [rows] whether a row is published; the rest is of a public table alone. */
  readonly published: readonly boolean[] | undefined
}

const size = { min: 1, max: 4 }

/** Tables of one to three quasi-identifiers and up to 24 rows, with a public table or without. */
export const tables: fc.Arbitrary<RandomTable> = fc
  .array(fc.integer(size).chain(trees), { minLength: 1, maxLength: 3 })
  .chain((hierarchies) =>
    trees(3).chain((sensitiveHierarchy) => {
      const row = fc.tuple(...hierarchies.map(({ leaves }) => fc.nat(leaves.length - 1)), fc.nat(2))
      return fc.array(row, { minLength: 1, maxLength: 24 }).chain((rows) =>
        fc
          .option(fc.array(fc.boolean(), { minLength: rows.length, maxLength: rows.length }), {
            nil: undefined,
          })
          .map((published) => ({
            hierarchies,
            sensitiveHierarchy,
            rows,
            published: published?.some(Boolean) ? published : undefined,
          })),
      )
    }),
  )

/** A table as a search takes it. The sensitive column is called `secret`. */
export function coded(table: RandomTable): Pick<SearchProblem, 'distinct' | 'hierarchies' | 'sensitive'> {
  const { hierarchies, sensitiveHierarchy, rows, published } = table
  const column = (hierarchy: Hierarchy, j: number) =>
    codeColumn(
      `c${j}`,
      rows.map((row) => `v${row[j]!}`),
      hierarchy.leaves,
    )
  const { distinct } = distinctRows(
    hierarchies.map(column),
    [column(sensitiveHierarchy, hierarchies.length)],
    published?.map(Number),
  )
  const secret = { name: 'secret', values: sensitiveHierarchy.leaves, hierarchy: sensitiveHierarchy }
  return { distinct, hierarchies, sensitive: [secret] }
}

/** Classes of a node by the texts of their labels, and whether each passes all models of classes. */
export function plainNode(problem: ReadyProblem, levels: readonly number[]) {
  const { distinct, hierarchies, ready } = problem
  const groups = new Map<string, number[]>()
  for (let d = 0; d < distinct.count; d++) {
    const key = hierarchies
      .map(({ levels: all }, j) => all[levels[j]!]!.groupOf[distinct.quasi[j]![d]!])
      .join()
    groups.set(key, [...(groups.get(key) ?? []), d])
  }
  const members = [...groups.values()]
  const rows = members.map((ds) => ds.reduce((sum, d) => sum + distinct.rows[d]!, 0))
  const passes = members.map((ds, c) =>
    ready.every(({ classPasses, column }) => {
      const values = new Map<number, number>()
      for (const d of ds)
        if (column >= 0 && distinct.rows[d]! > 0)
          values.set(
            distinct.sensitive[column]![d]!,
            (values.get(distinct.sensitive[column]![d]!) ?? 0) + distinct.rows[d]!,
          )
      const sorted = [...values].sort(([a], [b]) => a - b)
      return (
        classPasses?.({
          rows: rows[c]!,
          population: ds.reduce((sum, d) => sum + (distinct.population?.[d] ?? 0), 0),
          distinct: sorted.length,
          values: Uint32Array.from(sorted, ([value]) => value),
          counts: Float64Array.from(sorted, ([, many]) => many),
        }) ?? true
      )
    }),
  )
  return { members, rows, passes }
}

/** The same as a quality model is shown it. */
export function plainClasses(problem: ReadyProblem, levels: readonly number[]): Classes {
  const { members, rows, passes } = plainNode(problem, levels)
  const classOf = new Uint32Array(problem.distinct.count)
  members.forEach((ds, c) => {
    for (const d of ds) classOf[d] = c
  })
  return {
    count: members.length,
    classOf,
    first: Uint32Array.from(members, (ds) => ds[0]!),
    rows: Float64Array.from(rows),
    kept: Uint8Array.from(passes, (one, c) => (one || rows[c] === 0 ? 1 : 0)),
    suppressed: rows.reduce((sum, many, c) => sum + (passes[c] ? 0 : many), 0),
  }
}

/** The best node of all, by looking at every one; for models of classes. */
export function bestOfAll(
  problem: SearchProblem,
): { levels: readonly number[]; loss: QualityLoss; suppressed: number } | undefined {
  const ready = readyProblem(problem)
  const lattice = latticeOf(ready.heights)
  let best: { levels: readonly number[]; loss: QualityLoss; suppressed: number } | undefined
  for (let node = 0; node < lattice.size; node++) {
    const levels = lattice.levelsOf(node)
    const { rows, passes } = plainNode(ready, levels)
    const classes = plainClasses(ready, levels)
    const { suppressed } = classes
    if (
      suppressed > ready.most ||
      suppressed === ready.rows ||
      passes.some((one, c) => !one && rows[c] === 0)
    )
      continue
    const loss = [...ready.prepared.lossOf(levels, classes)]
    const found = loss.findIndex((one, i) => one !== best?.loss[i])
    const order = best && found >= 0 ? loss[found]! - best.loss[found]! : 0
    const tie = best ? suppressed - best.suppressed || compareLevels(levels, best.levels) : -1
    if (!best || order < 0 || (order === 0 && tie < 0)) best = { levels, loss, suppressed }
  }
  return best
}
