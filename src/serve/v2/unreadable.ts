// What is no request that can be read: told in words, as everything else is.
// Source: RFC 9112, 3.2 (400 for a Host that is none), RFC 9110, 15.5; the errors of Node's parser and of @hono/node-server.
// Nothing of what came is repeated: it may be anything.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RequestError } from '@hono/node-server'
import { headers } from './desk.ts'

/** Answers a request whose target or Host make no URL. @param onFault told what is none of the client's */
export function unreadable(error: unknown, onFault: ((error: unknown) => void) | undefined): Response {
  const about = { ...headers, connection: 'close' }
  if (error instanceof RequestError)
    return Response.json(
      {
        error:
          'the target of the request and its Host make no URL: expected a path, and a host with or without a port',
      },
      { status: 400, headers: about },
    )
  onFault?.(error)
  return Response.json({ error: 'a fault of the service' }, { status: 500, headers: about })
}

/** Answers what Node's parser refuses, where it would be refused without a word. */
export function tellUnreadable(server: Server): void {
  const told = new WeakSet<Socket>()
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Socket) => {
    if (told.has(socket)) return
    told.add(socket)
    const tell = () => {
      const current = answerOf(socket)
      // What is no request came behind one that is: its answer goes first, or this would be taken for it.
      if (socket.writable && current?.req.complete && !current.writableFinished) {
        current.once('close', () => setImmediate(tell))
        return
      }
      // Handshakes that fail come here, too, and connections that break.
      if (socket.writable && /^(HPE_|ERR_HTTP_REQUEST_TIMEOUT)/.test(code) && !current?.headersSent)
        socket.write(answerTo(code))
      socket.destroySoon()
    }
    tell()
  })
  server.on('checkExpectation', (_: IncomingMessage, outgoing: ServerResponse) => {
    const body = JSON.stringify({ error: 'Expect may be 100-continue, and nothing else' })
    outgoing.writeHead(417, headOf(body)).end(body)
  })
}

/** The answer that a connection is at. */
const answerOf = (socket: Socket): ServerResponse | null | undefined =>
  (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage

function answerTo(code: string): string {
  const [status, words] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'the head of a request may have 16 KB']
      : code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW'
        ? ['413 Content Too Large', 'the extensions of a chunk may have 16 KB']
        : code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? ['408 Request Timeout', 'the request was not whole in time']
          : ['400 Bad Request', 'what came is no request of HTTP/1.1, or it is cut short']
  const body = JSON.stringify({ error: words })
  const lines = Object.entries(headOf(body)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`
}

const headOf = (body: string) => ({
  ...headers,
  'content-type': 'application/json',
  'content-length': body.length,
  connection: 'close',
})
