// One exchange with a service over HTTP: patience, retries, and nothing believed that is larger than it may be.
// Source: fetch, as browsers and Node have it; Retry-After as in RFC 9110.
// What is sent leaves the device as it is: over http: anybody on the way reads it too.

import { wordsOfOthers } from '../encrypt/wordsOfOthers.ts'
import { FrostglassError, throwIfAborted } from '../errors.ts'

/** How long one waits for a service, and how often it is asked. */
export interface ConnectOptions {
  /** Milliseconds for one answer, retries apart. Default 30,000. */
  readonly timeout?: number | undefined
  /** How often a service that is busy (503; 429 with Retry-After) is asked again. Default 3. */
  readonly retries?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What the service asks for as `Authorization: Bearer …`; over http: anybody on the way reads it. None by default. */
  readonly token?: string | undefined
}

/** How one exchange goes. */
export interface Patience {
  readonly timeout: number
  readonly retries: number
  readonly signal: AbortSignal | undefined
  readonly token: string | undefined
  /** Bytes of an answer; more is refused. */
  readonly largest: number
  /** Statuses that are answers too, besides 200 to 299. */
  readonly also?: readonly number[] | undefined
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/**
 * The address of a model.
 * @param url of the service, or with the model
 * @param folder of models, between slashes
 * @throws FrostglassError `usage` without a model
 */
export function addressOf(
  url: string | URL,
  folder: string,
  model: string | undefined,
): { readonly base: string; readonly address: string } {
  const [base = '', inUrl] = String(url).replace(/\/+$/, '').split(folder)
  const path = inUrl ?? (model === undefined ? undefined : encodeURIComponent(model))
  if (path === undefined) {
    throw new FrostglassError('usage', 'no model is named', "Name one: connect(url, 'digits').")
  }
  return { base, address: `${base}${folder}${path}` }
}

/** Reads an object of JSON. @throws FrostglassError `input` for what is none */
export function parseJson(bytes: Uint8Array, address: string): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // said below
  }
  throw nonsense(address, 'no JSON object')
}

/** An answer that is none. */
export const nonsense = (
  address: string,
  what: string,
  hint = 'Check that it is a service of the Open Inference Protocol (KServe V2).',
): FrostglassError => new FrostglassError('input', `${address} answers with ${what}`, hint)

/**
 * One exchange; a service that is busy is asked again, after what its Retry-After says (5 s at most).
 * @throws FrostglassError `input` when the service refuses it, `io` when it does not answer in time or at all, `aborted`
 */
export async function request(address: string, init: RequestInit, patience: Patience): Promise<Received> {
  const { timeout, retries, signal, token, largest, also = [] } = patience
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal)
    const late = AbortSignal.timeout(timeout)
    try {
      const response = await fetch(address, {
        ...init,
        headers: { ...(init.headers as object), ...(token && { authorization: `Bearer ${token}` }) },
        // Where an address leads to another, images would go where nobody named.
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, late]) : late,
      })
      const { ok, status, headers } = response
      // Browsers hide the status of one; Node tells it.
      if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
        await response.body?.cancel()
        throw new FrostglassError(
          'input',
          `${address} sends elsewhere, which is not followed`,
          'Give the address of the service itself.',
        )
      }
      const after = headers.get('retry-after')
      // Without a time a 429 is of a count that is used up: what is asked again would be refused again.
      const busy = status === 503 || (status === 429 && after !== null)
      if (busy && attempt < retries) {
        await response.body?.cancel()
        const seconds = Number(after ?? Number.NaN)
        await pause(Number.isFinite(seconds) ? Math.min(1000 * seconds, 5000) : 100 * 2 ** attempt, signal)
        continue
      }
      const bytes = await readUpTo(response, address, largest)
      if (!ok && !also.includes(status)) throw refusalOf(status, bytes, address)
      return { status, headers, bytes }
    } catch (cause) {
      if (cause instanceof FrostglassError) throw cause
      throwIfAborted(signal)
      const why = late.aborted ? `no answer within ${timeout} ms` : (cause as Error).message
      throw new FrostglassError(
        'io',
        `${address} cannot be asked: ${why}`,
        'Check that it runs and, in a browser, allows this page’s origin.',
        cause,
      )
    }
  }
}

/**
 * The body of an answer.
 * @param hint what to do about one that is too large
 * @throws FrostglassError `input` for more than `largest` bytes
 */
export async function readUpTo(
  response: Response,
  address: string,
  largest: number,
  hint?: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  for (;;) {
    const value = (await reader?.read())?.value
    if (!value) break
    size += value.length
    if (size > largest) {
      await reader?.cancel()
      throw nonsense(address, `more than ${largest} bytes`, hint)
    }
    parts.push(value)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function refusalOf(status: number, bytes: Uint8Array, address: string): FrostglassError {
  let said = ''
  try {
    const { error } = JSON.parse(new TextDecoder().decode(bytes))
    said = `: ${wordsOfOthers(error, 'it does not say why')}`
  } catch {
    // no words
  }
  const ours = status < 500 && status !== 408 && status !== 429
  return new FrostglassError(ours ? 'input' : 'io', `${address} answers ${status}${said}`)
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end, { once: true })
  })
}
