// What a network answers in the plain, as its packing rounds it: what references of a model that one holds are known by.
// Source: network.ts, quantise.ts.

import type { CompiledNetwork } from './compiled.ts'
import { answerPlainly } from './network.ts'
import type { Packing } from './packings.ts'
import { answerWhole, wholePixels } from './quantise.ts'

/**
 * Answers of an image of 0 … 1: of real numbers for `latency`, of whole ones over their scale for `throughput`.
 * @throws RangeError for a packing that the model does not have, or pixels outside
 */
export function answerAsPacked(
  { network, whole }: CompiledNetwork,
  packing: Packing,
  image: ArrayLike<number>,
): Float64Array {
  if (packing === 'latency') return answerPlainly(network, image).answers
  if (!whole) throw new RangeError('the model has no whole numbers')
  const { scale } = whole
  return Float64Array.from(answerWhole(whole, wholePixels(whole, image)), (v) => Number(v) / scale)
}
