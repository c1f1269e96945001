// The service on a port: Node's HTTP server around it, and an end that lets requests in hand finish.
// Source: @hono/node-server; limits of the head and of idle connections are Node's own.
// What no request can be read from is told so by unreadable.ts; which connections give way, by connections.ts.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { FrostglassError } from '../../errors.ts'
import { encryptedLimits } from '../encrypted/contract.ts'
import { type Connections, watchConnections } from './connections.ts'
import { limitsOf, type Service, type ServiceOptions } from './contract.ts'
import { type LingerBounds, lingering } from './lingering.ts'
import { createService } from './service.ts'
import { tellUnreadable, unreadable } from './unreadable.ts'

export interface StartOptions extends ServiceOptions {
  /** 8080 by default; 0 takes a free one. */
  readonly port?: number | undefined
  /** 127.0.0.1 by default: this machine only. */
  readonly host?: string | undefined
  /** A certificate and its key, in PEM: answers go over TLS. */
  readonly tls?: { readonly cert: Uint8Array | string; readonly key: Uint8Array | string } | undefined
  /**
   * Whether the process is the service's own. Then the server replaces the global Request and Response by its own,
   * which takes a quarter off the processor's time a request. Default false.
   */
  readonly ownProcess?: boolean | undefined
}

/** What a port needs of a service. */
export type Listening = Pick<Service, 'app' | 'retire' | 'close'>

/** A service that listens. */
export interface RunningService<Kind extends Listening = Service> {
  /** Without a slash at its end. */
  readonly url: string
  readonly port: number
  readonly service: Kind
  /** Ends: not ready, then no new connections, then nothing in hand. A second call waits for the first. */
  close(options?: CloseOptions): Promise<void>
}

/** How long an end may take. */
export interface CloseOptions {
  /** Seconds for requests in hand once it listens no more. Default 10. */
  readonly grace?: number | undefined
  /**
   * Seconds before that in which it is not ready, but answers: a load balancer sees it and sends its clients elsewhere. Default 0.
   */
  readonly lameDuck?: number | undefined
  /** Ends the lame-duck time early, and nothing else. */
  readonly hurry?: AbortSignal | undefined
}

/** Bodies of the largest size that are read, and passed over, of a request that was refused. */
const restOfBodies = 8

/** Below the 65,536 files that a service usually may open. */
const mostConnections = 8192

/**
 * Opens models and listens.
 * @throws FrostglassError `usage` when the port is taken or not allowed, or the host is none of this machine; as
 * {@link createService}
 * @example
 * const { url, close } = await startService({ models: [{ name: 'digits', bytes }], port: 0 })
 */
export async function startService(options: StartOptions = {}): Promise<RunningService> {
  return listen(await createService(options), options)
}

/**
 * Puts a service on a port; what ends the one ends the other.
 * @throws FrostglassError `usage` as {@link startService}
 */
export async function listen<Kind extends Listening>(
  service: Kind,
  options: StartOptions,
): Promise<RunningService<Kind>> {
  const { host = '127.0.0.1', port = 8080 } = options
  const { encrypted, tls } = options
  const { timeout, maxBody } = limitsOf(options.limits)
  const patience = 1000 * Math.max(timeout, encrypted ? encryptedLimits(encrypted.limits).timeout : 0)
  let server: Server
  try {
    const bounds = { bytes: restOfBodies * maxBody, seconds: timeout }
    server = createServerFor(service, options, patience, bounds, () => connections.ending())
  } catch (error) {
    await service.close()
    throw error
  }
  // For clients that do not read their answers: a body and an answer may each take their time before.
  server.timeout = Math.ceil(2 * patience) + 30_000
  tellUnreadable(server)
  const connections = watchConnections(server, mostConnections, tls !== undefined)
  try {
    await new Promise<void>((listening, failed) => {
      server.once('error', failed)
      server.listen(port, host, () => {
        server.off('error', failed)
        listening()
      })
    })
  } catch (cause) {
    await service.close()
    throw explain(cause as NodeJS.ErrnoException, host, port)
  }
  const taken = (server.address() as AddressInfo).port
  let closing: Promise<void> | undefined
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    service,
    close(closeOptions = {}) {
      closing ??= end(connections, service, closeOptions)
      return closing
    },
  }
}

/** @throws FrostglassError `usage` for a certificate or a key that is none, or that do not go together */
function createServerFor(
  service: Listening,
  { tls, ownProcess, onFault }: StartOptions,
  patience: number,
  bounds: LingerBounds,
  ending: Connections['ending'],
): Server {
  const limits = {
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    // Behind our own limit of the body, which answers in words.
    requestTimeout: Math.ceil(patience) + 15_000,
    keepAliveTimeout: 60_000,
    // HTTP/1.0 has no Host, and who lacks it in HTTP/1.1 is told so: access.ts.
    requireHostHeader: false,
  }
  const answer = async (request: Request, env: { readonly incoming: IncomingMessage }) => {
    const response = await service.app.fetch(request, env)
    const listeningEnds = ending()
    if (listeningEnds) await listeningEnds
    return env.incoming.complete ? response : lingering(response, env.incoming, bounds)
  }
  const listener = getRequestListener(answer as Parameters<typeof getRequestListener>[0], {
    hostname: 'localhost',
    overrideGlobalObjects: ownProcess ?? false,
    errorHandler: (error) => unreadable(error, onFault),
  })
  if (!tls) return createServer(limits, listener)
  const { cert, key } = tls
  const pem = (given: Uint8Array | string) => (typeof given === 'string' ? given : Buffer.from(given))
  try {
    const secrets = { cert: pem(cert), key: pem(key) }
    // As that of HTTP has it: see connections.ts.
    const halves = { allowHalfOpen: true }
    return createSecureServer({ ...limits, ...secrets, ...halves, handshakeTimeout: 10_000 }, listener)
  } catch (cause) {
    throw new FrostglassError(
      'usage',
      `the certificate or its key cannot be used: ${(cause as Error).message}`,
      'Give both in PEM, of one pair; the key without a passphrase.',
      cause,
    )
  }
}

/** Seconds in which listening ends; then, in which clients on kept connections may ask once more, and are told that these close. */
const lastCall = 0.5

async function end(
  connections: Connections,
  service: Listening,
  { grace = 10, lameDuck = 0, hurry }: CloseOptions,
): Promise<void> {
  service.retire()
  connections.leave()
  if (lameDuck > 0 && !hurry?.aborted) {
    await sleep(1000 * lameDuck, undefined, hurry ? { signal: hurry } : {}).catch(() => undefined)
  }
  const call = Math.min(lastCall, grace)
  await connections.deafen(call)
  const timer = setTimeout(connections.cut, 1000 * grace)
  try {
    await connections.end(call)
  } finally {
    clearTimeout(timer)
    await service.close()
  }
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): unknown {
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: [`port ${port} of ${host} is taken`, 'Give another --port; 0 takes any that is free.'],
    EACCES: [`port ${port} of ${host} is not allowed`, 'Give a --port from 1024.'],
    EADDRNOTAVAIL: [`${host} is no address of this machine`, 'Give --host 127.0.0.1 or 0.0.0.0.'],
    ENOTFOUND: [`the host '${host}' is not known`, 'Give --host 127.0.0.1 or 0.0.0.0.'],
    EAI_AGAIN: [`the host '${host}' cannot be looked up`, 'Give --host 127.0.0.1 or 0.0.0.0.'],
  }
  const [message, hint] = reasons[cause.code ?? ''] ?? []
  if (!message || !hint) return cause
  return new FrostglassError('usage', message, hint, cause)
}
