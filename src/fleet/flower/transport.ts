// One call to a Flower server: bytes out, bytes back, over HTTP or TLS.
// Source: node:http, node:https. A CA file is given by hand, since `fetch` takes none but at the start of the process.
// It knows nothing of what is sent, and tries nothing twice.

import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { FrostglassError } from '../../errors.ts'
import { CallFailed, type Transport } from './contract.ts'

/** Milliseconds that a server has for an answer. Objects are of 5 MiB at most. */
const patience = 30_000
/** Bytes of an answer. */
const mostBytes = 256 * 2 ** 20

/**
 * @param server `http://host:port` or `https://host:port`
 * @param options.ca certificates in PEM that the server's is checked against, in place of the system's
 * @throws FrostglassError 'usage' for another address
 */
export function connectTo(
  server: string,
  options: { readonly ca?: string | undefined } = {},
): { readonly call: Transport; readonly secure: boolean; close(): void } {
  const url = flowerAddress(server)
  const secure = url.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ca: options.ca })
    : new HttpAgent({ keepAlive: true })
  const begin = secure ? httpsRequest : httpRequest
  const call: Transport = (path, body, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(
          signal?.aborted
            ? new FrostglassError('aborted', 'stopped before the work was done')
            : (untrusted(error, url.host) ?? new CallFailed(error.message, { cause: error })),
        )
      const sent = begin(
        new URL(path, url),
        {
          method: 'POST',
          agent,
          timeout: patience,
          signal,
          headers: { 'content-type': 'application/protobuf', ...headers, 'content-length': body.length },
        },
        (answer) => {
          const parts: Buffer[] = []
          let bytes = 0
          answer.on('data', (part: Buffer) => {
            bytes += part.length
            if (bytes > mostBytes) sent.destroy(new Error(`an answer of more than ${mostBytes} bytes`))
            else parts.push(part)
          })
          answer.on('error', failed)
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: new Uint8Array(Buffer.concat(parts)) }),
          )
        },
      )
      // A 101 is no answer: Node tells neither of a response nor of an error where nobody takes the connection.
      sent.on('upgrade', (_, socket) => {
        failed(new Error('it answers with 101, which was not asked for'))
        socket.destroy()
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${patience / 1000} seconds`)))
      sent.on('error', failed)
      sent.end(body)
    })
  return { call, secure, close: () => agent.destroy() }
}

/** The address of a server, and no path of it. @throws FrostglassError 'usage' for another */
export function flowerAddress(server: string): URL {
  const url = URL.parse(server)
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.pathname.length <= 1) return url
  throw new FrostglassError(
    'usage',
    `${server} is no address of a Flower server`,
    'Give e.g. http://127.0.0.1:8000, or https://….',
  )
}

/** What no new try would cure: a certificate that is not trusted, or no TLS at the other end. */
function untrusted(error: NodeJS.ErrnoException, host: string): FrostglassError | undefined {
  if (!/^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_|ERR_TLS_|ERR_SSL_|EPROTO)/.test(error.code ?? ''))
    return undefined
  return new FrostglassError(
    'input',
    `${host} is not trusted: ${error.message.trim()}`,
    'Give the CA file of the server’s operator, and the host name that its certificate has.',
    error,
  )
}
