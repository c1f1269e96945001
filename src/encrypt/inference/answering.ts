// The service's side of encrypted inference: a compiled network, the public keys of one holder, and questions as rows.
// Source: latency.ts, throughput.ts. A row is what is computed by itself: an image (latency), or a modulus (throughput).

import { FrostglassError } from '../../errors.ts'
import { packParcel } from '../seal/parcel.ts'
import { addedTimes, type OperationTimes } from '../seal/times.ts'
import type { CompiledNetwork, EncryptedPlans } from './compiled.ts'
import { readKeys } from './keyHolder.ts'
import { openLatencyService } from './latency.ts'
import { openWithHead } from './openWithHead.ts'
import type { Packing } from './packings.ts'
import { openThroughputService } from './throughput.ts'

/** A question, taken apart. */
export interface Question {
  readonly packing: Packing
  readonly images: number
  /** Goes back with the answer. */
  readonly nonce: string
  /** Ciphertexts of each row. */
  readonly rows: readonly (readonly Uint8Array[])[]
}

/** Computes for one holder of keys. Holds WebAssembly memory until it is closed. */
export interface Answering {
  readonly packing: Packing
  /**
   * Answers a row: one ciphertext (latency), or one an output (throughput).
   * @param images of the question
   * @throws FrostglassError `input`, `key` for ciphertexts that do not fit; `aborted`
   */
  answer(
    row: number,
    ciphertexts: readonly Uint8Array[],
    images: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array[]>
  /** What all rows so far were made of. */
  times(): OperationTimes
  /** Frees the keys and all ciphertexts. */
  close(): void
}

/**
 * Opens a network for the holder of these keys, a parcel.
 * @throws FrostglassError `input` for keys that are damaged or not of this model, `key` for keys of two owners
 */
export async function openAnswering(model: CompiledNetwork, parcel: Uint8Array): Promise<Answering> {
  const { plans, quiet, whole } = model
  const { packing, keys } = readKeys(parcel, plans)
  if (packing === 'latency') {
    const service = await openLatencyService(plans.latency!, quiet!, keys[0]!)
    return {
      packing,
      answer: async (_row, ciphertexts) => [service.infer(ciphertexts)],
      times: () => service.times,
      close: () => service.close(),
    }
  }
  let all: OperationTimes = {}
  return {
    packing,
    async answer(row, ciphertexts, images, signal) {
      // A modulus is one long computation: its keys are opened for it alone.
      const service = await openThroughputService(whole!, keys[row]!)
      try {
        return service.infer(ciphertexts, images, signal)
      } finally {
        all = addedTimes(all, service.times)
        service.close()
      }
    },
    times: () => all,
    close() {},
  }
}

/**
 * Takes a question apart.
 * @throws FrostglassError `input` for what is none, or does not fit the model
 */
export function readQuestion(bytes: Uint8Array, plans: EncryptedPlans): Question {
  const { head, parts } = openWithHead(bytes, 'the question', 'question')
  const { packing, images, nonce } = head
  const plan = packing === 'latency' || packing === 'throughput' ? plans[packing] : null
  const refuse = (what: string): never => {
    throw new FrostglassError(
      'input',
      `the question ${what}`,
      'Make it for this model: frostglass encrypt images.',
    )
  }
  if (!plan) return refuse('is of a packing that this model does not have')
  // The mask is the last of a row.
  const width = ('inputs' in plan ? plan.inputs : plan.ciphertexts) + 1
  const rows = 'moduli' in plan ? plan.moduli.length : (images as number)
  if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return refuse('has no nonce')
  if (!Number.isInteger(images) || (images as number) < 1) refuse('has no images')
  if ('images' in plan && (images as number) > plan.images) refuse(`has more than ${plan.images} images`)
  if (parts.length !== rows * width) refuse(`has ${parts.length} ciphertexts, not ${rows * width}`)
  return {
    packing: packing as Packing,
    images: images as number,
    nonce,
    rows: Array.from({ length: rows }, (_, row) => parts.slice(row * width, (row + 1) * width)),
  }
}

/** An answer as it travels. */
export const packAnswer = (
  { packing, images, nonce }: Pick<Question, 'packing' | 'images' | 'nonce'>,
  rows: readonly (readonly Uint8Array[])[],
): Uint8Array => packParcel('answer', { packing, images, nonce }, rows.flat())
