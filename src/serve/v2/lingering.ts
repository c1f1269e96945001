// A request that is refused before its body has come: its client still writes, and would be cut off before it reads why.
// Source: RFC 9112, 9.6 ("lingering close"). The answer goes at once; the connection closes when the rest has come, within bounds.
// Beyond the bounds the client may see a broken connection in place of the answer.

import type { IncomingMessage } from 'node:http'

/** How much of a body that nobody wants is read. */
export interface LingerBounds {
  readonly bytes: number
  /** In all. */
  readonly seconds: number
}

/** Seconds without a byte after which a client is taken to have stopped. */
const silence = 2

/** The answer to a request that is not whole, its connection closing; as it is where nobody would read it. */
export async function lingering(
  response: Response,
  incoming: IncomingMessage,
  bounds: LingerBounds,
): Promise<Response> {
  if (incoming.destroyed || response.body === null) return response
  const body = new Uint8Array(await response.arrayBuffer())
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  headers.set('content-length', String(body.length))
  const { status } = response
  if (Number(incoming.headers['content-length'] ?? 0) > bounds.bytes)
    return new Response(body, { status, headers })
  const held = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(body)
      await rest(incoming, bounds)
      controller.close()
    },
  })
  return new Response(held, { status, headers })
}

/** Until the rest of a body has come, or as much of it as is read. */
function rest(incoming: IncomingMessage, { bytes, seconds }: LingerBounds): Promise<void> {
  return new Promise((done) => {
    let came = 0
    const end = () => {
      clearTimeout(late)
      clearTimeout(quiet)
      incoming.off('data', take).off('end', end).off('close', end)
      done()
    }
    const take = (part: Uint8Array) => {
      came += part.length
      quiet.refresh()
      if (came > bytes) end()
    }
    const late = setTimeout(end, 1000 * seconds)
    const quiet = setTimeout(end, 1000 * silence)
    incoming.on('data', take).on('end', end).on('close', end).resume()
  })
}
