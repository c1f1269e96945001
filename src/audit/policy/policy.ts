// What an owner accepts that an adversary may get: rules with ceilings, read from JSON.
// Source: docs/reference/policies.md. The ceiling of 9% for linkage is that of the European Medicines Agency (Policy 0070).
// A policy that holds says that the attacks which were run stayed below its ceilings, and nothing of other attacks.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { parseJson } from '../../json.ts'
import { type MetricName, metricNames, standpoints } from '../finding.ts'

const share = z.number().min(0).max(1)

/** What is measured of single attributes, and of people. */
const ofAttributes: readonly MetricName[] = [
  'cells5',
  'cells1',
  'explained',
  'attribute',
  'certain',
  'belief',
  'inferred',
]
const ofPeople: readonly MetricName[] = ['cells5', 'cells1']

const ceilingNames = ['most', 'mostOfRest', 'mostAboveBaseline'] as const

const ruleSchema = z
  .strictObject({
    /** What the rule asks, for a reader. */
    name: z.string().min(1).max(200),
    /** Why, for a reader. */
    why: z.string().max(2000).optional(),
    /** Whose findings it is about: `any`, a standpoint, or the name of one attack. */
    against: z.string().min(1),
    metric: z.enum(metricNames),
    /**
     * Of what: of all cells or rows if absent; of every single attribute, of the tenth of the people of whom most is
     * recovered, or of one attribute.
     */
    of: z
      .union([z.enum(['worst-attribute', 'worst-decile']), z.strictObject({ attribute: z.string().min(1) })])
      .optional(),
    /** The most that is accepted. */
    most: share.optional(),
    /** The most that is accepted of what chance leaves: 0.5 is half way from chance to all. */
    mostOfRest: share.optional(),
    /** The most that is accepted above chance and baseline, whichever is larger: correlation alone is no leak. */
    mostAboveBaseline: share.optional(),
  })
  .refine((rule) => ceilingNames.some((name) => rule[name] !== undefined), {
    message: 'a rule needs a ceiling: most, mostOfRest or mostAboveBaseline',
  })
  .superRefine(({ of, metric }, context) => {
    if (of === undefined) return
    const able = of === 'worst-decile' ? ofPeople : ofAttributes
    if (able.includes(metric)) return
    const message = `'${metric}' is not measured of ${of === 'worst-decile' ? 'people' : 'attributes'}: one of ${able.join(', ')} is`
    context.addIssue({ code: 'custom', path: ['of'], message })
  })

/** The schema of a policy file. */
export const policySchema = z.strictObject({
  format: z.literal('frostglass-policy'),
  version: z.literal(2),
  name: z.string().min(1).max(100),
  /** Whether a rule that could not be measured, or only by attacks too weak to tell, fails the policy. */
  unmeasured: z.enum(['fails', 'allowed']),
  rules: z.array(ruleSchema).min(1).max(100),
})

/** Version 1 had no `unmeasured`: what was not measured broke nothing. */
const readOfBefore = policySchema
  .omit({ unmeasured: true })
  .extend({ version: z.literal(1) })
  .transform((policy): Policy => ({ ...policy, version: 2, unmeasured: 'allowed' }))

/** One rule: judged on the upper end of the 95% interval. Of several ceilings the one that is nearest to being broken counts. */
export type Rule = z.infer<typeof ruleSchema>

/** What is accepted. */
export type Policy = z.infer<typeof policySchema>

/** The policy of `frostglass audit` without `--policy`; docs/reference/default-policies.md explains each rule. */
export const defaultPolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default',
  unmeasured: 'fails',
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
      name: 'No single column is given away',
      why: 'An average over columns hides the one that matters, such as a diagnosis among twenty measurements.',
      against: 'any',
      metric: 'cells5',
      of: 'worst-attribute',
      mostOfRest: 0.5,
    },
    {
      name: 'Nobody is given away: not the tenth of the people who fare worst either',
      why: 'An average over people hides those who are unlike the others, and they are found first.',
      against: 'any',
      metric: 'cells5',
      of: 'worst-decile',
      mostOfRest: 0.5,
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
      name: 'Hidden labels stay hidden',
      why: 'Whoever names the classes, or the number to be predicted, knows the answers that the model gives.',
      against: 'any',
      metric: 'labels',
      mostAboveBaseline: 0.1,
    },
  ],
}

