// Bytes of bodies in hand: of all requests of a service, and of each client.
// Source: ours; RFC 6585, 4 (429), RFC 9110, 15.6.4 (503).
// What is counted is what came; memory that a body takes while it is read as JSON is more, and bounded by the clerk.

import type { ServiceLimits } from './contract.ts'
import { Refusal } from './refusal.ts'

export interface Held {
  bytes: number
  /** Those of each client that has any. */
  readonly byClient: Map<string, number>
  /** Bodies that are not whole, the oldest first. */
  readonly arriving: Set<Arriving>
}

interface Arriving {
  /** Milliseconds on the clock of `performance`. */
  readonly since: number
  refuse(refusal: Refusal): void
}

/** None. */
export const nothingHeld = (): Held => ({ bytes: 0, byClient: new Map(), arriving: new Set() })

/** Counts bytes as held; as no longer held where they are fewer than 0. @param client undefined for one without a connection */
export function hold(held: Held, client: string | undefined, bytes: number): void {
  held.bytes += bytes
  if (client === undefined) return
  const all = (held.byClient.get(client) ?? 0) + bytes
  if (all > 0) held.byClient.set(client, all)
  else held.byClient.delete(client)
}

/** Why no more of a client is held: 429 for its share, 503 for all; undefined where there is room. One body always has its room. */
export function noRoom(
  held: Held,
  client: string | undefined,
  { maxBody, maxHeld, perClient }: Pick<ServiceLimits, 'maxBody' | 'maxHeld' | 'perClient'>,
): Refusal | undefined {
  if (held.bytes > maxHeld)
    return new Refusal(503, `${maxHeld} bytes of requests are in hand already; try again`, 1)
  const share = Math.max(maxBody, Math.floor(perClient * maxHeld))
  if (client === undefined || (held.byClient.get(client) ?? 0) <= share) return undefined
  return new Refusal(429, `${share} bytes of this client's requests are in hand already; try again`, 1)
}
