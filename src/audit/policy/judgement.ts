// How findings are judged by a policy: each rule by the measurement that comes nearest to breaking it.
// Source: docs/reference/policies.md. Doubt counts against the release: upper ends of 95% intervals are judged.
// A rule that rests on nothing, on attacks too weak to tell, or that nothing could break, has not held.

import type { Finding, Metric, MetricName } from '../finding.ts'
import { standpoints } from '../finding.ts'
import { metricAt, type Place, placesIn } from './place.ts'
import type { Policy, Rule } from './policy.ts'
import { repeatsGuess, resolves, rounding, tooWeak } from './weakness.ts'

/** One rule beside what comes nearest to breaking it. JSON. */
export type Judgement =
  | ({
      readonly rule: number
      readonly status: 'held' | 'broken'
      /** What is judged: the upper end of an interval. */
      readonly upper: number
      /** What it may be. */
      readonly ceiling: number
      /** Measurements that were left out: a constant guess does as well, or nothing could break the rule. */
      readonly weak: number
    } & Place)
  | {
      readonly rule: number
      /** Every measurement of it was left out so, or every one of an attribute that it asks about. */
      readonly status: 'too weak'
      readonly weak: number
      /** Those attributes, where other measurements held. */
      readonly untold?: readonly string[] | undefined
      /** What was measured held; these stronger attacks were not run, or not for as long as they need. */
      readonly leftOut?: readonly string[] | undefined
    }
  | {
      readonly rule: number
      /** `not measured`: no attack that was run measures it. `does not apply`: what it asks about did not leave. */
      readonly status: 'not measured' | 'does not apply'
      /** Labels or attributes that no attack was run on, where others held. */
      readonly untold?: readonly string[] | undefined
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

/** What a rule may ask about besides what findings name. */
export interface Asked {
  /** Labels of a table with several: a rule on labels that is not about one attack asks about every one of them. */
  readonly labels?: readonly string[] | undefined
  /** Attributes of a table that vary: a rule on cells that is not about one attack or one attribute asks about all of them. */
  readonly attributes?: readonly string[] | undefined
  /** Labels of more classes than any attack without known rows searches all names of: a rule on labels rests on no such attack. */
  readonly manyClasses?: readonly string[] | undefined
}

/**
 * Judges findings by a policy, rule by rule.
 * @param absent metrics of what did not leave, such as `labels` of a table without classes.
 */
export function judgePolicy(
  policy: Policy,
  findings: readonly Finding[],
  absent: readonly MetricName[] = [],
  asked: Asked = {},
): Judgement[] {
  return policy.rules.map((rule, index): Judgement => {
    const places = findings.flatMap((finding, f) =>
      isAbout(rule, finding) ? placesIn(finding, f, rule.metric, rule.of) : [],
    )
    if (places.length === 0) {
      return { rule: index, status: absent.includes(rule.metric) ? 'does not apply' : 'not measured' }
    }
    const telling = places.flatMap((place) => {
      const metric = metricAt(findings, place)
      const { rows, attributes } = findings[place.finding]!
      if (tooWeak(metric, place.people ? Math.max(1, rows / 10) : rows)) return []
      // What nothing can break has not held.
      const judged = nearest(rule, metric)
      const people = metric.of ?? (place.people ? Math.max(1, rows / 10) : rows)
      const cells = place.attribute === undefined && isOfCells(rule.metric) ? attributes?.length || 1 : 1
      return judged ? [{ place, ...judged, able: resolves(metric, people * cells) }] : []
    })
    const able = telling.filter((finding) => finding.able)
    const weak = places.length - able.length
    const worst = telling.reduce<(typeof telling)[number] | undefined>(
      (a, b) => (!a || excess(b) > excess(a) ? b : a),
      undefined,
    )
    if (worst && excess(worst) > 0) {
      const { place, upper, ceiling } = worst
      return { rule: index, status: 'broken', ...place, upper, ceiling, weak }
    }
    if (able.length === 0) return { rule: index, status: 'too weak', weak }
    const placesOf = (of: readonly { readonly place: Place }[]) => of.map((at) => at.place)
    const { unseen, untold } = leftOut(rule, findings, { places, able: placesOf(able) }, asked)
    // What asks about every attribute has not held where one of them was not told about.
    if (unseen.length > 0) return { rule: index, status: 'not measured', untold: unseen }
    if (untold.length > 0) return { rule: index, status: 'too weak', weak, untold }
    const { manyClasses = [] } = asked
    const isBlind = able.every(({ place: at }) => findings[at.finding]!.standpoint !== 'leak')
    if (rule.metric === 'labels' && isBlind && manyClasses.length > 0)
      return { rule: index, status: 'too weak', weak, untold: manyClasses }
    const { place, upper, ceiling } = able.reduce((a, b) => (excess(b) > excess(a) ? b : a))
    return { rule: index, status: 'held', ...place, upper, ceiling, weak }
  })
}

/** What a rule asks about without an answer: `unseen`, that no attack was run on or tried to guess; `untold`, that none told of. */
function leftOut(
  rule: Rule,
  findings: readonly Finding[],
  { places, able }: { readonly places: readonly Place[]; readonly able: readonly Place[] },
  { labels = [], attributes = [] }: Asked,
): { readonly unseen: string[]; readonly untold: string[] } {
  const { metric, of, against } = rule
  const asksAll = against === 'any' || isStandpoint(against)
  const less = (names: readonly string[], ...seen: ReadonlySet<string | undefined>[]) =>
    [...new Set(names)].filter((name) => !seen.some((set) => set.has(name)))
  const wholes = isOfCells(metric) && (of === undefined || of === 'worst-decile')
  // Of an average over columns it tells as far as it is over them, and has tried them.
  const namesAt = (place: Place) =>
    wholes
      ? (findings[place.finding]!.attributes ?? []).map(({ name }) => name)
      : [attributeAt(findings, place)]
  const triedAt = (place: Place) =>
    wholes
      ? (findings[place.finding]!.attributes ?? []).flatMap(({ name, metrics }) => {
          const found = metrics?.find((m) => m.name === metric)
          return found && repeatsGuess(found) ? [] : [name]
        })
      : namesAt(place)
  const seen = new Set(places.flatMap(namesAt))
  const standpoints = new Set(able.flatMap(triedAt))
  const names = metric === 'labels' ? labels : isOfCells(metric) && typeof of !== 'object' ? attributes : []
  const found = [...seen].filter((name): name is string => name !== undefined)
  return {
    unseen: asksAll ? less(names, seen) : [],
    untold: wholes && !asksAll ? [] : less(found, standpoints),
  }
}

const isStandpoint = (name: string) => (standpoints as readonly string[]).includes(name)

const isOfCells = (name: MetricName) => name === 'cells5' || name === 'cells1' || name === 'explained'

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

/**
 * Of a rule's ceilings the one that is nearest to being broken, with what is held against it; undefined where nothing that an
 * attack may get is above any of them.
 */
function nearest(
  { most, mostOfRest, mostAboveBaseline }: Rule,
  { interval, chance, baseline = chance, beyond, missed }: Metric,
): { upper: number; ceiling: number } | undefined {
  const upper = interval[1]
  // What is counted from chance is judged by the doubt about what lies above chance, where that is less: both are of the
  // same people. Where it is known what was hit of those whom the constant guess misses, by that.
  const aboveChance = beyond === undefined ? upper : Math.min(upper, chance + beyond[1])
  const above = Math.max(chance, baseline)
  const ofRest = (share: number) =>
    missed
      ? { upper: missed.interval[1], ceiling: share }
      : { upper: aboveChance, ceiling: chance + share * (1 - chance) }
  // Never more than half of what is left: ten points above a guess that hits 89% would be nearly all of the rest.
  const aboveBaseline = (share: number) =>
    missed
      ? { upper: missed.interval[1], ceiling: Math.min(share, 0.5) }
      : { upper: above === chance ? aboveChance : upper, ceiling: Math.min(above + share, (1 + above) / 2) }
  const ceilings = [
    ...(most === undefined ? [] : [{ upper, ceiling: most }]),
    ...(mostOfRest === undefined ? [] : [ofRest(mostOfRest)]),
    ...(mostAboveBaseline === undefined ? [] : [aboveBaseline(mostAboveBaseline)]),
  ].filter(({ ceiling }) => !(ceiling >= 1 - rounding))
  return ceilings.reduce<(typeof ceilings)[number] | undefined>(
    (a, b) => (!a || excess(b) > excess(a) ? b : a),
    undefined,
  )
}

function excess({ upper, ceiling }: { readonly upper: number; readonly ceiling: number }): number {
  const by = upper - ceiling
  // What is no number is no proof that the rule holds.
  return Number.isNaN(by) ? 1 : by
}
