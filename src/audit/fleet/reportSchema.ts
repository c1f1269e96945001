// The leak report on what nodes send as JSON: version 8 of the format.
// Source: docs/reference/reports.md; what it shares with the others is ../policy/reportParts.ts and ../images/reportSchema.ts.
// Its pictures show rows of nodes: it is the auditor's, and goes nowhere.

import { z } from 'zod'
import { judgedFindings } from '../images/reportSchema.ts'

const count = z.int().min(0)

/** The schema of the `report.json` of an audit of updates. */
export const updateReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(8),
  audited: z.strictObject({
    kind: z.literal('update'),
    /** What the report calls the fleet or the round. */
    name: z.string(),
    messages: count,
    /** Rows behind all of them. */
    rows: count,
    /** Numbers of a message. */
    numbers: count,
    /** How messages were made: what everybody is told. */
    facts: z.strictObject({
      sends: z.enum(['gradient', 'update']),
      rows: count,
      steps: count,
      rate: z.number(),
      clip: z.number().nullable(),
      noise: z.number(),
      nodes: count,
    }),
    /** Rows of the server's own, and rows whose membership was asked. */
    own: count,
    candidates: count,
  }),
  run: z.strictObject({
    date: z.iso.datetime(),
    frostglass: z.string(),
    seed: count,
    effort: z.enum(['quick', 'full']),
    seconds: z.number(),
  }),
  ...judgedFindings,
})

/** A leak report on updates. JSON. */
export type UpdateLeakReport = z.infer<typeof updateReportSchema>
