// The connections of a server: how many there may be, which gives way to a new one, and how they end without a request lost.
// Source: RFC 9112, 9.6 (the option `close`); graceful ends as load balancers expect them; RFC 9110, 15.2 (interim answers).
// A client that writes at the very moment in which an idle connection is closed is cut off: only a lame-duck time avoids that.

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
  /** The last; none before the first, as in a handshake. */
  exchange: Exchange | undefined
}

export interface Connections {
  /** From now on every answer says that its connection closes, those to requests in hand too. */
  leave(): void
  /** Stops listening, lets each kept connection ask once more for so many seconds, and then closes those that are idle. */
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
  let accepted = 0
  let leaving = false

  const close = ({ outgoing }: Exchange) => {
    if (!outgoing.headersSent) outgoing.setHeader('connection', 'close')
  }
  const makeRoom = () => {
    const [heaviest] = [...byClient].reduce((a, b) => (b[1] > a[1] ? b : a))
    const idle = [...open].filter(({ exchange }) => !working(exchange))
    const gone = idle.find(({ client }) => client === heaviest) ?? idle[0]
    gone?.socket.destroy()
  }
  server.on('connection', (socket: Socket) => {
    accepted++
    if (open.size >= most) makeRoom()
    const connection = { socket, client: clientAt(socket.remoteAddress) ?? '', exchange: undefined }
    const { client } = connection
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
    socket.once('end', () => probe(connection.exchange, socket))
  }
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const exchange = { incoming, outgoing }
    const connection = on.get(incoming.socket)
    if (connection) connection.exchange = exchange
    if (leaving) close(exchange)
  })
  // A client that has said all may still listen: Node would hang up on it. Not in its types.
  Object.assign(server, { httpAllowHalfOpen: true })

  return {
    leave() {
      leaving = true
      for (const { exchange } of open) if (exchange) close(exchange)
    },
    async end(seconds) {
      // What the system has taken in and the loop has not is lost when listening ends: so it ends behind a look at the network that found
      // nobody.
      for (let i = 0, before = -1; before !== accepted && i < 1000; i++) {
        before = accepted
        // The first comes before the next look where this is called from one.
        for (const _ of [1, 2]) await new Promise((done) => setImmediate(done))
      }
      // That of HTTP closes idle connections too, and some of them have a request on its way.
      const closed = new Promise<void>((done) => NetServer.prototype.close.call(server, () => done()))
      const until = performance.now() + 1000 * seconds
      const idle = () => [...open].some(({ exchange }) => !working(exchange))
      while (idle() && performance.now() < until) await sleep(10)
      const sweepIdle = () => {
        server.closeIdleConnections()
        // Those that never asked are not idle to it.
        for (const { socket, exchange } of open) if (!exchange) socket.destroy()
      }
      sweepIdle()
      // A connection that is kept alive becomes idle with its last answer.
      const sweep = setInterval(sweepIdle, 50)
      await closed
      clearInterval(sweep)
    },
    cut() {
      for (const { socket } of open) socket.destroy()
    },
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Whether somebody who has sent a whole request waits on it. */
const working = (exchange: Exchange | undefined): boolean =>
  exchange?.incoming.complete === true && !exchange.outgoing.writableFinished

/** Milliseconds between two questions to a client that says no more. */
const probeTime = 500

/**
 * Asks whether a client that will say no more still listens: one that has left refuses what comes, and its request need not be run.
 * More than once, since the system tells of the refusal with the next write. 100 is the one interim answer that every client passes
 * over; HTTP/1.0 has none.
 */
function probe(exchange: Exchange | undefined, socket: Socket): void {
  if (exchange?.incoming.httpVersion !== '1.1') return
  const ask = () => {
    if (working(exchange) && !exchange.outgoing.headersSent) exchange.outgoing.writeContinue()
    else clearInterval(again)
  }
  const again = setInterval(ask, probeTime)
  socket.once('close', () => clearInterval(again))
  ask()
}
