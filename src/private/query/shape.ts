// As few releases as answer everything that is asked: one for all moments of a column, and rows counted along with one.
// Source: moments.ts (why one release answers COUNT, SUM, AVG and VARIANCE together); docs/explanation/private-queries.md has the measurements.
// It does not look for the best split of ε: every release gets the same share.

import type { Aggregate, Operand, SelectList } from './aggregates.ts'
import { gridOf, quantiles } from './grid.ts'
import type { Bounds } from './ranges.ts'
import type { Release, Share, Values } from './release.ts'
import { as } from './typed.ts'

/** How an asked-for answer is had from a release. */
export interface PlannedAnswer {
  readonly aggregate: Aggregate
  readonly release: number
}

/** A release without its share of ε or ρ. */
export type Unpaid<T> = T extends Share ? Omit<T, 'epsilon' | 'rho'> : never

export interface Shape {
  readonly values: readonly Values[]
  readonly releases: readonly Unpaid<Release>[]
  readonly answers: readonly PlannedAnswer[]
  /** The release that counts rows, where one has to. */
  readonly counted: number | undefined
}

interface Family {
  readonly of: Operand
  readonly functions: Set<string>
}

/** As few releases as answer everything: one for all moments of a column, and rows counted along with one of those. */
export function releasesOf(
  list: SelectList,
  privateKeys: boolean,
  options: {
    readonly bounds: ReadonlyMap<string, Bounds>
    readonly unit: string | undefined
    readonly rowsPerUnit: number
    readonly used: Set<string>
    readonly unbounded: Set<string>
  },
): Shape {
  const values: Values[] = []
  const releases: Unpaid<Release>[] = []
  const valuesOf = (of: Operand, name: string, use: 'presence' | 'sums' | 'quantiles'): number =>
    values.push(use === 'presence' ? presenceOf(of) : numbersOf(of, name, use === 'quantiles', options)) - 1
  const families = new Map<string, Family>()
  for (const aggregate of list.aggregates)
    if (aggregate.kind === 'moment') {
      const family = families.get(aggregate.of.id) ?? { of: aggregate.of, functions: new Set() }
      families.set(aggregate.of.id, { ...family, functions: family.functions.add(aggregate.function) })
    }
  const needRows = privateKeys || list.aggregates.some(({ kind }) => kind === 'rows')
  const degreeOf = ({ functions }: Family): 0 | 1 | 2 =>
    [...functions].some((name) => /^(var|stddev)/.test(name))
      ? 2
      : functions.has('sum') || functions.has('avg')
        ? 1
        : 0
  const host = needRows ? [...families].sort(([, a], [, b]) => degreeOf(a) - degreeOf(b))[0]?.[0] : undefined
  const places = new Map<string, number>()
  for (const [id, family] of families) {
    const degree = degreeOf(family)
    const names = list.aggregates.flatMap((one) =>
      one.kind === 'moment' && one.of.id === id ? [one.name] : [],
    )
    const name = names.find((one) => options.bounds.has(one.toLowerCase())) ?? names[0]!
    const place = valuesOf(family.of, name, degree > 0 ? 'sums' : 'presence')
    // A sum alone is better added up from 0: its noise is as large as the larger bound, not as both.
    const sumAlone = id !== host && family.functions.size === 1 && family.functions.has('sum')
    releases.push(
      sumAlone
        ? { kind: 'sum', values: place }
        : { kind: 'moments', values: place, degree, missing: id === host },
    )
    places.set(id, releases.length - 1)
  }
  let counted = host === undefined ? undefined : places.get(host)
  if (needRows && counted === undefined)
    counted = releases.push({ kind: 'moments', values: undefined, degree: 0, missing: false }) - 1
  const answers = list.aggregates.map((aggregate): PlannedAnswer => {
    if (aggregate.kind === 'rows') return { aggregate, release: counted! }
    if (aggregate.kind === 'moment') return { aggregate, release: places.get(aggregate.of.id)! }
    const { of, name } = aggregate
    if (aggregate.kind === 'distinct') {
      // Of the unit's own column, too: cells that are one unit's may differ in what is counted, in spaces beyond its text.
      const most = options.rowsPerUnit
      const place = valuesOf(of, name, 'presence')
      return {
        aggregate,
        release: releases.push({ kind: 'distinct', values: place, most: BigInt(most) }) - 1,
      }
    }
    const place = valuesOf(of, name, 'quantiles')
    const { quantile } = aggregate
    return { aggregate, release: releases.push({ kind: 'quantile', values: place, quantile }) - 1 }
  })
  return { values, releases, answers, counted }
}

const presenceOf = ({ expression, label }: Operand): Values => ({
  // −0 is 0, so that equal rows are the same.
  sql:
    expression.kind === 'number'
      ? `(${expression.number!} + 0::DOUBLE)`
      : (expression.text ?? expression.truth!),
  label,
  whole: false,
})

/** Values on their grid. A column without bounds is put among the `unbounded`, with a range that stands in for its own. */
function numbersOf(
  { expression, label, column }: Operand,
  name: string,
  ranked: boolean,
  { bounds, used, unbounded }: Parameters<typeof releasesOf>[2],
): Values {
  const sql = as('number', expression, label)
  const bound = bounds.get(name.toLowerCase())
  if (bound !== undefined) used.add(name.toLowerCase())
  const range = bound ?? expression.range
  if (range === undefined) unbounded.add(column ?? expression.unbounded ?? name)
  const held = range ?? { lower: 0, upper: 1 }
  return {
    sql,
    label,
    grid: gridOf(
      bound === undefined ? (column ?? name) : name,
      held,
      expression.whole,
      ranked ? quantiles : undefined,
    ),
    bounds: held,
    whole: expression.whole,
  }
}
