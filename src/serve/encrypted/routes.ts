// The routes of encrypted inference: cards, keys by their hash, questions and answers as parcels.
// Source: parcel.ts, keyHolder.ts, answering.ts of encrypt; everything else as the protocol's routes have it.
// The service learns who asks when, how much and for which model; not what, nor what it answered.

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Hono } from 'hono'
import { packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import type { CompiledNetwork, Packing } from '../../encrypt/inference/compiled.ts'
import { readKeys } from '../../encrypt/inference/keyHolder.ts'
import { keyIdentityOf } from '../../encrypt/inference/keyIdentity.ts'
import { mostKeyBytes, mostQuestionBytes } from '../../encrypt/inference/sizes.ts'
import { FrostglassError } from '../../errors.ts'
import { type Desk, headers } from '../v2/desk.ts'
import type { Metrics } from '../v2/metrics.ts'
import { Refusal } from '../v2/refusal.ts'
import { type EncryptedLimits, type EncryptedOptions, encryptedLimits, namedModels } from './contract.ts'
import { countedImages, countsOf } from './imageCount.ts'
import { createKeyStore, inSharedMemory } from './keyStore.ts'
import { tellStillWorking } from './stillWorking.ts'
import { type EncryptedThreads, encryptedThreads } from './threads.ts'

/** What the service lends. */
export interface House {
  readonly app: Hono
  readonly desk: Desk
  readonly metrics: Metrics
  readonly onFault: ((error: unknown) => void) | undefined
}

/** The routes, mounted. */
export interface EncryptedRoutes {
  readonly limits: EncryptedLimits
  end(): Promise<void>
}

/** Opening keys for single images takes about as long as so many of them (2.2 s and 0.5 s); a batch opens them each time. */
const rowsForKeys = 4

/** Under which keys are counted; no model has a blank in its name. */
const keysLabel = 'encrypted keys'

/**
 * Mounts them.
 * @throws FrostglassError `usage` for names, RangeError for limits
 */
export function mountEncrypted(
  { app, desk, metrics, onFault }: House,
  options: EncryptedOptions,
): EncryptedRoutes {
  const models = namedModels(options.models)
  const all = [...models.values()]
  const keyCeiling = Math.max(0, ...all.map(({ plans }) => mostKeyBytes(plans)))
  const questionCeiling = ({ plans }: CompiledNetwork, images: number) => mostQuestionBytes(plans, images)
  const limits = encryptedLimits(options.limits, (most) =>
    Math.max(keyCeiling, ...all.map((model) => questionCeiling(model, most))),
  )
  const { images } = limits
  const threads: EncryptedThreads = encryptedThreads(models, limits, onFault)
  const store = createKeyStore(limits, threads.forget)
  const held = { bytes: 0 }
  const counts = countsOf(models, limits)
  metrics.watchEncrypted({ waiting: threads.waiting, keys: store.count, keyBytes: store.bytes })

  const find = (c: Context): readonly [string, CompiledNetwork] => {
    const name = c.req.param('model') ?? ''
    const model = models.get(name)
    if (!model) throw new Refusal(404, `there is no encrypted model '${name}'`)
    return [name, model]
  }
  const fingerprintOf = (text: string | undefined, where: string): string => {
    if (/^[0-9a-f]{64}$/.test(text ?? '')) return text!
    throw new Refusal(400, `${where} is the SHA-256 of the keys, 64 hexadecimal digits in lower case`)
  }
  const only = (...methods: string[]) => {
    const allow = methods.join(', ')
    return (c: Context) => {
      c.header('allow', allow)
      return desk.refuse(c, new Refusal(405, `${c.req.path} takes ${allow} only`))
    }
  }
  const body = { maxHeld: limits.maxHeld, timeout: limits.timeout }

  app
    .get('/v2/encrypted/models', (c) =>
      c.json({ models: [...models.keys()].map((name) => ({ name })), images }, 200, headers),
    )
    .all('/v2/encrypted/models', only('GET'))
  app
    .get('/v2/encrypted/models/:model', (c) => c.json(find(c)[1].card, 200, headers))
    .all('/v2/encrypted/models/:model', only('GET'))

  const keysPath = '/v2/encrypted/keys/:fingerprint'
  const inUrl = (c: Context) => fingerprintOf(c.req.param('fingerprint'), 'the end of the URL')
  app
    .get(keysPath, (c) => {
      const keys = store.find(inUrl(c))
      if (!keys) throw unknownKeys()
      return c.json({ bytes: keys.bytes.length }, 200, headers)
    })
    .put(keysPath, (c) =>
      desk.answer(c, async (turn) => {
        turn.label = keysLabel
        const wanted = inUrl(c)
        requireBytes(c)
        const maxBody = Math.min(keyCeiling, limits.keyBytes)
        const bytes = await turn.body({ ...body, maxBody }, held)
        const found = createHash('sha256').update(bytes).digest('hex')
        if (found !== wanted)
          throw new Refusal(400, `the SHA-256 of these ${bytes.length} bytes is another: ${found}`)
        return c.body(null, store.put(wanted, namesOfKeys(bytes, all), bytes) ? 201 : 200, headers)
      }),
    )
    .delete(keysPath, (c) => {
      if (!store.remove(inUrl(c))) throw unknownKeys()
      return c.body(null, 204, headers)
    })
    .all(keysPath, only('GET', 'PUT', 'DELETE'))

  const inferPath = '/v2/encrypted/models/:model/infer'
  app
    .post(inferPath, (c) =>
      desk.answer(c, async (turn) => {
        const [name, model] = find(c)
        turn.label = `encrypted ${name}`
        const header = c.req.header('frostglass-keys')
        const keys = store.find(fingerprintOf(header, "the header 'frostglass-keys'"))
        if (!keys) throw unknownKeys()
        requireBytes(c)
        return store.using(keys, async () => {
          const bytes = await turn.body({ ...body, maxBody: questionCeiling(model, images) }, held)
          const question = inWords(() => readQuestion(inSharedMemory(bytes), model.plans))
          const { packing, rows } = question
          if (packing !== keys.packing)
            throw new Refusal(
              400,
              `the question is packed for ${packing}, and the keys are for ${keys.packing}`,
            )
          if (packing === 'latency' && question.images > images)
            throw new Refusal(
              400,
              `a question has at most ${images} images one at a time, not ${question.images}`,
            )
          const gone = whenGone(c)
          try {
            const counted = countedImages(question.images, packing, model)
            const outputs = await counts.get(name)!.counting(keys.identity, counted, () =>
              threads.answer({
                model: name,
                keys,
                rows,
                images: question.images,
                apart: packing === 'latency' ? rowsForKeys : 0,
                timeout: limits.timeout,
                signal: gone.signal,
                onRow: (milliseconds) => metrics.encryptedRow(name, packing, milliseconds / 1000),
              }),
            )
            const answer = packAnswer(question, outputs)
            turn.sent = answer.length
            return c.body(answer as Uint8Array<ArrayBuffer>, 200, {
              ...headers,
              'content-type': 'application/octet-stream',
            })
          } finally {
            gone.stop()
          }
        })
      }),
    )
    .all(inferPath, only('POST'))

  return { limits, end: () => threads.end() }
}

const unknownKeys = () => new Refusal(404, 'these keys are not here (any more): send them first')

/** @throws Refusal 415 */
function requireBytes(c: Context): void {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/octet-stream')
    throw new Refusal(415, `a body is application/octet-stream, not ${type.slice(0, 100)}`)
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

/** Errors of parcels as refusals: their words name sizes and kinds. @throws Refusal 400 */
function inWords<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof FrostglassError && (error.code === 'input' || error.code === 'key'))
      throw new Refusal(400, error.message)
    throw error
  }
}

/** Fires when the client's connection ends before the answer; tells it meanwhile that the answer will come. */
function whenGone(c: Context): { readonly signal: AbortSignal; stop(): void } {
  const { incoming, outgoing } = (c.env ?? {}) as {
    incoming?: IncomingMessage | undefined
    outgoing?: ServerResponse | undefined
  }
  if (!incoming || !outgoing) return { signal: c.req.raw.signal, stop() {} }
  const gone = new AbortController()
  const close = () => gone.abort()
  if (outgoing.destroyed) close()
  outgoing.once('close', close)
  const quiet = tellStillWorking(incoming, outgoing)
  return {
    signal: gone.signal,
    stop() {
      quiet()
      outgoing.off('close', close)
    },
  }
}
