// Encryptions of zero that come with an asker's keys, and sums of their multiples by random polynomials: what makes an answer new.
// Source: Micciancio 2007 (sums of few products with wide random factors are uniform in a ring); PROOF.md, section 2.
// Whoever lies about them gains nothing as long as their second polynomials are random: each must be what a seed of SEAL's
// generator expands to, and nothing else is taken. The first polynomials may be anything.

import type { Ciphertext, Encryptor, Evaluator } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { Stream } from '../../secret/derive.ts'
import { madeCiphertext } from '../seal/ciphertexts.ts'
import type { HeContext } from '../seal/context.ts'
import { unwrap, wrap } from '../seal/envelope.ts'
import { orRefuse } from '../seal/runtime.ts'

/** Encryptions of zero a modulus, and bits at least of a coefficient of what they are multiplied by: PROOF.md, lemma 1. */
export const zeroCount = 8
export const factorBits = 64

// As SEAL 4.1 saves a ciphertext with a seed, without compression: a head, the first polynomial's residues in eight bytes
// each, the generator's head and kind, 64 bytes of seed.
const headBytes = 113
const generatorBytes = 17
const seedBytes = 64

/** Bytes of the first polynomial. */
const bodyBytes = ({ parameters: { degree, primes } }: HeContext) => degree * (primes.length - 1) * 8

/** Bytes of them all. */
export const zeroBytes = (degree: number, primes: number): number =>
  zeroCount * (headBytes + degree * (primes - 1) * 8 + generatorBytes + seedBytes)

/** An encryption of zero with its seed, as SEAL saves it; compressed, it could hide that it has none. */
function seeded({ seal }: HeContext, encryptor: Encryptor): Uint8Array {
  const plain = new seal.Plaintext()
  const sealed = encryptor.encryptSymmetricSerializable(plain)
  try {
    return sealed.saveToArray(seal.ComprModeType.none) as Uint8Array
  } finally {
    sealed.delete()
    plain.delete()
  }
}

/** The owner's: new ones in an envelope. @param encryptor of the secret key */
export function makeZeros(context: HeContext, key: string, encryptor: Encryptor): Uint8Array {
  const all = Array.from({ length: zeroCount }, () => seeded(context, encryptor))
  const bytes = new Uint8Array(all.reduce((sum, own) => sum + own.length, 0))
  all.reduce((at, own) => {
    bytes.set(own, at)
    return at + own.length
  }, 0)
  return wrap('encryptions of zero', context.parameters, key, bytes)
}

/**
 * The service's reading. Their form is held to that of one made here, byte by byte: what is not the first polynomial and
 * the seed is the same in all.
 * @param wanted the key that they must belong to
 * @throws FrostglassError `input` where none came, for damage, another number, another form and a seed that comes twice; `key`
 * for another key's
 */
export function readZeros(context: HeContext, wanted: string, given: Uint8Array | undefined): Ciphertext[] {
  const refuse = (what: string): never => {
    throw new FrostglassError('input', `the keys’ encryptions of zero ${what}`, {
      hint: 'without them answers would show the weights: make the keys anew, frostglass encrypt keygen',
    })
  }
  if (!given) return refuse('are missing')
  const { payload } = unwrap(given, 'encryptions of zero', context.parameters, { wanted })
  const form = seededForm(context)
  if (payload.length !== zeroCount * form.length)
    refuse(`are ${payload.length} bytes, not ${zeroCount * form.length}`)
  const end = headBytes + bodyBytes(context)
  const free = (i: number) => (i >= headBytes && i < end) || i >= end + generatorBytes
  const seeds = new Set<string>()
  const all = Array.from({ length: zeroCount }, (_, i) => {
    const own = payload.slice(i * form.length, (i + 1) * form.length)
    if (own.some((byte, at) => !free(at) && byte !== form[at])) refuse('do not come of seeds')
    seeds.add(own.subarray(end + generatorBytes).join())
    return own
  })
  if (seeds.size !== zeroCount) refuse('have one seed twice')
  return all.map((own) =>
    orRefuse(
      () => madeCiphertext(context, (into) => into.loadFromArray(context.context, own)),
      'an encryption of zero cannot be read',
      'it may be damaged',
    ),
  )
}

/** A ciphertext with a seed, of a key that nobody keeps. */
function seededForm(context: HeContext): Uint8Array {
  const { seal } = context
  const generator = new seal.KeyGenerator(context.context)
  const [secret, open] = [generator.secretKey(), generator.createPublicKey()]
  const encryptor = new seal.Encryptor(context.context, open, secret)
  try {
    const bytes = seeded(context, encryptor)
    const whole = headBytes + bodyBytes(context) + generatorBytes + seedBytes
    if (bytes.length !== whole)
      throw new RangeError(`SEAL saves a seeded ciphertext in ${bytes.length} bytes`)
    return bytes
  } finally {
    for (const handle of [encryptor, open, secret, generator]) handle.delete()
  }
}

/** In how many digits, of how many bits, a factor goes: each is smaller than half the plain modulus. */
export function digitsOfFactor(precision: number): { readonly places: number; readonly bits: number } {
  const places = Math.ceil(factorBits / (precision - 2))
  return { places, bits: Math.ceil(factorBits / places) }
}

/**
 * Makes what adds Σ zeroᵢ · uᵢ to a ciphertext, the coefficients of each uᵢ uniform below 2^(places · bits). Digits go the
 * highest first; between them the sum is doubled. All of it in the transformed domain, from which the sum comes back once.
 * @param zeros as read; they are transformed here
 */
export function zeroAdder(context: HeContext, evaluator: Evaluator, zeros: readonly Ciphertext[]) {
  const { seal, arena, parameters } = context
  const { degree, precision } = parameters
  const { places, bits } = digitsOfFactor(precision)
  for (const zero of zeros) evaluator.cipherTransformToNttInplace(zero)
  const level = arena.own(arena.own(context.context.firstContextData()).parmsId())
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
  return (a: Ciphertext, words: Stream): void => {
    const [sum, product, plain] = [new seal.Ciphertext(), new seal.Ciphertext(), new seal.Plaintext()]
    try {
      for (let place = 0; place < places; place++) {
        if (place > 0) for (let bit = 0; bit < bits; bit++) evaluator.addInplace(sum, sum)
        zeros.forEach((zero, i) => {
          draw(words)
          plain.loadFromArray(context.context, bytes)
          evaluator.plainTransformToNttInplace(plain, level)
          if (place === 0 && i === 0) evaluator.multiplyPlain(zero, plain, sum)
          else {
            evaluator.multiplyPlain(zero, plain, product)
            evaluator.addInplace(sum, product)
          }
        })
      }
      evaluator.cipherTransformFromNttInplace(sum)
      evaluator.addInplace(a, sum)
    } finally {
      for (const handle of [sum, product, plain]) handle.delete()
    }
  }
}
