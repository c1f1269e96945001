// How an encrypted question is asked, and what comes of it.
// Source: none; types alone.
// What left and what came are parcels, which the service knows; the answers are the owner's.

import type { EncryptedAnswers } from '../encrypt/inference/keyHolder.ts'
import type { OwnerOnly } from '../encrypt/inference/ownerOnly.ts'

/** What is being done, in this order; keys only where the service does not have them. */
export type AskStage = 'making keys' | 'sending keys' | 'encrypting' | 'waiting' | 'decrypting'

/** Options of one question. */
export interface EncryptedAskOptions {
  readonly signal?: AbortSignal | undefined
  /** Called as each stage begins. */
  readonly onStage?: ((stage: AskStage) => void) | undefined
}

/** An answer, and what it took. */
export interface EncryptedAsked {
  /** For the owner alone: a service that is shown them, or told whether they could be read, may learn the secret key. */
  readonly answers: OwnerOnly<EncryptedAnswers>
  /** What left, a parcel: all that the service gets of the images. */
  readonly question: Uint8Array
  /** What came, a parcel: what the service knows of the answers. */
  readonly answer: Uint8Array
  /** Of bodies; keys 0 where the service had them. */
  readonly bytes: { readonly keys: number; readonly question: number; readonly answer: number }
  readonly milliseconds: {
    readonly makeKeys: number
    readonly sendKeys: number
    readonly encrypt: number
    /** There, computed, and back. */
    readonly service: number
    readonly decrypt: number
  }
}

/** What it took to send keys. */
export type SentKeys = Pick<EncryptedAsked, 'bytes' | 'milliseconds'>
