// The plan of answering one encrypted image fast: how pixels and numbers lie in slots, which rotations are needed.
// Source: patches as convolution sees them, sent by the key holder (as TenSEAL's im2col); matrix products by diagonals
// (Halevi and Shoup 2018), the convolution over blocks of slots as well: one ciphertext holds all its maps.

import { FrostglassError } from '../../errors.ts'
import { diagonalPlan, nextPower, rotationsOf, type Walk, walkOf, walkRotations } from '../ckks/diagonals.ts'
import { ciphertextBytes, ckksParameters, type HeParameters, levelsOf, slotsOf } from '../seal/parameters.ts'
import { rangeOf } from './bounds.ts'
import { mostAnswers } from './keyState.ts'
import {
  type ConvShape,
  type DenseShape,
  type NetworkShape,
  type PolynomialNetwork,
  windowsOf,
} from './network.ts'

/** What both sides know. The network itself stays with the service. JSON. */
export interface LatencyPlan {
  readonly parameters: HeParameters
  readonly slots: number
  readonly input: NetworkShape['input']
  readonly convolution: ConvShape
  /** Windows of the convolution, and the slots that a block of them takes: the next power of two. */
  readonly windows: number
  readonly block: number
  /** Rows of the patches; `slots / block` of them a ciphertext. */
  readonly positions: number
  readonly ciphertexts: number
  /** Numbers of the answer: they lie at the first slots. */
  readonly outputs: number
  readonly rotations: readonly number[]
  /** log₂ of a bound of every |answer| to an image of 0 … 1. */
  readonly range: number
  /** Numbers of an answer repeat through its slots with this period: the outputs, and one or more that are 0. */
  readonly period: number
  /** Deviation, by slot, of the noise that the service adds so that its own computation's is drowned. */
  readonly hiding: number
  /** How far a number of an answer may be off its repeats, and off what the network gives in the plain. */
  readonly tolerance: number
  readonly error: number
  /** Deviation of the noise that hides the key in numbers that are shown; null where it would drown them: none are shown then. */
  readonly flood: number | null
}

/** A mask is as large as an answer: with it, and with what tolerance allows, numbers stay below half of the first prime. */
const roomForMask = 2

/** Bits of the first prime that scale and answers share. */
const mostRoom = 60 - 1 - roomForMask

/** The walk over the blocks of a convolution: a block's place is a diagonal. */
export const blockWalk = ({ slots, block }: Pick<LatencyPlan, 'slots' | 'block'>): Walk =>
  walkOf(slots / block, block)

const refuse = (what: string): never => {
  throw new FrostglassError('unsupported', `one image at a time: ${what}`, {
    hint: 'a convolution first, then squares and dense layers in turn, a dense layer last',
  })
}

/** The layers of a network of this packing. @throws FrostglassError `unsupported` for other kinds, or another order */
function requireLayers({ layers: [first, ...rest] }: NetworkShape): {
  readonly first: ConvShape
  readonly rest: NetworkShape['layers']
  readonly last: DenseShape
} {
  if (first?.kind !== 'conv') return refuse('the first layer is no convolution')
  rest.forEach((layer, i) => {
    if (layer.kind !== (i % 2 === 0 ? 'square' : 'dense'))
      refuse(`layer ${i + 2} is ${layer.kind}, where a ${i % 2 === 0 ? 'square' : 'dense layer'} is taken`)
  })
  const last = rest.at(-1)
  if (last?.kind !== 'dense') return refuse('the last layer is not dense')
  return { first, rest, last }
}

/** log₂ of the scale: five levels have room at degree 8192. */
const usualPrecision = 26

/** Twice the degree and time: lies that pass for noise are so small that answers can be shown. */
const showablePrecision = 40

/**
 * Plans a network that one has, by its own bound.
 * @param options.showable precise enough that answers can be shown to others: about twice the time
 * @throws FrostglassError as {@link planLatency}
 */
export function latencyPlanOf(
  network: PolynomialNetwork,
  { showable = false }: { readonly showable?: boolean } = {},
): LatencyPlan {
  // Bounds are of these layers alone, and take longer than to refuse others.
  requireLayers(network)
  const range = rangeOf(network)
  const precision = showable ? Math.min(showablePrecision, mostRoom - range) : usualPrecision
  return planLatency(network, Math.max(usualPrecision, precision), range)
}

/**
 * Plans a network: a convolution, then squares and dense layers in turn.
 * @param precision log₂ of the scale
 * @param range log₂ of a bound of every |answer|, a whole number
 * @throws FrostglassError `unsupported` for other networks, or one too large for a ciphertext's slots; `usage` when no
 * parameters of 128 bits have room for its levels
 */
