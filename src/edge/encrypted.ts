// Asks a service that answers encrypted images, in Node or a browser: keys sent once, questions encrypted, answers read here.
// Source: encrypt/inference/keyHolder.ts; the routes of serve/encrypted. SEAL's WebAssembly comes beside it (docs/reference/edge.md).
// What the service answers is for the owner alone: nothing of it goes back. It sees who asks when and how much.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type EncryptedCard,
  type EncryptedPlans,
  plansOf,
  readEncryptedCard,
} from '../encrypt/inference/compiled.ts'
import { createKeyHolder, type KeyHolder } from '../encrypt/inference/keyHolder.ts'
import { type Packing, packings } from '../encrypt/inference/packings.ts'
import { drawImages, type Reference, unitOf } from '../encrypt/inference/references.ts'
import { mostAnswerBytes } from '../encrypt/inference/sizes.ts'
import { joinPieces } from '../encrypt/seal/parcel.ts'
import { locateSeal } from '../encrypt/seal/runtime.ts'
import { wordsOfOthers } from '../encrypt/wordsOfOthers.ts'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import type { EncryptedAsked, EncryptedAskOptions } from './asked.ts'
import { type Exchange, exchangeOf, mostWords, parcelHeaders } from './exchange.ts'
import { createKeySender, nothingSent } from './keySender.ts'
import { addressOf, type ConnectOptions, parseJson } from './request.ts'

export type { EncryptedCard } from '../encrypt/inference/compiled.ts'
export { readEncryptedCard } from '../encrypt/inference/compiled.ts'
export {
  createKeyHolder,
  type EncryptedAnswers,
  type KeyHolder,
  openKeyHolder,
} from '../encrypt/inference/keyHolder.ts'
export { OwnerOnly } from '../encrypt/inference/ownerOnly.ts'
export type { Packing } from '../encrypt/inference/packings.ts'
export type { Reference } from '../encrypt/inference/references.ts'
export { type ErrorCode, FrostglassError } from '../errors.ts'
export type { AskStage, EncryptedAsked, EncryptedAskOptions } from './asked.ts'
export type { ConnectOptions } from './request.ts'

/** How {@link connectEncrypted} connects, and who holds the keys. */
export interface EncryptedConnectOptions extends ConnectOptions {
  /** Milliseconds for one answer, and for keys to be sent. Default 600,000. */
  readonly timeout?: number | undefined
  /** Who holds the secret; one is made if absent, and closed with the connection. */
  readonly holder?: KeyHolder | undefined
  /** Public keys that the holder made before, a parcel; new ones are made if absent. */
  readonly keys?: Uint8Array | undefined
  /** Of a holder that is made: `latency` where it is offered. */
  readonly packing?: Packing | undefined
  /**
   * Of a holder that is made: images whose answers are asked for once, with keys that are thrown away, and which then hide among those of
   * every question: a service that lies is found out by them. 0 for none. Default 8.
   */
  readonly references?: number | undefined
  /** What references are made of, pixels of 0 … 1: like those that will be asked. Drawings if absent. */
  readonly referenceImages?: readonly ArrayLike<number>[] | undefined
  /** Where SEAL's `seal_throws.wasm` is, for browsers; beside the bundle's file that asks for it by default. */
  readonly wasm?: string | URL | undefined
}

/** An encrypted model of a service, and a holder of keys for it. */
export interface EncryptedService {
  readonly url: string
  readonly card: EncryptedCard
  readonly holder: KeyHolder
  /**
   * Sends the public keys, unless the service has them. `ask` does by itself.
   * @throws FrostglassError as `ask`
   */
  sendKeys(options?: EncryptedAskOptions): Promise<Pick<EncryptedAsked, 'bytes' | 'milliseconds'>>
  /**
   * Encrypts images, asks, decrypts.
   * @param images channels · height · width pixels of 0 … 1 each
   * @throws RangeError for images that are none; FrostglassError `input` when the service refuses, or answers with what is
   * no answer, `key` with another key's, with what the network does not give, or when the key is used up, `io` when it does not answer in time or at all, `aborted`
   */
  ask(images: readonly ArrayLike<number>[], options?: EncryptedAskOptions): Promise<EncryptedAsked>
  /** Asks the service to forget the keys. */
  forget(signal?: AbortSignal): Promise<void>
  /** Frees a holder that was made here. */
  close(): void
}

