// The leak report on images as JSON: version 5 of the format, which holds pictures and measures beside metrics.
// Source: docs/reference/reports.md; what it shares with the report on tables is ../policy/reportParts.ts.
// It holds pictures of the owner's images: it is the owner's, and goes nowhere with the samples.

import { z } from 'zod'
import { policySchema } from '../policy/policy.ts'
import {
  adviceSchema,
  findingSchema,
  judgementSchema,
  untestedSchema,
  verdictSchema,
} from '../policy/reportParts.ts'

const count = z.int().min(0)

const measureSchema = z.strictObject({
  name: z.string(),
  value: z.number(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
})

const pictureSchema = z.strictObject({
  title: z.string(),
  alternative: z.string(),
  kind: z.enum(['png', 'svg']),
  data: z.string(),
})

/** A finding with measures that no policy judges, and pictures. */
export const imageFindingSchema = findingSchema.extend({
  measures: z.array(measureSchema),
  pictures: z.array(pictureSchema),
})

/** What every report with pictures ends in: the findings, and what a policy makes of them. */
export const judgedFindings = {
  verdict: verdictSchema,
  policy: policySchema,
  judgements: z.array(judgementSchema),
  advice: z.array(adviceSchema),
  findings: z.array(imageFindingSchema),
  untested: z.array(untestedSchema),
}

/** The schema of the `report.json` of an audit of images. */
export const imageReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(5),
  audited: z.strictObject({
    kind: z.literal('images'),
    /** Name of the bundle, without its folder, or of the set. */
    name: z.string(),
    /** Of the file of samples; null where they were audited in memory. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    images: count,
    /** Channels, height, width. */
    shape: z.tuple([count, count, count]),
    /** Shape of what left, without the batch. */
    released: z.array(count),
    /** Images that the panes were trained on; null where the auditor had them not. */
    training: count.nullable(),
    attributes: z.array(z.string()),
    panes: z.array(
      z.strictObject({
        fingerprint: z.string(),
        kind: z.string(),
        bottleneck: count.nullable(),
        parameters: count,
        givesAway: z.string(),
      }),
    ),
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

/** A leak report on images. JSON. */
export type ImageLeakReport = z.infer<typeof imageReportSchema>

/** A finding in a report on images. */
export type ImageReportFinding = z.infer<typeof imageFindingSchema>
