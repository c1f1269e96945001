// The routes of a fleet: a node's calls, and no others, handed on to a Flower server, so that pages of this origin can be nodes.
// Source: Flower 1.42: it answers no page of another origin (no CORS), and offers its control on the same port, which stays behind this.
// The service sees what nodes send, as the server does. What is not named here goes neither way.

import type { ServerResponse } from 'node:http'
import type { Context, Hono } from 'hono'
import { fleetCallNames } from '../../fleet/flower/fleetCalls.ts'
import type { ServiceLimits } from '../v2/contract.ts'
import { atDeadline, tooLate } from '../v2/deadline.ts'
import { type Desk, headers, onlyMethods, type Turn } from '../v2/desk.ts'
import { type Held, hold, noRoom, nothingHeld } from '../v2/held.ts'
import { Refusal } from '../v2/refusal.ts'
import { type FleetOptions, nodeHeaders } from './contract.ts'
import { type Upstream, upstreamAt } from './upstream.ts'

/** What the service lends. */
interface FleetHouse {
  readonly app: Hono
  readonly desk: Desk
  readonly limits: ServiceLimits
}

/**
 * Mounts them.
 * @returns what ends the connections to the server
 * @throws FrostglassError `usage` for an address that is none
 */
export function mountFleet({ app, desk, limits }: FleetHouse, { server, ca }: FleetOptions): () => void {
  const upstream = upstreamAt(server, ca)
  const held = nothingHeld()
  for (const name of fleetCallNames) {
    const path = `/v1/fleet/${name}`
    app
      .post(path, (c) =>
        desk.answer(c, async (turn) => {
          turn.label = `fleet ${name}`
          const signed = signedHeaders(c)
          const body = await turn.body(limits, held)
          return passed(c, turn, { upstream, path, signed, body, held, limits })
        }),
      )
      .all(path, onlyMethods(desk, 'POST'))
  }
  return upstream.close
}

const bodyType = 'application/protobuf'

/** What of a call's headers goes on. @throws Refusal 415 for another kind of body, 400 for a header that no node sends */
function signedHeaders(c: Context): Readonly<Record<string, string>> {
  // A page of another origin cannot send this kind without being asked about first (CORS).
  if (c.req.header('content-type')?.toLowerCase() !== bodyType)
    throw new Refusal(415, `a call of a fleet has the content type ${bodyType}`)
  const found: Record<string, string> = { 'content-type': bodyType }
  for (const name of nodeHeaders) {
    const value = c.req.header(name)
    if (value === undefined) continue
    // Base64, or a time: nothing that could be read as two.
    if (!/^[\w+/=.:-]+$/.test(value)) throw new Refusal(400, `the header '${name}' is none that a node sends`)
    found[name] = value
  }
  return found
}

/** A call to be handed on. */
interface Passing {
  readonly upstream: Upstream
  /** Written here: what the client's address says beside it goes nowhere. */
  readonly path: string
  readonly signed: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly held: Held
  readonly limits: ServiceLimits
}

/** What the server answers, as it is. @throws Refusal as {@link Upstream}, 504, 503 and 429 where too much is in hand */
async function passed(c: Context, turn: Turn, passing: Passing): Promise<Response> {
  const { upstream, path, signed, body, held, limits } = passing
  const { client, deadline } = turn
  const end = new AbortController()
  const timer = atDeadline(deadline, () => end.abort(tooLate(deadline)))
  const outgoing = (c.env as { outgoing?: ServerResponse | undefined } | undefined)?.outgoing
  const gone = () => end.abort(new Refusal(499, 'the client left'))
  if (outgoing?.destroyed) gone()
  outgoing?.once('close', gone)
  let came = 0
  try {
    const { status, type, bytes } = await upstream.post(path, body, {
      headers: signed,
      signal: end.signal,
      most: limits.maxBody,
      onPart(size) {
        came += size
        hold(held, client, size)
        const full = noRoom(held, client, limits)
        if (full) throw full
      },
    })
    turn.sent = bytes.length
    return c.body(bytes, status as 200, { ...headers, 'content-type': told(type) })
  } finally {
    hold(held, client, -came)
    clearTimeout(timer)
    outgoing?.off('close', gone)
  }
}

/** No page: what a server answers is never shown under our name. */
const told = (type: string | undefined): string =>
  [bodyType, 'application/json'].find((known) => type?.toLowerCase().startsWith(known)) ??
  'application/octet-stream'
