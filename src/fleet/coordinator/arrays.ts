// Named arrays as one vector, and back; and whether an update fits a model.
// Source: ours; a vector holds the arrays in their order, row-major.
// Numbers are rounded to the dtype of the model when they are put back.

import { FrostglassError } from '../../errors.ts'
import type { NamedArray } from './parcel.ts'

/** All numbers, one array behind the other. */
export function flatten(arrays: readonly NamedArray[]): Float64Array {
  const out = new Float64Array(arrays.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const { data } of arrays) {
    out.set(data, at)
    at += data.length
  }
  return out
}

/** The vector as arrays of the names, shapes and dtypes of others. */
export function unflatten(vector: Float64Array, like: readonly NamedArray[]): NamedArray[] {
  let at = 0
  return like.map(({ name, shape, data }) => {
    const part = vector.subarray(at, at + data.length)
    at += data.length
    return { name, shape, data: data instanceof Float32Array ? new Float32Array(part) : part.slice() }
  })
}

/**
 * Holds an update to the model: the same arrays in the same order, all numbers finite and within ±limit.
 * @throws FrostglassError 'shape', 'input' naming the first array that is not
 */
export function requireFit(update: readonly NamedArray[], model: readonly NamedArray[], limit: number): void {
  if (update.length !== model.length)
    throw new FrostglassError(
      'shape',
      `the update has ${update.length} arrays, and the model has ${model.length}`,
      'Reply with the arrays that came.',
    )
  for (const [i, { name, shape, data }] of update.entries()) {
    const wanted = model[i]!
    if (
      name !== wanted.name ||
      shape.join() !== wanted.shape.join() ||
      data.constructor !== wanted.data.constructor
    )
      throw new FrostglassError(
        'shape',
        `array ${i} of the update is '${name}' [${shape}], and the model's is '${wanted.name}' [${wanted.shape}] of ${wanted.data.constructor.name}`,
        'Reply with the arrays that came, in their order.',
      )
    const odd = data.findIndex((value) => !(Math.abs(value) <= limit))
    if (odd >= 0)
      throw new FrostglassError(
        'input',
        `'${name}' of the update has ${data[odd]} at ${odd}, and numbers within ±${limit} are taken`,
        'Look at the learning rate, or clip the update.',
      )
  }
}
