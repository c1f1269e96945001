// The leak reports on published tables (version 10 of the format) and on synthetic ones (version 11) as JSON.
// Source: docs/reference/reports.md; what they share with the others is ../policy/reportParts.ts and ../images/reportSchema.ts.
// They hold names of columns and counts, and no value of the table.

import { z } from 'zod'
import { judgedFindings } from '../images/reportSchema.ts'
import { latticeSchema } from './lattice.ts'

const count = z.int().min(0)
const share = z.number().min(0).max(1)
const names = z.array(z.string())

const run = z.strictObject({
  date: z.iso.datetime(),
  frostglass: z.string(),
  seed: count,
  seconds: z.number(),
})

const pictureSchema = z.strictObject({ title: z.string(), alternative: z.string(), data: z.string() })

/** The schema of the `report.json` of an audit of a published table. */
export const publishedReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(10),
  audited: z.strictObject({
    kind: z.literal('published'),
    /** What the report calls the table. */
    name: z.string(),
    /** Rows of the original, and of them published. */
    rows: count,
    published: count,
    quasi: names,
    sensitive: names,
    /** Classes of equal quasi-identifiers among the published rows; sizes, rising, with how many classes have each. */
    classes: count,
    sizes: z.array(z.strictObject({ size: count, classes: count })),
    /** Of each quasi-identifier: how many values it had, and how many labels it has; mean share of the values that a label covers, weighted by rows. */
    columns: z.array(z.strictObject({ name: z.string(), values: count, labels: count, loss: share })),
    /** People on the public list, and rows of the earlier release; null where there is none. */
    list: count.nullable(),
    previous: count.nullable(),
    /** Around the node that was published; null where none was searched for, or that is not told. */
    lattice: latticeSchema.nullable(),
    pictures: z.array(pictureSchema),
  }),
  run,
  ...judgedFindings,
})

/** A leak report on a published table. JSON. */
export type PublishedLeakReport = z.infer<typeof publishedReportSchema>

/** The schema of the `report.json` of an audit of synthetic rows. */
export const syntheticReportSchema = z.strictObject({
  format: z.literal('frostglass-leak-report'),
  version: z.literal(11),
  audited: z.strictObject({
    kind: z.literal('synthetic'),
    name: z.string(),
    /** Rows that the synthetic ones were made from, rows that were kept out, and synthetic rows. */
    rows: count,
    control: count,
    synthetic: count,
    columns: names,
    /** Attempts of each attack. */
    attacks: count,
  }),
  run,
  ...judgedFindings,
})

/** A leak report on synthetic rows. JSON. */
export type SyntheticLeakReport = z.infer<typeof syntheticReportSchema>
