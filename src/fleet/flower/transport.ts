// One call to a Flower server: bytes out, bytes back, over HTTP or TLS.
// Source: node:http, node:https. A CA file is given by hand, since `fetch` takes none but at the start of the process.
// It knows nothing of what is sent, and tries nothing twice.

import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { FrostglassError, printable } from '../../errors.ts'
import { CallFailed, type Transport } from './contract.ts'

/** Milliseconds for which a server may be silent. Objects are of 5 MiB at most. */
const patience = 30_000
/** Bytes of an answer. */
const mostBytes = 256 * 2 ** 20
/** Milliseconds that a call has, and bytes that each second more has to bring: an answer that never ends would be held for ever. */
const [grace, slowest] = [60_000, 32 * 2 ** 10]

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
  const call: Transport = (path, body, { headers, signal, most = mostBytes }) =>
    new Promise((resolve, reject) => {
      const begun = performance.now()
      let came = 0
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
          answer.on('data', (part: Buffer) => {
            came += part.length
            if (came <= most) parts.push(part)
            else {
              reject(tooLong(url.host, most))
              sent.destroy()
            }
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
      let timer: ReturnType<typeof setTimeout> | undefined
      const watch = () => {
        const left = begun + grace + (1000 * (body.length + came)) / slowest - performance.now()
        if (left > 0) {
          timer = setTimeout(watch, left)
          return
        }
        failed(
          new Error(
            `${came} bytes of an answer in ${Math.round((performance.now() - begun) / 1000)} seconds`,
          ),
        )
        sent.destroy()
      }
      watch()
      sent.on('close', () => clearTimeout(timer))
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
    `${server} is no address of a fleet’s server`,
    'Give e.g. http://127.0.0.1:8000, or https://…, without a path.',
  )
}

const tooLong = (host: string, most: number): FrostglassError =>
  new FrostglassError(
    'input',
    `an answer of ${host} is of more than ${most} bytes`,
    'Look at the server’s log, and whether the address is its own.',
  )

/** What no new try would cure: a certificate that is not trusted, or no TLS at the other end. */
function untrusted(error: NodeJS.ErrnoException, host: string): FrostglassError | undefined {
  if (!/^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_|ERR_TLS_|ERR_SSL_|EPROTO)/.test(error.code ?? ''))
    return undefined
  // OpenSSL’s words for it name files of its source.
  if (/^EPROTO$|WRONG_VERSION|PACKET_LENGTH/.test(error.code ?? ''))
    return new FrostglassError(
      'input',
      `${host} speaks no TLS`,
      'Give its address as http://…, or have it begun with a certificate.',
      error,
    )
  return new FrostglassError(
    'input',
    // A certificate's names are among the words.
    `${host} is not trusted: ${printable(error.message.trim())}`,
    'Give the CA file of the server’s operator, and the host name that its certificate has.',
    error,
  )
}
