// The leak report on a fleet with a participant who attacks as JSON: version 9 of the format.
// Source: docs/reference/reports.md; what it shares with the others is ../policy/reportParts.ts and ../images/reportSchema.ts.
// Its pictures may show what nodes hold: it is the auditor's, and goes nowhere.

import { z } from 'zod'
import { judgedFindings } from '../images/reportSchema.ts'

const count = z.int().min(0)

/** The schema of the `report.json` of an audit of a fleet. */
export const fleetReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(9),
  audited: z.strictObject({
    kind: z.literal('fleet'),
    /** What the report calls the fleet. */
    name: z.string(),
    nodes: count,
    /** Rows of all of them. */
    rows: count,
    /** Numbers of the model. */
    numbers: count,
    /** How updates become one, in words. */
    defence: z.string(),
    /** Whether the server sees single updates; where it does not, no rule can look at them. */
    seesUpdates: z.boolean(),
    /** Honest rounds, rounds of the attack, and honest rounds after it. */
    before: count,
    attacked: count,
    after: count,
  }),
  run: z.strictObject({
    date: z.iso.datetime(),
    frostglass: z.string(),
    seed: count,
    seconds: z.number(),
  }),
  ...judgedFindings,
})

/** A leak report on a fleet. JSON. */
export type FleetLeakReport = z.infer<typeof fleetReportSchema>
