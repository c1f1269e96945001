// The key holder's side of encrypted inference, in Node or a browser: keys, questions, answers, as parcels.
// Source: latency.ts, throughput.ts; PROOF.md for what a service that lies, an eavesdropper and an asker learn.
// The secret never leaves but as `secret()`, which is to be sealed before it is written. Answers are for the owner alone.

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import { drawSecret, secretBytes, stream } from '../../secret/derive.ts'
import { bytesOfHex } from '../seal/envelope.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { packParcel, parcelPieces } from '../seal/parcel.ts'
import { type EncryptedCard, type EncryptedPlans, plansOf, readEncryptedCard } from './compiled.ts'
import { damagedSecret, holdsLatency, holdsThroughput } from './holderSides.ts'
import {
  asked,
  failed,
  freshState,
  type KeyState,
  keptState,
  mostAnswers,
  requireAlive,
  spent,
} from './keyState.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import { openWithHead } from './openWithHead.ts'
import { OwnerOnly } from './ownerOnly.ts'
import type { Packing } from './packings.ts'
import {
  mixOf,
  mostBesideReferences,
  type Reference,
  readReference,
  referenceJson,
  referencesFor,
  unitOf,
  unmixed,
} from './references.ts'
import type { ThroughputPlan } from './throughputPlan.ts'

/** What a service answered, read and checked. */
export interface EncryptedAnswers {
  /** [images][outputs]: numbers as the network gives them, logits most often: for the owner, and not to be shown to anybody. */
  readonly exact: readonly Float64Array[]
  /** The same where they may be shown to others than the service: thousands at once, with references. Else null. */
  readonly answers: readonly Float64Array[] | null
  /** Images that went along whose answers were known, and were right. */
  readonly references: number
}

/** Who asks: one secret key for CKKS, one a plain modulus for BFV. */
export interface KeyHolder {
  readonly card: EncryptedCard
  readonly packing: Packing
  /** The most images of one question. */
  readonly most: number
  /** References that it knows; 0: a service that lies with care is not noticed. */
  readonly references: number
  /** Whether answers may be shown to others than the owner and the service: `answers` is not null then. */
  readonly showable: boolean
  /** How many of them go along with so many images. */
  referencesAmong(images: number): number
  /** What was asked and read so far. */
  readonly state: KeyState
  /** Public keys for the service, a parcel. New ones each time, of the same secret. */
  keys(): Uint8Array
  /**
   * Encrypts images as a new question, references among them: pieces of a parcel. It is counted when this resolves, before any piece is made.
   * @param images channels · height · width pixels of 0 … 1 each
   * @throws RangeError for no image, too many, another size, or pixels outside; FrostglassError `key` for a key that reads nothing
   * any more
   */
  question(images: readonly ArrayLike<number>[]): Promise<Iterable<Uint8Array>>
  /**
   * Reads the answer to one of its questions: spends first, then decrypts, then checks all at once.
   * @param question the one that was asked, a parcel: without it an answer to any question of this key is read, an old one again, too
   * @throws FrostglassError `input` for damaged bytes, another packing, no question of this key, another than `question`, or one that has its answer; `key`
   * for another key's, a key that is used up, and, always in the same words, an answer that is not what the network gives: then
   * the key reads nothing any more
   */
  read(answer: Uint8Array, question?: Uint8Array): Promise<OwnerOnly<EncryptedAnswers>>
  /** The secret keys, the card and the references, a parcel: to be sealed before it is written. The state is not in it. */
  secret(): Uint8Array
  /** Frees the secret key, and all that is held for it in WebAssembly. */
  close(): void
}

/** What a holder starts with besides its keys. */
export interface HolderOptions {
  /** Images whose answers are known. */
  readonly references?: readonly Reference[] | undefined
  /** Keeps a state, before what it allows is done: changes it as `change` says, from the newest that is kept. */
  readonly keep?: ((change: (newest: KeyState) => KeyState) => Promise<void>) | undefined
  /** Where it left off. */
  readonly state?: KeyState | undefined
}

/** What secrets of a question are derived for. */
const questionInfo = new TextEncoder().encode('frostglass/v1/question')

/**
 * Draws keys for a model.
 * @throws FrostglassError `unsupported` when the model is not offered in this packing
 * @example const holder = await createKeyHolder(card, 'latency')
 */
