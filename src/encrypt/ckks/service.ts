// The service's side of CKKS: computes on ciphertexts with public keys, each step with its scale kept in view.
// Source: Cheon, Kim, Kim and Song 2017; SEAL 4.1, examples/5_ckks_basics.cpp. Plaintexts are encoded at the scale that
// makes a product come out at the scale that is wanted: no drift, and sums of like scales alone.

import type { Ciphertext, Plaintext } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { madeCiphertext, readCiphertext, writeCiphertext } from '../seal/ciphertexts.ts'
import { openContext } from '../seal/context.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../seal/keys.ts'
import { loadServiceSeal } from '../seal/library.ts'
import { levelsOf, slotsOf } from '../seal/parameters.ts'
import { encryptorFor, rerandomiser } from '../seal/rerandomise.ts'
import { loadSeal } from '../seal/runtime.ts'
import { type OperationTimes, operationTimer } from '../seal/times.ts'
import { readZeros } from '../seal/zeros.ts'
import { coverer } from './cover.ts'
import { zeroForm } from './zeroForm.ts'
import { openZeroAdder } from './zeros.ts'

/** Computes on ciphertexts. Every result is a new handle: free those that are no longer needed. */
export interface CkksService {
  readonly slots: number
  /** The key whose ciphertexts it takes. */
  readonly key: string
  /** @throws FrostglassError `input` for damaged bytes or other parameters, `key` for another key's */
  read(bytes: Uint8Array, name?: string): Ciphertext
  /** As a ciphertext travels. */
  write(ciphertext: Ciphertext): Uint8Array
  /** Primes that may still be taken off. */
  levelOf(ciphertext: Ciphertext): number
  /** Numbers for every slot (one number: the same in each) at a level and scale, to be used again and again. */
  encode(values: Float64Array | number, level: number, scale: number): Plaintext
  /** The scale to encode at, so that `times` a ciphertext at this level and scale comes out at the context's. */
  factorScale(level: number, from: number, to?: number): number
  /** Times plain numbers, one level lower, at the context's scale or `scale`. */
  timesPlain(a: Ciphertext, values: Float64Array | number, scale?: number): Ciphertext
  /** Times an encoded plaintext, not rescaled yet: sum such products first. */
  timesEncoded(a: Ciphertext, plain: Plaintext): Ciphertext
  /** Plus plain numbers, at the same level and scale. */
  plusPlain(a: Ciphertext, values: Float64Array | number): Ciphertext
  /** a b at the lower level of both, not relinearised nor rescaled yet: sum such products first. */
  product(a: Ciphertext, b: Ciphertext): Ciphertext
  /** Two polynomials again, one level lower; its scale is what it comes to. */
  settled(product: Ciphertext): Ciphertext
  /** One level lower; its scale is what it comes to. */
  rescaled(a: Ciphertext): Ciphertext
  /** a + b at the lower level of both. @throws RangeError for scales that differ */
  plus(a: Ciphertext, b: Ciphertext): Ciphertext
  /** a − b at the lower level of both. @throws RangeError for scales that differ */
  minus(a: Ciphertext, b: Ciphertext): Ciphertext
  /** Slot i gets what slot i + steps had, around the end. */
  rotated(a: Ciphertext, steps: number): Ciphertext
  /** At a lower level. */
  lowered(a: Ciphertext, level: number): Ciphertext
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
export interface Answers {
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
export async function openCkksService(keys: EvaluationKeys, answers?: Answers): Promise<CkksService> {
  const { parameters } = keys
  const context = await openContext(parameters, answers ? loadServiceSeal : loadSeal)
  const { seal, arena, levels, primes } = context
  try {
    const { key, relinearisation, rotations, encryption } = readEvaluationKeys(
      context,
      keys,
      answers && { relinearisation: true, rotations: answers.rotations },
    )
    const encoder = arena.own(new seal.CKKSEncoder(context.context))
    const evaluator = arena.own(new seal.Evaluator(context.context))
    const slots = slotsOf(parameters)
    const usual = 2 ** parameters.precision
    const { times, timed } = operationTimer()
    const made = (name: string, fill: (into: Ciphertext) => void): Ciphertext =>
      timed(name, () => madeCiphertext(context, fill))
    const levelOf = (a: Ciphertext) => a.coeffModulusSize() - 1
    const encode = (values: Float64Array | number, level: number, scale: number) =>
      timed('encode', () => {
        const plain = arena.own(new seal.Plaintext())
        const all = typeof values === 'number' ? new Float64Array(slots).fill(values) : values
        encoder.encode(all, scale, plain)
        if (level < levelsOf(parameters)) evaluator.plainModSwitchToInplace(plain, levels[level]!)
        return plain
      })
    const factorScale = (level: number, from: number, to = usual) => (to * primes[level]!) / from
    const rescaled = (a: Ciphertext) =>
      made('rescale', (into) => {
        const scale = a.scale() / primes[levelOf(a)]!
        evaluator.rescaleToNext(a, into)
        into.setScale(scale)
      })
    const lowered = (a: Ciphertext, level: number) =>
      made('lower', (into) => evaluator.cipherModSwitchTo(a, levels[level]!, into))
    /** Both at the lower level; `done` gets them and what must be freed is. */
    const level = (a: Ciphertext, b: Ciphertext, done: (a: Ciphertext, b: Ciphertext) => Ciphertext) => {
      const [la, lb] = [levelOf(a), levelOf(b)]
      if (la === lb) return done(a, b)
      const moved = la > lb ? lowered(a, lb) : lowered(b, la)
      const result = la > lb ? done(moved, b) : done(a, moved)
      arena.free(moved)
      return result
    }
    const sum = (name: 'plus' | 'minus') => (a: Ciphertext, b: Ciphertext) =>
      level(a, b, (x, y) => {
        const [p, q] = [x.scale(), y.scale()]
        if (Math.abs(p / q - 1) > 1e-9) throw new RangeError(`scales differ: ${p} and ${q}`)
        // What is left of a difference is floating point's.
        y.setScale(p)
        return made(name, (into) => (name === 'plus' ? evaluator.add(x, y, into) : evaluator.sub(x, y, into)))
      })
    const hiding = answers ? await hider(answers) : undefined
    async function hider({ source, period }: Answers) {
      const rerandomise = rerandomiser(context, evaluator, encryptorFor(context, encryption))
      const zeros = await openZeroAdder(context, readZeros(context, key, keys.zeros, zeroForm))
      const cover = coverer(context, period, source)
      return {
        hide(a: Ciphertext) {
          rerandomise(a)
          zeros.add(a, source)
          cover(a)
        },
        close: zeros.close,
      }
    }
    return {
      slots,
      key,
      levelOf,
      encode,
      factorScale,
      rescaled,
      lowered,
      read: (bytes, name = 'a ciphertext') =>
        timed('read', () => readCiphertext(context, key === '' ? undefined : key, bytes, name)),
      write: (a) => timed('write', () => writeCiphertext(context, key, a)),
      timesPlain(a, values, scale = usual) {
        const plain = encode(values, levelOf(a), factorScale(levelOf(a), a.scale(), scale))
        const product = made('times plain', (into) => evaluator.multiplyPlain(a, plain, into))
        const result = rescaled(product)
        arena.free(plain, product)
        return result
      },
      timesEncoded: (a, plain) => made('times plain', (into) => evaluator.multiplyPlain(a, plain, into)),
      plusPlain(a, values) {
        const plain = encode(values, levelOf(a), a.scale())
        const result = made('plus', (into) => evaluator.addPlain(a, plain, into))
        arena.free(plain)
        return result
      },
      product: (a, b) =>
        a === b
          ? made('square', (into) => evaluator.square(a, into))
          : level(a, b, (x, y) => made('times', (into) => evaluator.multiply(x, y, into))),
      settled(product) {
        const two = made('relinearise', (into) => evaluator.relinearize(product, relinearisation, into))
        const result = rescaled(two)
        arena.free(two)
        return result
      },
      plus: sum('plus'),
      minus: sum('minus'),
      rotated: (a, steps) => made('rotate', (into) => evaluator.rotateVector(a, steps, rotations, into)),
      hide: (a) =>
        timed('hide', () => {
          if (!hiding) throw new RangeError('this service has nothing to hide with')
          hiding.hide(a)
        }),
      free: (...handles) => arena.free(...handles),
      times,
      close() {
        hiding?.close()
        arena.close()
      },
    }
  } catch (error) {
    arena.close()
    throw error
  }
}
