// What the page and its worker tell each other.
// Source: @frostglass/edge/encrypted; a worker, so that the page stays alive while keys are made.
// Pixels go in and answers come out; the secret stays in the worker.

import type { AskStage, EncryptedAsked, EncryptedCard } from '../../src/edge/encrypted.ts'

export type Order =
  | { readonly connect: string; readonly token: string | undefined }
  | { readonly ask: Uint8Array; readonly id: number }

export type Report =
  /** Of the model. `keyBytes`: what keys may have at most. */
  | { readonly card: EncryptedCard; readonly keyBytes: number }
  | { readonly id: number; readonly stage: AskStage }
  | { readonly id: number; readonly asked: Asked }
  /** `id` where it was a question that failed. */
  | { readonly id?: number | undefined; readonly failure: string }

/** An answer as the page shows it. */
export interface Asked extends Pick<EncryptedAsked, 'bytes' | 'milliseconds'> {
  /** One an output. */
  readonly logits: Float32Array
  /** Bytes out of the middle of what left, and of what came. */
  readonly sent: Uint8Array
  readonly received: Uint8Array
}
