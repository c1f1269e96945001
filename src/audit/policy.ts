// What an owner accepts that an adversary may get: rules with ceilings, read from JSON, and how findings are judged.
// Source: issue 9, section 4. The ceiling of 9% for linkage is that of the European Medicines Agency (Policy 0070).
// A policy that holds says that the attacks which were run stayed below its ceilings, and nothing of other attacks.

import { z } from 'zod'
import { FrostglassError } from '../errors.ts'
import type { Attack, Finding, Metric, MetricName, Standpoint } from './attack.ts'

/** Names of all metrics. */
export const metricNames = [
  'cells5',
  'cells1',
  'explained',
  'correlation',
  'rank1',
  'rank5',
  'labels',
  'ssim',
  'attribute',
  'purity',
  'pane',
  'member',
] as const satisfies readonly MetricName[]

/** All standpoints. */
export const standpoints = ['server', 'outsider', 'blind', 'leak'] as const satisfies readonly Standpoint[]

const share = z.number().min(0).max(1)

const ceilingNames = ['most', 'mostOfRest', 'mostAboveBaseline'] as const

const ruleSchema = z
  .strictObject({
    /** What the rule asks, for a reader. */
    name: z.string().min(1).max(200),
    /** Why, for a reader. */
    why: z.string().max(2000).exactOptional(),
    /** Whose findings it is about: `any`, a standpoint, or the name of one attack. */
    against: z.string().min(1),
    metric: z.enum(metricNames),
    /** The most that is accepted. */
    most: share.exactOptional(),
    /** The most that is accepted of what chance leaves: 0.5 is half way from chance to all. */
    mostOfRest: share.exactOptional(),
    /** The most that is accepted above chance and baseline, whichever is larger: correlation alone is no leak. */
    mostAboveBaseline: share.exactOptional(),
  })
  .refine((rule) => ceilingNames.some((name) => rule[name] !== undefined), {
    message: 'a rule needs a ceiling: most, mostOfRest or mostAboveBaseline',
  })

/** The schema of a policy file. */
export const policySchema = z.strictObject({
  format: z.literal('frostglass-policy'),
  version: z.literal(1),
  name: z.string().min(1).max(100),
  rules: z.array(ruleSchema).min(1).max(100),
})

/** One rule: judged on the upper end of the 95% interval. Of several ceilings the lowest counts. */
export type Rule = z.infer<typeof ruleSchema>

/** What is accepted. The first broken rule gives the verdict its sentence, so the gravest stands first. */
export type Policy = z.infer<typeof policySchema>

/** The policy of `frostglass audit` without `--policy`; docs/audit.md explains each rule. */
export const defaultPolicy: Policy = {
  format: 'frostglass-policy',
  version: 1,
  name: 'default',
  rules: [
    {
      name: 'Known rows do not give away half of the others',
      why: 'Some rows are always known to somebody: customers, staff, a published extract. They must not open the rest.',
      against: 'leak',
      metric: 'cells5',
      mostOfRest: 0.5,
    },
    {
      name: 'Known rows do not give exact cells beyond what correlation tells',
      why: 'Within 1% of the range a cell is disclosed. What the other true cells of a row tell is no fault of the release.',
      against: 'leak',
      metric: 'cells1',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'The released file alone gives no cells',
      why: 'Whoever serves the model has the file. It must not be better than guessing, but for sampling error.',
      against: 'blind',
      metric: 'cells5',
      mostAboveBaseline: 0.05,
    },
    {
      name: 'The released file alone does not tell who is above whom',
      why: 'What correlates with an attribute ranks people by it, even where it names no value.',
      against: 'blind',
      metric: 'correlation',
      most: 0.5,
    },
    {
      name: 'Rows are not matched with a list of known people',
      why: 'The European Medicines Agency takes 9% as the largest acceptable risk of re-identification (Policy 0070).',
      against: 'any',
      metric: 'rank1',
      most: 0.09,
    },
    {
      name: 'Hidden classes stay hidden',
      why: 'Whoever names the classes knows the answers that the model gives.',
      against: 'any',
      metric: 'labels',
      mostAboveBaseline: 0.1,
    },
  ],
}

