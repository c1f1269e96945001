// A plan in words and numbers for people: what is released, what of ε each part gets, what was bounded, what is not covered.
// Source: docs/explanation/private-queries.md. All of it follows from the query and its options, nothing from rows.
// Numbers of rows that were dropped, clamped or suppressed depend on the data, and are told nowhere.

import { digits } from '../../statistics/figures.ts'
import { exactly, quotient, rational, roundedUp } from '../mechanisms/rational.ts'
import { rhoWithin } from './budget.ts'
import { halfWidth, type Reach, reachOf, wholeHalfWidth } from './errorBars.ts'
import { marginOf, quantileSlots } from './order.ts'
import type { QueryPlan } from './plan.ts'
import { standsOut } from './privateBounds.ts'
import { noiseOf as lawOf, type Release, unitOf } from './release.ts'

/** One release of a query. */
export interface ReleaseDescription {
  /** Names of the answers that come from it. */
  readonly answers: readonly string[]
  /** Its share of ε, where its noise has pure ε. */
  readonly epsilon?: number | undefined
  /** Its share of ρ, where its noise is Gaussian. */
  readonly rho?: number | undefined
  readonly noise: string
  /** How far off answers are at the level of the error bars, before any data are seen, in words. */
  readonly error: string
}

/** What is known of a query without its rows. */
export interface QueryDescription {
  readonly sql: string
  /** Columns of the answer, as they were asked for: `key` and `answer` are places in the groups' keys and answers. */
  readonly columns: readonly {
    readonly name: string
    readonly key?: number | undefined
    readonly answer?: number | undefined
  }[]
  /** Whose data are protected. */
  readonly unit: string
  readonly epsilon: number
  readonly delta: number
  readonly level: number
  readonly releases: readonly ReleaseDescription[]
  /** What was done to the data before the noise, as rules. */
  readonly rules: readonly string[]
  /** What the user should know and need not act on. */
  readonly warnings: readonly string[]
}

/** A plan, described. @param found whether bounds that are found privately were found. */
export function describe(plan: QueryPlan, found: boolean): QueryDescription {
  const names = [...plan.keys, ...plan.answers.map(({ aggregate }) => aggregate)].map(({ name }) => name)
  return {
    sql: plan.sql,
    columns: plan.list.order.map(({ key, aggregate }) =>
      key === undefined
        ? { name: names[plan.keys.length + aggregate!]!, answer: aggregate! }
        : { name: names[key]!, key },
    ),
    unit: plan.unitName === undefined ? 'one row' : `all rows of one ${plan.unitName}`,
    epsilon: plan.epsilon,
    delta: plan.delta,
    level: plan.level,
    releases: [
      ...plan.pending.map(({ column, epsilon }) => ({
        answers: [`bounds of ${column}`],
        epsilon: roundedUp(epsilon),
        noise: `discrete Laplace of scale ${digits(1 / roundedUp(epsilon), 3)} on counts by powers of two`,
        error: `values that fewer than about ${standsOut(epsilon)} rows share a power of two with may lie outside`,
      })),
      ...plan.releases.map((release, i) => ({
        answers: plan.answers.filter((answer) => answer.release === i).map(({ aggregate }) => aggregate.name),
        ...('epsilon' in release ? { epsilon: roundedUp(release.epsilon) } : { rho: roundedUp(release.rho) }),
        ...noiseOf(plan, release),
        ...(plan.pending.length > 0 && !found && release.kind !== 'distinct'
          ? { noise: 'as large as the bounds that are found say', error: 'known once they are' }
          : {}),
      })),
    ],
    rules: rulesOf(plan, found),
    warnings:
      plan.unitName === undefined
        ? [
            'each row is protected, not each person: where a person may have several rows, name the column that says whose they are (--privacy-unit)',
          ]
        : [],
  }
}

