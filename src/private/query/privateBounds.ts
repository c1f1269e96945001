// Bounds of a column that nobody stated, found privately: noisy counts by powers of two, and the bins that stand out.
// Source: bins of doubling width as in Wilson and others 2020 (differentially private SQL with bounded user contribution).
// It does not promise to hold every value: what is rarer than the noise lies outside, and is clamped.

import { doubleLiteral } from '../../data/duckdb.ts'
import { FrostglassError } from '../../errors.ts'
import { type Rational, roundedUp } from '../mechanisms/rational.ts'
import type { AnsweredGroup } from './answer.ts'
import type { Pending, QueryPlan } from './plan.ts'
import type { Bounds } from './ranges.ts'

const exponents = Array.from({ length: 79 }, (_, i) => i - 16)
/** Bin i holds the numbers above edge i − 1, up to edge i. */
const edges = [...exponents.map((e) => -(2 ** e)).reverse(), 0, ...exponents.map((e) => 2 ** e)]

/** How often noise makes some bin stand out that is empty, and the range far too wide. */
const FAILING = 0.01

/** The noisy count from which on a bin stands out: of all empty ones together noise reaches it that seldom. */
export const standsOut = (epsilon: Rational): number =>
  Math.ceil(Math.log((edges.length + 1) / (2 * FAILING)) / roundedUp(epsilon))

/** The plan of the count by bins: the query's rows, but of each unit one row, in whichever bin. */
export function binsPlan(
  { threshold: _, ...plan }: QueryPlan,
  { column, number: x, epsilon }: Pending,
): QueryPlan {
  const bin = `len(list_filter([${edges.map(doubleLiteral).join(', ')}], lambda e: e < ${x}))::DOUBLE`
  return {
    ...plan,
    perUnit: { rows: 1, groups: 1 },
    keys: [{ name: column, form: 'number', sql: `(CASE WHEN ${x} IS NOT NULL THEN ${bin} END)` }],
    values: [],
    releases: [{ kind: 'moments', values: undefined, degree: 0, missing: false, epsilon }],
    answers: [{ aggregate: { kind: 'rows', name: 'count' }, release: 0 }],
    groups: [...edges, Number.POSITIVE_INFINITY].map((_edge, i) => [i]),
    pending: [],
  }
}

/**
 * The smallest range of whole bins that has all that stand out.
 * @throws FrostglassError `input` where none does; what the bins cost stays spent.
 */
export function boundsOf({ column, epsilon }: Pending, bins: readonly AnsweredGroup[]): Bounds {
  const least = standsOut(epsilon)
  const high = bins.filter(({ answers }) => answers[0]!.value >= least).map(({ keys }) => Number(keys[0]))
  if (high.length === 0)
    throw new FrostglassError(
      'input',
      `too few rows to find bounds of ${column} privately`,
      `State them (--bounds ${column}=low:high); what looking for them cost stays spent.`,
    )
  const first = Math.min(...high)
  const last = Math.max(...high)
  const zero = edges.indexOf(0)
  // 0 lies at the upper end of its bin: what is below it there is next to nothing.
  const lower = first === zero ? 0 : first === 0 ? 2 * edges[0]! : edges[first - 1]!
  const upper = last === edges.length ? 2 * edges.at(-1)! : edges[last]!
  return { lower, upper: Math.max(upper, lower + edges[zero + 1]!) }
}