const folder = '/v2/encrypted/models/'

/** The address of a model; of the only one where none is named. */
async function locate(url: string | URL, model: string | undefined, exchange: Exchange) {
  const bare = String(url).replace(/\/+$/, '')
  if (model !== undefined || bare.includes(folder)) return addressOf(url, folder, model)
  const { models } = parseJson((await exchange(bare + folder.slice(0, -1))).bytes, bare)
  const names = Array.isArray(models) ? models.map((one) => wordsOfOthers(one?.name, '?', 100)) : []
  if (names.length === 1) return addressOf(url, folder, names[0])
  throw new FrostglassError(
    'usage',
    `no model is named, and ${bare} has ${names.length}: ${names.slice(0, 20).join(', ')}`,
    `Name one: ${bare}${folder}${names[0] ?? 'digits'}.`,
  )
}

const cardAt = async (address: string, exchange: Exchange): Promise<EncryptedCard> =>
  readEncryptedCard(parseJson((await exchange(address)).bytes, address), address)

/**
 * Reads and checks the card of a model, from which keys can be made without asking anything.
 * @param url of a service with one encrypted model, or with the model: `https://host/v2/encrypted/models/digits`
 * @throws FrostglassError as {@link connectEncrypted}
 */
export async function fetchCard(url: string | URL, options: ConnectOptions = {}): Promise<EncryptedCard> {
  const exchange = exchangeOf(options)
  return cardAt((await locate(url, undefined, exchange)).address, exchange)
}

/**
 * Reads and checks the card of a model, and makes a holder of keys.
 * @param url the service's address, or with the model: `https://host/v2/encrypted/models/digits`
 * @param model may be left out where there is one
 * @throws FrostglassError `usage` where no model is named of several, `unsupported` for a packing that is not offered, `io`, `input`, `aborted`
 * @example
 * const service = await connectEncrypted('http://127.0.0.1:8080', 'digits')
 * const { answers } = await service.ask([pixels])
 */
export async function connectEncrypted(
  url: string | URL,
  model?: string,
  options: EncryptedConnectOptions = {},
): Promise<EncryptedService> {
  const exchange: Exchange = exchangeOf(options)
  const { base, address } = await locate(url, model, exchange)
  const card = await cardAt(address, exchange)
  const plans = plansOf(card)
  if (options.wasm !== undefined) locateSeal(options.wasm)
  const holder = options.holder ?? (await heldFor(card, address, options))
  // What else the service offers may change without harm.
  const needs = (of: EncryptedCard) => JSON.stringify([of.shape, of.classes, of[holder.packing]])
  if (needs(holder.card) !== needs(card))
    throw new FrostglassError(
      'key',
      `the keys were made for another model than ${address} is now`,
      'Make keys for its card.',
    )
  return asking({ card, plans, holder, base, address, exchange, options })
}

/** A holder of new keys; with references, which other keys ask for first. */
async function heldFor(
  card: EncryptedCard,
  address: string,
  { packing, references = 8, referenceImages = [], holder: _, keys: __, ...options }: EncryptedConnectOptions,
): Promise<KeyHolder> {
  const chosen = packing ?? firstPacking(plansOf(card))
  if (references === 0) return createKeyHolder(card, chosen)
  const known = await askReferences(address, references, referenceImages, { ...options, packing: chosen })
  return createKeyHolder(card, chosen, { references: known })
}

/**
 * Asks a model for its answers to secret images, with keys that are drawn for it and thrown away.
 * @param url of a model
 * @param count images
 * @param images what they are made of; drawings if empty
 * @throws FrostglassError as {@link connectEncrypted}
 */
