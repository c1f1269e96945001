// The leak report as JSON: what was audited, what was found, how the policy judged it. The page shows this and no more.
// Source: docs/reference/reports.md. Row numbers count the original table's rows from 1, as error messages do.
// It holds the owner's column names and row numbers, never a value of the table: it is the owner's all the same.

import { z } from 'zod'
import { holdings, standpoints } from '../finding.ts'
import { policySchema } from '../policy/policy.ts'
import {
  adviceSchema,
  findingSchema,
  judgementSchema,
  untestedSchema,
  verdictSchema,
} from '../policy/reportParts.ts'
import { releasedParts } from './attack.ts'

const number = z.number()
const count = z.int().min(0)
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const interval = z.tuple([number, number]).readonly()
const standpoint = z.enum(standpoints)

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
  reference: z.array(z.strictObject({ known: count, chance: number, baseline: number.optional() })),
})

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
    labels: z.array(z.strictObject({ name: z.string(), classes: count })).optional(),
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

/** Recovery against the number of known rows. */
export type Curves = z.infer<typeof curvesSchema>
