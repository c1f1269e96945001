// What an audit of codes comes to: whether the bracket holds, whether the policy does, and what to change.
// Source: CERTIFIED obfuscation, section 7, step 8: a lower limit above the certificate's upper one is a fault, or another population.
// A rule of the policy is judged by what is certified, never by what attacks happened to get.

import { countRules, type Judgement, judgePolicy, policyHolds } from '../policy/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import type { Advice, Verdict } from '../policy/reportParts.ts'
import { rulesInWords } from '../policy/verdict.ts'
import { written } from '../words.ts'
import type { Check } from './checks.ts'
import type { Bracket, CodeLeakReport } from './reportSchema.ts'

type Findings = CodeLeakReport['findings']

/** The policy that the certificates were issued under, as rules; null where there was none. */
export function issuedPolicy(
  certified: readonly { readonly attribute: string; readonly limit: number | undefined }[],
): Policy | null {
  const rules = certified.flatMap(({ attribute, limit }) =>
    limit === undefined
      ? []
      : [
          {
            name: `No attacker tells “${attribute}” more often than allowed`,
            why: 'The certificate was issued under this limit.',
            against: 'certificate',
            metric: 'attribute' as const,
            of: { attribute },
            most: limit,
          },
        ],
  )
  return rules.length === 0
    ? null
    : { format: 'frostglass-policy', version: 2, name: 'of the certificates', unmeasured: 'fails', rules }
}

/** All of the judgement. */
export interface Judged {
  readonly judgements: readonly Judgement[]
  readonly verdict: Verdict
  readonly advice: readonly Advice[]
}

/** @param certified the findings that are certificates: a rule is judged by them alone */
export function judgeCodes(
  policy: Policy | null,
  findings: Findings,
  certified: Findings,
  brackets: readonly Bracket[],
  checks: readonly Check[],
): Judged {
  // What bounds every attacker answers a rule about any of them.
  const ofAll = policy && { ...policy, rules: policy.rules.map((rule) => ({ ...rule, against: 'any' })) }
  const judgements = ofAll ? judgePolicy(ofAll, certified) : []
  const above = brackets.flatMap(({ attribute, attacks }) =>
    attacks.filter(({ above: is }) => is).map((attack) => ({ attribute, ...attack })),
  )
  const failed = checks.filter(({ held }) => !held)
  const rules = countRules(judgements)
  const whole = above.length === 0 && failed.length === 0
  const held = whole && (policy === null || policyHolds(policy, judgements))
  const status = held ? 'held' : !whole || rules.broken > 0 ? 'broken' : 'not measured'
  const [first] = above
  const worst = first ? { finding: first.finding, metric: 0 } : null
  const inRules = policy ? ` ${rulesInWords(policy, rules)}` : ''
  const [headline, sentence] = first
    ? [
        `An attack tells “${first.attribute}” more often than the certificate allows.`,
        `“${findings[first.finding]!.title}” was right on ${written(findings[first.finding]!.metrics[0]!.value, 'share')} of the units, ${written(findings[first.finding]!.metrics[0]!.interval[0], 'share')} or more by its interval; certified is ${written(first.upper!, 'limit')} at most. Something is at fault, or these units are of another population: do not release.${inRules}`,
      ]
    : failed.length > 0
      ? [
          'The certificate is not of what is released here.',
          `${failed.map(({ words }) => words).join(' ')} Do not release.${inRules}`,
        ]
      : [limitsInWords(brackets), `${bracketInWords(brackets, findings)}${inRules}`]
  return {
    judgements,
    verdict: { status, headline, sentence, worst, judgement: null, rules },
    advice: adviceOn(above.length > 0, failed, rules.broken > 0),
  }
}

/** What is certified, in a sentence. */
const limitsInWords = (brackets: readonly Bracket[]): string =>
  `No attacker tells ${brackets
    .map(({ attribute, certified }) => `“${attribute}” more often than ${written(certified.upper, 'limit')}`)
    .join(', nor ')}.`

function bracketInWords(brackets: readonly Bracket[], findings: Findings): string {
  return brackets
    .map(({ attribute, attacks, certified: { delta, blind, floor, unit } }) => {
      const values = attacks
        .filter(({ upper }) => upper !== null)
        .map(({ finding }) => findings[finding]!.metrics[0]!.value)
      const label = floor === null ? '' : `, the true label alone ${written(floor, 'share')}`
      return `Of one release, on average over units (${unit}) of the certificate’s law, but for a chance of ${delta}; guessing blindly gets ${written(blind, 'share')}${label}. Attacks on “${attribute}” got ${written(Math.max(...values), 'share')} at best.`
    })
    .join(' ')
}

function adviceOn(above: boolean, failed: readonly Check[], exceeded: boolean): Advice[] {
  const advice: Advice[] = []
  if (above)
    advice.push({
      action: 'Do not release: find out why an attack beats the certificate.',
      reason:
        'Look for a pane that sees what it should not, calibration units that something was learned or chosen from, rows counted as units that depend on each other, and attacked units of another population.',
    })
  for (const { name, words } of failed)
    advice.push({
      action: {
        repeats: 'Fix the noise by a key, or leave it out: the same input must have the same release.',
        recount: 'Certify again, with the pane that is released, on units that nothing was learned from.',
        drift: 'Certify again, on units of today.',
        release: 'Make the release again from the bundle.',
      }[name],
      reason: words,
    })
  if (exceeded)
    advice.push({
      action: 'Release fewer codes, merge them with a larger β, or release at random (a channel).',
      reason: 'What is certified is above what the policy allows.',
    })
  if (advice.length === 0)
    advice.push({
      action:
        'Compare the codes in use with those of calibration (frostglass certify drift), and certify again when they differ.',
      reason: 'The limit is about units of one law, one release of each, and the attributes that are named.',
    })
  return advice
}
