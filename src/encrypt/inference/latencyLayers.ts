// The layers of a network on one encrypted image: products of its ciphertexts with weights that are encoded once.
// Source: latencyLayout.ts says which slot meets which weight; biases are added in the plain, products are summed before
// they are rescaled. It computes no square between layers, and hides nothing: latency.ts does.

import type { Ciphertext } from 'node-seal'
import { type Diagonals, diagonalsTimes, folded } from '../ckks/linear.ts'
import type { CkksService } from '../ckks/service.ts'
import { levelsOf } from '../seal/parameters.ts'
import { inputsOf, meeting, outputAt, type Product } from './latencyLayout.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import type { ConvLayer, DenseLayer, PolynomialNetwork } from './network.ts'

/** A network's layers, each a product with its weights and its bias; the results are new handles. */
export interface EncodedLayers {
  /** The first layer, on the ciphertexts of an image at the highest level. */
  convolution(image: readonly Ciphertext[]): Ciphertext
  /** The dense layers in their order, each on the square of what is before it. */
  readonly steps: readonly ((x: Ciphertext) => Ciphertext)[]
}

/** Encodes the weights. @param network the plan's: a convolution first */
export function encodedLayers(
  service: CkksService,
  plan: LatencyPlan,
  network: PolynomialNetwork,
): EncodedLayers {
  const { parameters, products, answerPrecision } = plan
  const usual = 2 ** parameters.precision
  const top = levelsOf(parameters)
  const [first, ...rest] = network.layers as [ConvLayer, ...PolynomialNetwork['layers']]
  const dense = rest.filter((layer): layer is DenseLayer => layer.kind === 'dense')
  const at = (level: number, scale: number): Encoding => ({ service, plan, level, scale })
  const convolution = convolved(first, products[0]!, at(top, service.factorScale(top, usual)))
  const steps = dense.map((layer, i) => {
    // The convolution leaves the highest level; each square and each dense layer one more.
    const level = top - 2 - 2 * i
    // What a square comes to: its answer is at the scale of the mask again, exactly, so that it can be added.
    const squared = usual ** 2 / service.factorScale(level + 1, 1, 1)
    const scale = i === dense.length - 1 ? 2 ** answerPrecision : usual
    return multiplied(layer, i, at(level, service.factorScale(level, squared, scale)))
  })
  return { convolution, steps }
}

/** At which level and scale a layer's weights are encoded. */
interface Encoding {
  readonly service: CkksService
  readonly plan: LatencyPlan
  readonly level: number
  readonly scale: number
}

/** The convolution: blocks of slots are what slots are to a matrix. */
function convolved(layer: ConvLayer, product: Product, encoding: Encoding) {
  const { slots, block, windows, ciphertexts, positions } = encoding.plan
  const { walk, period } = product
  const blocks = slots / block
  const inBlocks = { walk, period: period / block, span: blocks }
  const diagonals = Array.from({ length: ciphertexts }, (_, c) =>
    Array.from({ length: walk.diagonals }, (_, k) =>
      encoded(encoding, (slot) => {
        const { place, output } = meeting(inBlocks, blocks, k, Math.floor(slot / block))
        const position = c * blocks + place
        return output < layer.filters && position < positions && slot % block < windows
          ? layer.weights[output * positions + position]!
          : 0
      }),
    ),
  )
  const bias = Float64Array.from({ length: slots }, (_, slot) =>
    slot % block < windows ? (layer.bias[Math.floor((slot % period) / block)] ?? 0) : 0,
  )
  return (image: readonly Ciphertext[]) => summed(encoding.service, product, diagonals, image, bias)
}

/** The i-th dense layer. */
function multiplied({ outputs, weights, bias }: DenseLayer, i: number, encoding: Encoding) {
  const { slots, products } = encoding.plan
  const product = products[i + 1]!
  const inputs = weights.length / outputs
  const inputAt = inputsOf(encoding.plan, i)
  const diagonals: Diagonals = Array.from({ length: product.walk.diagonals }, (_, k) =>
    encoded(encoding, (slot) => {
      const { place, output } = meeting(product, slots, k, slot)
      const input = inputAt(place)
      return output < outputs && input >= 0 && input < inputs ? weights[input * outputs + output]! : 0
    }),
  )
  const added = Float64Array.from({ length: slots }, (_, slot) => bias[outputAt(product, slot)] ?? 0)
  return (x: Ciphertext) => summed(encoding.service, product, [diagonals], [x], added)
}

/** A product of vectors with their diagonals, one level lower, and a bias. */
function summed(
  service: CkksService,
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

/** A diagonal, encoded; null for one of zeros. */
function encoded({ service, plan, level, scale }: Encoding, at: (slot: number) => number) {
  const values = Float64Array.from({ length: plan.slots }, (_, slot) => at(slot))
  return values.every((v) => v === 0) ? null : { plain: service.encode(values, level, scale) }
}