/** The policy of an audit of images without `--policy`; docs/reference/default-policies.md explains each rule. */
export const defaultImagePolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for images',
  unmeasured: 'fails',
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

/** The policy of an audit of a model without `--policy`; docs/how-to/audit-a-model.md explains its rule. */
export const defaultModelPolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for models',
  unmeasured: 'fails',
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

/** The policy of an audit of what nodes of a fleet send, without one; each rule says why. */
export const defaultUpdatePolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for updates',
  unmeasured: 'fails',
  rules: [
    {
      name: 'What a node sends does not give its images back',
      why: 'A tenth of structural similarity above what guessing the average image of a class gets is what an eye begins to see.',
      against: 'any',
      metric: 'ssim',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'What a node sends does not give the numbers of its rows',
      why: 'Data stay with the node: a number that is read off an update has left it.',
      against: 'any',
      metric: 'cells5',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'What a node sends does not tell its classes',
      why: 'Which classes a node has, such as diagnoses, is often what it must not tell.',
      against: 'any',
      metric: 'labels',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'Whose rows a node learned from is not told',
      why: 'To be among the rows of a node can itself be nobody’s business: patients, customers. Half is a guess.',
      against: 'any',
      metric: 'member',
      most: 0.6,
    },
  ],
}

/** The policy of an audit of a fleet against a participant, without one; each rule says why. */
export const defaultFleetPolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for fleets',
  unmeasured: 'fails',
  rules: [
    {
      name: 'No participant has the model answer as it likes',
      why: 'One of many trains a model that all rely on: rows of its choice must not get the class of its choice.',
      against: 'participant',
      metric: 'steered',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'No participant makes pictures of what others hold',
      why: 'Data stay with the node: a class that one person holds alone is shown by a picture of it.',
      against: 'participant',
      metric: 'pictured',
      mostAboveBaseline: 0.1,
    },
  ],
}

/** Those that are built in: what travels with data says so of them alone. */
export const defaultPolicies: readonly Policy[] = [
  defaultPolicy,
  defaultImagePolicy,
  defaultModelPolicy,
  defaultUpdatePolicy,
  defaultFleetPolicy,
]

/**
 * A policy from the text of a file. One of version 1 is read as what it meant: `unmeasured` is `allowed`.
 * @param source names the file in messages.
 * @throws FrostglassError `input` that names the field which is not as it should be.
 */
export function readPolicy(
  text: string,
  source: string,
  attacks: readonly { readonly name: string }[],
): Policy {
  const json = parseJson(text, source, {
    hint: 'Begin with the default policy, which docs/reference/default-policies.md holds.',
  })
  const old = (json as { version?: unknown } | null)?.version === 1
  const parsed = (old ? readOfBefore : policySchema).safeParse(json)
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
  return new FrostglassError(
    'input',
    `${source}: ${field}: ${message}`,
    'Read docs/reference/policies.md, which describes the fields; default-policies.md beside it holds the default to begin with.',
  )
}

/**
 * Refuses a policy that names an attribute which is not there: misspelt it would measure nothing.
 * @param what has the attributes, for the message. @throws FrostglassError `input`.
 */
export function requireAttributes({ name, rules }: Policy, names: readonly string[], what: string): void {
  for (const { name: rule, of } of rules) {
    if (typeof of !== 'object' || names.includes(of.attribute)) continue
    const listed = names.slice(0, 20).map((n) => `'${n}'`)
    if (names.length > 20) listed.push(`and ${names.length - 20} more`)
    const there = names.length > 0 ? listed.join(', ') : 'none'
    throw new FrostglassError(
      'input',
      `the policy '${name}' asks about an attribute '${of.attribute}' in its rule '${rule}', but ${what} has ${there}`,
      'Name an attribute as the original names it; the label is asked about by metrics of its own.',
    )
  }
}
