// How findings are judged by a policy: each rule by the measurement that comes nearest to breaking it.
// Source: docs/audit.md, "The policy". Doubt counts against the release: upper ends of 95% intervals are judged.
// A rule that rests on nothing, or on attacks too weak to tell, has not held.

import type { Finding, Metric, MetricName } from './attack.ts'
import { metricAt, type Place, placesIn } from './place.ts'
import { type Policy, type Rule, standpoints } from './policy.ts'
import { tooWeak } from './weakness.ts'

/** One rule beside what comes nearest to breaking it. JSON. */
export type Judgement =
  | ({
      readonly rule: number
      readonly status: 'held' | 'broken'
      /** What is judged: the upper end of an interval. */
      readonly upper: number
      /** What it may be. */
      readonly ceiling: number
      /** Measurements that were left out, since a constant guess does better. */
      readonly weak: number
    } & Place)
  | {
      readonly rule: number
      /** Every measurement of it was left out so, or every one of an attribute that it asks about. */
      readonly status: 'too weak'
      readonly weak: number
      /** Those attributes, where other measurements held. */
      readonly untold?: readonly string[]
    }
  | {
      readonly rule: number
      /** `not measured`: no attack that was run measures it. `does not apply`: what it asks about did not leave. */
      readonly status: 'not measured' | 'does not apply'
      /** Labels that no attack was run on, where others held. */
      readonly untold?: readonly string[]
    }

/** A judgement that rests on a measurement. */
export type Rested = Extract<Judgement, Place>

/** How many rules fared how. JSON. */
export interface RuleCounts {
  readonly held: number
  readonly broken: number
  readonly tooWeak: number
  readonly notMeasured: number
  readonly notApplicable: number
}

/**
 * Judges findings by a policy, rule by rule.
 * @param absent metrics of what did not leave, such as `labels` of a table without classes.
 * @param labels of a table with several: a rule on labels that is not about one attack asks about every one of them.
 */
export function judgePolicy(
  policy: Policy,
  findings: readonly Finding[],
  absent: readonly MetricName[] = [],
  labels: readonly string[] = [],
): Judgement[] {
  return policy.rules.map((rule, index): Judgement => {
    const places = findings.flatMap((finding, f) =>
      isAbout(rule, finding) ? placesIn(finding, f, rule.metric, rule.of) : [],
    )
    if (places.length === 0) {
      return { rule: index, status: absent.includes(rule.metric) ? 'does not apply' : 'not measured' }
    }
    const telling = places.filter((place) => {
      const { rows } = findings[place.finding]!
      return !tooWeak(metricAt(findings, place), place.people ? Math.max(1, rows / 10) : rows)
    })
    const weak = places.length - telling.length
    if (telling.length === 0) return { rule: index, status: 'too weak', weak }
    const { place, upper, ceiling } = telling
      .map((at) => ({ place: at, ...nearest(rule, metricAt(findings, at)) }))
      .reduce((a, b) => (excess(b) > excess(a) ? b : a))
    if (excess({ upper, ceiling }) > 0)
      return { rule: index, status: 'broken', ...place, upper, ceiling, weak }
    const asksAll = rule.metric === 'labels' && (rule.against === 'any' || isStandpoint(rule.against))
    const seen = new Set(places.map((at) => attributeAt(findings, at)))
    const unseen = asksAll ? labels.filter((name) => !seen.has(name)) : []
    if (unseen.length > 0) return { rule: index, status: 'not measured', untold: unseen }
    // What asks about every attribute has not held where one of them was not told about.
    const told = new Set(telling.map((at) => attributeAt(findings, at)))
    const untold = [...new Set(places.map((at) => attributeAt(findings, at)))].filter(
      (name): name is string => name !== undefined && !told.has(name),
    )
    if (untold.length > 0) return { rule: index, status: 'too weak', weak, untold }
    return { rule: index, status: 'held', ...place, upper, ceiling, weak }
  })
}

const isStandpoint = (name: string) => (standpoints as readonly string[]).includes(name)

/** The attribute or the label that a place is of; undefined for what is of all. */
function attributeAt(findings: readonly Finding[], { finding, attribute }: Place): string | undefined {
  const { attributes, about } = findings[finding]!
  return attribute === undefined ? about : attributes![attribute]!.name
}

/** Whether a policy holds: nothing is broken, something has held, and nothing is unmeasured that must not be. */
export function policyHolds({ unmeasured }: Policy, judgements: readonly Judgement[]): boolean {
  const { held, broken, tooWeak: weak, notMeasured } = countRules(judgements)
  return held > 0 && broken === 0 && (unmeasured === 'allowed' || weak + notMeasured === 0)
}

/** Counts rules by how they fared. */
export function countRules(judgements: readonly Judgement[]): RuleCounts {
  const count = (wanted: Judgement['status']) => judgements.filter(({ status }) => status === wanted).length
  return {
    held: count('held'),
    broken: count('broken'),
    tooWeak: count('too weak'),
    notMeasured: count('not measured'),
    notApplicable: count('does not apply'),
  }
}

/** Whether a judgement rests on a measurement. */
export function isRested(judgement: Judgement): judgement is Rested {
  return judgement.status === 'held' || judgement.status === 'broken'
}

/** Whether a rule asks about a finding. */
export function isAbout(
  { against }: Rule,
  { attack, standpoint }: Pick<Finding, 'attack' | 'standpoint'>,
): boolean {
  return against === 'any' || against === standpoint || against === attack
}

/** Of a rule's ceilings the one that is nearest to being broken, with what is held against it. */
function nearest(
  { most, mostOfRest, mostAboveBaseline }: Rule,
  { interval, chance, baseline = chance, beyond }: Metric,
): { upper: number; ceiling: number } {
  const upper = interval[1]
  // What is counted from chance is judged by the doubt about what lies above chance, where that is less: both are of the
  // same people.
  const aboveChance = beyond === undefined ? upper : Math.min(upper, chance + beyond[1])
  const above = Math.max(chance, baseline)
  return [
    ...(most === undefined ? [] : [{ upper, ceiling: most }]),
    ...(mostOfRest === undefined
      ? []
      : [{ upper: aboveChance, ceiling: chance + mostOfRest * (1 - chance) }]),
    ...(mostAboveBaseline === undefined
      ? []
      : [{ upper: above === chance ? aboveChance : upper, ceiling: Math.min(1, above + mostAboveBaseline) }]),
  ].reduce((a, b) => (excess(b) > excess(a) ? b : a))
}

function excess({ upper, ceiling }: { readonly upper: number; readonly ceiling: number }): number {
  const by = upper - ceiling
  // What is no number is no proof that the rule holds.
  return Number.isNaN(by) ? 1 : by
}
