// The routes of public keys: sent once under the hash of their bytes, looked up and removed by it.
// Source: content addressing; keyStore.ts keeps them.
// Who knows a hash may remove the keys; the answers to questions with them stay readable for the secret's holder alone.

import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { CompiledNetwork } from '../../encrypt/inference/compiled.ts'
import { readKeys } from '../../encrypt/inference/keyHolder.ts'
import { keyIdentityOf } from '../../encrypt/inference/keyIdentity.ts'
import type { Packing } from '../../encrypt/inference/packings.ts'
import { mostKeyBytes } from '../../encrypt/inference/sizes.ts'
import { headers, onlyMethods } from '../v2/desk.ts'
import { Refusal } from '../v2/refusal.ts'
import type { EncryptedHouse } from './house.ts'
import { fingerprintOf, inWords, requireBytes, unknownKeys } from './parcels.ts'

/** Under which keys are counted; no model has a blank in its name. */
const keysLabel = 'encrypted keys'

/** Bytes that keys have at most, for the model that takes most. */
export const keyCeiling = (models: readonly CompiledNetwork[]) =>
  Math.max(0, ...models.map(({ plans }) => mostKeyBytes(plans)))

/** Mounts them. */
export function mountKeys({ app, desk, models, limits, store, held }: EncryptedHouse): void {
  const path = '/v2/encrypted/keys/:fingerprint'
  const all = [...models.values()]
  const { maxHeld, timeout } = limits
  const maxBody = Math.min(keyCeiling(all), limits.keyBytes)
  const inUrl = (c: Context) => fingerprintOf(c.req.param('fingerprint'), 'the end of the URL')
  app
    .get(path, (c) => {
      const keys = store.find(inUrl(c))
      if (!keys) throw unknownKeys()
      return c.json({ bytes: keys.bytes.length }, 200, headers)
    })
    .put(path, (c) =>
      desk.answer(c, async (turn) => {
        turn.label = keysLabel
        const wanted = inUrl(c)
        requireBytes(c)
        const bytes = await turn.body({ maxHeld, timeout, maxBody, packed: false }, held)
        const found = createHash('sha256').update(bytes).digest('hex')
        if (found !== wanted)
          throw new Refusal(400, `the SHA-256 of these ${bytes.length} bytes is another: ${found}`)
        return c.body(null, store.put(wanted, namesOfKeys(bytes, all), bytes) ? 201 : 200, headers)
      }),
    )
    .delete(path, (c) => {
      if (!store.remove(inUrl(c))) throw unknownKeys()
      return c.body(null, 204, headers)
    })
    .all(path, onlyMethods(desk, 'GET', 'PUT', 'DELETE'))
}

/** @throws Refusal 400 for what are keys of no model here */
function namesOfKeys(
  bytes: Uint8Array,
  all: readonly CompiledNetwork[],
): { readonly packing: Packing; readonly identity: string } {
  let first: unknown
  for (const { plans } of all) {
    try {
      const { packing, keys } = readKeys(bytes, plans)
      return { packing, identity: keyIdentityOf(keys) }
    } catch (error) {
      first ??= error
    }
  }
  return inWords((): never => {
    throw first
  })
}