export async function askReferences(
  url: string | URL,
  count: number,
  images: readonly ArrayLike<number>[],
  options: Omit<EncryptedConnectOptions, 'holder' | 'keys' | 'references' | 'referenceImages'> = {},
): Promise<Reference[]> {
  const service = await connectEncrypted(url, undefined, { ...options, references: 0 })
  try {
    const drawn = drawImages(service.card.shape.input, count, images)
    const all: Reference[] = []
    // A batch is one question, and these keys read one.
    const each = service.holder.packing === 'latency' ? imagesAtATime : count
    for (let first = 0; first < count; first += each) {
      const some = drawn.slice(first, first + each)
      const { answers } = await service.ask(some.map((pixels) => unitOf({ pixels })))
      answers.forOwner().exact.forEach((logits, i) => {
        all.push({ pixels: some[i]!, answers: logits })
      })
    }
    await service.forget()
    return all
  } finally {
    service.close()
  }
}

/** Images of one question at a time: what services take unless they say otherwise. */
const imagesAtATime = 8

/** What a connection stands on. */
interface Connection {
  readonly card: EncryptedCard
  readonly plans: EncryptedPlans
  readonly holder: KeyHolder
  readonly base: string
  readonly address: string
  readonly exchange: Exchange
  readonly options: EncryptedConnectOptions
}

function asking({ card, plans, holder, base, address, exchange, options }: Connection): EncryptedService {
  const sender = createKeySender(base, exchange, () => holder.keys(), hashOf, options)

  async function ask(
    images: readonly ArrayLike<number>[],
    asking: EncryptedAskOptions = {},
  ): Promise<EncryptedAsked> {
    const { signal, onStage } = asking
    let keys = sender.sent === undefined ? await sender.send(asking) : nothingSent
    throwIfAborted(signal)
    const start = performance.now()
    onStage?.('encrypting')
    const question = await encrypted(holder, images, signal ?? options.signal)
    const middle = performance.now()
    const largest = Math.max(
      mostWords,
      mostAnswerBytes(plans, images.length + holder.referencesAmong(images.length)),
    )
    const post = () => {
      onStage?.('waiting')
      const headers = { ...parcelHeaders, 'frostglass-keys': sender.sent! }
      return exchange(`${address}/infer`, { method: 'POST', headers, body: question }, signal, {
        largest,
        also: [404],
      })
    }
    let asked = performance.now()
    let answer = await post()
    if (answer.status === 404) {
      // Keys that are long idle are forgotten; a model that is gone gives 404 again.
      sender.sent = undefined
      keys = await sender.send(asking)
      asked = performance.now()
      answer = await post()
    }
    if (answer.status === 404)
      throw new FrostglassError('input', `${address} answers 404: the model or the keys are gone`)
    const end = performance.now()
    onStage?.('decrypting')
    const answers = await holder.read(answer.bytes, question)
    return {
      answers,
      question,
      answer: answer.bytes,
      bytes: { keys: keys.bytes.keys, question: question.length, answer: answer.bytes.length },
      milliseconds: {
        ...keys.milliseconds,
        encrypt: middle - start,
        service: end - asked,
        decrypt: performance.now() - end,
      },
    }
  }

  return Object.freeze({
    url: address,
    card,
    holder,
    sendKeys: sender.send,
    ask,
    forget: sender.forget,
    close() {
      if (!options.holder) holder.close()
    },
  })
}

/** A question, whole. @throws FrostglassError `aborted`, `key`; RangeError */
async function encrypted(
  holder: KeyHolder,
  images: readonly ArrayLike<number>[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  for (const piece of await holder.question(images)) {
    // A batch takes a minute: who stops it is heard in between.
    if (pieces.length % 64 === 0) await new Promise((done) => setTimeout(done))
    throwIfAborted(signal)
    pieces.push(piece)
  }
  return joinPieces(pieces)
}

/** What is offered, the soonest first. */
const firstPacking = (plans: EncryptedPlans): Packing => packings.find((packing) => plans[packing])!

/** SHA-256 in lower case; by the browser itself, where the page is one that it lets do so. */
async function hashOf(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  const hash = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
    : sha256(bytes)
  return bytesToHex(hash)
}
