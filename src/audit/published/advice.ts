// What to change about a published table or about synthetic rows, said from what was measured.
// Source: the attacks' own sources for what stops them; PUBLISHING's models for the names of remedies.
// A remedy is a direction to try: whether it suffices only another audit says.

import type { ImageReportFinding } from '../images/reportSchema.ts'
import { brokenRules, gotten } from '../policy/brokenRules.ts'
import type { Advice } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import type { Measured } from '../policy/verdict.ts'

type MeasuredHere = Omit<Measured, 'findings'> & { readonly findings: readonly ImageReportFinding[] }

/** What stops an attack, by its name. */
const remedies: Readonly<Record<string, string>> = {
  linkage: 'Generalise more or take a larger k: a person is found among as many rows as a class has.',
  'linkage-with-list': 'Ask for k people of the list in every class (k-map), or generalise more.',
  'linkage-other-columns':
    'Name every column that differs between people as a quasi-identifier, or leave it out: what is published as it is can be known.',
  'hidden-values-other-columns':
    'Name every column that differs between people as a quasi-identifier, or leave it out: by what is kept the hidden value is found.',
  'known-people': 'Take a larger k: every row that is known to be somebody else’s makes a class one smaller.',
  'known-values':
    'Publish fewer sensitive columns together, or generalise them as well: who knows one finds the row, and reads the others.',
  homogeneity:
    'Ask for l-diversity, with l of three or more: a class whose people are alike tells of each of them.',
  skewness: 'Ask for t-closeness or β-likeness: a class must not be unlike the table.',
  'background-knowledge':
    'Take a larger l, or recursive (c, l)-diversity: two values are one when the other can be ruled out.',
  'row-order': 'Shuffle the rows before they are published: their order is a quasi-identifier.',
  'de-finetti':
    'Generalise what predicts the hidden value, or publish synthetic rows with differential privacy: all classes together teach what one does not.',
  'strangers-and-classes':
    'Ask for larger classes: beside a classifier that anybody may have, the class alone decides.',
  intersection:
    'Publish once, or make the second table from the first one’s classes: two releases are not as safe as each of them.',
  minimality:
    'Generalise more than is needed, by a rule that does not look at hidden values, or keep the models to yourself.',
  'local-recoding': 'Recode globally: what local recoding suppresses can be worked out from what it kept.',
}

/** Advice on a report on a published table. */
export function publishedAdvice(measured: MeasuredHere): Advice[] {
  const seen = new Set<string>()
  const advice = brokenRules(measured).flatMap(({ metric, finding }): Advice[] => {
    const action = remedies[finding.attack]
    if (action === undefined || seen.has(finding.attack)) return []
    seen.add(finding.attack)
    return [
      { action, reason: gotten(finding, metric, { subject: 'published', chance: 'where guessing gets' }) },
    ]
  })
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0)
    advice.push({
      action: 'Audit again when the table, its columns or what others may know of these people changes.',
      reason: 'Every rule held, for these quasi-identifiers and these attacks only.',
    })
  return advice
}

/** Advice on a report on synthetic rows. */
export function syntheticAdvice(measured: MeasuredHere): Advice[] {
  const [worst] = brokenRules(measured)
  const advice: Advice[] = worst
    ? [
        {
          action:
            'Do not publish these rows. Make them with differential privacy, or with a smaller ε, and from fewer columns.',
          reason: gotten(worst.finding, worst.metric, {
            subject: 'synthetic',
            chance: 'where guessing gets',
          }),
        },
      ]
    : []
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0)
    advice.push({
      action: 'Audit again when the rows are made anew.',
      reason:
        'Every rule held, for these rows and these attacks only: what bounds all attacks is the ε that they were made with.',
    })
  return advice
}
