// The weights of a model read by an asker whose public key is no key: its first polynomial shows the service's randomness.
// Source: this project's own attack on its answers. With p = (C, p₁), C constant and large, an answer's first polynomial is
// C·u + noise, so u is read, and p₁u is taken off the second one. Today multiples of seeded zeros are in it, too.

import { createBfvOwner } from '../../encrypt/bfv/owner.ts'
import { type IntegerNetwork, quantise } from '../../encrypt/inference/quantise.ts'
import { openThroughputService } from '../../encrypt/inference/throughput.ts'
import { planThroughput } from '../../encrypt/inference/throughputPlan.ts'
import { power } from '../../encrypt/integers.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { unwrap, wrap } from '../../encrypt/seal/envelope.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../../encrypt/seal/keys.ts'
import type { HeParameters } from '../../encrypt/seal/parameters.ts'
import { encryptorFor, rerandomiser } from '../../encrypt/seal/rerandomise.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import type { Exhibit } from './exhibit.ts'
import { productAt } from './negacyclic.ts'

export const weightsByForgedKeys: Exhibit = {
  name: 'weights-by-forged-keys',
  title: 'Weights read by an asker who forges its public key',
  claim: 'An asker learns the outputs of the images that it states, however its keys and questions are made.',
  source: 'this project, attacking its own answers',
  mended:
    'A service adds random multiples of eight encryptions of zero, each expanded from a seed, to every answer, and noise over nearly all that decrypts to the same.',
  async run(form, { quick = false, signal } = {}) {
    throwIfAborted(signal)
    const [inputs, outputs] = quick ? [12, 2] : [121, 10]
    const source = stream(drawSecret(), 'matrix')
    const weights = Float64Array.from({ length: inputs * outputs }, () => source.gaussian())
    const whole = quantise({
      input: [1, 1, inputs],
      layers: [{ kind: 'dense', outputs, weights, bias: new Float64Array(outputs) }],
    })
    const [parameters] = planThroughput(whole).moduli as [HeParameters]
    const asker = await forger(parameters)
    try {
      const question = asker.question(inputs)
      const service = form === 'today' ? answeredToday : answeredBefore
      const answers = await service(whole, asker.keys, question)
      const [layer] = whole.layers as [Dense]
      let right = 0
      answers.forEach((answer, o) => {
        throwIfAborted(signal)
        const found = asker.read(answer, inputs)
        for (let i = 0; i < inputs; i++) right += Number(found[i] === layer.weights[i * outputs + o])
      })
      return {
        // A weight is one of some sixty, and what is read without it one of 2²³: none is met by chance.
        allowed: 0,
        measured: right / layer.weights.length,
        unit: 'share of the weights that an asker reads with one question',
      }
    } finally {
      asker.close()
    }
  },
}

type Dense = Extract<IntegerNetwork['layers'][number], { kind: 'dense' }>

const slots = 8192

/** Stated images fill all slots: so none is covered. */
async function answeredToday(
  whole: IntegerNetwork,
  keys: EvaluationKeys,
  question: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const service = await openThroughputService(whole, keys)
  try {
    return service.infer(question, slots)
  } finally {
    service.close()
  }
}

/** As it was: an encryption of zero under the asker's key, and the sum of four uniform numbers as noise. */
async function answeredBefore(
  whole: IntegerNetwork,
  keys: EvaluationKeys,
  question: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const { parameters } = keys
  const opened = await openContext(parameters)
  const { seal, context, arena, plainModulus } = opened
  try {
    const evaluator = arena.own(new seal.Evaluator(context))
    const { key, encryption } = readEvaluationKeys(opened, keys)
    const rerandomise = rerandomiser(opened, evaluator, encryptorFor(opened, encryption))
    const primes = opened.primes.map(BigInt)
    const modulus = primes.reduce((product, prime) => product * prime, 1n)
    const piece = 1n << BigInt((modulus / (plainModulus as bigint)).toString(2).length - 4)
    const source = stream(drawSecret(), 'answer noise')
    const noise = () => [0, 1, 2, 3].reduce((sum) => sum + source.bigBelow(piece), 0n) - 2n * piece
    const read = question.map((bytes) => {
      const ciphertext = arena.own(new seal.Ciphertext())
      ciphertext.loadFromArray(context, unwrap(bytes, 'ciphertext', parameters).payload)
      return ciphertext
    })
    const [layer] = whole.layers as [Dense]
    return layer.bias.map((_, o) => {
      const sum = read.at(-1)!.copy()
      read.slice(0, -1).forEach((pixel, i) => {
        const weight = layer.weights[i * layer.outputs + o]!
        for (let n = 0; n < Math.abs(weight); n++)
          if (weight > 0) evaluator.addInplace(sum, pixel)
          else evaluator.subInplace(sum, pixel)
      })
      rerandomise(sum)
      const bytes = sum.saveToArray(seal.ComprModeType.none) as Uint8Array
      sum.delete()
      const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 16 * slots * primes.length)
      for (let i = 0; i < slots; i++) {
        const shift = noise()
        primes.forEach((prime, m) => {
          const moved = (view.getBigUint64(8 * (m * slots + i), true) + shift) % prime
          view.setBigUint64(8 * (m * slots + i), moved < 0n ? moved + prime : moved, true)
        })
      }
      return wrap('ciphertext', parameters, key, bytes)
    })
  } finally {
    arena.close()
  }
}

