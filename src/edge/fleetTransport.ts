// Calls to a Flower server from a page: by fetch, through a service that forwards them (frostglass serve --fleet).
// Source: the Fetch standard; a Flower server answers no page of another origin, so something of the page's own has to stand before it.
// It tries nothing twice, follows no redirect, and sends no cookies.

import { FrostglassError } from '../errors.ts'
import { CallFailed, type Transport } from '../fleet/flower/contract.ts'
import { readUpTo } from './request.ts'

/** Milliseconds that a service has for an answer. */
const patience = 30_000
/** Bytes of an answer. Objects are of 5 MiB. */
const mostBytes = 256 * 2 ** 20

/**
 * @param url of the service
 * @param token what the service asks for as `Authorization: Bearer …`
 */
export function fetchTransport(url: URL, token?: string): Transport {
  const base = url.href.replace(/[?#].*/, '').replace(/\/+$/, '')
  return async (path, body, { headers, signal, most = mostBytes }) => {
    const late = AbortSignal.timeout(patience)
    try {
      const response = await fetch(base + path, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/protobuf',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: body as Uint8Array<ArrayBuffer>,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, late]) : late,
      })
      // Browsers hide the status of a redirect; Node tells it.
      if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
        await response.body?.cancel()
        throw new FrostglassError(
          'input',
          `${base}${path} sends elsewhere, which is not followed`,
          'Give the address of the service itself.',
        )
      }
      const bytes = await readUpTo(response, base + path, most, 'Check that a Flower server is behind it.')
      return { status: response.status, body: bytes }
    } catch (cause) {
      if (cause instanceof FrostglassError) throw cause
      if (signal?.aborted) throw new FrostglassError('aborted', 'stopped before the work was done')
      const why = late.aborted ? `no answer in ${patience / 1000} seconds` : (cause as Error).message
      throw new CallFailed(why, { cause })
    }
  }
}
