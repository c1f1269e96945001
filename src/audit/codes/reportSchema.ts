// The leak report on released codes as JSON: version 7 of the format: attacks below, what is certified above, for each attribute.
// Source: docs/reference/reports.md; what it shares with the others is ../policy/reportParts.ts and ../images/reportSchema.ts.
// It holds no row and no unit's name: counts and shares alone.

import { z } from 'zod'
import { imageFindingSchema } from '../images/reportSchema.ts'
import { policySchema } from '../policy/policy.ts'
import { adviceSchema, judgementSchema, verdictSchema } from '../policy/reportParts.ts'

const count = z.int().min(0)
const share = z.number().min(0).max(1)
const hex = z.string().regex(/^[0-9a-f]{64}$/)

const bracketSchema = z.strictObject({
  attribute: z.string(),
  /** What the certificate says, and of how many units of which kind. */
  certified: z.strictObject({
    theorem: z.enum(['A', 'B']),
    units: count,
    unit: z.string(),
    delta: share,
    blind: share,
    /** What the true label tells by itself; null where no labels were counted. */
    floor: share.nullable(),
    estimate: share,
    upper: share,
    /** The limit for who knows the true label as well. */
    labelKnownUpper: share.nullable(),
  }),
  /** Attacks, as places among the findings, each with the limit that it is held against; null where no bound is known. */
  attacks: z.array(
    z.strictObject({
      finding: count,
      upper: share.nullable(),
      /** The lower end of its interval is above the limit. */
      above: z.boolean(),
    }),
  ),
  /** Numbers of releases that are certified together, and that too few judged units have rows for. */
  notAttacked: z.array(count),
  picture: z.strictObject({ title: z.string(), alternative: z.string(), data: z.string() }),
})

/** The schema of the `report.json` of an audit of released codes. */
export const codeReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(7),
  audited: z.strictObject({
    kind: z.literal('codes'),
    /** Name of the bundle, without its folder. */
    name: z.string(),
    /** Of the pane. */
    sha256: hex,
    codes: count,
    /** Outputs of the channel; null where codes are released as they are. */
    outputs: count.nullable(),
    /** Units that attackers learned from, and others that they were judged on. */
    units: z.strictObject({ learned: count, judged: count }),
  }),
  run: z.strictObject({
    date: z.iso.datetime(),
    frostglass: z.string(),
    seed: count,
    effort: z.enum(['quick', 'full']),
    seconds: z.number(),
  }),
  verdict: verdictSchema,
  /** Null where none was given, and the certificates were issued without one. */
  policy: policySchema.nullable(),
  judgements: z.array(judgementSchema),
  advice: z.array(adviceSchema),
  /** First what is certified, one an attribute, in the order of the brackets; then the attacks. */
  findings: z.array(imageFindingSchema),
  brackets: z.array(bracketSchema).min(1),
  /** Other numbers of codes; null where the bundle does not tell them, or where outputs are drawn. */
  prices: z
    .strictObject({
      /** What an attacker names: one attribute, or several together. */
      attributes: z.array(z.string()).min(1),
      units: count,
      rows: z
        .array(
          z.strictObject({
            codes: count,
            /** Labels read rightly off the code. */
            accuracy: share,
            /** Share of the label's information. */
            information: share,
            estimate: share,
            upper: share,
            /** By calibration units; else by training and validation rows, an estimate. */
            certified: z.boolean(),
          }),
        )
        .min(1),
    })
    .nullable(),
  checks: z.array(
    z.strictObject({
      name: z.enum(['repeats', 'recount', 'drift', 'release']),
      held: z.boolean(),
      words: z.string(),
    }),
  ),
})

/** A leak report on released codes. JSON. */
export type CodeLeakReport = z.infer<typeof codeReportSchema>

/** One attribute between its attacks and its certificate. */
export type Bracket = CodeLeakReport['brackets'][number]
