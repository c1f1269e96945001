// One encrypted image, answered: what the key holder packs and reads, and what the service computes.
// Source: latencyPlan.ts; biases are added in the plain, products are summed before they are rescaled.

import type { Ciphertext } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import { drawSecret, type Stream, stream } from '../../secret/derive.ts'
import { type Diagonals, diagonalsTimes, folded } from '../ckks/linear.ts'
import type { CkksOwner } from '../ckks/owner.ts'
import { openCkksService } from '../ckks/service.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { levelsOf } from '../seal/parameters.ts'
import type { OperationTimes } from '../seal/times.ts'
import { inputsOf, meeting, outputAt, type Product } from './latencyLayout.ts'
import type { LatencyPlan } from './latencyPlan.ts'
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
  const { input, convolution, slots, block, ciphertexts, positions, answerPrecision } = plan
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
  const repeated = Float64Array.from({ length: slots }, (_, slot) => own[slot % own.length]!)
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
  const own = maskOf(plan, mask)
  let off = 0
  const values = means.map((mean, i) => mean - own[i]!)
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
  const { slots, block, windows, parameters, products, ciphertexts } = plan
  const usual = 2 ** parameters.precision
  const top = levelsOf(parameters)
  const [first, ...rest] = network.layers as [ConvLayer, ...PolynomialNetwork['layers']]
  const dense = rest.filter((layer): layer is DenseLayer => layer.kind === 'dense')
  const convolution = convolved(products[0]!)
  const steps = dense.map((layer, i) => {
    // The convolution leaves the highest level; each square and each dense layer one more.
    const level = top - 2 - 2 * i
    // What a square comes to: its answer is at the scale of the mask again, exactly, so that it can be added.
    const squared = usual ** 2 / service.factorScale(level + 1, 1, 1)
    const scale = i === dense.length - 1 ? 2 ** plan.answerPrecision : usual
    return multiplied(layer, i, level, service.factorScale(level, squared, scale))
  })

  /** The convolution: blocks of slots are what slots are to a matrix. */
  function convolved(own: Product) {
    const { walk, period } = own
    const blocks = slots / block
    const inBlocks = { walk, period: period / block, span: blocks }
    const scale = service.factorScale(top, usual)
    const diagonals = Array.from({ length: ciphertexts }, (_, c) =>
      Array.from({ length: walk.diagonals }, (_, k) =>
        encoded(
          (slot) => {
            const { place, output } = meeting(inBlocks, blocks, k, Math.floor(slot / block))
            const position = c * blocks + place
            return output < first.filters && position < plan.positions && slot % block < windows
              ? first.weights[output * plan.positions + position]!
              : 0
          },
          top,
          scale,
        ),
      ),
    )
    const bias = Float64Array.from({ length: slots }, (_, slot) =>
      slot % block < windows ? (first.bias[Math.floor((slot % period) / block)] ?? 0) : 0,
    )
    return (image: readonly Ciphertext[]) => summed(own, diagonals, image, bias)
  }

  function multiplied({ outputs, weights, bias }: DenseLayer, i: number, level: number, scale: number) {
    const own = products[i + 1]!
    const inputs = weights.length / outputs
    const inputAt = inputsOf(plan, i)
    const diagonals: Diagonals = Array.from({ length: own.walk.diagonals }, (_, k) =>
      encoded(
        (slot) => {
          const { place, output } = meeting(own, slots, k, slot)
          const input = inputAt(place)
          return output < outputs && input >= 0 && input < inputs ? weights[input * outputs + output]! : 0
        },
        level,
        scale,
      ),
    )
    const added = Float64Array.from({ length: slots }, (_, slot) => bias[outputAt(own, slot)] ?? 0)
    return (x: Ciphertext) => summed(own, [diagonals], [x], added)
  }

  /** A product of vectors with their diagonals, one level lower, and a bias. */
  function summed(
    { walk, period, span, later }: Product,
    diagonals: readonly Diagonals[],
    vectors: readonly Ciphertext[],
    bias: Float64Array,
  ): Ciphertext {
    const whole = folded(service, diagonalsTimes(service, walk, diagonals, vectors, later), period, span)
    const lower = later ? service.rescaled(whole) : whole
    const sum = service.plusPlain(lower, bias)
    service.free(whole, lower)
    return sum
  }

  function encoded(at: (slot: number) => number, level: number, scale: number) {
    const values = Float64Array.from({ length: slots }, (_, slot) => at(slot))
    return values.every((v) => v === 0) ? null : { plain: service.encode(values, level, scale) }
  }

  return {
    infer(image) {
      if (image.length !== plan.ciphertexts + 1)
        throw new FrostglassError(
          'input',
          `an image is ${plan.ciphertexts + 1} ciphertexts, not ${image.length}`,
          'Give both sides the same plan.',
        )
      const handles = image.map((bytes, c) => {
        const own = service.read(bytes, 'the image')
        const [level, scale] = c < plan.ciphertexts ? [top, usual] : [0, 2 ** plan.answerPrecision]
        // Another form would be refused in the middle, where it may depend on which weights are 0.
        if (own.size() === 2 && own.isNttForm() && service.levelOf(own) === level && own.scale() === scale)
          return own
        service.free(own)
        throw new FrostglassError(
          'input',
          'the image is no ciphertexts as its owner makes them',
          'Make the question anew.',
        )
      })
      const mask = handles.at(-1)!
      const given = handles.slice(0, -1)
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
      const added = Float64Array.from({ length: plan.period }, () => plan.hiding * noise.gaussian())
      const hidden = service.plusPlain(
        masked,
        Float64Array.from({ length: slots }, (_, slot) => added[slot % plan.period]!),
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
