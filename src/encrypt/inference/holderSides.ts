// The halves of a key holder that depend on the packing: keys, rows of a question, an answer read whole.
// Source: latency.ts, throughput.ts. What is asked, counted and believed is keyHolder.ts's.

import { FrostglassError } from '../../errors.ts'
import type { Stream } from '../../secret/derive.ts'
import { type BfvOwner, createBfvOwner, openBfvOwner } from '../bfv/owner.ts'
import { type CkksOwner, createCkksOwner, openCkksOwner } from '../ckks/owner.ts'
import { describeEnvelope } from '../seal/envelope.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { levelsOf } from '../seal/parameters.ts'
import { decryptAnswer, encryptImage, latencyKeys } from './latency.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import { decryptAnswers, encryptImages } from './throughput.ts'
import type { ThroughputPlan } from './throughputPlan.ts'

/** The most images of a question one at a time: a service answers them one after another. */
const mostSingles = 1024

/** The mask of a row, the same whenever it is asked for. */
export type Masks = (row: number) => Stream

/** A packing's half of a key holder: what depends on its scheme. */
export interface Side {
  readonly most: number
  /** How far an answer may be from what is known of it. */
  readonly tolerance: number
  keys(): EvaluationKeys[]
  encrypt(images: readonly ArrayLike<number>[], masks: Masks): Iterable<Uint8Array>
  /** Ciphertexts of an answer to so many images. */
  partsOf(images: number): number
  /** @throws FrostglassError `input` for damaged parts and those of another level, scale or size than the plan's, `key` for another key's: without the secret */
  requireOwn(parts: readonly Uint8Array[]): void
  /** Null where anything is not as it must be; all is read in either case. */
  read(
    parts: readonly Uint8Array[],
    images: number,
    masks: Masks,
  ): { readonly answers: readonly Float64Array[] } | null
  /** Whether its answers may be shown to others than the owner, as long as references go along: whole numbers may be. */
  readonly showable: boolean
  secrets(): Uint8Array[]
  close(): void
}

/** @throws FrostglassError `input`, `key` */
function requireEnvelopes(parts: readonly Uint8Array[], keyOf: (part: number) => string): void {
  parts.forEach((part, i) => {
    const { kind, key } = describeEnvelope(part, 'the answer')
    if (kind !== 'ciphertext')
      throw new FrostglassError('input', `the answer holds ${kind}`, 'Take what infer wrote.')
    if (key !== keyOf(i))
      throw new FrostglassError(
        'key',
        `the answer belongs to the key ${key}, not ${keyOf(i)}`,
        'Use the key that it was made with.',
      )
  })
}

/** One secret key of CKKS: a row an image. */
export async function holdsLatency(plan: LatencyPlan, secrets?: readonly Uint8Array[]): Promise<Side> {
  const owner: CkksOwner = await (secrets
    ? openCkksOwner(plan.parameters, onlyOne(secrets))
    : createCkksOwner(plan.parameters))
  return {
    most: mostSingles,
    tolerance: plan.error,
    keys: () => [latencyKeys(owner, plan)],
    *encrypt(images, masks) {
      for (const [row, image] of images.entries()) yield* encryptImage(owner, plan, image, masks(row))
    },
    partsOf: (images) => images,
    requireOwn(parts) {
      requireEnvelopes(parts, () => owner.key)
      // Where the mask is: the last level, and the scale of answers.
      const form = { level: 0, scale: 2 ** plan.answerPrecision }
      for (const part of parts) owner.requireForm(part, form, 'the answer')
    },
    read(parts, _, masks) {
      const answers = parts.map((part, row) => decryptAnswer(owner, plan, part, masks(row)))
      return answers.every((answer) => answer !== null) ? { answers } : null
    },
    showable: false,
    secrets: () => [owner.secret()],
    close: () => owner.close(),
  }
}

/** A secret key of BFV for each plain modulus: a row a modulus. */
export async function holdsThroughput(plan: ThroughputPlan, secrets?: readonly Uint8Array[]): Promise<Side> {
  if (secrets && secrets.length !== plan.moduli.length) throw damagedSecret()
  const owners: BfvOwner[] = []
  for (const [m, parameters] of plan.moduli.entries())
    owners.push(secrets ? await openBfvOwner(parameters, secrets[m]!) : await createBfvOwner(parameters))
  const { outputs } = plan
  return {
    most: plan.images,
    // Whole numbers, read exactly: what is off is what dividing by the scale rounds.
    tolerance: 0,
    keys: () => owners.map((owner) => owner.evaluationKeys({ relinearisation: true, encryption: true })),
    *encrypt(images, masks) {
      const mask = masks(0)
      for (const owner of owners) yield* encryptImages(owner, plan, images, mask)
    },
    partsOf: () => owners.length * outputs,
    requireOwn(parts) {
      requireEnvelopes(parts, (i) => owners[Math.floor(i / outputs)]?.key ?? '')
      parts.forEach((part, i) => {
        const m = Math.floor(i / outputs)
        const form = { level: levelsOf(plan.moduli[m]!), scale: 1 }
        owners[m]!.requireForm(part, form, 'the answer')
      })
    },
    read(parts, images, masks) {
      const rows = owners.map((_, m) => parts.slice(m * outputs, (m + 1) * outputs))
      return decryptAnswers(owners, plan, rows, images, masks(0))
    },
    showable: true,
    secrets: () => owners.map((owner) => owner.secret()),
    close() {
      for (const owner of owners) owner.close()
    },
  }
}

/** For secrets that are not those of a plan. */
export const damagedSecret = () =>
  new FrostglassError('input', 'the secret key is damaged', 'Restore it from a backup.')

function onlyOne(secrets: readonly Uint8Array[]): Uint8Array {
  const [one, ...rest] = secrets
  if (!one || rest.length > 0) throw damagedSecret()
  return one
}