export const createKeyHolder = (
  card: EncryptedCard,
  packing: Packing,
  options: HolderOptions = {},
): Promise<KeyHolder> => holderOf(card, packing, options)

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes */
export function openKeyHolder(
  secret: Uint8Array,
  options: Omit<HolderOptions, 'references'> = {},
): Promise<KeyHolder> {
  const { head, parts } = openWithHead(secret, 'the secret key', 'secret')
  const { card: given, packing, references = [] } = head
  const card = readEncryptedCard(given, 'the secret key')
  const [root, ...secrets] = parts
  if (!root || root.length !== secretBytes || !Array.isArray(references)) throw damagedSecret()
  const known = references.map((one) => readReference(one, sizeOf(card), outputsOf(card)))
  return holderOf(card, packing as Packing, { ...options, references: known }, { root, secrets })
}

async function holderOf(
  card: EncryptedCard,
  packing: Packing,
  { references = [], keep, state: first = freshState }: HolderOptions,
  given: { readonly root: Uint8Array; readonly secrets?: readonly Uint8Array[] | undefined } = {
    root: drawSecret(),
  },
): Promise<KeyHolder> {
  const plans = plansOf(card)
  const sides = { latency: holdsLatency, throughput: holdsThroughput }
  const plan = plans[packing]
  if (!plan)
    throw new FrostglassError(
      'unsupported',
      `the model is not offered in the packing '${packing}'`,
      `Take ${packing === 'latency' ? 'throughput' : 'latency'}.`,
    )
  const side = await sides[packing](plan as LatencyPlan & ThroughputPlan, given.secrets)
  const root = Uint8Array.from(given.root)
  const pool = references.map((one) => ({ image: unitOf(one), ...one }))
  const budget = mostAnswers[packing][pool.length > 0 ? 'checked' : 'unchecked']
  const showable = pool.length > 0 && side.showable
  const most = pool.length > 0 ? mostBesideReferences(side.most) : side.most
  const referencesAmong = (images: number) => (pool.length > 0 ? referencesFor(images) : 0)
  const kept = keptState(first, keep)
  return {
    card,
    packing,
    most,
    references: pool.length,
    showable,
    referencesAmong,
    get state() {
      return kept.now
    },
    keys() {
      const keys = side.keys()
      return packParcel('keys', { packing, keys: keys.map(headOfKeys) }, keys.flatMap(partsOfKeys))
    },
    async question(images) {
      if (images.length < 1 || images.length > most)
        throw new RangeError(`a question has 1 to ${most} images, not ${images.length}`)
      for (const image of images) requireImage(image, sizeOf(card))
      requireAlive(kept.now)
      const nonce = bytesToHex(globalThis.crypto.getRandomValues(new Uint8Array(16)))
      const count = images.length
      const all = count + referencesAmong(count)
      const { mask, mix } = secretsOf(root, nonce)
      const { order, picked } = mix(count, all, pool.length)
      await kept.change((newest) => asked(newest, { nonce, images: images.length, all }))
      const mixed = Array.from(order, (place) =>
        place < count ? images[place]! : pool[picked[place - count]!]!.image,
      )
      return parcelPieces('question', { packing, images: all, nonce }, side.encrypt(mixed, mask))
    },
    async read(answer, of) {
      const { parts, images, nonce } = openAnswer(answer, packing, of)
      // All that needs no secret comes first: what is damaged on the way may come again.
      side.requireOwn(parts)
      const hash = bytesToHex(sha256(answer))
      let question: ReturnType<typeof spent>['question'] | undefined
      await kept.change((newest) => {
        const paid = spent(newest, { nonce, hash, packing, most: budget })
        if (paid.question.all !== images || parts.length !== side.partsOf(paid.question.all))
          throw new FrostglassError(
            'input',
            'the answer is of another number of images than its question',
            'Take the answer to this question.',
          )
        question = paid.question
        return paid.state
      })
      const { images: count, all } = question!
      const { mask, mix } = secretsOf(root, nonce as string)
      const found = side.read(parts, all, mask)
      // Always all of it: what is not what the network gives is told by one bit, and the last one.
      const read = found?.answers ?? Array.from({ length: all }, () => new Float64Array(outputsOf(card)))
      const { exact, off } = unmixed(read, count, mix(count, all, pool.length), pool)
      if (!(off <= side.tolerance) || !found) {
        await kept.change(failed)
        throw new FrostglassError(
          'key',
          'the answer is not what the network gives to this question',
          'Draw a new one, and do not tell the service: it is at fault, lies, or has another model than when the key was made, and this key reads nothing any more.',
        )
      }
      return new OwnerOnly({ answers: showable ? exact : null, exact, references: all - count })
    },
    secret: () =>
      packParcel('secret', { card, packing, references: references.map(referenceJson) }, [
        root,
        ...side.secrets(),
      ]),
    close: () => {
      root.fill(0)
      side.close()
    },
  }
}

