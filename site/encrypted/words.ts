// Numbers as words: sizes, times, and what is being done.
// Source: the stages of @frostglass/edge/encrypted. 1 kB is 1,000 bytes.

import type { AskStage } from '../../src/edge/encrypted.ts'

export const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

export const time = (milliseconds: number): string =>
  milliseconds < 10
    ? `${milliseconds.toFixed(1)} ms`
    : milliseconds < 1000
      ? `${milliseconds.toFixed(0)} ms`
      : `${(milliseconds / 1000).toFixed(1)} s`

/** What is being done, for the line beside the button. */
export const doing: Readonly<Record<AskStage, string>> = {
  'making keys': 'Making keys in this browser, once',
  'sending keys': 'Sending the public keys, once',
  encrypting: 'Encrypting the digit',
  waiting: 'The service computes on ciphertexts',
  decrypting: 'Decrypting the answer',
}

/** In their order. */
export const stages = Object.keys(doing) as readonly AskStage[]
