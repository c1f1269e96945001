// Sixteen people: what a certificate says of an attribute of people whom there are too few of.
// Source: HMP; theorem B with the person as unit, whose windows share weight 1. The codes are the true activities: a perfect pane.
// It is a control: the verdict has to be a refusal, and no number to be proud of.

import { type Certification, certify } from '../../src/protect/certified/certify.ts'
import { shareUnits } from '../../src/protect/certified/table.ts'
import { readHmp } from './hmp.ts'
import { delta } from './measure.ts'

/** JSON. */
export interface PeopleTask {
  readonly kind: 'people'
  readonly from: string
}

export interface PeopleAnswer {
  readonly kind: 'people'
  readonly people: number
  readonly windows: number
  readonly blind: number
  readonly estimate: number
  readonly upper: number
  readonly verdict: Certification['verdict']
}

/** Certifies the true activities of all windows. */
export async function certifyPeople({ from }: PeopleTask): Promise<PeopleAnswer> {
  const { subject, sex, activity } = await readHmp(from)
  const names = [...new Set(activity)].sort()
  const table = shareUnits(
    subject.map((unit, i) => ({ unit, code: names.indexOf(activity[i]!), attribute: sex[i]! })),
    { codes: names.length },
  )
  const { units, blind, estimate, upper, verdict } = certify(table, { delta, unit: 'person' })
  return { kind: 'people', people: units, windows: subject.length, blind, estimate, upper, verdict }
}
