// Answers on their way: a request is in hand until the system has taken its answer, or its connection has ended.
// Source: ours; node:http tells by `close` of either. What a client does not read lies in this process.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'

/**
 * Calls `done` once, when the answer that is about to go is sent; at once where there is no connection.
 * @param seconds after which a connection on which it is not is ended
 */
export function whenSent(c: Context, seconds: number, done: () => void): void {
  const { incoming, outgoing } = (c.env ?? {}) as {
    incoming?: IncomingMessage | undefined
    outgoing?: ServerResponse | undefined
  }
  if (!incoming || !outgoing || outgoing.destroyed || incoming.socket.destroyed) {
    done()
    return
  }
  const sent = () => {
    clearTimeout(late)
    outgoing.off('close', sent)
    done()
  }
  // An answer behind others on its connection is not told that this has ended: then it is this that ends its wait.
  const late = setTimeout(() => {
    incoming.socket.destroy()
    sent()
  }, 1000 * seconds)
  outgoing.once('close', sent)
}
