// One exchange with a service of encrypted inference: sizes, retries and times are the connection's.
// Source: request.ts.
// It reads no body: what comes is bytes that may be anything.

import { type ConnectOptions, type Received, request } from './request.ts'

/** Cards, and refusals. */
export const mostWords = 1 << 22

/** @throws FrostglassError `input` when the service refuses, `io`, `aborted` */
export type Exchange = (
  where: string,
  init?: RequestInit,
  signal?: AbortSignal,
  more?: { readonly also?: readonly number[] | undefined; readonly largest?: number | undefined },
) => Promise<Received>

export const exchangeOf =
  ({ timeout = 600_000, retries = 3, signal: always, token }: ConnectOptions): Exchange =>
  (where, init = {}, signal = always, more = {}) =>
    request(where, init, { timeout, retries, ...more, largest: more.largest ?? mostWords, signal, token })

export const parcelHeaders = { 'content-type': 'application/octet-stream' } as const
