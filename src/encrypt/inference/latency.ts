// One encrypted image, answered: what the key holder packs and reads, and what the service computes.
// Source: latencyPlan.ts; biases are added in the plain, products are summed before they are rescaled.

import type { Ciphertext } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import { drawSecret, type Stream, stream } from '../../secret/derive.ts'
import type { CkksOwner } from '../ckks/owner.ts'
import { type CkksService, openCkksService } from '../ckks/service.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { levelsOf } from '../seal/parameters.ts'
import type { OperationTimes } from '../seal/times.ts'
import { encodedLayers } from './latencyLayers.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import { type PolynomialNetwork, patchesOf } from './network.ts'

/** Public keys for a plan. */
export const latencyKeys = (owner: CkksOwner, { rotations }: LatencyPlan): EvaluationKeys =>
  owner.evaluationKeys({ relinearisation: true, rotations, encryption: true })

/** Random numbers as large as answers may be: the service adds them to its answer, and the owner takes them off. */
const maskOf = ({ period, range }: LatencyPlan, mask: Stream): Float64Array =>
  Float64Array.from({ length: period }, () => (2 * mask.uniform() - 1) * 2 ** range)

/**
 * Encrypts an image for a plan: patches by position, a block of slots each; and the mask, last.
 * @param image channels · height · width numbers, as the network takes them
 * @param mask secret, and no image's but this one's
 * @throws RangeError for another size
 */
export function encryptImage(
  owner: CkksOwner,
  plan: LatencyPlan,
  image: ArrayLike<number>,
  mask: Stream,
): Uint8Array[] {
  const { input, convolution, slots, block, ciphertexts, positions, answerPrecision } = plan
  const size = input[0] * input[1] * input[2]
  if (image.length !== size) throw new RangeError(`an image has ${size} numbers, not ${image.length}`)
  const patches = patchesOf(image, input, convolution)
  const blocks = slots / block
  const blinding = maskOf(plan, mask)
  const images = Array.from({ length: ciphertexts }, (_, c) => {
    const packed = new Float64Array(slots)
    for (let b = 0; b < blocks && c * blocks + b < positions; b++)
      packed.set(patches[c * blocks + b]!, b * block)
    return owner.encrypt(packed)
  })
  const repeated = Float64Array.from({ length: slots }, (_, slot) => blinding[slot % blinding.length]!)
  return [...images, owner.encrypt(repeated, 0, 2 ** answerPrecision)]
}

/**
 * Reads an answer: the means of its repeats; what else is in it the service covered. All of it is computed before one decision is
 * made of it.
 * @param mask a stream as the question's had it
 * @returns null where padding is not 0, or an output is beyond the bound: this is not the answer to this image
 * @throws FrostglassError as `CkksOwner.decryptAny`
 */
export function decryptAnswer(
  owner: CkksOwner,
  plan: LatencyPlan,
  bytes: Uint8Array,
  mask: Stream,
): Float64Array | null {
  const { period, outputs, range, tolerance } = plan
  const means = owner.decryptAny(bytes, { period }).slice(0, period)
  const blinding = maskOf(plan, mask)
  let off = 0
  const values = means.map((mean, i) => mean - blinding[i]!)
  values.forEach((v, i) => {
    off += near(v, i < outputs ? 2 ** range + tolerance : tolerance)
  })
  return off === 0 ? values.slice(0, outputs) : null
}

/** 0 for |v| ≤ most, else 1; 1 for what is no number. */
const near = (v: number, most: number): number => (Math.abs(v) <= most ? 0 : 1)

/** The service's side: a network with its weights encoded once. */
export interface LatencyService {
  /** Answers an image. @throws FrostglassError `input`, `key` for ciphertexts that do not fit */
  infer(image: readonly Uint8Array[]): Uint8Array
  readonly times: OperationTimes
  close(): void
}

/**
 * Makes a network ready to answer the holder of these keys.
 * @param network the plan's, as `compileLatency` has it: numbers between its layers large enough
 * @throws FrostglassError as `openCkksService`; RangeError for a network that is not the plan's
 */
export async function openLatencyService(
  plan: LatencyPlan,
  network: PolynomialNetwork,
  keys: EvaluationKeys,
): Promise<LatencyService> {
  const noise = stream(drawSecret(), 'answer noise')
  const { period, rotations } = plan
  const service = await openCkksService(keys, { source: noise, period, rotations })
  const { convolution, steps } = encodedLayers(service, plan, network)
  return {
    infer(image) {
      const [given, mask] = readImage(service, plan, image)
      let x = convolution(given)
      service.free(...given)
      for (const step of steps) {
        const product = service.product(x, x)
        const square = service.settled(product)
        const next = step(square)
        service.free(x, product, square)
        x = next
      }
      const masked = service.plus(x, mask)
      const added = Float64Array.from({ length: period }, () => plan.hiding * noise.gaussian())
      const hidden = service.plusPlain(
        masked,
        Float64Array.from({ length: plan.slots }, (_, slot) => added[slot % period]!),
      )
      service.hide(hidden)
      const bytes = service.write(hidden)
      service.free(x, masked, hidden, mask)
      return bytes
    },
    times: service.times,
    close: () => service.close(),
  }
}

/** The ciphertexts of an image and its mask. @throws FrostglassError `input`, `key` for such as do not fit */
function readImage(
  service: CkksService,
  plan: LatencyPlan,
  image: readonly Uint8Array[],
): readonly [image: readonly Ciphertext[], mask: Ciphertext] {
  const { ciphertexts, parameters, answerPrecision } = plan
  if (image.length !== ciphertexts + 1)
    throw new FrostglassError(
      'input',
      `an image is ${ciphertexts + 1} ciphertexts, not ${image.length}`,
      'Give both sides the same plan.',
    )
  const top = levelsOf(parameters)
  const handles = image.map((bytes, c) => {
    const ciphertext = service.read(bytes, 'the image')
    const [level, scale] = c < ciphertexts ? [top, 2 ** parameters.precision] : [0, 2 ** answerPrecision]
    // Another form would be refused in the middle, where it may depend on which weights are 0.
    if (
      ciphertext.size() === 2 &&
      ciphertext.isNttForm() &&
      service.levelOf(ciphertext) === level &&
      ciphertext.scale() === scale
    )
      return ciphertext
    service.free(ciphertext)
    throw new FrostglassError(
      'input',
      'the image is no ciphertexts as its owner makes them',
      'Make the question anew.',
    )
  })
  return [handles.slice(0, -1), handles.at(-1)!]
}
