// The route of encrypted questions: a parcel of ciphertexts under keys that were sent before, answered row by row.
// Source: answering.ts of encrypt; threads.ts computes the rows, imageCount.ts counts them.
// It learns how many images were asked for which model; not what they are, nor what was answered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { packAnswer, type Question, readQuestion } from '../../encrypt/inference/answering.ts'
import type { CompiledNetwork } from '../../encrypt/inference/compiled.ts'
import { openWithHead } from '../../encrypt/inference/openWithHead.ts'
import { mostQuestionBytes } from '../../encrypt/inference/sizes.ts'
import { headers, onlyMethods, type Turn } from '../v2/desk.ts'
import { Refusal } from '../v2/refusal.ts'
import { type EncryptedHouse, named } from './house.ts'
import { countedImages, type countsOf } from './imageCount.ts'
import { inSharedMemory, type StoredKeys } from './keyStore.ts'
import { fingerprintOf, inWords, requireBytes, unknownKeys } from './parcels.ts'
import { tellStillWorking } from './stillWorking.ts'
import type { EncryptedThreads } from './threads.ts'

/** Opening keys for single images takes about as long as so many of them (2.2 s and 0.5 s); a batch opens them each time. */
const rowsForKeys = 4

/** What answers questions. */
export interface Answerers extends EncryptedHouse {
  readonly threads: EncryptedThreads
  readonly counts: ReturnType<typeof countsOf>
}

/** Bytes that a question of so many images has at most. */
export const questionCeiling = ({ plans }: CompiledNetwork, images: number) =>
  mostQuestionBytes(plans, images)

/** Mounts it. */
export function mountQuestions(house: Answerers): void {
  const { app, desk, models, limits, store, held } = house
  const path = '/v2/encrypted/models/:model/infer'
  app
    .post(path, (c) =>
      desk.answer(c, async (turn) => {
        const [name, model] = named(models, c)
        turn.label = `encrypted ${name}`
        const header = c.req.header('frostglass-keys')
        const keys = store.find(fingerprintOf(header, "the header 'frostglass-keys'"))
        if (!keys) throw unknownKeys()
        requireBytes(c)
        return store.using(keys, async () => {
          const { maxHeld, timeout, images } = limits
          const maxBody = questionCeiling(model, images)
          const bytes = await turn.body({ maxHeld, timeout, maxBody, packed: false }, held)
          const question = inWords(() => readQuestion(inSharedMemory(bytes), model.plans))
          requireAnswerable(question, keys, images)
          return answered(c, turn, house, { name, model, keys, question })
        })
      }),
    )
    .all(path, onlyMethods(desk, 'POST'))
}

/** @throws Refusal 400 for a question that does not go with the keys, or of too many images */
function requireAnswerable({ packing, images }: Question, keys: StoredKeys, most: number): void {
  if (packing !== keys.packing)
    throw new Refusal(400, `the question is packed for ${packing}, and the keys are for ${keys.packing}`)
  if (packing === 'latency' && images > most)
    throw new Refusal(400, `a question has at most ${most} images one at a time, not ${images}`)
}

/** Names of keys, by the parcel that holds them. */
const namesOfKeys = new WeakMap<StoredKeys, ReadonlySet<string>>()

/**
 * Before it waits for a thread: whether all of it says that it is ciphertexts under these keys. Checksums are the threads' matter.
 * @throws Refusal 400
 */
function requireUnder({ rows }: Question, keys: StoredKeys): void {
  const nameOf = (part: Uint8Array) => Buffer.from(part.subarray(14, 22)).toString('hex')
  let names = namesOfKeys.get(keys)
  if (!names) {
    names = new Set(openWithHead(keys.bytes, 'the keys', 'keys').parts.map(nameOf))
    namesOfKeys.set(keys, names)
  }
  for (const part of rows.flat()) {
    if (Buffer.from(part.subarray(0, 4)).toString('latin1') !== 'FGHE' || part[5] !== 0)
      throw new Refusal(400, 'the question has parts that are no ciphertexts')
    if (names.has(nameOf(part))) continue
    throw new Refusal(
      400,
      `a ciphertext of the question belongs to the key ${nameOf(part)}, not ${[...names]}`,
    )
  }
}

/** Has the rows computed while somebody waits. */
async function answered(
  c: Context,
  turn: Turn,
  { threads, counts, limits, metrics }: Answerers,
  asked: {
    readonly name: string
    readonly model: CompiledNetwork
    readonly keys: StoredKeys
    readonly question: Question
  },
): Promise<Response> {
  const { name, model, keys, question } = asked
  const { packing, rows, images } = question
  const gone = whenGone(c)
  try {
    const counted = countedImages(images, packing, model)
    const outputs = await counts.get(name)!.counting(keys.identity, counted, async () => {
      requireUnder(question, keys)
      return threads.answer({
        model: name,
        keys,
        rows,
        images,
        apart: packing === 'latency' ? rowsForKeys : 0,
        timeout: limits.timeout,
        signal: gone.signal,
        onRow: (milliseconds) => metrics.encryptedRow(name, packing, milliseconds / 1000),
      })
    })
    const answer = packAnswer(question, outputs)
    turn.sent = answer.length
    return c.body(answer as Uint8Array<ArrayBuffer>, 200, {
      ...headers,
      'content-type': 'application/octet-stream',
    })
  } finally {
    gone.stop()
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
