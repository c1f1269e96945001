// A model's card: what its inputs are and what its answers mean, carried in the ONNX file's metadata.
// Source: docs/architecture.md#the-service-and-the-edge, "what we train is what ships". Of a protected table it holds public names only.

import { z } from 'zod'
import type { TableSchema } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'

const column = z.discriminatedUnion('kind', [
  z.strictObject({
    name: z.string(),
    kind: z.literal('numeric'),
    integer: z.boolean(),
    fill: z.number().optional(),
    time: z.enum(['days', 'seconds']).optional(),
    loose: z.boolean().optional(),
  }),
  z.strictObject({
    name: z.string(),
    kind: z.literal('categorical'),
    categories: z.array(z.string()).min(1),
    fill: z.string().optional(),
  }),
])

const cardSchema = z.strictObject({
  /** Version 1 had no `filled`. */
  version: z.literal([1, 2]),
  columns: z.array(column).min(1),
  label: z.discriminatedUnion('task', [
    z.strictObject({ name: z.string(), task: z.literal('class'), classes: z.array(z.string()).min(1) }),
    z.strictObject({ name: z.string(), task: z.literal('number') }),
  ]),
  /** What the columns' `fill` is, of the table that the model learned from. */
  filled: z.enum(['mean', 'median']).optional(),
  /** Fingerprint of the key that the training table was protected with. */
  keyFingerprint: z.string().optional(),
  /** What private training spent, and how. */
  private: z
    .strictObject({
      epsilon: z.number(),
      delta: z.number(),
      noiseMultiplier: z.number(),
      rate: z.number(),
      steps: z.number(),
      clip: z.number(),
      clipping: z.enum(['flat', 'per-layer', 'automatic']),
      /** Whom the promise is made to: a row, or a person with several. */
      unit: z.enum(['row', 'person']),
      rowsPerUnit: z.number().optional(),
    })
    .optional(),
})

/** What a model learned from and what it answers. */
export type ModelCard = z.infer<typeof cardSchema>

const entry = 'frostglass.model'

/** The card as ONNX metadata. */
export function cardMetadata(card: ModelCard): Record<string, string> {
  return { [entry]: JSON.stringify(card) }
}

/** Whether a model says that it is one of tables. */
export const hasCard = (metadata: Readonly<Record<string, string>>): boolean => entry in metadata

/** @throws FrostglassError `input` when the model has no card or a damaged one. */
export function readModelCard(metadata: Readonly<Record<string, string>>, path: string): ModelCard {
  const text = metadata[entry]
  if (text === undefined) {
    throw new FrostglassError(
      'input',
      `${path} does not say what its inputs are`,
      'Take a model that `frostglass train` wrote.',
    )
  }
  return readJson(text, cardSchema, `${path}: its description of inputs and answers`, {
    hint: 'Train it again.',
  })
}

/** The table schema that rows for this model must have; the label is optional in them. */
export function schemaOfCard(card: ModelCard): TableSchema {
  return {
    columns: card.columns.map((c) => {
      if (c.kind === 'numeric') {
        return {
          name: c.name,
          kind: c.kind,
          integer: c.integer,
          fill: c.fill,
          time: c.time,
          loose: c.loose,
        }
      }
      return {
        name: c.name,
        kind: c.kind,
        categories: c.categories,
        fill: c.fill,
      }
    }),
    filled: card.filled,
  }
}
