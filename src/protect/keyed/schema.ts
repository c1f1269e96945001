// What a key holds: the secret, the table's schema with minima and maxima, the parameters, the layers' calibration.
// Source: docs/architecture.md#the-keyed-protection; SPG section 4.2 (minima and maxima belong to the key).
// Everything here is secret but the fields that key.ts shows.

import { z } from 'zod'
import { stampsOf } from '../../data/form.ts'
import { type ColumnSchema, type LabelSchema, labelled, type TableSchema } from '../../data/schema.ts'
import { keyActivationNames } from './activationNames.ts'

const finite = z.number()
const names = z.array(z.string()).min(1)

// How a column was written, so that it is restored so; keys of version 1 do not say.
const form = z
  .strictObject({
    type: z
      .string()
      .regex(/^[A-Z][A-Z0-9_ (),]*$/)
      .optional(),
    decimals: z.int().min(0).max(22).optional(),
    style: z.enum(['fixed', 'plain', 'pointed']).optional(),
    stamp: z.enum([' ', 'T', ' Z', 'TZ']).optional(),
  })
  .optional()

const column = z.discriminatedUnion('kind', [
  z.strictObject({
    name: z.string(),
    kind: z.literal('numeric'),
    integer: z.boolean(),
    minimum: finite,
    maximum: finite,
    fill: finite.optional(),
    time: z.enum(['days', 'seconds']).optional(),
    loose: z.boolean().optional(),
    form,
  }),
  z.strictObject({
    name: z.string(),
    kind: z.literal('categorical'),
    categories: names,
    fill: z.string().optional(),
    /** One of the categories, for all texts that are none of the others. Programs that do not know of it refuse the key. */
    other: z.string().optional(),
    form,
  }),
])

// Where the label stood among the table's columns, and whether its values were whole numbers: for restoring.
const place = {
  name: z.string(),
  integer: z.boolean(),
  position: z.int().min(0),
  loose: z.boolean().optional(),
  form,
}

const label = z.discriminatedUnion('task', [
  z.strictObject({ ...place, task: z.literal('class'), classes: names }),
  z.strictObject({ ...place, task: z.literal('number'), minimum: finite, maximum: finite }),
])

const parameters = z.strictObject({
  layers: z.int().min(1).max(64),
  activation: z.enum(keyActivationNames),
  /** Keys of version 1 know no `blocks`. */
  matrix: z.enum(['bounded', 'glorot', 'blocks']),
  encoding: z.enum(['one-hot', 'ordinal']),
  /** What the columns' `fill` is, of the table that made the key. Keys of version 1 do not say. */
  filled: z.enum(['mean', 'median']).optional(),
})

/**
 * The contents of a key file. Version 2 says how columns were written, and what fills them; else it is as version 1. Version 3
 * is that of a table with several labels; else it is as version 2.
 */
export const keyRecordSchema = z.strictObject({
  format: z.literal('frostglass-key'),
  version: z.literal([1, 2, 3]),
  created: z.iso.datetime(),
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  parameters,
  columns: z.array(column).min(1),
  label: label.nullable(),
  /** How the CSV that made the key was written, where not with commas between cells and points in numbers. */
  writing: z
    .strictObject({ delimiter: z.string().length(1).optional(), decimalComma: z.boolean().optional() })
    .optional(),
  /** The column that tells whose row it is: none of `columns`. Programs that do not know of it refuse the key. */
  id: z.string().optional(),
  /** Labels beside the first, in the order in which they leave. */
  moreLabels: z.array(label).min(1).optional(),
  calibration: z.array(z.strictObject({ gain: finite.positive(), centre: z.array(finite) })),
  roundTripError: finite.min(0),
})

/** An attribute as the key knows it: numeric with its range, or categorical with its values. */
export type KeyColumn = z.infer<typeof column>
/** The label as the key knows it. */
export type KeyLabel = z.infer<typeof label>
/** What the owner chose. */
export type KeyParameters = z.infer<typeof parameters>
/** All that a key is. Secret. */
export type KeyRecord = z.infer<typeof keyRecordSchema>

/** All labels of a key, in the order in which they leave. */
export function keyLabels({
  label: first,
  moreLabels = [],
}: Pick<KeyRecord, 'label' | 'moreLabels'>): readonly KeyLabel[] {
  return first ? [first, ...moreLabels] : []
}

/** The key's table as the data layer knows it: what later tables are held to. */
export function tableSchemaOf({
  columns,
  parameters: { filled },
  ...record
}: Pick<KeyRecord, 'columns' | 'label' | 'moreLabels' | 'parameters'>): TableSchema {
  const features = columns.map((column): ColumnSchema => {
    const { name } = column
    if (column.kind === 'numeric') {
      const { kind, integer, fill, time, loose, form } = column
      const stamps = time === 'seconds' ? stampsOf(form) : undefined
      return {
        name,
        kind,
        integer,
        fill,
        time,
        stamps,
        loose,
      }
    }
    const { kind, categories, fill, other } = column
    return {
      name,
      kind,
      categories,
      fill,
      other,
    }
  })
  return {
    columns: features,
    ...labelled(keyLabels(record).map(labelSchemaOf)),
    ...(filled === undefined ? {} : { filled }),
  }
}

function labelSchemaOf(label: KeyLabel): LabelSchema {
  const { name, integer, position } = label
  const loose = label.loose === undefined ? {} : { loose: label.loose }
  if (label.task === 'class')
    return { name, task: 'class', classes: label.classes, integer, position, ...loose }
  return { name, task: 'number', integer, position, ...loose }
}
