// Who is answered: names that the service goes by, and clients that know its token.
// Source: RFC 9110, 7.2 and 15.5.20 (421); RFC 6750 (bearer tokens). A page of another origin that has its own name lead here
// (DNS rebinding) sends that name as Host, and never an address: so addresses are answered, and names only if they are known.
// A token that goes over plain HTTP is read by everybody on the way.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { FrostglassError } from '../../errors.ts'
import type { ServiceOptions } from './contract.ts'
import { headers } from './desk.ts'

/**
 * Refuses requests to other names.
 * @param allowed names besides addresses and those of this machine's loopback; `*` is any
 */
export function hostCheck(allowed: readonly string[] = []): MiddlewareHandler {
  const names = new Set(allowed.map((name) => name.toLowerCase()))
  return async (c, next) => {
    const host = c.req.header('host')
    if (host === undefined && isOfNow(c)) {
      return c.json({ error: 'HTTP/1.1 asks for the header Host, and none came' }, 400, headers)
    }
    // HTTP/1.0 has none; browsers always do.
    if (host === undefined || names.has('*') || isOurs(host, names)) return next()
    const named = JSON.stringify(host.slice(0, 100))
    return c.json({ error: `the service does not go by the name ${named}: see --allow-host` }, 421, headers)
  }
}

/** Whether it came over HTTP/1.1, and not over 1.0 nor without a connection. */
const isOfNow = (c: Context): boolean =>
  (c.env as { incoming?: IncomingMessage | undefined } | undefined)?.incoming?.httpVersion === '1.1'

function isOurs(host: string, names: ReadonlySet<string>): boolean {
  const lower = host.toLowerCase()
  const name = lower.replace(/:\d*$/, '')
  if (isIP(name.replace(/^\[(.*)\]$/, '$1'))) return true
  return name === 'localhost' || name.endsWith('.localhost') || names.has(name) || names.has(lower)
}

/** Paths that tell no more than whether the process is there. */
const open = new Set(['/v2/health/live', '/v2/health/ready'])

/**
 * Refuses requests without the token, but for those to the service's health.
 * @param openTo other paths that are answered without it
 * @throws FrostglassError `usage` for a token that is short, or that no header holds
 */
export function tokenCheck(token: string, openTo: ServiceOptions['openTo'] = () => false): MiddlewareHandler {
  if (!/^[\x21-\x7e]{16,}$/.test(token)) {
    throw new FrostglassError(
      'usage',
      'the token has fewer than 16 characters, or others than visible ones of ASCII',
      'Make one: openssl rand -hex 32 > token.txt.',
    )
  }
  const wanted = digest(`Bearer ${token}`)
  return async (c, next) => {
    if (open.has(c.req.path) || openTo(c.req.path) || timingSafeEqual(digest(given(c)), wanted)) return next()
    return c.json(
      { error: 'the header Authorization: Bearer and the token of this service are needed' },
      401,
      {
        ...headers,
        'www-authenticate': 'Bearer',
      },
    )
  }
}

/** The header, its scheme as we write it: schemes have no case. */
const given = (c: Context): string => (c.req.header('authorization') ?? '').replace(/^bearer +/i, 'Bearer ')

/** Of one length, so that comparing takes one time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
