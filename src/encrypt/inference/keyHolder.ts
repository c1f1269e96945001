// The key holder's side of encrypted inference, in Node or a browser: keys, questions, answers, as parcels.
// Source: latency.ts, throughput.ts. The secret never leaves but as `secret()`, which is to be sealed before it is written.

import { sha256 } from '@noble/hashes/sha2.js'
import { FrostglassError } from '../../errors.ts'
import { type Stream, stream } from '../../secret/derive.ts'
import { type BfvOwner, createBfvOwner, openBfvOwner } from '../bfv/owner.ts'
import { type CkksOwner, createCkksOwner, openCkksOwner } from '../ckks/owner.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { openParcel, packParcel, parcelPieces } from '../seal/parcel.ts'
import { type EncryptedCard, type EncryptedPlans, type Packing, plansOf, readCard } from './compiled.ts'
import { decryptAnswer, encryptImage, latencyKeys } from './latency.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import { decryptAnswers, encryptImages } from './throughput.ts'
import type { ThroughputPlan } from './throughputPlan.ts'

/** What a service answered, read. */
export interface EncryptedAnswers {
  /** [images][outputs]: numbers as the network gives them, logits most often. */
  readonly answers: readonly Float64Array[]
  /** BFV: the least bits left of the noise budget; CKKS cannot tell. */
  readonly noiseBudget: number | null
}

/** Who asks: one secret key for CKKS, one a plain modulus for BFV. */
export interface KeyHolder {
  readonly card: EncryptedCard
  readonly packing: Packing
  /** The most images of one question. */
  readonly most: number
  /** Public keys for the service, a parcel. New ones each time, of the same secret. */
  keys(): Uint8Array
  /**
   * Encrypts images, piece by piece as a parcel of kind `question`.
   * @param images channels · height · width pixels of 0 … 1 each
   * @throws RangeError for no image, too many, another size, or pixels outside
   */
  question(images: readonly ArrayLike<number>[]): Generator<Uint8Array>
  /**
   * Reads an answer.
   * @throws FrostglassError `input` for damaged bytes, another packing, spent noise; `key` for another key's
   */
  read(answer: Uint8Array): EncryptedAnswers
  /** The secret keys and the card, a parcel: to be sealed before it is written. */
  secret(): Uint8Array
  close(): void
}

/** The most images of a question one at a time: a service answers them one after another. */
const mostSingles = 1024

/**
 * Draws keys for a model.
 * @throws FrostglassError `unsupported` when the model is not offered in this packing
 * @example const holder = await createKeyHolder(card, 'latency')
 */
export const createKeyHolder = (card: EncryptedCard, packing: Packing): Promise<KeyHolder> =>
  holderOf(card, packing)

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes */
export function openKeyHolder(secret: Uint8Array): Promise<KeyHolder> {
  const { head, parts } = openParcel(secret, 'the secret key', 'secret')
  const { card, packing } = head as { card: unknown; packing: Packing }
  return holderOf(readCard(card, 'the secret key'), packing, parts)
}

async function holderOf(
  card: EncryptedCard,
  packing: Packing,
  secrets?: readonly Uint8Array[],
): Promise<KeyHolder> {
  const plans = plansOf(card)
  const sides = { latency: holdsLatency, throughput: holdsThroughput }
  const plan = plans[packing]
  if (!plan)
    throw new FrostglassError('unsupported', `the model is not offered in the packing '${packing}'`, {
      hint: `take ${packing === 'latency' ? 'throughput' : 'latency'}`,
    })
  const side = await sides[packing](plan as LatencyPlan & ThroughputPlan, secrets)
  // One a key: what makes it one a question is the question's number.
  const mask = () => stream(sha256(side.secrets()[0]!), 'question mask')
  return {
    card,
    packing,
    most: side.most,
    keys() {
      const keys = side.keys()
      return packParcel('keys', { packing, keys: keys.map(headOfKeys) }, keys.flatMap(partsOfKeys))
    },
    *question(images) {
      if (images.length < 1 || images.length > side.most)
        throw new RangeError(`a question has 1 to ${side.most} images, not ${images.length}`)
      const size = card.shape.input.reduce((a, b) => a * b, 1)
      for (const image of images) requireImage(image, size)
      yield* parcelPieces('question', { packing, images: images.length }, side.encrypt(images, mask()))
    },
    read(answer) {
      const { head, parts } = openParcel(answer, 'the answer', 'answer')
      const { packing: own, images } = head as { packing?: unknown; images?: unknown }
      if (own !== packing || !Number.isInteger(images) || (images as number) < 1)
        throw new FrostglassError('input', `the answer is not of a question in the packing '${packing}'`, {
          hint: 'take the answer to a question of this key',
        })
      const read = side.read(parts, images as number, mask())
      if (!read)
        throw new FrostglassError(
          'input',
          'the answer is not the answer to this question, or not of this key',
          {
            hint: 'ask again; a service whose answers fail twice is not to be trusted',
          },
        )
      return read
    },
    secret: () => packParcel('secret', { card, packing }, side.secrets()),
    close: () => side.close(),
  }
}

