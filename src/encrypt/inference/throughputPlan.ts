// The plan of answering thousands of encrypted images at once: plain moduli, noise, how fine whole weights may be.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets): batching, the Chinese remainder theorem; noise as measured with SEAL 4.1.

import { FrostglassError } from '../../errors.ts'
import { bitsBelowDelta } from '../bfv/drown.ts'
import { bitLength } from '../integers.ts'
import { bfvParameters, ciphertextBytes, type HeParameters, slotsOf } from '../seal/parameters.ts'
import { leastPlainBits, mostPlainBits, plainPrimes } from '../seal/plainPrimes.ts'
import { type NetworkShape, type PolynomialNetwork, requireForm } from './network.ts'
import { type IntegerLayer, type IntegerNetwork, quantise, scalesOf } from './quantise.ts'

/** What a plan depends on besides the network's shape. JSON. */
export interface ThroughputChoice {
  /** Bits of each plain modulus, and how many there are. */
  readonly bits: number
  readonly moduli: number
  /** Pixels of 0 … 1 become 0 … levels. */
  readonly levels: number
  /** An answer of the network of real numbers is about the whole one over this. */
  readonly scale: number
  /** Bits of the largest |whole answer|. */
  readonly bound: number
}

/** What both sides know. JSON. */
export interface ThroughputPlan {
  /** One set a prime; together they hold every answer. */
  readonly moduli: readonly HeParameters[]
  /** Images at once. */
  readonly images: number
  /** Numbers of an image: a batch has a ciphertext for each, and one more for the mask, for each modulus. */
  readonly inputs: number
  readonly outputs: number
  readonly levels: number
  readonly scale: number
  /** An answer beyond ± 2^bound is none. */
  readonly bound: number
}

/**
 * Bits by which the moduli together exceed the answers' range: a number decrypted from anything else passes the owner's
 * check with a probability of at most 2^−8.
 */
export const checkBits = 8

/** Bits that an answer takes of the moduli: a sign, and the room for the check. */
const wantedBits = (bound: number) => bound + 1 + checkBits

/** Bytes of a batch: no card of somebody else makes its client hold more. */
const mostBatch = 4e9

/** Bytes of a modulus: a question is encrypted whole before it is sent, an answer is read whole. */
const batchBytes = (inputs: number, outputs: number, parameters: HeParameters): number =>
  ciphertextBytes(parameters) * Math.max((inputs + 1) / 2, outputs)

function requireBatch(bytes: number): void {
  if (bytes > mostBatch)
    throw new FrostglassError(
      'unsupported',
      `a batch would take ${(bytes / 1e9).toFixed(1)} GB, and ${mostBatch / 1e9} is taken`,
      'Take a network of fewer inputs or outputs.',
    )
}

/**
 * The plan that a choice makes of a shape.
 * @throws FrostglassError `unsupported` without a dense layer at the end and for a batch of over 4 GB, `usage` for moduli that are none
 */
export function throughputPlanOf(
  { input, layers }: NetworkShape,
  { bits, moduli: count, levels, scale, bound }: ThroughputChoice,
): ThroughputPlan {
  const last = layers.at(-1)
  if (last?.kind !== 'dense') throw new FrostglassError('unsupported', 'a network ends in a dense layer')
  // A prime of b bits is above 2^(b−1).
  if (wantedBits(bound) > count * (bits - 1))
    throw new FrostglassError(
      'usage',
      `${count} moduli of ${bits} bits do not hold answers of ${bound} bits and tell them from others`,
    )
  const moduli = bfvParameters(bits, count)
  const inputs = input[0] * input[1] * input[2]
  requireBatch(count * batchBytes(inputs, last.outputs, moduli[0]!))
  return {
    moduli,
    images: slotsOf(moduli[0]!),
    inputs,
    outputs: last.outputs,
    levels,
    scale,
    bound,
  }
}

// Measured: bits of noise that a fresh ciphertext of t bits has room for, and that a square takes.
const freshBudget = (bits: number) => 169 - bits
const squareCost = (bits: number) => bits + 13

/** log₂ of the hiding noise's 1 / √(Fisher information) over the noise that a computation leaves: at least so much by the estimate. */
export const hidingBits = 20

/** The estimate may be so much too high: a guess, not measured since answers are hidden. */
const margin = 4

// What hides is wider than Δ / 2^bitsBelowDelta; a budget of b bits is noise of Δ / 2^(b + 1).
const spare = Math.ceil(hidingBits + bitsBelowDelta - 1 + margin)

/** Each is a batch's work once more. */
export const mostModuli = 6

/**
 * Plans a batch: as few primes as hold every answer and leave the noise its room.
 * @throws FrostglassError `unsupported` when no number of primes does
 */
export function planThroughput(network: IntegerNetwork): ThroughputPlan {
  const { layers, bound: most, levels, scale } = network
  const bound = bitLength(most)
  for (let moduli = 1; moduli <= mostModuli; moduli++) {
    const bits = plainBits(Math.ceil(wantedBits(bound) / moduli) + 1, moduli)
    if (bits !== undefined && noiseLeft(layers, bits) >= spare)
      return throughputPlanOf(network, { bits, moduli, levels, scale, bound })
  }
  throw tooDeep(network, `answers of ${bound} bits are too deep for the largest parameters`)
}

/** The least size of at least `least` bits of which there are so many primes. */
function plainBits(least: number, count: number): number | undefined {
  for (let bits = Math.max(least, leastPlainBits); bits <= mostPlainBits; bits++)
    if (plainPrimes(bits, count).length === count) return bits
  return undefined
}

