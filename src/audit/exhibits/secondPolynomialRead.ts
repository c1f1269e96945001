// What a service computed, read by an asker whose public key shows the service's randomness: CKKS, an answer's second polynomial.
// Source: this project's own attack on its answers. With a third of the first prime added to p₀, an answer decrypts to its numbers and
// u · q₀ / 3: u is read, and p₁u taken off. Today multiples of seeded zeros are in it, and what decrypts is covered.

import type { Ciphertext } from 'node-seal'
import { folded } from '../../encrypt/ckks/linear.ts'
import { createCkksOwner } from '../../encrypt/ckks/owner.ts'
import { openCkksService } from '../../encrypt/ckks/service.ts'
import { power } from '../../encrypt/integers.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { unwrap, wrap } from '../../encrypt/seal/envelope.ts'
import { type EvaluationKeys, readEvaluationKeys, readKeys } from '../../encrypt/seal/keys.ts'
import { ckksParameters } from '../../encrypt/seal/parameters.ts'
import { encryptorFor, rerandomiser } from '../../encrypt/seal/rerandomise.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import type { Exhibit, Form } from './exhibit.ts'
import { productAt } from './negacyclic.ts'

export const secondPolynomialRead: Exhibit = {
  name: 'second-polynomial-read',
  title: 'What a service computed, read by an asker who forges its public key',
  claim: 'Of the second polynomial of an answer an asker learns nothing, however its keys are made.',
  source: 'this project, attacking its own answers',
  mended:
    'A service adds random multiples of sixteen encryptions of zero, each expanded from a seed, to every answer, and covers all of it but the means of repeats.',
  async run(form, { signal } = {}) {
    throwIfAborted(signal)
    const asker = await forger()
    try {
      const { computed, answer } = await answered(form, asker.keys, asker.question())
      throwIfAborted(signal)
      const { prime } = asker
      const found = asker.read(answer)
      const residues = coefficients(asker.residues(computed)[1], prime)
      // Two roundings lie between them.
      const near = found.filter((v, i) => (v - residues[i]! + prime + 2n) % prime <= 4n)
      return {
        // A residue is one of 2⁴⁰: none is met by chance.
        allowed: 0,
        measured: near.length / degree,
        unit: 'share of the 8,192 numbers of an answer’s second polynomial that an asker reads',
      }
    } finally {
      asker.close()
    }
  },
}

const parameters = ckksParameters(3, 30)
const { degree } = parameters
/** Sums of every other slot: two outputs. */
const period = 2
const slots = degree / 2
const steps = Array.from({ length: Math.log2(slots / period) }, (_, i) => period * 2 ** i)
/** Of the noise that a service adds. */
const deviation = 0.001

/** A square and a layer of random weights, two outputs; what it came to before it was hidden, and the answer. */
async function answered(form: Form, keys: EvaluationKeys, question: Uint8Array) {
  const source = stream(drawSecret(), 'answer noise')
  const service = await openCkksService(
    keys,
    form === 'today' ? { source, period, rotations: steps } : undefined,
  )
  try {
    const x = service.read(question)
    const square = service.settled(service.product(x, x))
    const weighted = service.timesPlain(
      square,
      Float64Array.from({ length: slots }, () => source.gaussian()),
    )
    const sum = service.lowered(folded(service, weighted, period, slots), 0)
    const noise = [source.gaussian(), source.gaussian()] as const
    const hidden = service.plusPlain(
      sum,
      Float64Array.from({ length: slots }, (_, i) => deviation * noise[i % period]!),
    )
    const computed = service.write(hidden)
    if (form === 'today') {
      service.hide(hidden)
      return { computed, answer: service.write(hidden) }
    }
    return { computed, answer: await hiddenBefore(keys, computed) }
  } finally {
    service.close()
  }
}

/** As it was: an encryption of zero under the asker's key. */
async function hiddenBefore(keys: EvaluationKeys, computed: Uint8Array): Promise<Uint8Array> {
  const context = await openContext(parameters)
  try {
    const { key, encryption } = readEvaluationKeys(context, keys)
    const { seal, arena } = context
    const ciphertext: Ciphertext = arena.own(new seal.Ciphertext())
    ciphertext.loadFromArray(context.context, unwrap(computed, 'ciphertext', parameters).payload)
    const evaluator = arena.own(new seal.Evaluator(context.context))
    rerandomiser(context, evaluator, encryptorFor(context, encryption))(ciphertext)
    return wrap('ciphertext', parameters, key, ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array)
  } finally {
    context.arena.close()
  }
}

