// How many images' answers hold as many bits as a network's weights can: where answers begin to be able to tell all of them.
// Source: counting (an answer of n bits says n bits of whatever it depends on); bfv/PROOF.md, lemma 2, and PROOF.md, section 4.
// Fewer images tell some of the weights, as many as their bits are worth; all of them, if training left them fewer bits than they
// have places (a bell of weights has about a tenth fewer). Nor is it a bound for a substitute that merely answers alike.

import type { CompiledNetwork } from './compiled.ts'
import type { PolynomialNetwork } from './network.ts'

type Determined = Pick<CompiledNetwork, 'network' | 'plans' | 'whole'>

/** Of a weight where there is no network of whole numbers: as of the finest that there is where there is one. */
const bitsOfReal = 8

/** Nats of a normal number of deviation 1, in bits: log₂ √(2πe). */
const bitsOfNormal = Math.log2(2 * Math.PI * Math.E) / 2

/**
 * Bits of all weights and biases: of the network of whole numbers log₂(2m + 1) each, m the largest |weight| of its layer; 8 each where
 * there is none. A bias counts as a weight of its layer.
 */
export function bitsOfWeights({ network, whole }: Pick<Determined, 'network' | 'whole'>): number {
  const { layers } = whole ?? network
  return layers.reduce((sum, layer) => {
    if (layer.kind === 'square') return sum
    const { weights, bias } = layer
    const most = whole ? (weights as Int32Array).reduce((m, w) => Math.max(m, Math.abs(w)), 0) : 0
    const bits = whole ? Math.log2(2 * most + 1) : bitsOfReal
    return sum + (weights.length + bias.length) * bits
  }, 0)
}

/**
 * Bits that one number of an answer holds at most, of the packing that holds more. A batch is exact: all residues modulo the
 * plain moduli. One image alone has all of the first prime, less the noise that the service adds (its computation's blurs more): as told,
 * for a crafted one has imaginary parts as well, which are not counted.
 */
export function bitsOfAnswer({ latency, throughput }: CompiledNetwork['plans']): number {
  const batch = throughput ? throughput.moduli.reduce((sum, { precision }) => sum + precision, 0) : 0
  const single = latency
    ? latency.parameters.primes[0]! - latency.answerPrecision - Math.log2(latency.hiding) - bitsOfNormal
    : 0
  return Math.max(1, batch, single)
}

/**
 * Images whose answers hold as many bits as the weights of a network. Pixels such as 1 and 1/31, or 1, 2⁸ and 2¹⁶, put several
 * weights of at most 8 bits into one number of 26 bits or more, so that it is far fewer than there are weights an output.
 * Fewer images tell some of the weights: about as large a share of them as they are of this count.
 * @returns at least 1
 * @example answersThatDetermine(compileNetwork(network)) // 64 pixels to 3 outputs, weights of 8 bits, a modulus of 26: 20
 */
export const answersThatDetermine = ({ network, plans, whole }: Determined): number =>
  Math.max(1, Math.ceil(bitsOfWeights({ network, whole }) / (outputsOf(network) * bitsOfAnswer(plans))))

/** A network that was compiled has a dense layer last. */
const outputsOf = ({ layers }: Pick<PolynomialNetwork, 'layers'>): number =>
  (layers.at(-1) as { readonly outputs: number }).outputs