/** An answer, held to what needs no secret. @throws FrostglassError `input` */
function openAnswer(answer: Uint8Array, packing: Packing, of: Uint8Array | undefined) {
  const { head, parts } = openWithHead(answer, 'the answer', 'answer')
  const { packing: form, images, nonce } = head
  if (form !== packing)
    throw new FrostglassError(
      'input',
      `the answer is not of a question in the packing '${packing}'`,
      'Take the answer to a question of this key.',
    )
  if (of && nonce !== openWithHead(of, 'the question', 'question').head['nonce'])
    throw new FrostglassError(
      'input',
      'the answer is to another question',
      'Take the answer to this one; a service that sends others is at fault.',
    )
  return { parts, images, nonce }
}

/** What is secret of one question. @param root the holder's secret, `nonce` the question's */
function secretsOf(root: Uint8Array, nonce: string) {
  const secret = hkdf(sha256, root, bytesOfHex(nonce), questionInfo, secretBytes)
  return {
    mask: (row: number) => stream(secret, 'question mask', row),
    mix: (images: number, all: number, known: number) =>
      mixOf(images, all, known, stream(secret, 'question order')),
  }
}

const sizeOf = ({ shape }: EncryptedCard): number => shape.input.reduce((a, b) => a * b, 1)

const outputsOf = ({ shape }: EncryptedCard): number => {
  const last = shape.layers.at(-1)
  return last?.kind === 'dense' ? last.outputs : 0
}

function requireImage(image: ArrayLike<number>, size: number): void {
  if (image.length !== size) throw new RangeError(`an image has ${size} pixels, not ${image.length}`)
  for (let i = 0; i < size; i++)
    if (!(image[i]! >= 0 && image[i]! <= 1)) throw new RangeError(`a pixel is 0 to 1, not ${image[i]}`)
}

const keyParts = ['relinearisation', 'rotations', 'encryption', 'zeros'] as const

/** Which parts of the keys of a modulus come, in their order. */
const headOfKeys = (keys: EvaluationKeys) => keyParts.filter((part) => keys[part])

const partsOfKeys = (keys: EvaluationKeys): Uint8Array[] => headOfKeys(keys).map((part) => keys[part]!)

/**
 * The service's reading of a keys parcel: keys a modulus, of the parameters that the plans say.
 * @throws FrostglassError `input` for what is none, or of another packing or number than the model's
 */
export function readKeys(
  bytes: Uint8Array,
  plans: EncryptedPlans,
): { readonly packing: Packing; readonly keys: readonly EvaluationKeys[] } {
  const { head, parts } = openWithHead(bytes, 'the keys', 'keys')
  const { packing, keys } = head as { readonly packing?: Packing | undefined; readonly keys?: unknown }
  const parameters =
    packing === 'latency'
      ? plans.latency && [plans.latency.parameters]
      : packing === 'throughput'
        ? plans.throughput?.moduli
        : undefined
  const named = Array.isArray(keys)
    ? keys.map((parts) => keyParts.filter((part) => Array.isArray(parts) && parts.includes(part)))
    : []
  if (!packing || !parameters || named.length !== parameters.length || named.flat().length !== parts.length)
    throw new FrostglassError(
      'input',
      'the keys are not those of this model',
      'Make them for its card: frostglass encrypt keys.',
    )
  let at = 0
  return {
    packing,
    keys: parameters.map((parameter, m) =>
      Object.assign({ parameters: parameter }, ...named[m]!.map((part) => ({ [part]: parts[at++] }))),
    ),
  }
}
