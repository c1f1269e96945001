// The last layers of a trained model fitted to one node's rows, the others left as they are.
// Source: the usual fine-tuning; Servia-Rodríguez et al. 2018 retrain a public model on a user's data, all of it.
// Few rows bear few weights: which is better, all or the last, is for held-out rows of the node to say.

import { FrostglassError } from '../../errors.ts'
import { type Model, sequential } from '../../learn/index.ts'
import { arrange } from '../../learn/layers/index.ts'
import type { Layout } from '../layout.ts'

/**
 * The model with all layers frozen but the last `count` of those that have weights. Weights have the same names.
 * @throws FrostglassError 'usage' unless some layers with weights are left, and some are frozen
 */
export function withFrozenBase(model: Model, count: number): Model {
  const weighted = [...new Set(model.parameters.map(({ name }) => name.slice(0, name.lastIndexOf('.'))))]
  if (!(Number.isSafeInteger(count) && count >= 1 && count < weighted.length))
    throw new FrostglassError(
      'usage',
      `of ${weighted.length} layers with weights, the last ${count} cannot be left to train`,
      'Take at least one, and not all.',
    )
  const first = weighted[weighted.length - count]!
  const layers = arrange(model.layers)
  const at = layers.findIndex(({ name }) => name === first)
  return sequential(
    layers.map((layer, i) => (i < at ? { ...layer, frozen: true } : layer)),
    { input: model.input },
  )
}

/** A vector of all weights with those of some layers put in. @param part of `layout`, whose names `whole` has too */
export function withPart(
  all: Float64Array,
  whole: Layout,
  { part, layout }: { readonly part: Float64Array; readonly layout: Layout },
): Float64Array {
  const joined = all.slice()
  for (const { name, start, size } of layout.slots)
    joined.set(part.subarray(start, start + size), slotOf(whole, name))
  return joined
}

/** The numbers of a part of all weights. */
export function partOf(all: Float64Array, whole: Layout, layout: Layout): Float64Array {
  const part = new Float64Array(layout.size)
  for (const { name, start, size } of layout.slots) {
    const from = slotOf(whole, name)
    part.set(all.subarray(from, from + size), start)
  }
  return part
}

/** @throws FrostglassError 'shape' where the whole lacks it */
function slotOf(whole: Layout, name: string): number {
  const slot = whole.slots.find((one) => one.name === name)
  if (slot) return slot.start
  throw new FrostglassError('shape', `the whole model has no weights '${name}'`, 'Use the same model.')
}
