// Whether a table that is about to be published is what was asked for: from its distinct rows, with code of its own.
// Source: the definition of a class. It shares nothing with the search but the models themselves.

import type { ReadyProblem } from './problem.ts'

/** The classes of a node, found anew. */
interface Plain {
  readonly rows: number[]
  readonly population: number[]
  /** A map a class and sensitive column: rows of each value. */
  readonly spreads: readonly Map<number, number>[][]
  readonly classOf: Uint32Array
}

function plainClasses({ distinct, hierarchies }: ReadyProblem, levels: readonly number[]): Plain {
  // Column by column: a class is a class of the columns before, and a label.
  let classOf = new Uint32Array(distinct.count)
  hierarchies.forEach(({ levels: all }, j) => {
    const { labels, groupOf } = all[levels[j]!]!
    const numbers = new Map<number, number>()
    classOf = classOf.map((before, d) => {
      const key = before * labels.length + groupOf[distinct.quasi[j]![d]!]!
      const known = numbers.get(key) ?? numbers.size
      numbers.set(key, known)
      return known
    })
  })
  const count = classOf.reduce((most, c) => Math.max(most, c + 1), 0)
  const rows: number[] = new Array(count).fill(0)
  const population: number[] = new Array(count).fill(0)
  const spreads = Array.from({ length: count }, () => distinct.sensitive.map(() => new Map<number, number>()))
  classOf.forEach((c, d) => {
    rows[c]! += distinct.rows[d]!
    population[c]! += distinct.population?.[d] ?? 0
    distinct.sensitive.forEach((codes, s) => {
      const map = spreads[c]![s]!
      if (distinct.rows[d]! > 0) map.set(codes[d]!, (map.get(codes[d]!) ?? 0) + distinct.rows[d]!)
    })
  })
  return { rows, population, spreads, classOf }
}

/**
 * What is wrong with a table, or nothing.
 * @param isKept [distinct rows] whether a row's class is published
 */
export function faultOf(
  problem: ReadyProblem,
  levels: readonly number[],
  isKept: (distinctRow: number) => boolean,
): string | undefined {
  const { rows, population, spreads, classOf } = plainClasses(problem, levels)
  const kept: (boolean | undefined)[] = new Array(rows.length)
  for (let d = 0; d < classOf.length; d++) {
    const c = classOf[d]!
    if (kept[c] !== undefined && kept[c] !== isKept(d)) return 'a class is published in part'
    kept[c] = isKept(d)
  }
  const published = rows.filter((many, c) => kept[c] && many > 0)
  const suppressed = rows.reduce((sum, many, c) => sum + (kept[c] ? 0 : many), 0)
  if (suppressed > problem.most) return `${suppressed} rows are suppressed, and ${problem.most} may be`
  for (const { model, column, classPasses, tablePasses } of problem.ready) {
    const passes = (c: number) => {
      const pairs = [...(spreads[c]![column] ?? [])].sort(([a], [b]) => a - b)
      return classPasses!({
        rows: rows[c]!,
        population: population[c]!,
        distinct: pairs.length,
        values: Uint32Array.from(pairs, ([value]) => value),
        counts: Float64Array.from(pairs, ([, many]) => many),
      })
    }
    if (classPasses)
      for (let c = 0; c < rows.length; c++)
        if ((kept[c] || rows[c] === 0) && !passes(c)) return `a class of ${rows[c]} rows has no ${model.says}`
    const total = published.reduce((sum, many) => sum + many, 0)
    if (
      tablePasses &&
      !tablePasses({ sizes: Float64Array.from(published), classes: published.length, rows: total })
    )
      return `the table has no ${model.says}`
  }
  return undefined
}
