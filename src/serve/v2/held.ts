// Bytes of bodies in hand, of requests and of answers that are not sent yet: of all of a service, and of each client.
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
export function noRoom(held: Held, client: string | undefined, bounds: HeldBounds): Refusal | undefined {
  const { maxHeld } = bounds
  if (held.bytes > maxHeld) return new Refusal(503, `${maxHeld} bytes are in hand already; try again`, 1)
  const share = shareOf(bounds)
  if (client === undefined || (held.byClient.get(client) ?? 0) <= share) return undefined
  return new Refusal(429, `${share} bytes of this client are in hand already; try again`, 1)
}

/**
 * Counts an answer as held. One that is larger than a client's share counts as that: it is sent where its client has nothing else.
 * @returns what counts it as no longer held
 * @throws Refusal as {@link noRoom} returns them, where more is in hand and it does not fit
 */
export function holdAnswer(held: Held, client: string, bytes: number, bounds: HeldBounds): () => void {
  const counted = Math.min(bytes, shareOf(bounds))
  const alone = held.bytes === 0
  hold(held, client, counted)
  const full = noRoom(held, client, bounds)
  const release = () => hold(held, client, -counted)
  if (!full || alone) return release
  release()
  throw full
}

/** What bounds them. */
export type HeldBounds = Pick<ServiceLimits, 'maxBody' | 'maxHeld' | 'perClient'>

const shareOf = ({ maxBody, maxHeld, perClient }: HeldBounds): number =>
  Math.max(maxBody, Math.floor(perClient * maxHeld))
