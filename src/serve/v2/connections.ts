// The connections of a server: how many there may be, which gives way to a new one, and how they end without a request lost.
// Source: RFC 9112, 9.6 (the option `close`); graceful ends as load balancers expect them; RFC 9110, 15.2 (interim answers).
// A client that writes at the very moment in which an idle connection is closed is cut off, as one that shakes hands while listening ends:
// only a lame-duck time avoids that.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientAt } from './clients.ts'

/** A request on a connection and its answer. */
interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

interface Connection {
  /** As it was accepted: under TLS, what its bytes go through. */
  readonly socket: Socket
  readonly client: string
  /** What requests come on, once it shook hands. */
  over: Socket | undefined
  /** The last and those before it that wait for their answers, in their order; none before the first, as in a handshake. */
  exchanges: readonly Exchange[]
  /** Bytes that had come when last looked at, and since when there have been no more and none was owed, on the clock of `performance`. */
  heard: { readonly bytes: number; readonly since: number }
}

export interface Connections {
  /** From now on every answer says that its connection closes, those to requests in hand too. */
  leave(): void
  /** Stops listening, once nobody has come for a while, or after so many seconds. */
  deafen(seconds: number): Promise<void>
  /** What answers wait for while listening ends: who has one may come anew, into the very moment of it. */
  ending(): Promise<void> | undefined
  /** Lets each kept connection ask once more for so many seconds, and then closes each that has said nothing for as long. */
  end(seconds: number): Promise<void>
  /** Closes all, whatever is on them. */
  cut(): void
}

/**
 * Watches a server's connections, from the moment in which the system accepts them: what never shakes hands counts, too.
 * @param most of them: beyond, one on which no whole request is in hand is closed for the new one, the oldest of the client that has most
 * @param secure whether they are encrypted
 */
export function watchConnections(server: Server, most: number, secure: boolean): Connections {
  const open = new Set<Connection>()
  const byClient = new Map<string, number>()
  /** By the socket that requests come on. */
  const on = new WeakMap<Socket, Connection>()
  /** By address and port of the other end: those in a handshake, whose requests will come on another socket. */
  const shaking = new Map<string, Connection>()
  /** When the last came, on the clock of `performance`. */
  let came = Number.NEGATIVE_INFINITY
  let leaving = false
  let ending: Promise<void> | undefined

  const close = ({ outgoing }: Exchange) => {
    if (!outgoing.headersSent) outgoing.setHeader('connection', 'close')
  }
  const makeRoom = () => {
    const [heaviest] = [...byClient].reduce((a, b) => (b[1] > a[1] ? b : a))
    const idle = [...open].filter(({ exchanges }) => !exchanges.some(working))
    const gone = idle.find(({ client }) => client === heaviest) ?? idle[0]
    gone?.socket.destroy()
  }
  server.on('connection', (socket: Socket) => {
    came = performance.now()
    if (open.size >= most) makeRoom()
    const client = clientAt(socket.remoteAddress) ?? ''
    const heard = { bytes: 0, since: 0 }
    const connection: Connection = { socket, client, over: undefined, exchanges: [], heard }
    const peer = peerOf(socket)
    open.add(connection)
    byClient.set(client, (byClient.get(client) ?? 0) + 1)
    if (secure) shaking.set(peer, connection)
    else ready(socket, connection)
    socket.once('close', () => {
      open.delete(connection)
      if (shaking.get(peer) === connection) shaking.delete(peer)
      const left = byClient.get(client)! - 1
      if (left > 0) byClient.set(client, left)
      else byClient.delete(client)
    })
  })
  if (secure) {
    server.on('secureConnection', (socket: Socket) => {
      const connection = shaking.get(peerOf(socket))
      shaking.delete(peerOf(socket))
      if (connection) ready(socket, connection)
    })
  }
  const ready = (socket: Socket, connection: Connection) => {
    on.set(socket, connection)
    connection.over = socket
    socket.once('end', () => probe(connection.exchanges.find(working), socket))
  }
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const exchange = { incoming, outgoing }
    const connection = on.get(incoming.socket)
    if (connection) connection.exchanges = [...connection.exchanges.filter(working), exchange]
    if (leaving) close(exchange)
  })
  // A client that has said all may still listen: Node would hang up on it. Not in its types.
  Object.assign(server, { httpAllowHalfOpen: true })

  return {
    leave() {
      leaving = true
      // Those before the last are followed by its answer.
      for (const { exchanges } of open) if (exchanges.length > 0) close(exchanges.at(-1)!)
    },
    async deafen(seconds) {
      const { promise, resolve } = Promise.withResolvers<void>()
      ending = promise
      await stopListening(server, seconds, () => came)
      ending = undefined
      resolve()
    },
    ending: () => ending,
    end: (seconds) => endConnections(server, open, seconds),
    cut() {
      for (const { socket } of open) socket.destroy()
    },
  }
}

