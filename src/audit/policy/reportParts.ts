// What the reports of all audits share, as JSON: findings, how rules were judged, the verdict, advice, what was not run.
// Source: docs/reference/reports.md; finding.ts, judgement.ts and verdict.ts for what the fields mean.
// A finding may hold an owner's column names and row numbers, never a value: it is the owner's all the same.

import { z } from 'zod'
import { holdings, metricNames, standpoints } from '../finding.ts'

const number = z.number()
const count = z.int().min(0)
const interval = z.tuple([number, number]).readonly()
const standpoint = z.enum(standpoints)

const metricSchema = z.strictObject({
  name: z.enum(metricNames),
  value: number,
  interval,
  chance: number,
  baseline: number.optional(),
  /** Interval of value - chance, both of the same rows. */
  beyond: interval.optional(),
  /** Of the rows that the constant guess misses: how many, and which share of them is hit; of hidden numbers. */
  missed: z.strictObject({ rows: count, value: number, interval }).optional(),
  /** People that it is of, where these are not all that were judged. */
  of: count.optional(),
  /** The interval ends at a limit that is proved for every attacker. */
  proved: z.literal(true).optional(),
  /** What the same attack gets of the data without any protection. */
  unprotected: number.optional(),
  /** A constant guess does as well: no rule rests on it. */
  tooWeak: z.literal(true).optional(),
})

/** What an attack found. */
export const findingSchema = z.strictObject({
  attack: z.string(),
  title: z.string(),
  standpoint,
  /** What the adversary must have, in one sentence. */
  needs: z.string(),
  /** What that is, by name, besides what left; of attacks on tables. */
  holds: z.array(z.enum(holdings)).optional(),
  /** Where the attack comes from. */
  source: z.string(),
  known: count,
  rows: count,
  metrics: z.array(metricSchema).min(1),
  attributes: z
    .array(
      z.strictObject({
        name: z.string(),
        explained: number,
        within1: number,
        within5: number,
        medianError: number,
        largestError: number,
        metrics: z.array(metricSchema).optional(),
      }),
    )
    .optional(),
  /** Of the tenth of the people of whom the attack recovers most beyond a constant guess. */
  people: z.array(metricSchema).optional(),
  /** Of images: the attribute that it is about; of a table with several labels: the label. */
  about: z.string().optional(),
  cells: z
    .array(z.strictObject({ row: count, attribute: z.string(), error: number, chanceError: number }))
    .optional(),
  notes: z.array(z.string()),
  seconds: number,
})

const place = {
  finding: count,
  attribute: count.optional(),
  people: z.literal(true).optional(),
  metric: count,
}

/** How a rule was judged. */
export const judgementSchema = z.union([
  z.strictObject({
    rule: count,
    status: z.enum(['not measured', 'does not apply']),
    /** Labels or attributes that no attack was run on, where others held. */
    untold: z.array(z.string()).readonly().optional(),
  }),
  z.strictObject({
    rule: count,
    status: z.literal('too weak'),
    weak: count,
    /** Attributes of which nothing was told, where others held. */
    untold: z.array(z.string()).readonly().optional(),
    /** Stronger attacks that were not run, or not for as long as they need, where what was run did not break it. */
    leftOut: z.array(z.string()).readonly().optional(),
  }),
  z.strictObject({
    rule: count,
    status: z.enum(['held', 'broken']),
    ...place,
    upper: number,
    ceiling: number,
    weak: count,
  }),
])

/** The verdict of every report. */
export const verdictSchema = z.strictObject({
  /** `not measured`: nothing is broken, and a rule that must be measured was not. */
  status: z.enum(['held', 'broken', 'not measured']),
  /** The worst that was found, in the words of whom it harms. */
  headline: z.string(),
  /** What that means, for a layman: who got it, and how the rules fared. */
  sentence: z.string(),
  /** Where the worst stands; null when nothing was measured. */
  worst: z.strictObject(place).nullable(),
  /** Place of the judgement that rests on it; null when no rule does. */
  judgement: count.nullable(),
  /** How many rules fared how. */
  rules: z.strictObject({
    held: count,
    broken: count,
    tooWeak: count,
    notMeasured: count,
    notApplicable: count,
  }),
})

/** What to change. */
export const adviceSchema = z.strictObject({
  /** What to do, in one sentence. */
  action: z.string(),
  /** What was measured that says so. */
  reason: z.string(),
})

/** An attack that was not run. */
export const untestedSchema = z.strictObject({ attack: z.string(), title: z.string(), why: z.string() })

/** A finding in a report: with what the attack needs, and where it comes from. */
export type ReportFinding = z.infer<typeof findingSchema>

/** The verdict of a report. */
export type Verdict = z.infer<typeof verdictSchema>

/** One piece of advice in a report. */
export type Advice = z.infer<typeof adviceSchema>

/** An attack that was not run, in a report. */
export type Untested = z.infer<typeof untestedSchema>
