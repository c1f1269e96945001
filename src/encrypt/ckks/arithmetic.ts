// Arithmetic on CKKS ciphertexts, each step with its level and scale kept in view.
// Source: Cheon, Kim, Kim and Song 2017; SEAL 4.1, examples/5_ckks_basics.cpp. Plaintexts are encoded at the scale that
// makes a product come out at the scale that is wanted: no drift, and sums of like scales alone.

import type { Ciphertext, Evaluator, GaloisKeys, Plaintext, RelinKeys } from 'node-seal'
import { madeCiphertext } from '../seal/ciphertexts.ts'
import type { HeContext } from '../seal/context.ts'
import { levelsOf, slotsOf } from '../seal/parameters.ts'
import type { operationTimer } from '../seal/times.ts'

/** Computes on ciphertexts. Every result is a new handle. */
export interface CkksArithmetic {
  readonly slots: number
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
}

/**
 * @param keys handles of the public keys that products and rotations take
 * @param timed counts and times each operation under its name
 */
export function ckksArithmetic(
  context: HeContext,
  evaluator: Evaluator,
  { relinearisation, rotations }: { relinearisation: RelinKeys; rotations: GaloisKeys },
  timed: ReturnType<typeof operationTimer>['timed'],
): CkksArithmetic {
  const { seal, arena, levels, primes, parameters } = context
  const encoder = arena.own(new seal.CKKSEncoder(context.context))
  const slots = slotsOf(parameters)
  const usual = 2 ** parameters.precision
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
  return {
    slots,
    levelOf,
    encode,
    factorScale,
    rescaled,
    lowered,
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
  }
}
