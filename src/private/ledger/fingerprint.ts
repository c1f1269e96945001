// Which bytes a ledger guards: a table file's SHA-256, which says whether a release is about the data that it was made for.
// Source: FIPS 180-4. It tells files apart, not people: a corrected file is another, and its owner says that it is the same data.
// It does not see a file that is changed between being named and being read.

import { sha256File } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { shown } from '../accounting/check.ts'

/** What a release read, as its ledger knows it. */
export interface Source {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string
}

/** The text that a fingerprint is. */
export const FINGERPRINT = /^sha256:[0-9a-f]{64}$/

/**
 * The fingerprint of a file's bytes.
 * @throws FrostglassError 'input' or 'io' for a file that cannot be read.
 */
export async function fingerprintOf(path: string): Promise<string> {
  return `sha256:${await sha256File(path)}`
}

/** @throws FrostglassError 'usage' unless this is a source with a fingerprint. */
export function requireSource(source: Source): void {
  const text: unknown = typeof source === 'object' && source !== null ? source.fingerprint : source
  if (typeof text === 'string' && FINGERPRINT.test(text)) return
  throw new FrostglassError(
    'usage',
    `a source has a fingerprint of a file; got ${shown(text)}`,
    'Take it from fingerprintOf(path).',
  )
}
