// One encrypted image, answered: what the key holder packs and reads, and what the service computes.
// Source: latencyPlan.ts; biases are added in the plain, products are summed before they are rescaled.

import type { Ciphertext } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import { drawSecret, type Stream, stream } from '../../secret/derive.ts'
import { diagonalPlan } from '../ckks/diagonals.ts'
import { columnsTimes, type Diagonals, diagonalsTimes, plainDiagonals } from '../ckks/linear.ts'
import type { CkksOwner } from '../ckks/owner.ts'
import { type CkksService, openCkksService } from '../ckks/service.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { levelsOf } from '../seal/parameters.ts'
import type { OperationTimes } from '../seal/times.ts'
import { blockWalk, type LatencyPlan } from './latencyPlan.ts'
import { type ConvLayer, type DenseLayer, type PolynomialNetwork, patchesOf } from './network.ts'

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
  const { input, convolution, slots, block, ciphertexts, positions } = plan
  const size = input[0] * input[1] * input[2]
  if (image.length !== size) throw new RangeError(`an image has ${size} numbers, not ${image.length}`)
  const patches = patchesOf(image, input, convolution)
  const blocks = slots / block
  const own = maskOf(plan, mask)
  const images = Array.from({ length: ciphertexts }, (_, c) => {
    const packed = new Float64Array(slots)
    for (let b = 0; b < blocks && c * blocks + b < positions; b++)
      packed.set(patches[c * blocks + b]!, b * block)
    return owner.encrypt(packed)
  })
  const repeated = Float64Array.from({ length: slots }, (_, slot) => own[slot % own.length] as number)
  return [...images, owner.encrypt(repeated, 0)]
}

/**
 * Reads an answer: the means of its repeats. All of it is computed before one decision is made of it.
 * @param mask a stream as the question's had it
 * @returns null where any slot is off its repeats, padding is not 0, or an output is beyond the bound: this is not the answer to this image
 * @throws FrostglassError as `CkksOwner.decryptAny`
 */
export function decryptAnswer(
  owner: CkksOwner,
  plan: LatencyPlan,
  bytes: Uint8Array,
  mask: Stream,
): Float64Array | null {
  const { period, slots, outputs, range, tolerance } = plan
  const all = owner.decryptAny(bytes)
  const own = maskOf(plan, mask)
  const means = new Float64Array(period)
  all.forEach((v, slot) => {
    means[slot % period]! += (v * period) / slots
  })
  let off = 0
  all.forEach((v, slot) => {
    off += near(v - (means[slot % period] as number), tolerance)
  })
  const values = means.map((mean, i) => mean - (own[i] as number))
  values.forEach((v, i) => {
    off += near(v, i < outputs ? 2 ** range + tolerance : tolerance)
  })
  return off === 0 ? values.slice(0, outputs) : null
}

/** 0 for |v| ≤ most, else 1; 1 for what is no number. */
const near = (v: number, most: number): number => (Math.abs(v) <= most ? 0 : 1)

/**
 * Numbers that may be shown: with noise beside which all is small that depends on the key, the service's lies or the ciphertext's noise.
 * Source: Li and Micciancio 2021; Li, Micciancio, Schultz and Sorrell 2022.
 */
export function floodAnswers(values: Float64Array, flood: number, noise: Stream): Float64Array {
  // Digits far below the noise would say which of its floating-point numbers were added (Mironov 2012).
  const grid = 2 ** (Math.floor(Math.log2(flood)) - 10)
  return values.map((v) => Math.round((v + flood * noise.gaussian()) / grid) * grid)
}

/** The service's side: a network with its weights encoded once. */
export interface LatencyService {
  /** Answers an image. @throws FrostglassError `input`, `key` for ciphertexts that do not fit */
  infer(image: readonly Uint8Array[]): Uint8Array
  readonly times: OperationTimes
  close(): void
}

/**
 * Makes a network ready to answer the holder of these keys.
 * @throws FrostglassError as `openCkksService`; RangeError for a network that is not the plan's
 */