/** The policy of an audit of images without `--policy`; docs/audit.md explains each rule. */
export const defaultImagePolicy: Policy = {
  format: 'frostglass-policy',
  version: 1,
  name: 'default for images',
  rules: [
    {
      name: 'What left does not give the images back',
      why: 'A tenth of structural similarity above what guessing the average image gets is what an eye begins to see.',
      against: 'any',
      metric: 'ssim',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'Sensitive attributes stay hidden',
      why: 'The study calls a sample compromised when a feature of seven classes is named in more than 30% of samples: 15.7 points above chance.',
      against: 'any',
      metric: 'attribute',
      mostAboveBaseline: 0.157,
    },
    {
      name: 'Samples are not matched with known images',
      why: 'The European Medicines Agency takes 9% as the largest acceptable risk of re-identification (Policy 0070).',
      against: 'any',
      metric: 'rank1',
      most: 0.09,
    },
    {
      name: 'Whose images trained the pane is not told',
      why: 'To have been in a training set can itself be nobody’s business: patients, customers. Half is a guess.',
      against: 'any',
      metric: 'member',
      most: 0.6,
    },
  ],
}

/** The policy of an audit of a model without `--policy`; docs/audit.md explains its rule. */
export const defaultModelPolicy: Policy = {
  format: 'frostglass-policy',
  version: 1,
  name: 'default for models',
  rules: [
    {
      name: 'Whose rows trained the model is not told',
      why: 'To have been in a training set can itself be nobody’s business: patients, customers. Half is a guess.',
      against: 'any',
      metric: 'member',
      most: 0.6,
    },
  ],
}

/**
 * A policy from the text of a file.
 * @param source names the file in messages.
 * @throws FrostglassError `input` that names the field which is not as it should be.
 */
export function parsePolicy(text: string, source: string, attacks: readonly Pick<Attack, 'name'>[]): Policy {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FrostglassError('input', `${source} is not JSON: ${(cause as Error).message}`, {
      hint: 'docs/audit.md holds the default policy to begin with',
      cause,
    })
  }
  const parsed = policySchema.safeParse(json)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw invalid(source, path.length ? path.join('.') : 'the whole', message)
  }
  const targets = ['any', ...standpoints, ...attacks.map((a) => a.name)]
  parsed.data.rules.forEach(({ against }, i) => {
    if (targets.includes(against)) return
    throw invalid(source, `rules.${i}.against`, `'${against}' is none of ${targets.join(', ')}`)
  })
  return parsed.data
}

function invalid(source: string, field: string, message: string): FrostglassError {
  return new FrostglassError('input', `${source}: ${field}: ${message}`, {
    hint: 'docs/audit.md describes the fields and holds the default policy to begin with',
  })
}

/** One rule beside the finding that comes nearest to breaking it. JSON. */
export type Judgement =
  | {
      readonly rule: number
      /** No attack that measures it applied. */
      readonly status: 'not measured'
    }
  | {
      readonly rule: number
      readonly status: 'held' | 'broken'
      /** Place of the finding in the list of findings, and of the metric in it. */
      readonly finding: number
      readonly metric: number
      /** What the upper end of the interval may be. */
      readonly ceiling: number
    }

/** Judges findings by a policy, rule by rule. */
export function judgePolicy(policy: Policy, findings: readonly Finding[]): Judgement[] {
  return policy.rules.map((rule, index): Judgement => {
    const measured = findings.flatMap((finding, f) => {
      if (!isAbout(rule, finding)) return []
      const m = finding.metrics.findIndex((metric) => metric.name === rule.metric)
      if (m < 0) return []
      const ceiling = ceilingOf(rule, finding.metrics[m]!)
      const excess = finding.metrics[m]!.interval[1] - ceiling
      // What is no number is no proof that the rule holds.
      return [{ finding: f, metric: m, ceiling, excess: Number.isNaN(excess) ? 1 : excess }]
    })
    if (measured.length === 0) return { rule: index, status: 'not measured' }
    const { excess, ...worst } = measured.reduce((a, b) => (b.excess > a.excess ? b : a))
    return { rule: index, status: excess <= 0 ? 'held' : 'broken', ...worst }
  })
}

/** Whether nothing is broken and something was measured. */
export function policyHolds(judgements: readonly Judgement[]): boolean {
  return (
    judgements.some(({ status }) => status === 'held') &&
    !judgements.some(({ status }) => status === 'broken')
  )
}

function isAbout({ against }: Rule, { attack, standpoint }: Finding): boolean {
  return against === 'any' || against === standpoint || against === attack
}

function ceilingOf(
  { most = 1, mostOfRest = 1, mostAboveBaseline = 1 }: Rule,
  { chance, baseline = chance }: Metric,
): number {
  return Math.min(most, chance + mostOfRest * (1 - chance), Math.max(chance, baseline) + mostAboveBaseline, 1)
}
