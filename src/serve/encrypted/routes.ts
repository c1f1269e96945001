// The routes of encrypted inference: cards here, keys in keyRoutes.ts, questions in questionRoutes.ts.
// Source: parcel.ts, keyHolder.ts, answering.ts of encrypt; everything else as the protocol's routes have it.
// The service learns who asks when, how much and for which model; not what, nor what it answered.

import { headers, onlyMethods } from '../v2/desk.ts'
import { nothingHeld } from '../v2/held.ts'
import { type EncryptedLimits, type EncryptedOptions, encryptedLimits, namedModels } from './contract.ts'
import { type EncryptedHouse, type House, named } from './house.ts'
import { countsOf } from './imageCount.ts'
import { keyCeiling, mountKeys } from './keyRoutes.ts'
import { createKeyStore } from './keyStore.ts'
import { mountQuestions, questionCeiling } from './questionRoutes.ts'
import { encryptedThreads } from './threads.ts'

/** The routes, mounted. */
export interface EncryptedRoutes {
  readonly limits: EncryptedLimits
  end(): Promise<void>
}

/**
 * Mounts them.
 * @param answerers starts what answers questions
 * @throws FrostglassError `usage` for names, RangeError for limits
 */
export function mountEncrypted(
  house: House,
  options: EncryptedOptions,
  answerers = encryptedThreads,
): EncryptedRoutes {
  const models = namedModels(options.models)
  const all = [...models.values()]
  const limits = encryptedLimits(options.limits, (most) =>
    Math.max(keyCeiling(all), ...all.map((model) => questionCeiling(model, most))),
  )
  const threads = answerers(models, limits, house.onFault)
  const store = createKeyStore(limits, threads.forget)
  const counts = countsOf(models, limits)
  house.metrics.watchEncrypted({ waiting: threads.waiting, keys: store.count, keyBytes: store.bytes })
  const shared: EncryptedHouse = { ...house, models, limits, store, held: nothingHeld() }
  mountCards(shared)
  mountKeys(shared)
  mountQuestions({ ...shared, threads, counts })
  return { limits, end: () => threads.end() }
}

/** The names of the models, and all that is told of one. */
function mountCards({ app, desk, models, limits: { images } }: EncryptedHouse): void {
  const [list, one] = ['/v2/encrypted/models', '/v2/encrypted/models/:model']
  const names = [...models.keys()].map((name) => ({ name }))
  app
    .get(list, (c) => c.json({ models: names, images }, 200, headers))
    .all(list, onlyMethods(desk, 'GET'))
    .get(one, (c) => c.json(named(models, c)[1].card, 200, headers))
    .all(one, onlyMethods(desk, 'GET'))
}
