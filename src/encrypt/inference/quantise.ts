// A network of whole numbers in the place of one of real ones, with a bound that no image can exceed.
// Source: CryptoNets, section 3 (weights and pixels scaled to whole numbers); the bound is interval arithmetic.
// Its answers in the plain and under BFV are the same numbers: there is no rounding in either.

import { FrostglassError } from '../../errors.ts'
import { type ConvShape, type PolynomialNetwork, patchesOf, requireFinite } from './network.ts'

/** A layer with whole weights. */
export type IntegerLayer =
  | (ConvShape & { readonly weights: Int32Array; readonly bias: readonly bigint[] })
  | {
      readonly kind: 'dense'
      readonly outputs: number
      readonly weights: Int32Array
      readonly bias: readonly bigint[]
    }
  | { readonly kind: 'square' }

/** A network of whole numbers, as BFV computes it. */
export interface IntegerNetwork {
  readonly input: PolynomialNetwork['input']
  /** Pixels of 0 … 1 become 0 … levels. */
  readonly levels: number
  readonly layers: readonly IntegerLayer[]
  /** An answer of the network of real numbers is about the whole one over this. */
  readonly scale: number
  /** No answer to any image of 0 … levels is beyond ± this. */
  readonly bound: bigint
}

export interface QuantiseOptions {
  /** Default 15. */
  readonly levels?: number | undefined
  /** Largest whole weight of each convolution or dense layer, in their order. Default 31, 31 … and 15 for the last. */
  readonly largest?: readonly number[] | undefined
}

/**
 * @throws RangeError for other than one number a layer with weights; FrostglassError `input` for weights that are no finite
 * numbers, `unsupported` where answers would be too large or too small for any parameters
 */
export function quantise(network: PolynomialNetwork, options: QuantiseOptions = {}): IntegerNetwork {
  const { levels = 15 } = options
  const scales = scalesOf(network, options)
  const layers = network.layers.map((layer, i): IntegerLayer => {
    if (layer.kind === 'square') return layer
    const { factor, scale } = scales[i]!
    // Depth alone: every square doubles the bits.
    if (!(sizeOf(layer.bias) * scale < Number.MAX_VALUE && factor < Number.MAX_VALUE)) throw beyondAll()
    return {
      ...layer,
      weights: Int32Array.from(layer.weights, (w) => Math.round(w * factor)),
      bias: Array.from(layer.bias, (b) => BigInt(Math.round(b * scale))),
    }
  })
  const { scale } = scales.at(-1) ?? { scale: levels }
  return { input: network.input, levels, layers, scale, bound: boundOf(network.input, levels, layers) }
}

/** What a layer's weights are multiplied by, and how many times its numbers are those of the network of real ones. */
interface LayerScale {
  readonly factor: number
  readonly scale: number
}

/**
 * Scales of the layers, in their order; infinite where a network is too deep for float64.
 * @throws as {@link quantise}: for weights, and biases beside weights, of sizes that no scale makes whole numbers
 */
export function scalesOf(network: PolynomialNetwork, options: QuantiseOptions = {}): LayerScale[] {
  const { levels = 15 } = options
  const weighted = network.layers.filter((layer) => layer.kind !== 'square').length
  const largest = options.largest ?? Array.from({ length: weighted }, (_, i) => (i < weighted - 1 ? 31 : 15))
  if (largest.length !== weighted)
    throw new RangeError(`${weighted} layers have weights, but ${largest.length} sizes came`)
  requireFinite(network)
  let scale = levels
  let next = 0
  // The layers before whose weights are smallest and largest: what is to be blamed for a scale that is none.
  const sizes: { readonly most: number; readonly layer: number }[] = []
  const blamed = (by: 'smallest' | 'largest') => {
    const sign = by === 'smallest' ? 1 : -1
    const [{ most, layer }] = sizes.toSorted((a, b) => sign * (a.most - b.most)) as [(typeof sizes)[number]]
    return { most, words: `weights of up to ${most.toPrecision(2)} in layer ${layer}` }
  }
  return network.layers.map((layer, i) => {
    let factor = 1
    let bias = 0
    if (layer.kind === 'square') scale *= scale
    else {
      const most = sizeOf(layer.weights)
      bias = sizeOf(layer.bias)
      factor = largest[next++]! / (most || 1)
      scale *= factor
      sizes.push({ most: most || 1, layer: i + 1 })
      if (bias > unlike * (most || 1) && !(bias * scale < 2 ** mostBits))
        throw unscalable(
          `biases of up to ${bias.toPrecision(2)} beside weights of up to ${most.toPrecision(2)} in layer ${i + 1} make answers of more than ${mostBits} bits`,
        )
    }
    if (scale === 0)
      throw unscalable(`${blamed('largest').words} are so large that whole answers have no scale`)
    // Without biases any finite scale will do.
    const held =
      Number.isFinite(factor) && Number.isFinite(scale) && (bias === 0 || bias * scale < 2 ** mostBits)
    if (!held && sizes.length > 0 && blamed('smallest').most * unlike < 1)
      throw unscalable(`${blamed('smallest').words} are too small to be made whole numbers beside the others`)
    return { factor, scale }
  })
}