function noiseOf(plan: QueryPlan, release: Release): Pick<ReleaseDescription, 'noise' | 'error'> {
  const { values, level } = plan
  if (release.kind === 'quantile') {
    const [, low] = quantileSlots(release, values[release.values]!, plan.perUnit, level)
    return {
      noise: 'three private quantiles: the answer, and the two ends of its bar',
      error: `at most ${marginOf(low)} records off in rank`,
    }
  }
  const law = lawOf(release, values, plan.perUnit)
  if (release.kind !== 'moments') {
    const reach = reachOf(law, 1)
    const unit = release.kind === 'sum' ? 2 ** values[release.values]!.grid!.exponent : 1
    return { noise: named(reach, unit, ''), error: `± ${digits(wholeHalfWidth(reach, level) * unit, 3)}` }
  }
  const unit = Number(unitOf(release, values))
  const reach = reachOf(law, unit)
  const cells = release.degree + 1 + (release.missing ? 1 : 0)
  const noise = `${named(reach, 1, ' rows')} on ${cells === 1 ? 'a count' : `each of ${cells} cells that rows are shared out among`}`
  const count =
    cells === 1 && unit === 1 ? wholeHalfWidth(reach, level) : widthOf(cells, reach, 1 / unit, level)
  if (release.degree === 0) return { noise, error: `± ${digits(count, 3)} rows` }
  const { lower, upper } = values[release.values!]!.bounds!
  const half = halfWidth(
    Array.from({ length: release.degree + 1 }, (_, j) => j / release.degree - 0.5),
    reach,
    1 / unit,
    level,
  )
  return {
    noise,
    error: `counts ± ${digits(count, 3)} rows; a mean half-way between the bounds ± ${digits(half * (upper - lower), 3)} / rows of the group`,
  }
}

const named = ({ law, scale }: Reach, unit: number, of: string): string =>
  `${law === 'laplace' ? 'discrete Laplace of scale' : 'discrete Gaussian of σ'} ${digits(scale * unit, 3)}${of}`

const widthOf = (cells: number, reach: Reach, step: number, level: number): number =>
  halfWidth(new Array(cells).fill(1), reach, step, level)

function rulesOf(plan: QueryPlan, found: boolean): string[] {
  const rules: string[] = []
  if (plan.unitName !== undefined) {
    const rows = plan.perUnit.rows === 1 ? '1 row' : `${plan.perUnit.rows} rows`
    const where =
      plan.keys.length === 0
        ? ''
        : ` in each of at most ${plan.perUnit.groups === 1 ? '1 group' : `${plan.perUnit.groups} groups`}`
    rules.push(
      `of each ${plan.unitName} at most ${rows} count${plan.perUnit.rows === 1 ? 's' : ''}${where}, chosen at random; rows without a ${plan.unitName} are left out`,
    )
  }
  if (plan.pending.length > 0)
    rules.push(
      `bounds of ${plan.pending.map(({ column }) => column).join(', ')} are found privately, as powers of two, from one row of each unit`,
    )
  const bounded = new Map<string, string>()
  for (const { label, bounds } of plan.values)
    if (bounds !== undefined && (found || plan.pending.length === 0))
      bounded.set(label, `${bounds.lower} … ${bounds.upper}`)
  for (const [label, range] of bounded)
    rules.push(`${label} is held to ${range}; cells that are missing or no number are left out of it`)
  if (plan.threshold !== undefined)
    rules.push(
      `groups are told from a noisy count of ${plan.threshold.least} rows on, others are left out: error bars speak of groups that are told, of which counts near that one are too high`,
    )
  else if (plan.keys.length > 0 && plan.keys[0]!.bins === undefined)
    rules.push('the stated keys are answered, all of them; rows with other keys are left out')
  const ratio = gaussianRatio(plan)
  if (ratio < 1)
    rules.push(
      `Gaussian noise would have ${digits(ratio, 3)} of the standard deviation at the same ε and δ (--noise gaussian)`,
    )
  if (plan.list.having !== undefined)
    rules.push(
      'groups are shown where HAVING holds of their noisy answers: near its edge noise chooses them, and error bars of those that are shown hold less often',
    )
  return rules
}

/** The standard deviation of Gaussian noise over that of a plan's Laplace noise, where both have the same ε and δ; else Infinity. */
function gaussianRatio({ epsilon, delta, threshold, pending, releases, values, perUnit }: QueryPlan): number {
  const [first] = releases
  if (threshold === undefined || pending.length > 0 || first === undefined || !('epsilon' in first))
    return Number.POSITIVE_INFINITY
  if (releases.some(({ kind }) => kind === 'quantile')) return Number.POSITIVE_INFINITY
  // Half of δ is for keys.
  const rho = rhoWithin(epsilon, delta / 2)
  if (rho === 0) return Number.POSITIVE_INFINITY
  const { epsilon: _, ...unpaid } = first
  const other = { ...unpaid, rho: quotient(exactly(rho), rational(BigInt(releases.length))) } as Release
  return (
    reachOf(lawOf(other, values, perUnit), 1).scale /
    (Math.SQRT2 * reachOf(lawOf(first, values, perUnit), 1).scale)
  )
}
