// Named arrays as one flat vector, and back: what algorithms compute on, and what travels.
// Source: McMahan et al. 2017, who write a model as one vector w.
// Order is that of the names as they come; nothing here sorts.

import { FrostglassError } from '../errors.ts'
import { type DType, sizeOf, type Tensor, tensor } from '../graph/index.ts'
import { toFloat64 } from '../graph/tensor.ts'
import type { Model } from '../learn/index.ts'

/** One array of a model, and where its numbers lie in the vector. */
export interface Slot {
  readonly name: string
  readonly shape: readonly number[]
  /** Of the array as it travels; the vector is float64. */
  readonly dtype: DType
  readonly start: number
  readonly size: number
}

/** What a flat vector is made of. */
export interface Layout {
  readonly slots: readonly Slot[]
  /** Numbers of the vector. */
  readonly size: number
}

/** Arrays by name, in their order. */
export type NamedArrays = ReadonlyMap<string, Tensor>

/** The layout of arrays, in their order. */
export function layoutOf(
  arrays: Iterable<readonly [string, { readonly shape: readonly number[]; readonly dtype: DType }]>,
): Layout {
  const slots: Slot[] = []
  let start = 0
  for (const [name, { shape, dtype }] of arrays) {
    const size = sizeOf(shape)
    slots.push({ name, shape, dtype, start, size })
    start += size
  }
  return { slots, size: start }
}

/** The layout of what training changes in a model, as it travels. */
export const layoutOfModel = ({ parameters }: Pick<Model, 'parameters'>): Layout =>
  layoutOf(
    parameters.filter(({ frozen }) => !frozen).map(({ name, shape }) => [name, { shape, dtype: 'float32' }]),
  )

/** @throws FrostglassError 'shape' unless the arrays are those of the layout: same names, order and shapes */
export function toVector(arrays: NamedArrays, layout: Layout): Float64Array {
  const names = [...arrays.keys()]
  const wanted = layout.slots.map((slot) => slot.name)
  if (names.join('\n') !== wanted.join('\n')) throw unlike(`[${names}] came, [${wanted}] was expected`)
  const flat = new Float64Array(layout.size)
  for (const { name, shape, start } of layout.slots) {
    const array = arrays.get(name)!
    if (String(array.shape) !== String(shape))
      throw unlike(`'${name}' has shape [${array.shape}], [${shape}] was expected`)
    flat.set(toFloat64(array), start)
  }
  return flat
}

/** A model's weights, of which a layout has some: frozen ones stay behind. @throws FrostglassError 'shape' where one lacks */
export const weightsToVector = (weights: Readonly<Record<string, Tensor>>, layout: Layout): Float64Array =>
  toVector(
    new Map(Object.entries(weights).filter(([name]) => layout.slots.some((slot) => slot.name === name))),
    layout,
  )

/** @throws FrostglassError 'shape' for a vector of another length */
export function fromVector(flat: Float64Array, layout: Layout): NamedArrays {
  requireLength(flat, layout)
  return new Map(layout.slots.map((slot) => [slot.name, tensorOf(flat, slot)]))
}

/** One array out of the vector, copied. */
export const tensorOf = (flat: Float64Array, { shape, dtype, start, size }: Slot): Tensor =>
  tensor(flat.slice(start, start + size), shape, dtype)

/** @throws FrostglassError 'shape' for a vector of another length */
export function requireLength(flat: Float64Array, layout: Layout): void {
  if (flat.length !== layout.size) throw unlike(`${flat.length} numbers came, ${layout.size} were expected`)
}

const unlike = (why: string): FrostglassError =>
  new FrostglassError('shape', `arrays are not those of the model: ${why}`, 'Use the same model everywhere.')
