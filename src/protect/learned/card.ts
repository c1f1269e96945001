// The card of a pane as JSON: its schema, and its way into and out of the ONNX file's metadata.
// Source: docs/architecture.md#the-learned-protection; contract.ts says what each part means.
// Nobody signs a card: whoever changes the file can change what it says. The fingerprint is of the whole file.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'
import type { PaneCard } from './contract.ts'
import { preprocessingSchema } from './preprocessing.ts'

/** The key of the metadata. */
export const cardKey = 'frostglass'

const count = z.int().min(0)
const share = z.number().min(0).max(1)
const size = z.int().min(1).max(1_000_000)

/** As a manifest and a file's metadata hold it. */
export const cardSchema = z.object({
  format: z.literal('frostglass-pane'),
  version: z.literal(1),
  kind: z.string(),
  bottleneck: z.int().min(1).nullable(),
  input: z.tuple([size, size, size]).readonly(),
  output: z.array(size).min(1).max(3),
  preprocessing: preprocessingSchema,
  classifier: z.object({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/), classes: count }),
  training: z.object({
    data: z.string(),
    images: count,
    validation: count,
    epochs: count,
    bestEpoch: count,
    batch: count,
    learningRate: z.number(),
    decay: share,
    outputs: z.enum(['all', 'own']),
    warmUp: count,
    classifierDropout: z.boolean(),
    seed: z.number(),
    seconds: z.number(),
  }),
  measured: z.object({
    on: z.string(),
    images: count,
    raw: share,
    obfuscated: share,
    amongClasses: z.object({ raw: share, obfuscated: share }).nullable(),
  }),
  parameters: count,
  flops: z.number().min(0),
  givesAway: z.string().min(1),
})

/**
 * The card in an ONNX file's metadata.
 * @throws FrostglassError `input` when there is none, or it is not one of this version
 */
export function readPaneCard(metadata: Readonly<Record<string, string>>, file: string): PaneCard {
  const text = Object.hasOwn(metadata, cardKey) ? metadata[cardKey] : undefined
  if (text === undefined) {
    throw new FrostglassError(
      'input',
      `${file} is not a pane: its metadata have no '${cardKey}'`,
      'Give a file that `frostglass obfuscate train` wrote.',
    )
  }
  return Object.freeze(
    readJson(text, cardSchema, `${file}: its card`, {
      like: 'a pane of version 1',
      hint: 'Take the file as it was written.',
    }),
  )
}
