// The leak report on a model as JSON: version 6 of the format: who was in its training data, and whether its claim holds.
// Source: docs/reference/reports.md; what it shares with the others is ../policy/reportParts.ts and ../images/reportSchema.ts.
// It holds no row and no row's number: counts and shares alone.

import { z } from 'zod'
import { imageFindingSchema } from '../images/reportSchema.ts'
import { policySchema } from '../policy/policy.ts'
import { adviceSchema, judgementSchema, verdictSchema } from '../policy/reportParts.ts'

const number = z.number()
const count = z.int().min(0)
const estimate = z.strictObject({ value: number, interval: z.tuple([number, number]).readonly() })
const guesses = z.strictObject({ canaries: count, guesses: count, right: count })

/** The schema of the `report.json` of an audit of a model. */
export const modelReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(6),
  audited: z.strictObject({
    kind: z.literal('model'),
    /** Name of the file, without its folder. */
    name: z.string(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    /** Rows whose membership was asked; null where only the training was audited. */
    rows: z.strictObject({ members: count, others: count, shadows: count }).nullable(),
  }),
  run: z.strictObject({ date: z.iso.datetime(), frostglass: z.string(), seed: count, seconds: number }),
  verdict: verdictSchema,
  /** Null where only the training was audited: its claim is what it is judged by. */
  policy: policySchema.nullable(),
  judgements: z.array(judgementSchema),
  advice: z.array(adviceSchema),
  findings: z.array(imageFindingSchema),
  /** The audit of private training by canaries; null where there was none. */
  training: z
    .strictObject({
      /** The accountant's upper bound, at this δ. */
      claimed: z.strictObject({ epsilon: number, delta: number }),
      /** The audit's lower bound, at the same δ. */
      bound: z.strictObject({
        epsilon: number,
        delta: number,
        confidence: number,
        best: guesses,
        tried: z.array(guesses),
      }),
      /** Whether the lower bound is above the claim. */
      caught: z.boolean(),
      canaries: count,
      included: count,
      /** Rows beside the canaries; null where they were not counted. */
      rows: count.nullable(),
      auc: estimate,
    })
    .nullable(),
})

/** A leak report on a model. JSON. */
export type ModelLeakReport = z.infer<typeof modelReportSchema>
