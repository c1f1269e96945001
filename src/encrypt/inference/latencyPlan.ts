// The plan of answering one encrypted image fast: how pixels and numbers lie in slots, which rotations are needed.
// Source: patches as convolution sees them, sent by the key holder (as TenSEAL's im2col); matrix products by diagonals
// (Halevi and Shoup 2018) in parts, latencyLayout.ts, the convolution over blocks of slots: one ciphertext holds all its maps.

import { FrostglassError } from '../../errors.ts'
import { foldRotations, nextPower, walkRotations } from '../ckks/diagonals.ts'
import { ciphertextBytes, type HeParameters, levelsOf, slotsOf } from '../seal/parameters.ts'
import { layoutOf, type Product } from './latencyLayout.ts'
import { latencyParameters } from './latencyParameters.ts'
import { type ConvShape, type DenseShape, type NetworkShape, windowsOf } from './network.ts'

/** What the service chooses for its network, and tells: beside the shape, all that a plan is made of. JSON. */
export interface LatencyChoice {
  /** log₂ of the scale. */
  readonly precision: number
  /** log₂ of a bound of every |answer| to an image of 0 … 1, a whole number. */
  readonly range: number
  /** log₂ of the deviation of the noise that the service adds, in whole quarters: its computation's is to be a quarter of it, or less. */
  readonly noise: number
}

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
  /** Products with a matrix, in their order: the convolution, then the dense layers. */
  readonly products: readonly Product[]
  readonly rotations: readonly number[]
  /** log₂ of the scale of the answer: the usual one is the parameters' precision. */
  readonly answerPrecision: number
  /** log₂ of a bound of every |answer| to an image of 0 … 1. */
  readonly range: number
  /** Numbers of an answer repeat through its slots with this period: the outputs, and one or more that are 0. */
  readonly period: number
  /** Deviation of the noise that the service adds to every number; what is no number it covers. */
  readonly hiding: number
  /** How far padding may be off 0, and a number off what the network gives in the plain. */
  readonly tolerance: number
  readonly error: number
}

const refuse = (what: string): never => {
  throw new FrostglassError(
    'unsupported',
    `one image at a time: ${what}`,
    'Take a convolution first, then squares and dense layers in turn, a dense layer last.',
  )
}

/** The layers of a network of this packing. @throws FrostglassError `unsupported` for other kinds, or another order */
export function requireLayers({ layers: [first, ...rest] }: NetworkShape): {
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

/** Bits by which noise is below the bound of the answers, at least: a service cannot state more, so that its lies pass for noise. */
export const mostNoise = 7

/**
 * Plans a network: a convolution, then squares and dense layers in turn.
 * @throws FrostglassError `unsupported` for other networks, one too large for a ciphertext's slots or memory, and answers or
 * levels for which no parameters of 128 bits have room
 */
export function planLatency(network: NetworkShape, choice: LatencyChoice): LatencyPlan {
  const { input, layers } = network
  const { precision, range, noise } = choice
  const { first, last } = requireLayers(network)
  if (noise > 4 * (range - mostNoise)) refuse(`noise of 2^${noise / 4} would drown answers of ±2^${range}`)
  // Every layer takes a level.
  const { parameters, answerPrecision } = latencyParameters(layers.length, precision, range)
  const slots = slotsOf(parameters)
  const [down, across] = windowsOf(input, first)
  const windows = down * across
  const block = nextPower(windows)
  const blocks = slots / block
  if (first.filters > blocks)
    refuse(`${first.filters} maps of ${windows} windows do not fit into ${slots} slots`)
  const positions = input[0] * first.kernel[0] * first.kernel[1]
  const dense = layers.filter((layer): layer is DenseShape => layer.kind === 'dense')
  const wide = Math.max(...dense.map(({ outputs }) => outputs))
  const period = nextPower(last.outputs + 1)
  if (wide > slots || period > slots) refuse(`${wide} units do not fit into ${slots} slots`)
  const ciphertexts = Math.ceil(positions / blocks)
  const products = layoutOf({
    slots,
    block,
    filters: first.filters,
    ciphertexts,
    outputs: dense.map(({ outputs }) => outputs),
    levels: levelsOf(parameters),
  })
  const steps = new Set(
    products.flatMap((product) => [
      ...walkRotations(product.walk),
      ...foldRotations(product.period, product.span),
    ]),
  )
  const size = memoryOf(
    parameters,
    steps.size,
    products.map(({ walk }, i) => walk.diagonals * (i === 0 ? ciphertexts : 1)),
  )
  if (size > mostMemory)
    refuse(
      `keys and weights would take ${(size / 1e9).toFixed(1)} GB, and ${(mostMemory / 1e9).toFixed(1)} is taken: too many layers, or units`,
    )
  const { kind, filters, kernel, stride, padding } = first
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
    products,
    rotations: [...steps].sort((a, b) => a - b),
    answerPrecision,
    range,
    period,
    ...noiseOf(noise),
  }
}

/** How many times the deviation of the noise that a service adds an honest answer may be off. */
export const errorOfNoise = 12

/**
 * What follows from the noise of an answer: its deviation is `hiding` and a quarter of it at most by the model of latencyNoise.ts.
 * The limits are twelve of it, so that a computation four times as noisy as the worst that was found still passes (PROOF.md, section 3).
 */
function noiseOf(noise: number): Pick<LatencyPlan, 'hiding' | 'tolerance' | 'error'> {
  const hiding = 2 ** (noise / 4)
  const error = errorOfNoise * hiding
  return { hiding, tolerance: error, error }
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
  const { parameters, ciphertexts, slots, rotations, range, error } = plan
  const bytes = (ciphertexts * ciphertextBytes(parameters)) / 2
  return [
    `CKKS, degree ${parameters.degree}, primes of ${parameters.primes.join(', ')} bits, scale 2^${parameters.precision}: 128 bits of security`,
    `${levelsOf(parameters)} levels, one a layer; ${rotations.length} rotations, and relinearisation`,
    `an image is ${ciphertexts} ciphertexts of ${slots} slots, at most ${(bytes / 1000).toFixed(0)} kB with a seed for half of each`,
    `answers of at most ±2^${range}, right within ${error.toPrecision(2)}, for their owner alone`,
  ].join('\n')
}
