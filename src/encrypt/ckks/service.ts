// The service's side of CKKS: reads ciphertexts of one key, computes on them, and hides the weights in what it answers.
// Source: Cheon, Kim, Kim and Song 2017; arithmetic.ts computes; ../inference/PROOF.md, section 4, for what hides.
// Without something to hide with an answer may give the weights away: training has none.

import type { Ciphertext, Evaluator, Plaintext, PublicKey } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { readCiphertext, writeCiphertext } from '../seal/ciphertexts.ts'
import { type HeContext, openContext } from '../seal/context.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../seal/keys.ts'
import { loadServiceSeal } from '../seal/library.ts'
import { encryptorFor, rerandomiser } from '../seal/rerandomise.ts'
import { loadSeal } from '../seal/runtime.ts'
import { type OperationTimes, operationTimer } from '../seal/times.ts'
import { readZeros } from '../seal/zeros.ts'
import { type CkksArithmetic, ckksArithmetic } from './arithmetic.ts'
import { coverer } from './cover.ts'
import { zeroForm } from './zeroForm.ts'
import { openZeroAdder } from './zeros.ts'

/** Computes on ciphertexts. Every result is a new handle: free those that are no longer needed. */
export interface CkksService extends CkksArithmetic {
  /** The key whose ciphertexts it takes. */
  readonly key: string
  /** @throws FrostglassError `input` for damaged bytes or other parameters, `key` for another key's */
  read(bytes: Uint8Array, name?: string): Ciphertext
  /** As a ciphertext travels. */
  write(ciphertext: Ciphertext): Uint8Array
  /**
   * a ← a new ciphertext of which nothing but the real means of slots `period` apart are the same: an encryption of zero is added,
   * random multiples of those that the keys bring, and a cover. The last step before an answer leaves.
   * @param a at the last level
   * @throws RangeError for a service that was opened without anything to hide with
   */
  hide(a: Ciphertext): void
  /** Frees ciphertexts that are not needed any more; `close` frees the rest. */
  free(...handles: (Ciphertext | Plaintext)[]): void
  readonly times: OperationTimes
  /** Frees the keys and all ciphertexts. */
  close(): void
}

/** What hides the weights in answers of numbers that repeat. */
export interface AnswerForm {
  /** Of all that hides: secret. */
  readonly source: Stream
  /** Numbers lie so many slots apart. */
  readonly period: number
  /** Steps that answers rotate by. */
  readonly rotations: readonly number[]
}

/**
 * Opens a service for the holder of these keys.
 * @param answers of a service that hides its weights: with what, and how its answers lie. Training has none
 * @throws FrostglassError `input` for damaged keys or such of other parameters, `key` for keys of two owners; for answers, `input`
 * where a key is missing, or zeros of seeds are
 */
export async function openCkksService(keys: EvaluationKeys, answers?: AnswerForm): Promise<CkksService> {
  const { parameters } = keys
  const context = await openContext(parameters, answers ? loadServiceSeal : loadSeal)
  const { seal, arena } = context
  try {
    const { key, relinearisation, rotations, encryption } = readEvaluationKeys(
      context,
      keys,
      answers && { relinearisation: true, rotations: answers.rotations },
    )
    const evaluator = arena.own(new seal.Evaluator(context.context))
    const { times, timed } = operationTimer()
    const arithmetic = ckksArithmetic(context, evaluator, { relinearisation, rotations }, timed)
    const hider =
      answers && (await openHider(context, evaluator, { key, encryption, zeros: keys.zeros }, answers))
    return {
      ...arithmetic,
      key,
      read: (bytes, name = 'a ciphertext') =>
        timed('read', () => readCiphertext(context, key === '' ? undefined : key, bytes, name)),
      write: (a) => timed('write', () => writeCiphertext(context, key, a)),
      hide: (a) =>
        timed('hide', () => {
          if (!hider) throw new RangeError('this service has nothing to hide with')
          hider.hide(a)
        }),
      free: (...handles) => arena.free(...handles),
      times,
      close() {
        hider?.close()
        arena.close()
      },
    }
  } catch (error) {
    arena.close()
    throw error
  }
}

/** Hides all but the means of an answer, in place: a new encryption of it, multiples of zeros, and a cover. */
interface Hider {
  hide(a: Ciphertext): void
  close(): void
}

/** @throws FrostglassError `input` where zeros are missing, or are such of seeds */
async function openHider(
  context: HeContext,
  evaluator: Evaluator,
  {
    key,
    encryption,
    zeros: given,
  }: { key: string; encryption: PublicKey | undefined; zeros: Uint8Array | undefined },
  { source, period }: AnswerForm,
): Promise<Hider> {
  const rerandomise = rerandomiser(context, evaluator, encryptorFor(context, encryption))
  const zeros = await openZeroAdder(context, readZeros(context, key, given, zeroForm))
  const cover = coverer(context, period, source)
  return {
    hide(a) {
      rerandomise(a)
      zeros.add(a, source)
      cover(a)
    },
    close: zeros.close,
  }
}
