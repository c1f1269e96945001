// The verdict: the worst finding in the words of whom it harms, what it means for the release, and how the rules fared.
// Source: docs/explanation/reading-a-report.md. Of broken rules the gravest speaks; if none is broken, the worst that was measured.
// It says what attacks got, never that something is safe, and it counts what was not measured.

import type { Metric } from '../finding.ts'
import { adversary, type Subject, written } from '../words.ts'
import { alwaysHarm, getsOf, gravity, harmOf, type Part, quoted } from './harm.ts'
import { countRules, isAbout, isRested, type Judgement, policyHolds, type RuleCounts } from './judgement.ts'
import { metricAt, type Place, placesIn } from './place.ts'
import type { Policy } from './policy.ts'
import type { ReportFinding, Verdict } from './reportParts.ts'
import { tooWeak } from './weakness.ts'

/** What a verdict and advice are made of. */
export interface Measured {
  readonly policy: Policy
  readonly judgements: readonly Judgement[]
  readonly findings: readonly ReportFinding[]
  /** A table if absent. */
  readonly subject?: Subject | undefined
}

/** A finding's metric, where it stands, and which judgement rests on it. */
interface Candidate {
  readonly place: Place
  readonly metric: Metric
  /** Undefined where no rule asks about it. */
  readonly judgement: number | undefined
}

const things: Readonly<Record<Subject, { audited: string; released: string; rows: string }>> = {
  table: { audited: 'this table', released: 'this file', rows: 'rows' },
  images: { audited: 'these images', released: 'these samples', rows: 'samples' },
  model: { audited: 'this model', released: 'this model', rows: 'rows' },
  update: { audited: 'these updates', released: 'these updates', rows: 'rows' },
  published: { audited: 'this published table', released: 'this table', rows: 'people' },
  synthetic: { audited: 'these synthetic rows', released: 'these synthetic rows', rows: 'people' },
  fleet: { audited: 'this fleet', released: 'the model of this fleet', rows: 'rows' },
}

/** The verdict on a policy. */
export function verdictOf(measured: Measured): Verdict {
  const { policy, judgements } = measured
  const rules = countRules(judgements)
  const status = policyHolds(policy, judgements) ? 'held' : rules.broken > 0 ? 'broken' : 'not measured'
  const worst = worstOf(measured)
  return {
    status,
    headline: headlineOf(measured, status, rules, worst),
    sentence: `${said(measured, status, worst)} ${rulesInWords(policy, rules)}${status === 'held' ? ' That is no proof of safety.' : ''}`,
    worst: worst?.place ?? null,
    judgement: worst?.judgement ?? null,
    rules,
  }
}

/** How the rules fared, in a sentence. */
export function rulesInWords({ name, rules: { length } }: Policy, rules: RuleCounts): string {
  const parts = [
    [rules.broken, 'broken'],
    [rules.tooWeak, 'asked only by attacks too weak to tell'],
    [rules.notMeasured, 'not measured'],
    [rules.notApplicable, 'not applicable'],
    [rules.held, 'held'],
  ] as const
  const listed = parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []))
  return `Rules of the policy ${quoted(name)}: ${listed.join(', ')}${listed.length > 1 || length > 1 ? `, of ${length}` : ''}.`
}

/** The attribute or the people that a place is of. */
export function partOf(findings: readonly ReportFinding[], { finding, attribute, people }: Place): Part {
  const { attributes, about } = findings[finding]!
  const name = attribute === undefined ? about : attributes![attribute]!.name
  return { attribute: name, people }
}

function headlineOf(
  { findings, subject = 'table', judgements }: Measured,
  status: Verdict['status'],
  rules: RuleCounts,
  worst: Candidate | undefined,
): string {
  const unmeasured = rules.tooWeak + rules.notMeasured
  if (unmeasured === 0 && rules.held + rules.broken === 0) return 'No rule of the policy applies.'
  if (status === 'not measured' || !worst)
    return `${unmeasured} of ${judgements.length} rules could not be measured.`
  if (gravity(worst.metric, false) <= 0) return 'No attack that was run did better than a guess.'
  const harm = harmOf(worst.metric, partOf(findings, worst.place), subject)
  return status === 'broken' ? `${capital(harm)}.` : `At worst, ${harm}.`
}