/** Stops listening, as {@link Connections}.deafen says. @param came when the last connection came */
async function stopListening(server: Server, seconds: number, came: () => number): Promise<void> {
  const until = performance.now() + 1000 * seconds
  while (performance.now() < Math.min(until, came() + lull)) await sleep(5)
  // What the system has taken in and the loop has not is lost when listening ends: so it ends right behind a look at the network that
  // found nobody, and not where the process lost its turn since.
  for (let look = 0, late = true; late && look < mostLooks; look++) {
    // The first comes before the next look where this is called from one.
    await new Promise((done) => setImmediate(done))
    const before = performance.now()
    await new Promise((done) => setImmediate(done))
    late = came() > before || performance.now() - before > instant
  }
  // That of HTTP closes idle connections too, and some of them have a request on its way.
  NetServer.prototype.close.call(server)
}

/** Ends connections, as {@link Connections}.end says. */
async function endConnections(server: Server, open: ReadonlySet<Connection>, seconds: number): Promise<void> {
  const until = performance.now() + 1000 * seconds
  const idle = () => [...open].filter((connection) => quietFor(connection) >= 0)
  while (idle().length > 0 && performance.now() < until) await sleep(10)
  // Not Node's own, which takes an answer that is given for one that is sent.
  const sweepIdle = () => {
    for (const connection of open) {
      if (quietFor(connection) < 1000 * seconds) continue
      if (connection.over) connection.over.destroySoon()
      else connection.socket.destroy()
    }
  }
  sweepIdle()
  // A connection that is kept alive becomes idle with its last answer.
  const sweep = setInterval(sweepIdle, 50)
  if (open.size > 0) await new Promise((done) => server.once('close', done))
  clearInterval(sweep)
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Whether somebody who has sent a whole request waits for its answer, or for the rest of it. */
const working = ({ incoming, outgoing }: Exchange): boolean => incoming.complete && !outgoing.writableFinished

/** Milliseconds in which nothing has come or gone, as far as was looked; below 0 where an answer is owed, if only to a request that still comes. */
function quietFor(connection: Connection): number {
  const { bytesRead } = connection.socket
  const now = performance.now()
  const owed = connection.exchanges.some(({ outgoing }) => !outgoing.writableFinished)
  if (owed || connection.heard.bytes !== bytesRead) connection.heard = { bytes: bytesRead, since: now }
  return owed ? -1 : now - connection.heard.since
}

/** Milliseconds without a new connection after which there is likely to be none on its way. */
const lull = 100

/** Milliseconds that a look which finds nothing takes, many times over. */
const instant = 0.2

/** At the network, one connection each. */
const mostLooks = 10_000

/** Milliseconds between the two questions to a client that says no more. */
const probeTime = 500

/**
 * Asks whether a client that will say no more still listens: one that has left refuses what comes, and its request need not be run.
 * Twice, since the system tells of the refusal with the next write. 100 is the one interim answer that every client passes
 * over; HTTP/1.0 has none.
 */
function probe(exchange: Exchange | undefined, socket: Socket): void {
  if (exchange?.incoming.httpVersion !== '1.1') return
  const ask = () => {
    if (working(exchange) && !exchange.outgoing.headersSent) exchange.outgoing.writeContinue()
  }
  const again = setTimeout(ask, probeTime)
  socket.once('close', () => clearTimeout(again))
  ask()
}