export function planLatency(network: NetworkShape, precision: number, range: number): LatencyPlan {
  const { input, layers } = network
  const { first, rest, last } = requireLayers(network)
  const room = mostRoom - precision
  if (range > room)
    refuse(`answers may reach ±2^${range}, and ±2^${room} can be held: scale the last layer's weights down`)
  // Every layer takes a level.
  const parameters = ckksParameters(layers.length, precision, range + roomForMask)
  const slots = slotsOf(parameters)
  const [down, across] = windowsOf(input, first)
  const windows = down * across
  const block = nextPower(windows)
  const blocks = slots / block
  if (first.filters > blocks)
    refuse(`${first.filters} maps of ${windows} windows do not fit into ${slots} slots`)
  const positions = input[0] * first.kernel[0] * first.kernel[1]
  const dense = rest.filter((layer): layer is DenseShape => layer.kind === 'dense')
  const steps = new Set(walkRotations(blockWalk({ slots, block })))
  const period = nextPower(last.outputs + 1)
  const columns = dense.map((layer) => (layer === last ? period : layer.outputs))
  for (const own of columns) for (const step of rotationsOf(diagonalPlan(own, slots))) steps.add(step)
  const { kind, filters, kernel, stride, padding } = first
  const ciphertexts = Math.ceil(positions / blocks)
  const size = memoryOf(parameters, steps.size, [blocks * ciphertexts, ...columns.map(nextPower)])
  if (size > mostMemory)
    refuse(
      `keys and weights would take ${(size / 1e9).toFixed(1)} GB, and ${(mostMemory / 1e9).toFixed(1)} is taken: too many layers, or units`,
    )
  return {
    parameters,
    slots,
    input,
    convolution: { kind, filters, kernel, stride, padding },
    windows,
    block,
    positions,
    ciphertexts,
    outputs: last.outputs,
    rotations: [...steps].sort((a, b) => a - b),
    range,
    period,
    ...noiseOf({ range, precision, outputs: last.outputs }),
  }
}

/**
 * Noise by the bound of the answers, which grows with the weights as noise does. Measured, not proved: without what the service adds a slot
 * of trained MNIST networks (bound 2^16) is off its repeats by at most 0.07, and their mean off the plain answer by at most 0.6.
 */
function noiseOf({
  range,
  precision,
  outputs,
}: {
  readonly range: number
  readonly precision: number
  readonly outputs: number
}): Pick<LatencyPlan, 'hiding' | 'tolerance' | 'error' | 'flood'> {
  const hiding = Math.max(2 ** -10, 2 ** (range - 20)) * 2 ** (usualPrecision - precision)
  const error = 32 * hiding
  // Lies that pass, in every number that a key shows: all of them say at most 1/64 nat of the key (PROOF.md, section 2).
  const flood = 8 * error * Math.sqrt(outputs * mostAnswers.latency.checked)
  return { hiding, tolerance: 16 * hiding, error, flood: flood <= 2 ** (range - 6) ? flood : null }
}

/** WebAssembly has four gigabytes at most; keys stand in it twice while they are made or read. */
const mostMemory = 1.2e9

/** Bytes that a service holds: keys for rotations, and encoded diagonals of each layer with weights. */
function memoryOf(parameters: HeParameters, rotations: number, diagonals: readonly number[]): number {
  const { degree, primes } = parameters
  const key = 2 * (primes.length - 1) * primes.length * degree * 8
  return diagonals.reduce(
    // Between two layers with weights there is a square: two levels.
    (sum, count, i) => sum + count * Math.max(1, primes.length - 1 - 2 * i) * degree * 8,
    (rotations + 1) * key,
  )
}

/** The plan in words, for the terminal. */
export function latencyPlanText(plan: LatencyPlan): string {
  const { parameters, ciphertexts, slots, rotations } = plan
  const bytes = (ciphertexts * ciphertextBytes(parameters)) / 2
  return [
    `CKKS, degree ${parameters.degree}, primes of ${parameters.primes.join(', ')} bits, scale 2^${parameters.precision}: 128 bits of security`,
    `${levelsOf(parameters)} levels, one a layer; ${rotations.length} rotations, and relinearisation`,
    `an image is ${ciphertexts} ciphertexts of ${slots} slots, at most ${(bytes / 1000).toFixed(0)} kB with a seed for half of each`,
  ].join('\n')
}