/** What a weight is multiplied by, above all rounding. */
const step = 1n << 20n

/** An asker that forges: keys, a question of Xⁱ in second polynomials, and its reading of answers. */
async function forger(parameters: HeParameters) {
  const owner = await createBfvOwner(parameters)
  const honest = owner.evaluationKeys({ relinearisation: true, encryption: true })
  const { seal, context, arena } = await openContext(parameters)
  const vector = seal.CoeffModulus.Create(slots, Int32Array.from(parameters.primes))
  const all = seal.jsArrayFromVecModulus(vector) as bigint[]
  vector.delete()
  const primes = all.slice(0, -1)
  const special = all.at(-1)!
  const modulus = primes.reduce((product, prime) => product * prime, 1n)
  const { payload, key } = unwrap(honest.encryption!, 'encryption key', parameters)
  const header = 113
  // p₀ = C, a third of the modulus, times the prime that goes; a constant is the same at all places of the transform.
  const forged = payload.slice()
  const first = new DataView(forged.buffer, header)
  all.forEach((prime, m) => {
    const constant = (special * (modulus / 3n)) % prime
    for (let i = 0; i < slots; i++) first.setBigUint64(8 * (m * slots + i), constant, true)
  })
  // Of the zeros the first polynomials: 0.
  const zeros = unwrap(honest.zeros!, 'encryptions of zero', parameters).payload.slice()
  const each = zeros.length / 8
  for (let i = 0; i < 8; i++) zeros.fill(0, i * each + header, i * each + header + 8 * slots * primes.length)
  // p₁ as its seed expands.
  const open = arena.own(new seal.PublicKey())
  open.loadFromArray(context, payload)
  const expanded = open.saveToArray(seal.ComprModeType.none) as Uint8Array
  const residues = (m: number) => {
    const start = expanded.length - 8 * slots * (all.length - m)
    return new BigUint64Array(expanded.slice(start, start + 8 * slots).buffer)
  }
  const second = [residues(0), residues(all.length - 1)] as const
  const empty = (() => {
    const ciphertext = arena.own(new seal.Ciphertext())
    ciphertext.loadFromArray(context, unwrap(owner.encrypt([0]), 'ciphertext', parameters).payload)
    const bytes = ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array
    return bytes.fill(0, bytes.length - 16 * slots * primes.length)
  })()
  const monomial = (degree: number, factor: bigint) => {
    const bytes = empty.slice()
    const view = new DataView(bytes.buffer, bytes.length - 8 * slots * primes.length)
    primes.forEach((prime, m) => {
      view.setBigUint64(8 * (m * slots + degree), factor % prime, true)
    })
    return wrap('ciphertext', parameters, key, bytes)
  }
  // Σ rⱼ (Q / qⱼ) ((Q / qⱼ)⁻¹ mod qⱼ)
  const joints = primes.map((prime) => {
    const rest = modulus / prime
    return rest * power(rest % prime, prime - 2n, prime)
  })
  return {
    keys: {
      ...honest,
      encryption: wrap('encryption key', parameters, key, forged),
      zeros: wrap('encryptions of zero', parameters, key, zeros),
    },
    question: (inputs: number) => [
      ...Array.from({ length: inputs }, (_, i) => monomial(i, step)),
      monomial(slots - 1, 1n),
    ],
    read(answer: Uint8Array, count: number): number[] {
      const ciphertext = new seal.Ciphertext()
      ciphertext.loadFromArray(context, unwrap(answer, 'ciphertext', parameters).payload)
      const bytes = ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array
      ciphertext.delete()
      const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 16 * slots * primes.length)
      const residue = (polynomial: number, m: number, i: number) =>
        view.getBigUint64(8 * ((polynomial * primes.length + m) * slots + i), true)
      // u: which third of the modulus.
      const random = Array.from({ length: slots }, (_, i) => {
        const value = joints.reduce((sum, joint, m) => sum + joint * residue(0, m, i), 0n) % modulus
        const third = Number((3n * value + modulus / 2n) / modulus) % 3
        return third === 2 ? -1 : third
      })
      const prime = primes[0]!
      const [low, high] = [
        productAt(second[0], random, count, prime),
        productAt(second[1], random, count, special),
      ]
      const inverse = power(special % prime, prime - 2n, prime)
      return Array.from({ length: count }, (_, i) => {
        // p₁u over the prime that goes, rounded.
        const over = high[i]!
        const rest = 2n * over > special ? over - special : over
        const known = (((low[i]! - rest) % prime) * inverse) % prime
        const left = (((residue(1, 0, i) - known) % prime) + prime) % prime
        return Math.round(Number(2n * left > prime ? left - prime : left) / Number(step))
      })
    },
    close() {
      owner.close()
      arena.close()
    },
  }
}