function requireImage(image: ArrayLike<number>, size: number): void {
  if (image.length !== size) throw new RangeError(`an image has ${size} pixels, not ${image.length}`)
  for (let i = 0; i < size; i++)
    if (!((image[i] as number) >= 0 && (image[i] as number) <= 1))
      throw new RangeError(`a pixel is 0 to 1, not ${image[i]}`)
}

interface Side {
  readonly most: number
  keys(): EvaluationKeys[]
  encrypt(images: readonly ArrayLike<number>[], mask: Stream): Iterable<Uint8Array>
  /** Null when any check fails. */
  read(parts: readonly Uint8Array[], images: number, mask: Stream): EncryptedAnswers | null
  secrets(): Uint8Array[]
  close(): void
}

const wrongCount = (parts: number, wanted: number) =>
  new FrostglassError('input', `the answer has ${parts} ciphertexts, not ${wanted}`, {
    hint: 'it is not the answer to this question',
  })

async function holdsLatency(plan: LatencyPlan, secrets?: readonly Uint8Array[]): Promise<Side> {
  const owner: CkksOwner = secrets
    ? await openCkksOwner(plan.parameters, onlyOne(secrets))
    : await createCkksOwner(plan.parameters)
  return {
    most: mostSingles,
    keys: () => [latencyKeys(owner, plan)],
    *encrypt(images) {
      for (const image of images) yield* encryptImage(owner, plan, image)
    },
    read(parts, images) {
      if (parts.length !== images) throw wrongCount(parts.length, images)
      return { answers: parts.map((part) => decryptAnswer(owner, plan, part)), noiseBudget: null }
    },
    secrets: () => [owner.secret()],
    close: () => owner.close(),
  }
}

async function holdsThroughput(plan: ThroughputPlan, secrets?: readonly Uint8Array[]): Promise<Side> {
  if (secrets && secrets.length !== plan.moduli.length) throw damagedSecret()
  const owners: BfvOwner[] = []
  for (const [m, parameters] of plan.moduli.entries())
    owners.push(secrets ? await openBfvOwner(parameters, secrets[m]!) : await createBfvOwner(parameters))
  const { outputs } = plan
  return {
    most: plan.images,
    keys: () => owners.map((owner) => owner.evaluationKeys({ relinearisation: true, encryption: true })),
    *encrypt(images, mask) {
      for (const owner of owners) yield* encryptImages(owner, plan, images, mask)
    },
    read(parts, images, mask) {
      const wanted = owners.length * outputs
      if (parts.length !== wanted || images > plan.images) throw wrongCount(parts.length, wanted)
      const rows = owners.map((_, m) => parts.slice(m * outputs, (m + 1) * outputs))
      return decryptAnswers(owners, plan, rows, images, mask)
    },
    secrets: () => owners.map((owner) => owner.secret()),
    close() {
      for (const owner of owners) owner.close()
    },
  }
}

const damagedSecret = () =>
  new FrostglassError('input', 'the secret key is damaged', { hint: 'restore it from a backup' })

function onlyOne(secrets: readonly Uint8Array[]): Uint8Array {
  const [one, ...rest] = secrets
  if (!one || rest.length > 0) throw damagedSecret()
  return one
}

const keyParts = ['relinearisation', 'rotations', 'encryption'] as const

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
  const { head, parts } = openParcel(bytes, 'the keys', 'keys')
  const { packing, keys } = head as { packing: Packing; keys: unknown }
  const parameters =
    packing === 'latency'
      ? plans.latency && [plans.latency.parameters]
      : packing === 'throughput'
        ? plans.throughput?.moduli
        : undefined
  const named = Array.isArray(keys) ? keys.map((own) => keyParts.filter((p) => own?.includes?.(p))) : []
  if (!parameters || named.length !== parameters.length || named.flat().length !== parts.length)
    throw new FrostglassError('input', 'the keys are not those of this model', {
      hint: 'make them for its card: frostglass encrypt keygen',
    })
  let at = 0
  return {
    packing,
    keys: parameters.map((own, m) =>
      Object.assign({ parameters: own }, ...named[m]!.map((part) => ({ [part]: parts[at++] }))),
    ),
  }
}
