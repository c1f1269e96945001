// Thousands of encrypted images at once: one image a slot, one ciphertext a number, whole numbers by residues.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets): batching, the Chinese remainder theorem. Products with weights are
// additions (combine.ts), squares are relinearised after the sums that follow them, where there are fewer numbers.

import type { Ciphertext } from 'node-seal'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Stream } from '../../secret/derive.ts'
import type { BfvOwner } from '../bfv/owner.ts'
import { type BfvService, openBfvService } from '../bfv/service.ts'
import { centred } from '../integers.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import type { OperationTimes } from '../seal/times.ts'
import { combine, type Term } from './combine.ts'
import { placesOf } from './network.ts'
import { type IntegerLayer, type IntegerNetwork, wholePixels } from './quantise.ts'
import type { ThroughputPlan } from './throughputPlan.ts'

/** Random residues in every slot of a modulus: what the service adds to each output, and the owner takes off. */
const maskOf = ({ slots, modulus }: Pick<BfvOwner, 'slots' | 'modulus'>, mask: Stream): Float64Array =>
  Float64Array.from({ length: slots }, () => Number(centred(mask.bigBelow(modulus), modulus)))

/**
 * Encrypts images for one modulus: pixels of 0 … 1, one ciphertext a place, and the mask last.
 * @param mask one stream for all moduli of a question, in their order; secret, and no question's but this one's
 * @throws RangeError for too many images, or pixels outside
 */
export function* encryptImages(
  owner: BfvOwner,
  plan: ThroughputPlan,
  images: readonly ArrayLike<number>[],
  mask: Stream,
): Generator<Uint8Array> {
  if (images.length > plan.images)
    throw new RangeError(`${images.length} images do not fit into ${plan.images} slots`)
  const whole = images.map((image) => wholePixels(plan, image))
  for (let place = 0; place < plan.inputs; place++) yield owner.encrypt(whole.map((image) => image[place]!))
  yield owner.encrypt(maskOf(owner, mask))
}

/** Answers of a batch, read. */
export interface BatchAnswers {
  /** [images][outputs], as the network of real numbers would give them, about. */
  readonly answers: Float64Array[]
  readonly whole: bigint[][]
}

/**
 * Reads the answers of a batch. All of it is computed before one decision is made of it.
 * @param answers for each modulus, the ciphertexts of the outputs
 * @param mask a stream as the question's had it
 * @returns null when any number is beyond the bound: these are not the answers to this question, or not computed with these keys
 * @throws FrostglassError as `BfvOwner.decrypt`
 */
export function decryptAnswers(
  owners: readonly BfvOwner[],
  plan: ThroughputPlan,
  answers: readonly (readonly Uint8Array[])[],
  count: number,
  mask: Stream,
): BatchAnswers | null {
  const masks = owners.map((owner) => maskOf(owner, mask))
  const residues = owners.map((owner, m) => answers[m]!.map((bytes) => owner.decrypt(bytes)))
  const moduli = owners.map((owner) => owner.modulus)
  const most = 2n ** BigInt(plan.bound)
  let beyond = 0
  const whole = Array.from({ length: count }, (_, image) =>
    Array.from({ length: plan.outputs }, (_, o) => {
      const value = joined(
        residues.map((residue, m) => residue[o]![image]! - BigInt(masks[m]![image]!)),
        moduli,
      )
      beyond += Number(value >= most) + Number(value <= -most)
      return value
    }),
  )
  const read = {
    whole,
    answers: whole.map((row) => Float64Array.from(row, (v) => Number(v) / plan.scale)),
  }
  return beyond === 0 ? read : null
}

/** The number nearest to zero with these residues (Chinese remainder theorem). */
export function joined(residues: readonly bigint[], moduli: readonly bigint[]): bigint {
  let value = 0n
  let product = 1n
  residues.forEach((residue, i) => {
    const modulus = moduli[i]!
    const off = (((residue - value) % modulus) + modulus) % modulus
    value += product * ((off * inverse(product % modulus, modulus)) % modulus)
    product *= modulus
  })
  return centred(value, product)
}

