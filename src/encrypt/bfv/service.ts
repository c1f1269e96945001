// The service's side of BFV: sums, squares, constants added.
// Source: Fan and Vercauteren 2012; SEAL 4.1. No product with a constant: a sum takes 0.07 ms where that takes 0.2 and, for
// a negative constant, as much noise as the modulus has bits. combine.ts makes multiples of sums.

import type { Ciphertext } from 'node-seal'
import { centred } from '../integers.ts'
import { madeCiphertext, readCiphertext, writeCiphertext } from '../seal/ciphertexts.ts'
import { openContext } from '../seal/context.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../seal/keys.ts'
import { slotsOf } from '../seal/parameters.ts'
import { type OperationTimes, operationTimer } from '../seal/times.ts'

/** Computes on ciphertexts. Results are new handles unless a verb says that it changes its first argument. */
export interface BfvService {
  readonly slots: number
  /** t. */
  readonly modulus: bigint
  /** @throws FrostglassError `input` for damaged bytes or other parameters, `key` for another key's */
  read(bytes: Uint8Array, name?: string): Ciphertext
  write(ciphertext: Ciphertext): Uint8Array
  copy(a: Ciphertext): Ciphertext
  /** a ← a + b */
  addTo(a: Ciphertext, b: Ciphertext): void
  /** a ← a − b */
  subtractFrom(a: Ciphertext, b: Ciphertext): void
  /** a ← −a */
  negate(a: Ciphertext): void
  /** a ← a + constant, in each slot; any whole number, taken modulo t. */
  addConstant(a: Ciphertext, constant: bigint): void
  /** a², of three polynomials: relinearise it before another product. */
  square(a: Ciphertext): Ciphertext
  /** a ← a with two polynomials again. */
  relinearise(a: Ciphertext): void
  free(...handles: Ciphertext[]): void
  readonly times: OperationTimes
  close(): void
}

/** Opens a service for the holder of these keys. @throws FrostglassError as `openCkksService` */
export async function openBfvService(keys: EvaluationKeys): Promise<BfvService> {
  const { parameters } = keys
  const context = await openContext(parameters)
  const { seal, arena } = context
  try {
    const { key, relinearisation } = readEvaluationKeys(context, keys)
    const encoder = arena.own(new seal.BatchEncoder(context.context))
    const evaluator = arena.own(new seal.Evaluator(context.context))
    const slots = slotsOf(parameters)
    const modulus = context.plainModulus as bigint
    const { times, timed } = operationTimer()
    const constantOf = (value: bigint) => {
      const plain = arena.own(new seal.Plaintext())
      encoder.encode(new BigInt64Array(slots).fill(value), plain)
      return plain
    }
    return {
      slots,
      modulus,
      read: (bytes, name = 'a ciphertext') => timed('read', () => readCiphertext(context, key, bytes, name)),
      write: (a) => timed('write', () => writeCiphertext(context, key, a)),
      copy: (a) => timed('copy', () => arena.own(a.copy())),
      addTo: (a, b) => timed('add', () => evaluator.addInplace(a, b)),
      subtractFrom: (a, b) => timed('add', () => evaluator.subInplace(a, b)),
      negate: (a) => timed('add', () => evaluator.negateInplace(a)),
      addConstant(a, value) {
        const own = constantOf(centred(value, modulus))
        timed('add constant', () => evaluator.addPlainInplace(a, own))
        arena.free(own)
      },
      square: (a) => timed('square', () => madeCiphertext(context, (into) => evaluator.square(a, into))),
      relinearise: (a) => timed('relinearise', () => evaluator.relinearizeInplace(a, relinearisation)),
      free: (...handles) => arena.free(...handles),
      times,
      close: () => arena.close(),
    }
  } catch (error) {
    arena.close()
    throw error
  }
}
