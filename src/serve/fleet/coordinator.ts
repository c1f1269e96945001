// A fleet's coordinator over HTTP: signed requests in, tasks and receipts out, on the app and the desk that models are served with.
// Source: ../../fleet/coordinator; statuses as in RFC 9110. Requests are signed, answers are not: TLS says whose they are.
// Who asks when, and how much, everybody on the way sees; what, only TLS hides.

import type { KeyObject } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { FrostglassError } from '../../errors.ts'
import type { Coordinator, Refused } from '../../fleet/coordinator/coordinator.ts'
import { type EnrolledNode, publicKeyOf } from '../../fleet/coordinator/identity.ts'
import { clockTolerance, digestOf, readSignature } from '../../fleet/coordinator/signature.ts'
import type { FleetStore } from '../../fleet/coordinator/store.ts'
import { packTask, paths } from '../../fleet/coordinator/wire.ts'
import { limitsOf, type ServiceLimits, type ServiceOptions } from '../v2/contract.ts'
import { createDesk, type Desk, headers, onlyMethods, type Turn } from '../v2/desk.ts'
import { createMetrics } from '../v2/metrics.ts'
import { Refusal } from '../v2/refusal.ts'
import { createApp } from '../v2/service.ts'
import { type Listening, listen, type RunningService, type StartOptions } from '../v2/start.ts'

/** What a fleet is served with. */
export interface FleetServiceOptions extends Pick<ServiceOptions, 'allowHost' | 'onAccess' | 'onFault'> {
  readonly coordinator: Coordinator
  readonly store: Pick<FleetStore, 'useNonce'>
  readonly nodes: readonly EnrolledNode[]
  /** What nodes run, where they ask for it. */
  readonly program?: Uint8Array | undefined
  readonly limits?:
    | Partial<Pick<ServiceLimits, 'maxBody' | 'maxHeld' | 'queue' | 'perClient' | 'timeout'>>
    | undefined
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
}

/** Milliseconds between two looks at what is over its time. */
const look = 200

/** A fleet's routes, without a port. */
export function createFleetService(options: FleetServiceOptions): Listening {
  const { coordinator, onFault } = options
  // A node behind an address that others have, too, is no reason to refuse it.
  const limits = limitsOf({ perClient: 1, ...options.limits })
  const metrics = createMetrics(
    () => 0,
    () => desk.inFlight(),
  )
  const desk = createDesk(limits, metrics, onFault)
  const app = createApp(desk, options)
  const timer = setInterval(() => {
    try {
      coordinator.tick()
    } catch (error) {
      onFault?.(error)
    }
  }, look)
  mountRoutes(app, desk, options, limits)
  return {
    app,
    retire: desk.retire,
    async close() {
      desk.drain()
      clearInterval(timer)
    },
  }
}

/** A fleet's routes on a port. @throws FrostglassError 'usage' as {@link listen} */
export const startFleetService = (
  options: FleetServiceOptions & Pick<StartOptions, 'host' | 'port' | 'tls' | 'ownProcess'>,
): Promise<RunningService<Listening>> => listen(createFleetService(options), options)

function mountRoutes(app: Hono, desk: Desk, options: FleetServiceOptions, limits: ServiceLimits): void {
  const { coordinator, program } = options
  const check = signatureCheck(options)
  const signed =
    (work: (publicKey: string, body: Uint8Array, c: Context, turn: Turn) => Response) => (c: Context) =>
      desk.answer(c, async (turn) => {
        try {
          const claim = check(c)
          const body = await turn.body({ ...limits, packed: false })
          if (digestOf(body) !== claim.digest)
            throw new Refusal(400, 'the body is not the one that was signed')
          return work(claim.publicKey, body, c, turn)
        } catch (error) {
          if (!(error instanceof FrostglassError && error.code === 'io')) throw error
          options.onFault?.(error)
          throw new Refusal(503, 'the coordinator’s disk refuses: it goes on when there is room', 1)
        }
      })
  const bytes = (body: Uint8Array, c: Context, turn: Turn) => {
    turn.sent = body.length
    return c.body(body as Uint8Array<ArrayBuffer>, 200, {
      ...headers,
      'content-type': 'application/octet-stream',
    })
  }
  const reply = '/v1/fleet/rounds/:round{[0-9]{1,9}}/:stage{[0-9]{1,3}}'
  app
    .get(paths.status, (c) => c.json(coordinator.status(), 200, headers))
    .all(paths.status, onlyMethods(desk, 'GET'))
    .post(
      paths.task,
      signed((key, _, c, turn) => bytes(packTask(coordinator.task(key)), c, turn)),
    )
    .all(paths.task, onlyMethods(desk, 'POST'))
    .post(
      paths.program,
      signed((_, __, c, turn) => {
        if (!program) throw new Refusal(404, 'the fleet has no program')
        return bytes(program, c, turn)
      }),
    )
    .all(paths.program, onlyMethods(desk, 'POST'))
    .post(
      reply,
      signed((key, body, c) => {
        const receipt = coordinator.reply(
          key,
          Number(c.req.param('round')),
          Number(c.req.param('stage')),
          body,
        )
        if (receipt.what === 'refused') throw new Refusal(statusOf[receipt.kind], receipt.why)
        return c.json(receipt, 200, headers)
      }),
    )
    .all(reply, onlyMethods(desk, 'POST'))
}

const statusOf: Readonly<Record<Refused['kind'], number>> = {
  uninvited: 403,
  unknown: 404,
  other: 409,
  late: 410,
  odd: 422,
}

/** Takes what a request claims, before its body is read. */
function signatureCheck({ store, nodes, now = Date.now }: FleetServiceOptions) {
  const keys = new Map<string, KeyObject>()
  for (const { publicKey } of nodes) {
    const key = publicKeyOf(publicKey)
    if (key) keys.set(publicKey, key)
  }
  /** @throws Refusal 401 */
  return (c: Context) => {
    const time = now()
    const target = { method: c.req.method, path: c.req.path }
    const claim = readSignature(
      (name) => c.req.header(name),
      target,
      (key) => keys.get(key),
      time,
    )
    if ('why' in claim) throw new Refusal(401, claim.why)
    if (!store.useNonce(claim.publicKey, claim.nonce, claim.time, time - 2 * clockTolerance))
      throw new Refusal(401, 'the request came before: each is signed anew')
    return claim
  }
}
