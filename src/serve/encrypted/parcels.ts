// What the routes of keys and of questions ask of a request alike, and the words in which they refuse it.
// Source: RFC 9110 (415); parcel.ts of encrypt says what a body must be.
// A refusal names sizes and kinds, never what was sent.

import type { Context } from 'hono'
import { FrostglassError } from '../../errors.ts'
import { Refusal } from '../v2/refusal.ts'

/** @param where it stands, for the refusal. @throws Refusal 400 */
export function fingerprintOf(text: string | undefined, where: string): string {
  if (/^[0-9a-f]{64}$/.test(text ?? '')) return text!
  throw new Refusal(400, `${where} is the SHA-256 of the keys, 64 hexadecimal digits in lower case`)
}

export const unknownKeys = () => new Refusal(404, 'these keys are not here (any more): send them first')

/** @throws Refusal 415 */
export function requireBytes(c: Context): void {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/octet-stream')
    throw new Refusal(415, `a body is application/octet-stream, not ${type.slice(0, 100)}`)
}

/** Errors of parcels as refusals: their words name sizes and kinds. @throws Refusal 400 */
export function inWords<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof FrostglassError && (error.code === 'input' || error.code === 'key'))
      throw new Refusal(400, error.message)
    throw error
  }
}