/** The largest |value|. */
const sizeOf = (values: Float64Array): number => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** Numbers so many times apart are of sizes that no one scale fits. */
const unlike = 2 ** 40

const unscalable = (what: string) =>
  new FrostglassError('unsupported', what, 'Scale weights and biases so that they are of one size.')

/** Bits of the largest answer that any number of plain moduli holds: six of forty bits. */
const mostBits = 240

const beyondAll = () =>
  new FrostglassError(
    'unsupported',
    `answers of more than ${mostBits} bits are too deep for the largest parameters`,
    'Take a network of fewer squares, or of weights of one size.',
  )

/** Pixels of 0 … 1 as whole numbers. @throws RangeError for pixels outside */
export const wholePixels = (
  { levels }: Pick<IntegerNetwork, 'levels'>,
  image: ArrayLike<number>,
): Int32Array =>
  Int32Array.from(image, (pixel) => {
    if (!(pixel >= 0 && pixel <= 1)) throw new RangeError(`a pixel is 0 to 1, not ${pixel}`)
    return Math.round(pixel * levels)
  })

/** Answers of one image of whole pixels, exactly. */
export function answerWhole({ input, layers }: IntegerNetwork, image: ArrayLike<number>): bigint[] {
  let values = Array.from(image, BigInt)
  for (const layer of layers) values = layerOf(layer, values, input)
  return values
}

function layerOf(
  layer: IntegerLayer,
  values: readonly bigint[],
  input: PolynomialNetwork['input'],
): bigint[] {
  if (layer.kind === 'square') return values.map((v) => v * v)
  if (layer.kind === 'dense') {
    const { outputs, weights, bias } = layer
    const most = values.reduce((m, v) => (v > m ? v : -v > m ? -v : m), 0n)
    const heaviest = weights.reduce((m, w) => Math.max(m, Math.abs(w)), 0)
    // Numbers are exact up to 2⁵³, and a thousand times as fast.
    if (Number(most) * heaviest * values.length < 2 ** 53) {
      const sums = new Float64Array(outputs)
      values.forEach((value, i) => {
        const v = Number(value)
        for (let o = 0; o < outputs; o++) sums[o] = sums[o]! + v * weights[i * outputs + o]!
      })
      return bias.map((b, o) => b + BigInt(sums[o]!))
    }
    return bias.map((b, o) => values.reduce((sum, v, i) => sum + v * BigInt(weights[i * outputs + o]!), b))
  }
  const patches = patchesOf(values.map(Number), input, layer)
  const windows = patches[0]!.length
  return Array.from({ length: layer.filters * windows }, (_, at) => {
    const filter = Math.floor(at / windows)
    return patches.reduce(
      (sum, row, position) =>
        sum + BigInt(row[at % windows]! * layer.weights[filter * patches.length + position]!),
      layer.bias[filter]!,
    )
  })
}

/** The largest |answer| that any image of 0 … levels can have: intervals through every layer. */
function boundOf(input: PolynomialNetwork['input'], levels: number, layers: readonly IntegerLayer[]): bigint {
  let low: bigint[] = new Array<bigint>(input[0] * input[1] * input[2]).fill(0n)
  let high: bigint[] = low.map(() => BigInt(levels))
  for (const layer of layers) {
    // Squares double the length: a chain of them would not end.
    if (mostOf(low, high) >> BigInt(mostBits) > 0n) throw beyondAll()
    if (layer.kind === 'square') {
      const ends = low.map((l, i) => {
        const h = high[i]!
        const [a, b] = [l * l, h * h]
        return { least: l > 0n ? a : h < 0n ? b : 0n, most: a > b ? a : b }
      })
      low = ends.map(({ least }) => least)
      high = ends.map(({ most }) => most)
      continue
    }
    const [positive, negative] = [1, -1].map((sign) => signed(layer, sign, input, low, high)) as [
      bigint[],
      bigint[],
    ]
    high = positive
    low = negative
  }
  return mostOf(low, high)
}

/** The largest |end|. */
const mostOf = (low: readonly bigint[], high: readonly bigint[]): bigint =>
  [...low, ...high].reduce((most, v) => (v > most ? v : -v > most ? -v : most), 0n)

/** Upper ends (sign 1) or lower ends (−1) after a layer with weights. */
function signed(
  layer: Exclude<IntegerLayer, { kind: 'square' }>,
  sign: number,
  input: PolynomialNetwork['input'],
  low: readonly bigint[],
  high: readonly bigint[],
): bigint[] {
  // An end of a sum has the near end of an input where the weight has the sign, else the far one.
  const part = (keep: number): IntegerLayer => ({
    ...layer,
    weights: layer.weights.map((w) => (Math.sign(w) === keep ? w : 0)),
    bias: layer.bias.map((b) => (keep === 1 ? b : 0n)),
  })
  const [up, down] = sign === 1 ? [high, low] : [low, high]
  const fromPositive = layerOf(part(1), up, input)
  const fromNegative = layerOf(part(-1), down, input)
  return fromPositive.map((v, i) => v + fromNegative[i]!)
}
