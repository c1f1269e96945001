// Whether a pane may leave the premises: keys are secret panes, obfuscators public ones, and the two never mix.
// Source: docs/architecture.md#the-keyed-protection.
// It does not judge what a public pane gives away: that is the audit's work.

import { FrostglassError } from '../errors.ts'

/** A pane that only its owner may hold: whoever has it can undo the protection. */
export interface SecretPane {
  readonly standing: 'secret'
  /** The family of protection, as manifests name it. */
  readonly scheme: string
  /** Public identity: says which pane made an output, and nothing else. Hexadecimal. */
  readonly fingerprint: string
}

/** A pane made to be given away, such as a learned obfuscator. */
export interface PublicPane {
  readonly standing: 'public'
  readonly scheme: string
  readonly fingerprint: string
}

/**
 * The check at the door, for callers that the type checker does not reach: every writer of a bundle calls it.
 * @throws FrostglassError `key` for a secret pane.
 */
export function assertPublic(pane: SecretPane | PublicPane): asserts pane is PublicPane {
  if (pane.standing !== 'public') {
    throw new FrostglassError(
      'key',
      `the pane ${pane.fingerprint} (${pane.scheme}) is secret and may not be bundled`,
      'Keep the key where it is: a bundle holds protected data or a public obfuscator.',
    )
  }
}
