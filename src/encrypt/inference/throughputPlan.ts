// The plan of answering thousands of encrypted images at once: plain moduli, noise, how fine whole weights may be.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets): batching, the Chinese remainder theorem; noise as measured with SEAL 4.1.

import { FrostglassError } from '../../errors.ts'
import { bitLength } from '../integers.ts'
import { bfvParameters, ciphertextBytes, type HeParameters, slotsOf } from '../seal/parameters.ts'
import type { NetworkShape, PolynomialNetwork } from './network.ts'
import { type IntegerLayer, type IntegerNetwork, quantise } from './quantise.ts'

/** What a plan depends on besides the network's shape. JSON. */
export interface ThroughputChoice {
  /** Bits of each plain modulus, and how many there are. */
  readonly bits: number
  readonly moduli: number
  /** Pixels of 0 … 1 become 0 … levels. */
  readonly levels: number
  /** An answer of the network of real numbers is about the whole one over this. */
  readonly scale: number
}

/** What both sides know. JSON. */
export interface ThroughputPlan {
  /** One set a prime; together they hold every answer. */
  readonly moduli: readonly HeParameters[]
  /** Images at once. */
  readonly images: number
  /** Ciphertexts of a batch, for each modulus. */
  readonly inputs: number
  readonly outputs: number
  readonly levels: number
  readonly scale: number
}

/**
 * The plan that a choice makes of a shape.
 * @throws FrostglassError `unsupported` without a dense layer at the end, `usage` for moduli that are none
 */
export function throughputPlanOf(
  { input, layers }: NetworkShape,
  { bits, moduli: count, levels, scale }: ThroughputChoice,
): ThroughputPlan {
  const last = layers.at(-1)
  if (last?.kind !== 'dense') throw new FrostglassError('unsupported', 'a network ends in a dense layer')
  const moduli = bfvParameters(bits, count)
  return {
    moduli,
    images: slotsOf(moduli[0] as HeParameters),
    inputs: input[0] * input[1] * input[2],
    outputs: last.outputs,
    levels,
    scale,
  }
}

// Measured: bits of noise that a fresh ciphertext of t bits has room for, and that a square takes.
const freshBudget = (bits: number) => 169 - bits
const squareCost = (bits: number) => bits + 13
const spare = 3

/** Each is a batch's work once more. */
export const mostModuli = 6

/**
 * Plans a batch: as few primes as hold every answer and leave the noise its room.
 * @throws FrostglassError `unsupported` when no number of primes does
 */
export function planThroughput(network: IntegerNetwork): ThroughputPlan {
  const { layers, bound, levels, scale } = network
  const wanted = bitLength(2n * bound + 1n)
  for (let moduli = 1; moduli <= mostModuli; moduli++) {
    // A prime of b bits is above 2^(b−1).
    const bits = Math.max(16, Math.ceil(wanted / moduli) + 1)
    if (bits <= 40 && noiseLeft(layers, bits) >= spare)
      return throughputPlanOf(network, { bits, moduli, levels, scale })
  }
  throw new FrostglassError(
    'unsupported',
    `answers of ${wanted} bits are too deep for the largest parameters`,
    {
      hint: 'take smaller whole weights, or fewer squares',
    },
  )
}

/**
 * Levels of a pixel, and largest whole weights of the first layer, those between, and the last; finer ones first. Pixels
 * and the first weights go through every square: a bit of theirs costs four of the answer's after two squares, and buys
 * less than a bit of the others (measured on networks of digits).
 */
const finenesses = [
  [31, 63, 255, 127],
  [31, 31, 127, 127],
  [15, 31, 127, 63],
  [15, 15, 63, 63],
  [12, 15, 63, 63],
  [12, 12, 63, 63],
  [12, 12, 31, 63],
  [10, 10, 31, 31],
  [7, 10, 31, 31],
  [7, 7, 15, 15],
] as const

/**
 * The finest network of whole numbers whose answers so many moduli hold: each modulus is a batch's work once more.
 * @param moduli at most; default 2, one a core
 * @throws FrostglassError `unsupported` when the coarsest is too deep
 */
export function quantiseFor(
  network: PolynomialNetwork,
  moduli = 2,
): { readonly whole: IntegerNetwork; readonly plan: ThroughputPlan } {
  const weighted = network.layers.filter((layer) => layer.kind !== 'square').length
  for (const [levels, first, between, last] of finenesses) {
    const largest = Array.from({ length: weighted }, (_, i) =>
      i === weighted - 1 ? last : i === 0 ? first : between,
    )
    const whole = quantise(network, { levels, largest })
    try {
      const plan = planThroughput(whole)
      if (plan.moduli.length <= moduli) return { whole, plan }
    } catch (error) {
      if (!(error instanceof FrostglassError && error.code === 'unsupported')) throw error
    }
  }
  throw new FrostglassError('unsupported', `answers do not fit into ${moduli} plain moduli`, {
    hint: 'allow more of them, or take a network of fewer squares',
  })
}

/** An estimate: what is left of the noise budget at the end. The owner measures what is left indeed. */
function noiseLeft(layers: readonly IntegerLayer[], bits: number): number {
  return layers.reduce((left, layer) => {
    if (layer.kind === 'square') return left - squareCost(bits)
    const outputs = layer.kind === 'dense' ? layer.outputs : layer.filters
    const energy = layer.weights.reduce((sum, w) => sum + w * w, 0) / outputs
    return left - Math.log2(Math.max(2, energy)) / 2 - 1
  }, freshBudget(bits))
}

/** The plan in words, for the terminal. */
export function throughputPlanText({ moduli, images, inputs, outputs }: ThroughputPlan): string {
  const { degree, precision, primes } = moduli[0] as HeParameters
  const bytes = (inputs * moduli.length * ciphertextBytes(moduli[0] as HeParameters)) / 2
  return [
    `BFV, degree ${degree}, primes of ${primes.join(', ')} bits: 128 bits of security; ${moduli.length} plain moduli of ${precision} bits`,
    `${images.toLocaleString('en')} images at once: ${inputs} ciphertexts for each modulus, at most ${(bytes / 1e6).toFixed(0)} MB up; ${outputs} for each down`,
  ].join('\n')
}