/** Coefficients of a polynomial that is transformed. */
const coefficients = (a: BigUint64Array, prime: bigint): bigint[] =>
  productAt(
    a,
    Array.from({ length: degree }, (_, i) => Number(i === 0)),
    degree,
    prime,
  )

/** An asker that forges: its keys, an ordinary question, and its reading of an answer. */
async function forger() {
  const owner = await createCkksOwner(parameters)
  const opened = await openContext(parameters)
  const { seal, context, arena } = opened
  const honest = owner.evaluationKeys({ relinearisation: true, rotations: steps, encryption: true })
  const vector = seal.CoeffModulus.Create(degree, Int32Array.from(parameters.primes))
  const all = seal.jsArrayFromVecModulus(vector) as bigint[]
  vector.delete()
  const [prime, special] = [all[0], all.at(-1)] as [bigint, bigint]
  const { payload, key } = unwrap(honest.encryption!, 'encryption key', parameters)
  // p₀ and a third of q₀, times the prime that goes; a constant is the same at all places of the transform.
  const forged = payload.slice()
  const head = 113
  const first = new DataView(forged.buffer, head)
  const third = prime / 3n
  all.forEach((q, m) => {
    for (let at = 8 * m * degree; at < 8 * (m + 1) * degree; at += 8)
      first.setBigUint64(at, (first.getBigUint64(at, true) + special * third) % q, true)
  })
  // Of the zeros the first polynomials: 0.
  const zeros = unwrap(honest.zeros!, 'encryptions of zero', parameters).payload.slice()
  const each = zeros.length / 16
  for (let i = 0; i < 16; i++) zeros.fill(0, i * each + head, i * each + head + 16 * degree)
  const { secret } = readKeys(opened, owner.secret())
  const decryptor = arena.own(new seal.Decryptor(context, secret))
  const numbers = (bytes: Uint8Array, from: number) =>
    new BigUint64Array(bytes.slice(from, from + 8 * degree).buffer)
  // p₁ as its seed expands.
  const open = arena.own(new seal.PublicKey())
  open.loadFromArray(context, payload)
  const expanded = open.saveToArray(seal.ComprModeType.none) as Uint8Array
  const second = (m: number) => numbers(expanded, expanded.length - 8 * degree * (all.length - m))
  const loaded = (bytes: Uint8Array) => {
    const ciphertext = arena.own(new seal.Ciphertext())
    ciphertext.loadFromArray(context, unwrap(bytes, 'ciphertext', parameters).payload)
    return ciphertext
  }
  const residues = (bytes: Uint8Array) => {
    const whole = loaded(bytes).saveToArray(seal.ComprModeType.none) as Uint8Array
    return [2, 1].map((n) => numbers(whole, whole.length - 8 * degree * n)) as [
      BigUint64Array,
      BigUint64Array,
    ]
  }
  return {
    prime,
    residues,
    question: () => owner.encrypt(Array.from({ length: slots }, (_, i) => (i % 100) / 100)),
    keys: {
      ...honest,
      encryption: wrap('encryption key', parameters, key, forged),
      zeros: wrap('encryptions of zero', parameters, key, zeros),
    },
    /** The second polynomial as it was computed. */
    read(answer: Uint8Array): bigint[] {
      const plain = arena.own(new seal.Plaintext())
      decryptor.decrypt(loaded(answer), plain)
      const bytes = plain.saveToArray(seal.ComprModeType.none) as Uint8Array
      // u: which third of q₀.
      const random = coefficients(numbers(bytes, bytes.length - 8 * degree), prime).map((v) => {
        const found = Number((3n * v + prime / 2n) / prime) % 3
        return found === 2 ? -1 : found
      })
      const [low, high] = [
        productAt(second(0), random, degree, prime),
        productAt(second(all.length - 1), random, degree, special),
      ]
      const inverse = power(special % prime, prime - 2n, prime)
      return coefficients(residues(answer)[1], prime).map((v, i) => {
        // p₁u over the prime that goes, rounded.
        const over = high[i]!
        const rest = 2n * over > special ? over - special : over
        const known = (((low[i]! - rest) % prime) * inverse) % prime
        return (((v - known) % prime) + prime) % prime
      })
    },
    close() {
      owner.close()
      arena.close()
    },
  }
}
