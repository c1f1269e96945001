// What the routes of encrypted inference share: the service's app and desk, the models, the keys, the limits.
// Source: none.
// It owns nothing: routes.ts makes what is in it, and ends it.

import type { Context, Hono } from 'hono'
import type { CompiledNetwork } from '../../encrypt/inference/compiled.ts'
import type { Desk } from '../v2/desk.ts'
import type { Held } from '../v2/held.ts'
import type { Metrics } from '../v2/metrics.ts'
import { Refusal } from '../v2/refusal.ts'
import type { EncryptedLimits } from './contract.ts'
import type { KeyStore } from './keyStore.ts'

/** What the service lends. */
export interface House {
  readonly app: Hono
  readonly desk: Desk
  readonly metrics: Metrics
  readonly onFault: ((error: unknown) => void) | undefined
}

/** What all of them share. */
export interface EncryptedHouse extends House {
  readonly models: ReadonlyMap<string, CompiledNetwork>
  readonly limits: EncryptedLimits
  readonly store: KeyStore
  /** Bytes of their bodies in hand, apart from the other routes'. */
  readonly held: Held
}

/** The model that the URL names. @throws Refusal 404 */
export function named(
  models: ReadonlyMap<string, CompiledNetwork>,
  c: Context,
): readonly [string, CompiledNetwork] {
  const name = c.req.param('model') ?? ''
  const model = models.get(name)
  if (!model) throw new Refusal(404, `there is no encrypted model '${name}'`)
  return [name, model]
}
