// What every request with a body goes through: taken in or refused, read under limits, counted, answered in words.
// Source: RFC 9110 (413, 415, 408, 503); service.ts and ../encrypted put their routes behind it.
// What a fault is stays inside: its words may hold what was sent.

import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { readBody } from './body.ts'
import { clientAt } from './clients.ts'
import { packingOf, sizeKnown, unpacked } from './compression.ts'
import type { ServiceLimits, ServiceOptions } from './contract.ts'
import { type Deadline, deadlineIn } from './deadline.ts'
import { type Held, hold, noRoom, nothingHeld } from './held.ts'
import type { Metrics } from './metrics.ts'
import { Refusal } from './refusal.ts'

/** On every answer of ours: nothing here is to be kept, sniffed or framed. */
export const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** How a body is read: bytes of one and of all in hand, seconds. */
export interface BodyLimits extends Pick<ServiceLimits, 'maxBody' | 'maxHeld' | 'timeout'> {
  /** Whether it may come compressed. Default true. */
  readonly packed?: false | undefined
}

/** A request in hand. */
export interface Turn {
  /** What it is counted under, once that is known. */
  label: string | null
  /** Whose it is, by its address: as {@link clientAt}. Undefined without a connection. */
  readonly client: string | undefined
  /** Bytes of the answer's body. */
  sent: number
  /** When it must be answered: `timeout` from the moment in which its body is whole. */
  deadline: Deadline
  /**
   * Takes the request in and reads its body, which counts as held until the turn is over.
   * @throws Refusal 503 when the service ends or has enough in hand, 429 when it has enough of this client's, 415 for a compressed body that we do not unpack, as {@link readBody}
   * and {@link unpacked}
   */
  body(limits: BodyLimits, held?: Held): Promise<Uint8Array>
}

/** The desk of a service. */
export interface Desk {
  /** Answers one request; what `work` throws is answered in words. */
  answer(c: Context, work: (turn: Turn) => Promise<Response>): Promise<Response>
  refuse(c: Context, error: unknown): Response
  /** Requests whose bodies arrive, and those that are whole. */
  inFlight(): number
  /** Says that it is not ready. */
  retire(): void
  drain(): void
  /** Whether it is not ready, or refuses. */
  draining(): boolean
}

/** A desk with nothing on it: as many whole requests in hand as may run or wait. */
export function createDesk(
  { concurrency, queue, perClient }: Pick<ServiceLimits, 'concurrency' | 'queue' | 'perClient'>,
  metrics: Pick<Metrics, 'request'>,
  onFault: ServiceOptions['onFault'],
): Desk {
  const most = concurrency + queue
  const mostOfOne = Math.max(1, Math.floor(perClient * most))
  const allHeld = nothingHeld()
  const wholeOf = new Map<string, number>()
  let arriving = 0
  let whole = 0
  let retired = false
  let draining = false

  const count = (client: string | undefined, by: 1 | -1) => {
    whole += by
    if (client === undefined) return
    const own = (wholeOf.get(client) ?? 0) + by
    if (own > 0) wholeOf.set(client, own)
    else wholeOf.delete(client)
  }

  async function answer(c: Context, work: (turn: Turn) => Promise<Response>): Promise<Response> {
    const start = performance.now()
    const releases: (() => void)[] = []
    let received = 0
    let status = 500
    const turn: Turn = {
      label: null,
      client: clientOf(c),
      sent: 0,
      deadline: deadlineIn(Number.POSITIVE_INFINITY),
      async body(limits, held = allHeld) {
        if (draining) throw new Refusal(503, 'the service is shutting down', 1)
        const packing = packingOf(c.req.header('content-encoding'))
        if (packing && limits.packed === false)
          throw new Refusal(
            415,
            'ciphertexts do not shrink, and are not read compressed; send them as they are',
          )
        const { maxBody, maxHeld, timeout } = limits
        const bounds = { maxBody, maxHeld, timeout, perClient }
        const { client } = turn
        arriving++
        const body = await readBody(c, bounds, held, client).finally(() => {
          arriving--
        })
        releases.push(body.release)
        received = body.bytes.length
        turn.deadline = deadlineIn(timeout)
        // Not before it is whole: clients that are slow take nobody's place.
        if (whole >= most) throw new Refusal(503, `${whole} requests are in hand already; try again`, 1)
        const own = client === undefined ? 0 : (wholeOf.get(client) ?? 0)
        if (own >= mostOfOne)
          throw new Refusal(429, `${own} requests of this client are in hand already; try again`, 1)
        count(client, 1)
        releases.push(() => count(client, -1))
        if (!packing) return body.bytes
        const bytes = await unpacked(body.bytes, packing, maxBody, turn.deadline, client)
        const { length } = bytes
        hold(held, client, length)
        releases.push(() => hold(held, client, -length))
        const full = noRoom(held, client, bounds)
        if (full) throw full
        return bytes
      },
    }
    try {
      const response = await work(turn)
      status = response.status
      c.set(sizeKnown, turn.sent)
      return response
    } catch (error) {
      const refusal = refusalOf(error, onFault)
      status = refusal.status
      return refused(c, refusal)
    } finally {
      for (const release of releases) release()
      metrics.request(turn.label, status, (performance.now() - start) / 1000, received, turn.sent)
    }
  }

  return {
    answer,
    refuse: (c, error) => refused(c, refusalOf(error, onFault)),
    inFlight: () => arriving + whole,
    retire() {
      retired = true
    },
    drain() {
      draining = true
    },
    draining: () => draining || retired,
  }
}

const clientOf = (c: Context): string | undefined =>
  clientAt((c.env as { incoming?: IncomingMessage | undefined } | undefined)?.incoming?.socket.remoteAddress)

/** Answers 405 to methods that a path does not take. */
export const onlyMethods = (desk: Pick<Desk, 'refuse'>, ...methods: readonly string[]) => {
  const allow = methods.join(', ')
  return (c: Context): Response => {
    c.header('allow', allow)
    return desk.refuse(c, new Refusal(405, `${c.req.path} takes ${allow} only`))
  }
}

function refusalOf(error: unknown, onFault: ServiceOptions['onFault']): Refusal {
  if (error instanceof Refusal) return error
  onFault?.(error)
  return new Refusal(500, 'a fault of the service')
}

function refused(c: Context, { status, message, retryAfter }: Refusal): Response {
  return c.json({ error: message }, status as 400, {
    ...headers,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    // The rest of a refused body is not read.
    ...(status === 408 || status === 413 ? { connection: 'close' } : {}),
  })
}
