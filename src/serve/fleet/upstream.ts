// One call handed on to a Flower server: its body and what a node signs go there, its status and body come back.
// Source: node:http, node:https; RFC 9110, 7.6 (what an intermediary passes on). Headers are chosen by name, both ways: none is passed by default.
// It follows no redirect and tries nothing twice; whether the server is what it says is TLS's matter.

import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { flowerAddress } from '../../fleet/flower/transport.ts'
import { Refusal } from '../v2/refusal.ts'

/** What a server answered. */
export interface Passed {
  readonly status: number
  /** What it calls its body. */
  readonly type: string | undefined
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** How a call is handed on. */
export interface PassOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Bytes of the answer. */
  readonly most: number
  /** Called with the bytes of each part. @throws Refusal where they are too many, which ends the call */
  onPart(bytes: number): void
}

/** A Flower server behind a service. */
export interface Upstream {
  /** @throws Refusal 502 where nobody answers, or with what is not passed on; the signal's reason */
  post(path: string, body: Uint8Array, options: PassOptions): Promise<Passed>
  close(): void
}

/**
 * @param server `http://host:port` or `https://host:port`
 * @param ca certificates in PEM that the server's is checked against, in place of the system's
 * @throws FrostglassError `usage` for another address
 */
export function upstreamAt(server: string, ca?: string): Upstream {
  const url = flowerAddress(server)
  const secure = url.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true, ca }) : new HttpAgent({ keepAlive: true })
  const begin = secure ? httpsRequest : httpRequest
  return {
    post(path, body, options) {
      const answer = Promise.withResolvers<Passed>()
      const sent = begin(new URL(path, url), {
        method: 'POST',
        agent,
        signal: options.signal,
        headers: { ...options.headers, 'accept-encoding': 'identity', 'content-length': body.length },
      })
      sent.on('error', (error) => answer.reject(failure(error, options.signal)))
      // A 101 is no answer: Node tells neither of a response nor of an error where nobody takes the connection.
      sent.on('upgrade', (_, socket) => {
        answer.reject(new Refusal(502, 'the fleet’s server answers with 101, which is not followed'))
        socket.destroy()
      })
      sent.on('response', (response) => collect(sent, response, options, answer))
      sent.end(body)
      return answer.promise
    },
    close: () => agent.destroy(),
  }
}

/** Takes an answer whole, or ends the call. */
function collect(
  sent: ClientRequest,
  response: IncomingMessage,
  { most, onPart, signal }: PassOptions,
  answer: PromiseWithResolvers<Passed>,
): void {
  const { statusCode: status = 0, headers } = response
  const parts: Buffer[] = []
  let size = 0
  const stop = (error: unknown) => {
    // First: a call that is ended says so by an error of its own.
    answer.reject(error)
    sent.destroy()
  }
  response.on('error', (error) => stop(failure(error, signal)))
  const why = unfit(response)
  if (why !== undefined) stop(new Refusal(502, `the fleet’s server ${why}`))
  response.on('data', (part: Buffer) => {
    size += part.length
    try {
      if (size > most) throw new Refusal(502, `the fleet’s server answers with more than ${most} bytes`)
      onPart(part.length)
      parts.push(part)
    } catch (error) {
      stop(error)
    }
  })
  response.on('end', () =>
    answer.resolve({ status, type: headers['content-type'], bytes: new Uint8Array(Buffer.concat(parts)) }),
  )
}

/** What of an answer is none of a Flower server's, and is not passed on: a redirect above all. */
function unfit({ statusCode: status = 0, headers }: IncomingMessage): string | undefined {
  if (status !== 200 && (status < 400 || status > 599)) return `answers with ${status}, which is not followed`
  const packing = headers['content-encoding'] ?? 'identity'
  return packing === 'identity' ? undefined : 'answers compressed, which it was not asked for'
}

/** What a client is told: not where the server is, and the system's word for why. */
const failure = (error: NodeJS.ErrnoException, signal: AbortSignal): unknown =>
  signal.aborted
    ? signal.reason
    : new Refusal(502, `the fleet’s server does not answer (${error.code ?? 'no reason is known'})`)