/** 1 / a modulo a prime (extended Euclid). */
function inverse(a: bigint, modulus: bigint): bigint {
  let [r, next, s, t] = [modulus, a, 0n, 1n]
  while (next > 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[s, t] = [t, s - quotient * t]
  }
  return ((s % modulus) + modulus) % modulus
}

/** Answers a batch for one modulus. */
export interface ThroughputService {
  /**
   * @param inputs a ciphertext a number of an image, and the mask
   * @param images how many the question says that it holds: slots beyond are answered at random
   * @throws FrostglassError `input`, `key` for ciphertexts that do not fit; `aborted`
   */
  infer(inputs: readonly Uint8Array[], images: number, signal?: AbortSignal): Uint8Array[]
  readonly times: OperationTimes
  close(): void
}

/** Makes a network ready to answer batches under these keys. */
export async function openThroughputService(
  network: IntegerNetwork,
  keys: EvaluationKeys,
): Promise<ThroughputService> {
  const service = await openBfvService(keys)
  return {
    infer(inputs, images, signal) {
      const wanted = network.input[0] * network.input[1] * network.input[2] + 1
      if (inputs.length !== wanted)
        throw new FrostglassError(
          'input',
          `a batch is ${wanted} ciphertexts, not ${inputs.length}`,
          'Give both sides the same plan.',
        )
      if (!Number.isInteger(images) || images < 1 || images > service.slots)
        throw new FrostglassError('input', `a batch is 1 to ${service.slots} images, not ${images}`)
      const handles = inputs.map((bytes) => service.read(bytes, 'a batch'))
      const mask = handles.at(-1)!
      const values = computed(service, network, handles.slice(0, -1), signal)
      const answers = values.map((value) => {
        throwIfAborted(signal)
        service.addTo(value, mask)
        service.coverFrom(value, images)
        service.hide(value)
        return service.write(value)
      })
      service.free(...values, mask)
      return answers
    },
    times: service.times,
    close: () => service.close(),
  }
}

/** Outputs of a network, of two polynomials, with the noise of the computation alone. The inputs are freed. */
export function computed(
  service: BfvService,
  { layers, input }: IntegerNetwork,
  inputs: readonly Ciphertext[],
  signal?: AbortSignal,
): readonly Ciphertext[] {
  let values = inputs
  for (const layer of layers) {
    throwIfAborted(signal)
    const next = layerOf(service, layer, values, input, signal)
    service.free(...values)
    values = next
  }
  for (const value of values) if (value.size() > 2) service.relinearise(value)
  return values
}

function layerOf(
  service: BfvService,
  layer: IntegerLayer,
  values: readonly Ciphertext[],
  input: IntegerNetwork['input'],
  signal: AbortSignal | undefined,
): Ciphertext[] {
  if (layer.kind === 'square')
    return values.map((value) => {
      throwIfAborted(signal)
      if (value.size() > 2) service.relinearise(value)
      return service.square(value)
    })
  const { weights } = layer
  if (layer.kind === 'dense')
    return layer.bias.map((bias, o) => {
      throwIfAborted(signal)
      const terms = values.map((ciphertext, i) => ({ ciphertext, weight: weights[i * layer.outputs + o]! }))
      return summed(service, terms, bias)
    })
  const places = placesOf(input, layer)
  const windows = places[0]!.length
  return Array.from({ length: layer.filters * windows }, (_, at) => {
    throwIfAborted(signal)
    const filter = Math.floor(at / windows)
    const terms = places.flatMap((spots, position) => {
      const place = spots[at % windows]!
      const weight = weights[filter * places.length + position]!
      return place < 0 ? [] : [{ ciphertext: values[place]!, weight }]
    })
    return summed(service, terms, layer.bias[filter]!)
  })
}

function summed(service: BfvService, terms: readonly Term[], bias: bigint): Ciphertext {
  const present = terms.filter(({ weight }) => weight !== 0)
  // All weights 0: the bias alone, in an encryption of zero.
  const sum = present.length === 0 ? service.zero() : combine(service, present)
  if (bias !== 0n) service.addConstant(sum, bias)
  return sum
}
