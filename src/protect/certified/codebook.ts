// The codebook: which cells are one code, which label a code stands for, and how sure of it the training data are.
// Source: PROOF.md, "Merging": made of training and validation rows alone, it carries the hashes of their lists.
// Public, as the pane is.

import { z } from 'zod'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const share = z.number().min(0).max(1)

/** The file `codebook.json`. */
export const codebookSchema = z.strictObject({
  format: z.literal('frostglass-codebook'),
  version: z.literal(1),
  labels: z.array(z.string()).min(1),
  /** By code: the label that it stands for, and the shares of the true labels behind it in training and validation data. */
  codes: z.array(z.strictObject({ label: z.int().min(0), shares: z.array(share) })).min(1),
  /** The code of each cell. */
  codeOf: z.array(z.int().min(0)).min(1),
  /** What merging weighed a nat of the attribute by; null where every label is one code. */
  beta: z.number().min(0).nullable(),
  /** SHA-256 of the lists of units that it was made from. */
  madeFrom: z.strictObject({ train: hex, validation: hex }),
})

/** A codebook. */
export type Codebook = z.infer<typeof codebookSchema>

/** The codebook's file, as it is hashed and written. */
export const writeCodebook = (codebook: Codebook): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(codebookSchema.parse(codebook), null, 2)}\n`)