export async function openLatencyService(
  plan: LatencyPlan,
  { layers }: PolynomialNetwork,
  keys: EvaluationKeys,
): Promise<LatencyService> {
  const service = await openCkksService(keys)
  const noise = stream(drawSecret(), 'answer noise')
  const { slots, block, windows, parameters } = plan
  const usual = 2 ** parameters.precision
  const top = levelsOf(parameters)
  const [first, ...rest] = layers as [ConvLayer, ...PolynomialNetwork['layers']]
  const convolution = blockDiagonals(service, plan, first, usual)
  // The convolution leaves the highest level; each square and each dense layer one more.
  const dense = rest.flatMap((layer, i) =>
    layer.kind === 'dense' ? [denseStep(layer, top - 1 - i, i === 1, layer === rest.at(-1))] : [],
  )
  const biasOfMaps = Float64Array.from({ length: slots }, (_, slot) =>
    slot % block < windows ? (first.bias[Math.floor(slot / block)] ?? 0) : 0,
  )

  function denseStep(
    { outputs, weights, bias }: DenseLayer,
    level: number,
    afterMaps: boolean,
    isLast: boolean,
  ) {
    const own = diagonalPlan(isLast ? plan.period : outputs, slots)
    // What a square comes to: its answer is at the usual scale again, exactly, so that a mask can be added.
    const from = usual ** 2 / service.factorScale(level + 1, 1, 1)
    const inputs = weights.length / outputs
    const at = (slot: number, column: number): number => {
      if (column >= outputs) return 0
      const map = Math.floor(slot / block)
      const window = slot % block
      // After the convolution numbers lie by map and window; after a dense layer at the first slots.
      const place = afterMaps ? (window < windows ? map * windows + window : inputs) : slot
      return place < inputs ? (weights[place * outputs + column] as number) : 0
    }
    const diagonals: Diagonals = plainDiagonals(service, own, 'backward', at, {
      level,
      scale: service.factorScale(level, from),
    })
    const added = Float64Array.from({ length: slots }, (_, slot) => bias[slot % own.columns] ?? 0)
    return (x: Ciphertext) => {
      const product = columnsTimes(service, own, [diagonals], [x])
      const sum = service.plusPlain(product, added)
      service.free(product)
      return sum
    }
  }

  return {
    infer(image) {
      if (image.length !== plan.ciphertexts + 1)
        throw new FrostglassError(
          'input',
          `an image is ${plan.ciphertexts + 1} ciphertexts, not ${image.length}`,
          {
            hint: 'both sides must have the same plan',
          },
        )
      const handles = image.map((bytes) => service.read(bytes, 'the image'))
      const mask = handles.at(-1) as Ciphertext
      const given = handles.slice(0, -1)
      const maps = diagonalsTimes(service, blockWalk(plan), convolution, given)
      let x = service.plusPlain(maps, biasOfMaps)
      service.free(maps, ...given)
      for (const step of dense) {
        const product = service.product(x, x)
        const square = service.settled(product)
        const next = step(square)
        service.free(x, product, square)
        x = next
      }
      const masked = service.plus(x, mask)
      const hidden = service.plusPlain(
        masked,
        Float64Array.from({ length: slots }, () => plan.hiding * noise.gaussian()),
      )
      service.rerandomise(hidden)
      const bytes = service.write(hidden)
      service.free(x, masked, hidden, mask)
      return bytes
    },
    times: service.times,
    close: () => service.close(),
  }
}

/** Diagonals of blocks for each ciphertext of an image, rotated by their giant steps. */
function blockDiagonals(
  service: CkksService,
  plan: LatencyPlan,
  { filters, weights }: ConvLayer,
  usual: number,
): Diagonals[] {
  const { slots, block, windows, positions, ciphertexts, parameters } = plan
  const blocks = slots / block
  const { baby } = blockWalk(plan)
  const top = levelsOf(parameters)
  const scale = service.factorScale(top, usual)
  return Array.from({ length: ciphertexts }, (_, c) =>
    Array.from({ length: blocks }, (_, r) => {
      const giant = r - (r % baby)
      const values = Float64Array.from({ length: slots }, (_, slot) => {
        // Before the giant rotation this slot lies `giant` blocks further on.
        const map = (Math.floor(slot / block) - giant + blocks) % blocks
        const position = c * blocks + ((map + r) % blocks)
        return map < filters && position < positions && slot % block < windows
          ? (weights[map * positions + position] as number)
          : 0
      })
      return values.every((v) => v === 0) ? null : { plain: service.encode(values, top, scale) }
    }),
  )
}
