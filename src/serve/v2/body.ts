// Reads a request's body under limits: bytes of one, bytes of all in hand, time.
// Source: RFC 9110 (413, 408, 503), RFC 6585 (429). Counted while it streams: a length that is claimed is not believed, nor allocated.
// A body that is refused is not kept: what of it is read still is lingering.ts's matter, and the connection closes.

import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { ServiceLimits } from './contract.ts'
import { type Held, hold, noRoom } from './held.ts'
import { Refusal } from './refusal.ts'

/** Seconds for which a body may arrive while memory is wanted by others: a stalled one is no reason to refuse them. */
const patience = 5

/** A body, and what to call when it is no longer held. */
export interface Body {
  /** Nobody else's: whoever reads it may hand its memory on. */
  readonly bytes: Uint8Array
  release(): void
}

/**
 * Reads it.
 * @param client whose body it is; undefined for one without a connection
 * @throws Refusal 413 for one beyond `maxBody`, 503 when all in hand are beyond `maxHeld`, 429 when the client's are beyond its
 * share, 408 when it is not whole in time, or in 5 s when others want the memory, 400 when the connection breaks
 */
export async function readBody(
  c: Context,
  limits: Pick<ServiceLimits, 'maxBody' | 'maxHeld' | 'timeout' | 'perClient'>,
  held: Held,
  client?: string,
): Promise<Body> {
  const claimed = Number(c.req.header('content-length') ?? 0)
  if (claimed > limits.maxBody) throw tooLarge(limits.maxBody, claimed)
  const parts: Uint8Array[] = []
  let size = 0
  const end = Promise.withResolvers<void>()
  const take = (part: Uint8Array) => {
    size += part.length
    hold(held, client, part.length)
    parts.push(part)
    if (size > limits.maxBody) return end.reject(tooLarge(limits.maxBody))
    const full = noRoom(held, client, limits)
    if (!full) return
    const [oldest] = held.arriving
    const seconds = oldest ? (performance.now() - oldest.since) / 1000 : 0
    if (full.status === 503 && oldest && seconds > patience)
      oldest.refuse(new Refusal(408, `the body was not whole after ${patience} s, and others wait`))
    else own.refuse(full)
  }
  const own = {
    since: performance.now(),
    refuse(refusal: Refusal) {
      held.arriving.delete(own)
      release()
      end.reject(refusal)
    },
  }
  held.arriving.add(own)
  const timer = setTimeout(() => {
    end.reject(new Refusal(408, `the body was not whole within ${limits.timeout} s (${size} bytes came)`))
  }, 1000 * limits.timeout)
  const release = () => {
    hold(held, client, -size)
    size = 0
    parts.length = 0
  }
  const broken = () => end.reject(new Refusal(400, 'the connection ended before the body did'))
  const incoming = (c.env as { incoming?: IncomingMessage | undefined } | undefined)?.incoming
  const stop = incoming
    ? fromIncoming(incoming, take, end.resolve, broken)
    : fromStream(c.req.raw.body, take, end.resolve, broken)
  try {
    await end.promise
  } catch (error) {
    release()
    throw error
  } finally {
    held.arriving.delete(own)
    clearTimeout(timer)
    stop()
  }
  // What comes from a connection is nobody else's; what a program gives may be.
  const bytes = incoming && parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  parts.length = 0
  return { bytes, release }
}

function tooLarge(maxBody: number, claimed?: number): Refusal {
  const got = claimed === undefined ? 'more came' : `${claimed} were announced`
  return new Refusal(413, `a body may have ${maxBody} bytes, and ${got}`)
}

// On Node, straight from the connection, with no web stream around it.
function fromIncoming(
  incoming: IncomingMessage,
  take: (part: Uint8Array) => void,
  whole: () => void,
  broken: () => void,
): () => void {
  const closed = () => {
    if (!incoming.readableEnded) broken()
  }
  incoming.on('data', take).on('end', whole).on('error', broken).on('close', closed)
  return () => {
    incoming.off('data', take).off('end', whole).off('close', closed)
    if (!incoming.readableEnded) incoming.pause()
  }
}

function fromStream(
  stream: ReadableStream<Uint8Array> | null,
  take: (part: Uint8Array) => void,
  whole: () => void,
  broken: () => void,
): () => void {
  if (!stream) {
    whole()
    return () => {}
  }
  const reader = stream.getReader()
  let stopped = false
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (stopped) return
      if (done) return whole()
      take(value)
    }
  }
  read().catch(broken)
  return () => {
    stopped = true
    reader.cancel().catch(() => {})
  }
}