const tooDeep = ({ layers }: Pick<NetworkShape, 'layers'>, what: string) =>
  new FrostglassError(
    'unsupported',
    what,
    `Take smaller whole weights, or fewer than ${layers.filter(({ kind }) => kind === 'square').length} squares.`,
  )

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
 * @param moduli at most; default 3
 * @throws FrostglassError `unsupported` when the coarsest is too deep, no scale makes its weights whole numbers, or a batch of one modulus is
 * over 4 GB; as `requireForm`
 */
export function quantiseFor(
  network: PolynomialNetwork,
  moduli = 3,
): { readonly whole: IntegerNetwork; readonly plan: ThroughputPlan } {
  requireForm(network)
  const { input, layers } = network
  const last = layers.at(-1)
  const each = batchBytes(
    input[0] * input[1] * input[2],
    last?.kind === 'dense' ? last.outputs : 0,
    bfvParameters(mostPlainBits, 1)[0]!,
  )
  requireBatch(each)
  const fit = Math.min(moduli, Math.floor(mostBatch / each))
  for (const fineness of finenesses) {
    const found = planned(network, fineness, fit)
    if (found) return found
  }
  throw tooDeepFor(network, fit)
}

type Fineness = (typeof finenesses)[number]

const sizesOf = ({ layers }: PolynomialNetwork, [levels, first, between, last]: Fineness) => {
  const weighted = layers.filter((layer) => layer.kind !== 'square').length
  const largest = Array.from({ length: weighted }, (_, i) =>
    i === weighted - 1 ? last : i === 0 ? first : between,
  )
  return { levels, largest }
}

/** A network of one fineness and its plan, if there is one of so few moduli. */
function planned(
  network: PolynomialNetwork,
  fineness: Fineness,
  moduli: number,
): { readonly whole: IntegerNetwork; readonly plan: ThroughputPlan } | undefined {
  try {
    const whole = quantise(network, sizesOf(network, fineness))
    const plan = planThroughput(whole)
    return plan.moduli.length <= moduli ? { whole, plan } : undefined
  } catch (error) {
    if (error instanceof FrostglassError && error.code === 'unsupported') return undefined
    throw error
  }
}

/**
 * Why there is no plan: sizes that no scale makes whole; or too many squares, and how many of the first could be computed with the
 * coarsest whole weights; or else how many bits answers have then.
 */
function tooDeepFor(network: PolynomialNetwork, moduli: number): FrostglassError {
  const coarsest = finenesses.at(-1)!
  scalesOf(network, sizesOf(network, coarsest))
  const places = network.layers.flatMap(({ kind }, i) => (kind === 'square' ? [i] : []))
  const fit = places.findLastIndex((_, n) => {
    const end = places[n + 1] ?? network.layers.length
    if (end === network.layers.length || network.layers[end - 1]?.kind !== 'dense') return false
    return planned({ ...network, layers: network.layers.slice(0, end) }, coarsest, moduli) !== undefined
  })
  const squares = `${places.length} ${places.length === 1 ? 'square' : 'squares'}`
  if (fit >= 0)
    return new FrostglassError(
      'unsupported',
      `too deep: answers after ${squares} do not fit into ${moduli} plain moduli; after ${fit + 1} of them they do`,
      'Allow more moduli, or take a network of fewer squares or inputs.',
    )
  // What is beyond all parameters throws its own words.
  const { bound } = quantise(network, sizesOf(network, coarsest))
  return new FrostglassError(
    'unsupported',
    `answers of ${bitLength(bound)} bits, with the coarsest whole weights of ${squares === '0 squares' ? 'a network without squares' : `a network of ${squares}`}, do not fit into ${moduli} plain moduli`,
    'Take fewer squares or inputs, and biases of the size of the weights.',
  )
}

/**
 * An estimate: bits of the noise budget that a computation leaves, before its answers are hidden. Measured on networks of many
 * kinds (noise.slow.test.ts): what is left indeed is never less.
 * @param bits of the plain modulus
 */
export function noiseLeft(layers: readonly IntegerLayer[], bits: number): number {
  return layers.reduce((left, layer) => {
    if (layer.kind === 'square') return left - squareCost(bits)
    return left - Math.log2(Math.max(2, mostEnergy(layer))) / 2 - 1
  }, freshBudget(bits))
}

/** The largest sum of squared weights of a unit: the noise of the others is less. */
function mostEnergy(layer: Exclude<IntegerLayer, { kind: 'square' }>): number {
  const units = layer.kind === 'dense' ? layer.outputs : layer.filters
  const energies = new Float64Array(units)
  const each = layer.weights.length / units
  layer.weights.forEach((w, at) => {
    // Dense weights are [inputs, outputs]; filters have theirs together.
    const unit = layer.kind === 'dense' ? at % units : Math.floor(at / each)
    energies[unit] = energies[unit]! + w * w
  })
  return energies.reduce((most, energy) => Math.max(most, energy), 0)
}

/** The plan in words, for the terminal. */
export function throughputPlanText({ moduli, images, inputs, outputs }: ThroughputPlan): string {
  const { degree, precision, primes } = moduli[0]!
  const bytes = ((inputs + 1) * moduli.length * ciphertextBytes(moduli[0]!)) / 2
  return [
    `BFV, degree ${degree}, primes of ${primes.join(', ')} bits: 128 bits of security; ${moduli.length} plain moduli of ${precision} bits`,
    `${images.toLocaleString('en')} images at once: ${inputs} ciphertexts and a mask for each modulus, at most ${(bytes / 1e6).toFixed(0)} MB up; ${outputs} for each down`,
    `answers carry noise that hides the weights, as large as decryption can bear: no noise budget is left`,
  ].join('\n')
}