function said(
  { policy, findings, judgements, subject = 'table' }: Measured,
  status: Verdict['status'],
  worst: Candidate | undefined,
): string {
  const { audited, released, rows } = things[subject]
  if (!worst && findings.length > 0)
    return `Do not release ${released} on this audit: whatever was tried on ${audited} does worse than a constant guess, or is not what the policy asks about, so nothing can be said.`
  if (!worst)
    return `No attack that the policy ${quoted(policy.name)} asks about could be run on ${audited}, so nothing can be said.`
  const { metric, place } = worst
  const { standpoint, known, holds } = findings[place.finding]!
  const who = lowered(adversary(standpoint, known, subject, holds))
  const gets = `${who} ${getsOf(metric, partOf(findings, place), subject)}`
  const guess = written(metric.chance, 'share')
  const unasked = worst.judgement === undefined ? ', which no rule of the policy asks about' : ''
  const got = `${gets}, where guessing gets ${guess}${unasked}.`
  if (status === 'held')
    return `No attack that was run got more than the policy ${quoted(policy.name)} allows: ${got}`
  if (status === 'not measured')
    return `Do not release ${released} on this audit: not measured is not held. What was measured stayed within the policy: ${got}`
  const judgement = worst.judgement === undefined ? undefined : judgements[worst.judgement]!
  if (!judgement || !isRested(judgement) || metric.value > judgement.ceiling)
    return `Do not release ${released}: ${got}`
  return `Do not release ${released} on this evidence: ${gets}, and so few ${rows} were judged that it may be ${written(judgement.upper, 'share')}, where guessing gets ${guess}.`
}

/** The gravest of what broken rules rest on, or, if none is broken, of what rules rest on, and of what none asks about. */
function worstOf({ policy, judgements, findings }: Measured): Candidate | undefined {
  const broken = judgements.some(({ status }) => status === 'broken')
  const judged = judgements.flatMap((judgement, j): Candidate[] => {
    if (!isRested(judgement) || (broken && judgement.status !== 'broken')) return []
    const { finding, attribute, people, metric: at } = judgement
    const place = {
      finding,
      attribute,
      people,
      metric: at,
    }
    return [{ place, metric: metricAt(findings, place), judgement: j }]
  })
  const unasked = findings.flatMap((finding, f) => {
    const rules = policy.rules.filter((rule) => isAbout(rule, finding))
    return [
      ...alwaysHarm
        .filter((name) => !rules.some((rule) => rule.metric === name && !rule.of))
        .flatMap((name) => placesIn(finding, f, name)),
      ...unaskedParts(rules, finding, f),
    ]
      .map((place): Candidate => ({ place, metric: metricAt(findings, place), judgement: undefined }))
      .filter(({ metric }) => !tooWeak(metric, finding.rows))
  })
  const weight = ({ metric, place }: Candidate) =>
    gravity(metric, place.attribute !== undefined || place.people === true)
  return [...judged, ...unasked].reduce<Candidate | undefined>(
    (a, b) => (!a || weight(b) > weight(a) ? b : a),
    undefined,
  )
}

/**
 * Single columns and the tenth of the people of which no rule asks anything, where more was found than luck tells: of many
 * columns one is above chance.
 */
function unaskedParts(rules: Policy['rules'], finding: ReportFinding, f: number): Place[] {
  const asks = (part: Policy['rules'][number]['of']) => rules.some(({ of }) => of === part)
  const places = (['cells5', 'cells1'] as const).flatMap((name) => [
    ...(asks('worst-attribute') ? [] : placesIn(finding, f, name, 'worst-attribute')),
    ...(asks('worst-decile') ? [] : placesIn(finding, f, name, 'worst-decile')),
  ])
  return places.filter((place) => {
    const { attribute } = partOf([finding], { ...place, finding: 0 })
    const named = rules.some(({ of }) => typeof of === 'object' && of.attribute === attribute)
    const { interval, chance } = metricAt([finding], { ...place, finding: 0 })
    return !named && interval[0] > chance
  })
}

function lowered(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1)
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}
