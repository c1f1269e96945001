// The connections of a server: how many there may be, which gives way to a new one, and how they end without a request lost.
// Source: RFC 9112, 9.6 (the option `close`); graceful ends as load balancers expect them.
// A client that writes at the very moment in which an idle connection is closed is cut off: only a lame-duck time avoids that.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request on a connection and its answer. */
interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

export interface Connections {
  /** From now on every answer says that its connection closes, those to requests in hand too. */
  leave(): void
  /** Stops listening, lets each kept connection ask once more for so many seconds, and then closes those that are idle. */
  end(seconds: number): Promise<void>
}

/**
 * Watches a server's connections.
 * @param most of them: beyond, the oldest on which no whole request is in hand is closed for the new one
 * @param secure whether they are encrypted
 */
export function watchConnections(server: Server, most: number, secure: boolean): Connections {
  const open = new Map<Socket, Exchange | undefined>()
  let accepted = 0
  let leaving = false

  const close = ({ outgoing }: Exchange) => {
    if (!outgoing.headersSent) outgoing.setHeader('connection', 'close')
  }
  server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
    accepted++
    if (open.size >= most) [...open].find(([, exchange]) => !working(exchange))?.[0].destroy()
    open.set(socket, undefined)
    socket.once('close', () => open.delete(socket))
  })
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const exchange = { incoming, outgoing }
    if (open.has(incoming.socket)) open.set(incoming.socket, exchange)
    if (leaving) close(exchange)
  })

  return {
    leave() {
      leaving = true
      for (const exchange of open.values()) if (exchange) close(exchange)
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
      const idle = () => [...open.values()].some((exchange) => !working(exchange))
      while (idle() && performance.now() < until) await sleep(10)
      const sweepIdle = () => {
        server.closeIdleConnections()
        // Those that never asked are not idle to it.
        for (const [socket, exchange] of open) if (!exchange) socket.destroy()
      }
      sweepIdle()
      // A connection that is kept alive becomes idle with its last answer.
      const sweep = setInterval(sweepIdle, 50)
      await closed
      clearInterval(sweep)
    },
  }
}

/** Whether somebody who has sent a whole request waits on it. */
const working = (exchange: Exchange | undefined): boolean =>
  exchange?.incoming.complete === true && !exchange.outgoing.writableFinished
