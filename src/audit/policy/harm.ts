// What was found, as those whom it happened to would say it; and which finding is the worst.
// Source: docs/explanation/reading-a-report.md: singling out and linking before inference (Article 29 WP, Opinion 05/2014).
// The order of different kinds of harm is a judgement, stated there; the numbers are measured.

import { printable } from '../../errors.ts'
import type { Metric, MetricName } from '../finding.ts'
import { metricWords, type Subject, written } from '../words.ts'

/** Of what a metric is: an attribute, a label, or the tenth of the people who fare worst; else of all. */
export interface Part {
  readonly attribute?: string | undefined
  readonly people?: boolean | undefined
}

/** A name in a sentence: no character that a terminal obeys or a reader does not see, and no more than `most`. */
export function quoted(name: string, most = 60): string {
  const plain = printable(name)
  const shown = Array.from(plain)
  return `“${shown.length > most ? `${shown.slice(0, most - 1).join('')}…` : plain}”`
}

const worst = 'of the tenth of the people who fare worst'
const near = { cells5: 'to within 5% of', cells1: 'almost exactly (within 1% of' } as const

/** The passive: what happened to those whom the data are about. A clause. */
export function harmOf({ name, value }: Metric, { attribute, people }: Part, subject: Subject): string {
  const share = written(value, 'share')
  const what = attribute === undefined ? undefined : quoted(attribute)
  switch (name) {
    case 'cells5':
    case 'cells1': {
      if (subject === 'published') return `${share} of the generalised cells were rebuilt for certain`
      const how = (whose: string) => `${near[name]} ${whose} range${name === 'cells1' ? ')' : ''}`
      if (what !== undefined) return `${what} was recovered for ${share} of the people ${how('its')}`
      return people
        ? `${share} of the cells ${worst} were recovered ${how('their')}`
        : `${share} of the cells were recovered ${how('their')}`
    }
    case 'explained':
      return what === undefined
        ? `${share} of the variance of the cells was found out`
        : `${share} of the variance of ${what} was found out`
    case 'correlation':
      return `it was told who is above whom: what was separated goes with the true columns to ${share}`
    case 'rank1':
    case 'rank5': {
      const linked =
        subject === 'images'
          ? `${share} of the samples were linked to the images that they came from`
          : `${share} of the rows were linked to the people whom they are about`
      return name === 'rank1' ? linked : `${linked}, within five guesses`
    }
    case 'labels':
      return `the hidden label ${what === undefined ? '' : `${what} `}of ${share} of the rows was named`
    case 'ssim':
      return `the images were reconstructed to a structural similarity of ${share}`
    case 'attribute':
      return subject === 'published' || subject === 'synthetic'
        ? `${what ?? 'a hidden value'} of ${share} of the people was named`
        : `${what ?? 'a sensitive attribute'} of ${share} of the samples was told`
    case 'purity':
      return `${share} of all neighbours were of one class`
    case 'pane':
      return `the pane that made ${share} of the samples was told`
    case 'member':
      if (subject === 'synthetic')
        return `it was told whose rows the synthetic ones were made from, rightly in ${share} of all pairs`
      return `it was told who had been in the training data, rightly in ${share} of all pairs`
    case 'steered':
      return `${share} of the rows that a participant chose got the class that it chose`
    case 'pictured':
      return `${share} of the pictures that a participant made of another’s class were taken for it`
    case 'singled':
      return subject === 'synthetic'
        ? `${share} of the descriptions that were read off the synthetic rows fit exactly one person, beyond what is so of strangers`
        : `${share} of the people were singled out: exactly one row is left that can be theirs`
    case 'certain':
      return `${what ?? 'the hidden value'} of ${share} of the people was known for certain`
    case 'belief':
      return `${what ?? 'the hidden value'} of each person was believed in at ${share} on average`
    case 'linked':
      return `what is known of ${share} of the people in two parts was put together, beyond what is so of strangers`
    case 'inferred':
      return `${what ?? 'a hidden value'} of ${share} of the people was inferred, beyond what is so of strangers`
    case 'copied':
      return `the rows of ${share} of the people who are unlike all others are among the synthetic ones, beyond what is so of strangers`
  }
}

/** The active: what the adversary gets, to end a sentence that begins with who. */
export function getsOf(metric: Metric, { attribute, people }: Part, subject: Subject): string {
  const share = written(metric.value, 'share')
  const range = (whose: string) =>
    metric.name === 'cells1'
      ? `almost exactly (within 1% of ${whose} range)`
      : `to within 5% of ${whose} range`
  if (metric.name === 'cells5' || metric.name === 'cells1') {
    if (attribute !== undefined)
      return `recovers ${quoted(attribute)} of ${share} of the people ${range('its')}`
    if (people) return `recovers ${share} of the cells ${worst} ${range('their')}`
  }
  if (metric.name === 'labels' && attribute !== undefined)
    return `names the hidden label ${quoted(attribute)} of ${share} of the rows`
  if (metric.name === 'explained' && attribute !== undefined)
    return `explains ${share} of the variance of ${quoted(attribute)}`
  if (attribute !== undefined) {
    const what = quoted(attribute)
    if (metric.name === 'attribute')
      return `names ${what} of ${share} of the ${subject === 'published' || subject === 'synthetic' ? 'people' : 'samples'}`
    if (metric.name === 'certain') return `is certain of ${what} of ${share} of the people, and right`
    if (metric.name === 'belief') return `comes to believe in the true ${what} at ${share} on average`
    if (metric.name === 'inferred')
      return `infers ${what} of ${share} of the people, beyond what it gets of strangers`
  }
  return metricWords(metric.name, subject).gets(share)
}

/** How much a kind of harm weighs beside being found, or having one's values read. */
const weights: Readonly<Record<MetricName, number>> = {
  rank1: 1,
  member: 1,
  cells1: 1,
  ssim: 1,
  attribute: 1,
  cells5: 0.9,
  rank5: 0.5,
  labels: 0.5,
  explained: 0.5,
  correlation: 0.5,
  purity: 0.5,
  pane: 0.5,
  steered: 1,
  pictured: 0.9,
  singled: 1,
  certain: 1,
  belief: 0.5,
  linked: 1,
  inferred: 1,
  copied: 1,
}

/** One attribute of a row, or a tenth of the people, beside all. */
const partWeight = 0.8

/** What is somebody's harm also where no rule asks about it. */
export const alwaysHarm: readonly MetricName[] = [
  'rank1',
  'cells5',
  'cells1',
  'labels',
  'ssim',
  'attribute',
  'member',
  'steered',
  'pictured',
  'singled',
  'certain',
  'linked',
  'copied',
]

/** What findings of different kinds are compared by: the share of what guessing leaves that was taken, weighed. */
export function gravity({ name, value, chance }: Metric, part: boolean): number {
  // A correlation of r tells r² of a column.
  const [got, guessed] = name === 'correlation' ? [value ** 2, chance ** 2] : [value, chance]
  const taken = guessed < 1 ? (got - guessed) / (1 - guessed) : 0
  return Number.isFinite(taken) ? weights[name] * (part ? partWeight : 1) * taken : 0
}
