// The leak report as JSON: what was audited, what was found, how the policy judged it. The page shows this and no more.
// Source: docs/reference/reports.md. Row numbers count the original table's rows from 1, as error messages do.
// It holds the owner's column names and row numbers, never a value of the table: it is the owner's all the same.

import { z } from 'zod'
import { metricNames, policySchema, standpoints } from '../policy.ts'
import { holdings, releasedParts } from '../tables/attack.ts'

const number = z.number()
const count = z.int().min(0)
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const interval = z.tuple([number, number]).readonly()
const standpoint = z.enum(standpoints)

const metricSchema = z.strictObject({
  name: z.enum(metricNames),
  value: number,
  interval,
  chance: number,
  baseline: number.exactOptional(),
  /** Interval of value - chance, both of the same rows. */
  beyond: interval.exactOptional(),
  /** Of the rows that the constant guess misses: how many, and which share of them is hit; of hidden numbers. */
  missed: z.strictObject({ rows: count, value: number, interval }).exactOptional(),
  /** People that it is of, where these are not all that were judged. */
  of: count.exactOptional(),
  /** A constant guess does as well: no rule rests on it. */
  tooWeak: z.literal(true).exactOptional(),
})

/** What an attack found. */
export const findingSchema = z.strictObject({
  attack: z.string(),
  title: z.string(),
  standpoint,
  /** What the adversary must have, in one sentence. */
  needs: z.string(),
  /** What that is, by name, besides what left; of attacks on tables. */
  holds: z.array(z.enum(holdings)).exactOptional(),
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
        metrics: z.array(metricSchema).exactOptional(),
      }),
    )
    .exactOptional(),
  /** Of the tenth of the people of whom the attack recovers most beyond a constant guess. */
  people: z.array(metricSchema).exactOptional(),
  /** Of images: the attribute that it is about; of a table with several labels: the label. */
  about: z.string().exactOptional(),
  cells: z
    .array(z.strictObject({ row: count, attribute: z.string(), error: number, chanceError: number }))
    .exactOptional(),
  notes: z.array(z.string()),
  seconds: number,
})

const curvesSchema = z.strictObject({
  metric: z.literal('cells5'),
  /** Draws of the known rows that each point is the mean of. */
  draws: count,
  /** The attack that recovers most at the number of known rows of the audit. */
  best: z.string(),
  /** The fewest known rows tried from which any attack recovers half of the unseen cells; null if none tried does. */
  half: z.strictObject({ known: count, attack: z.string() }).nullable(),
  lines: z.array(
    z.strictObject({
      attack: z.string(),
      title: z.string(),
      points: z.array(z.strictObject({ known: count, value: number, interval })),
    }),
  ),
  /** What an adversary without the release gets, by known rows. */
  reference: z.array(z.strictObject({ known: count, chance: number, baseline: number.exactOptional() })),
})

const place = {
  finding: count,
  attribute: count.exactOptional(),
  people: z.literal(true).exactOptional(),
  metric: count,
}

/** How a rule was judged. */
export const judgementSchema = z.union([
  z.strictObject({
    rule: count,
    status: z.enum(['not measured', 'does not apply']),
    /** Labels or attributes that no attack was run on, where others held. */
    untold: z.array(z.string()).readonly().exactOptional(),
  }),
  z.strictObject({
    rule: count,
    status: z.literal('too weak'),
    weak: count,
    /** Attributes of which nothing was told, where others held. */
    untold: z.array(z.string()).readonly().exactOptional(),
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

/** Which attacks covered which adversary and which part of what left. */
const coverageSchema = z.strictObject({
  /** Parts of a release, and whether this one had them. */
  parts: z.array(z.strictObject({ part: z.enum(releasedParts), left: z.boolean() })),
  adversaries: z.array(
    z.strictObject({
      standpoint,
      /** What it holds besides what left. */
      holds: z.array(z.enum(holdings)),
      /** Names of attacks that were run, a list for each part; an empty list is what was not tried. */
      attacks: z.array(z.array(z.string())),
    }),
  ),
})

/** The schema of a table's `report.json`. */
export const reportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(4),
  audited: z.strictObject({
    /** Name of the protected file, without its folder. */
    file: z.string(),
    sha256: hex(64),
    rows: count,
    /** Rows that the audit took: all, or a sample. */
    auditedRows: count,
    /** Columns of the original table, without the label. */
    attributes: count,
    /** Protected columns. */
    columns: count,
    /** Classes of the label, or of all of them; 0 for a table without hidden classes. */
    classes: count,
    /** Of a table with several labels: each, with its classes; 0 of a number. */
    labels: z.array(z.strictObject({ name: z.string(), classes: count })).exactOptional(),
    scheme: z.string(),
    layers: count,
    activation: z.string().nullable(),
    keyFingerprint: hex(32),
  }),
  run: z.strictObject({
    date: z.iso.datetime(),
    frostglass: z.string(),
    seed: count,
    effort: z.enum(['quick', 'full']),
    known: count,
    seconds: number,
  }),
  verdict: verdictSchema,
  policy: policySchema,
  judgements: z.array(judgementSchema),
  advice: z.array(adviceSchema),
  findings: z.array(findingSchema),
  /** Null where no attack on cells with known rows applies. */
  curves: curvesSchema.nullable(),
  coverage: coverageSchema,
  /** Attacks that were not run, and why. */
  untested: z.array(untestedSchema),
})

/** A leak report on a table. JSON. */
export type LeakReport = z.infer<typeof reportSchema>

/** A finding in a report: with what the attack needs, and where it comes from. */
export type ReportFinding = z.infer<typeof findingSchema>

/** Recovery against the number of known rows. */
export type Curves = z.infer<typeof curvesSchema>
