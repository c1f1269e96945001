// Encryptions of zero that come with an asker's keys, and sums of their multiples by random polynomials: what makes an answer new.
// Source: Micciancio 2007 (sums of few products with wide random factors are uniform in a ring); bfv/PROOF.md, section 2.
// Whoever lies about them gains nothing as long as their second polynomials are random: each must be what a seed of SEAL's
// generator expands to, and nothing else is taken. The first polynomials may be anything.

import type { Ciphertext, Encryptor } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { Stream } from '../../secret/derive.ts'
import { madeCiphertext } from './ciphertexts.ts'
import type { HeContext } from './context.ts'
import { unwrap, wrap } from './envelope.ts'
import { joinPieces } from './parcel.ts'
import { createArena, orRefuse } from './runtime.ts'

/** Of what form the zeros of a scheme are. */
export interface ZeroForm {
  readonly count: number
  /** Primes that may still be taken off them. */
  readonly level: number
}

/** How their factors are drawn: coefficients uniform below 2^(places · bits), by digits of `bits` bits. */
export interface FactorForm {
  readonly places: number
  /** Below half of the plain modulus. */
  readonly bits: number
}

// As SEAL 4.1 saves a ciphertext, without compression: a head, the first polynomial's residues in eight bytes each, then the
// second's; or, in its place, the generator's head and kind, and 64 bytes of seed.
export const headBytes = 113
const generatorBytes = 17
const seedBytes = 64

const bodyBytes = (degree: number, level: number) => degree * (level + 1) * 8

/** Bytes of them all. */
export const zeroBytes = (degree: number, { count, level }: ZeroForm): number =>
  count * (headBytes + bodyBytes(degree, level) + generatorBytes + seedBytes)

/** An encryption of zero with its seed, as SEAL saves it; compressed, it could hide that it has none. */
function seeded(
  { seal, context, levels, parameters }: HeContext,
  encryptor: Encryptor,
  level: number,
): Uint8Array {
  const arena = createArena()
  const plain = arena.own(new seal.Plaintext())
  try {
    if (parameters.scheme === 'ckks') {
      arena.own(new seal.CKKSEncoder(context)).encode(new Float64Array(parameters.degree / 2), 1, plain)
      arena.own(new seal.Evaluator(context)).plainModSwitchToInplace(plain, levels[level]!)
    }
    const sealed = arena.own(encryptor.encryptSymmetricSerializable(plain))
    return sealed.saveToArray(seal.ComprModeType.none) as Uint8Array
  } finally {
    arena.close()
  }
}

/** The owner's: new ones in an envelope. @param encryptor of the secret key */
export function makeZeros(
  context: HeContext,
  key: string,
  encryptor: Encryptor,
  { count, level }: ZeroForm,
): Uint8Array {
  const all = Array.from({ length: count }, () => seeded(context, encryptor, level))
  return wrap('encryptions of zero', context.parameters, key, joinPieces(all))
}

/**
 * The service's reading. Their form is held to that of one made here, byte by byte: what is not the first polynomial and
 * the seed is the same in all.
 * @param wanted the key that they must belong to
 * @throws FrostglassError `input` where none came, for damage, another number, another form and a seed that comes twice; `key`
 * for another key's
 */
export function readZeros(
  context: HeContext,
  wanted: string,
  given: Uint8Array | undefined,
  { count, level }: ZeroForm,
): Ciphertext[] {
  const refuse = (what: string): never => {
    throw new FrostglassError(
      'input',
      `the keys’ encryptions of zero ${what}`,
      'Make the keys anew, frostglass encrypt keys: without them answers would show the weights.',
    )
  }
  if (!given) return refuse('are missing')
  const { payload } = unwrap(given, 'encryptions of zero', context.parameters, { wanted })
  const form = seededForm(context, level)
  if (payload.length !== count * form.length)
    refuse(`are ${payload.length} bytes, not ${count * form.length}`)
  const end = headBytes + bodyBytes(context.parameters.degree, level)
  const free = (i: number) => (i >= headBytes && i < end) || i >= end + generatorBytes
  const seeds = new Set<string>()
  const all = Array.from({ length: count }, (_, i) => {
    const part = payload.slice(i * form.length, (i + 1) * form.length)
    if (part.some((byte, at) => !free(at) && byte !== form[at])) refuse('do not come of seeds')
    seeds.add(part.subarray(end + generatorBytes).join())
    return part
  })
  if (seeds.size !== count) refuse('have one seed twice')
  return all.map((zero) =>
    orRefuse(
      () => madeCiphertext(context, (into) => into.loadFromArray(context.context, zero)),
      'an encryption of zero cannot be read',
      'Send or write it again: it may be damaged.',
    ),
  )
}

/** A ciphertext with a seed, of a key that nobody keeps. */
function seededForm(context: HeContext, level: number): Uint8Array {
  const { seal, parameters } = context
  const generator = new seal.KeyGenerator(context.context)
  const [secret, open] = [generator.secretKey(), generator.createPublicKey()]
  const encryptor = new seal.Encryptor(context.context, open, secret)
  try {
    const bytes = seeded(context, encryptor, level)
    const whole = zeroBytes(parameters.degree, { count: 1, level })
    if (bytes.length !== whole)
      throw new RangeError(`SEAL saves a seeded ciphertext in ${bytes.length} bytes`)
    return bytes
  } finally {
    for (const handle of [encryptor, open, secret, generator]) handle.delete()
  }
}

/**
 * Makes what draws Σ zeroᵢ · uᵢ, a new ciphertext in the transformed domain. Digits of the uᵢ go the highest first; between them
 * the sum is doubled.
 * @param context of BFV
 * @param zeros at this level, in the transformed domain
 */
export function multiplesOf(
  context: HeContext,
  zeros: readonly Ciphertext[],
  { level, places, bits }: FactorForm & Pick<ZeroForm, 'level'>,
): (words: Stream) => Ciphertext {
  const { seal, arena, parameters, levels } = context
  const { degree } = parameters
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const encoder = new seal.BatchEncoder(context.context)
  const shape = new seal.Plaintext()
  encoder.encode(
    BigInt64Array.from({ length: degree }, (_, i) => BigInt(i % 2)),
    shape,
  )
  // Its head says that it has N coefficients, eight bytes each, behind it.
  const bytes = shape.saveToArray(seal.ComprModeType.none) as Uint8Array
  shape.delete()
  encoder.delete()
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8 * degree)
  const draw = (words: Stream) => {
    for (let i = 0; i < degree; i++) {
      view.setUint32(8 * i, words.uint32() >>> Math.max(0, 32 - bits), true)
      view.setUint32(8 * i + 4, bits > 32 ? words.uint32() >>> (64 - bits) : 0, true)
    }
  }
  return (words) => {
    const [sum, product, plain] = [new seal.Ciphertext(), new seal.Ciphertext(), new seal.Plaintext()]
    try {
      for (let place = 0; place < places; place++) {
        if (place > 0) for (let bit = 0; bit < bits; bit++) evaluator.addInplace(sum, sum)
        zeros.forEach((zero, i) => {
          draw(words)
          plain.loadFromArray(context.context, bytes)
          evaluator.plainTransformToNttInplace(plain, levels[level]!)
          if (place === 0 && i === 0) evaluator.multiplyPlain(zero, plain, sum)
          else {
            evaluator.multiplyPlain(zero, plain, product)
            evaluator.addInplace(sum, product)
          }
        })
      }
      return sum
    } catch (error) {
      sum.delete()
      throw error
    } finally {
      product.delete()
      plain.delete()
    }
  }
}
