// What an algorithm's two halves say to each other, as parcels: instructions one way, contributions the other.
// Source: ../algorithms/algorithm.ts. Vectors travel as float32 unless a fleet says float64; its layout says what they are made of.
// A contribution is held to what was asked for before it counts; that it is true nobody can tell.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { requireShape } from '../../json.ts'
import type { Contribution, Instruction, Vectors } from '../algorithms/algorithm.ts'
import { type Layout, layoutOf } from '../layout.ts'
import { type NamedArray, openParcel, packParcel } from './parcel.ts'

/** How vectors travel. */
export type Precision = 'float32' | 'float64'

/** What contributions must be. */
export interface ContributionBounds {
  /** Names of their vectors, in order; each has the length of the layout. */
  readonly vectors: readonly string[]
  readonly layout: Layout
  readonly precision: Precision
  /** All numbers lie within ±limit. */
  readonly limit: number
}

const arraysOf = (vectors: Vectors, precision: Precision): NamedArray[] =>
  Object.entries(vectors).map(([name, vector]) => ({
    name,
    shape: [vector.length],
    data: precision === 'float32' ? new Float32Array(vector) : vector,
  }))

const vectorsOf = (arrays: readonly NamedArray[]): Vectors =>
  Object.fromEntries(arrays.map(({ name, data }) => [name, Float64Array.from(data)]))

const numbers = z.record(z.string(), z.number())

const instructionSchema = z.strictObject({
  round: z.int().min(1),
  settings: numbers,
  layout: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().min(0)),
      dtype: z.enum(['float32', 'float64']),
    }),
  ),
  precision: z.enum(['float32', 'float64']),
})

/** What a node needs to know of a round in the clear. */
export interface Instructed {
  readonly instruction: Instruction
  readonly layout: Layout
  readonly precision: Precision
}

export function packInstruction({ instruction, layout, precision }: Instructed): Uint8Array {
  const { round, settings, vectors } = instruction
  const slots = layout.slots.map(({ name, shape, dtype }) => ({ name, shape, dtype }))
  return packParcel({
    about: { round, settings, layout: slots, precision },
    arrays: arraysOf(vectors, precision),
  })
}

/**
 * Reads one. Nothing is made of its layout before that is held against the numbers that came.
 * @throws FrostglassError 'input', 'shape', 'unsupported'
 */
export function readInstruction(bytes: Uint8Array): Instructed {
  const from = 'the instruction'
  const { about, arrays } = openParcel(bytes, from)
  const { round, settings, layout, precision } = requireShape(about, instructionSchema, from, {
    hint: 'Use one version of frostglass for the server and its nodes.',
  })
  if (new Set(layout.map(({ name }) => name)).size < layout.length)
    throw new FrostglassError('input', `two arrays of ${from} have one name`, 'Name each by itself.')
  const slots = layoutOf(layout.map(({ name, shape, dtype }) => [name, { shape, dtype }]))
  // Other vectors are an algorithm's own: of places, say.
  for (const { name, shape, data } of arrays.filter(({ name }) => name === 'weights'))
    if (shape.length !== 1 || data.length !== slots.size)
      throw new FrostglassError(
        'shape',
        `'${name}' of ${from} is [${shape}], and its layout is of ${slots.size} numbers`,
        'Tell whoever runs the coordinator.',
      )
  return { instruction: { round, settings, vectors: vectorsOf(arrays) }, layout: slots, precision }
}

const contributionSchema = z.strictObject({ examples: z.number().gt(0), metrics: numbers })

export const packContribution = (
  { vectors, examples, metrics }: Contribution,
  precision: Precision,
): Uint8Array => packParcel({ about: { examples, metrics }, arrays: arraysOf(vectors, precision) })

/**
 * Reads a contribution and holds it to its bounds.
 * @throws FrostglassError 'input', 'shape', 'unsupported' naming what is not as it was asked for
 */
export function readContribution(bytes: Uint8Array, bounds: ContributionBounds): Contribution {
  const from = 'the contribution'
  const { about, arrays } = openParcel(bytes, from)
  const { examples, metrics } = requireShape(about, contributionSchema, from, {
    hint: 'Say how many examples it is of, and give metrics as numbers.',
  })
  const names = arrays.map(({ name }) => name)
  if (names.join('\n') !== bounds.vectors.join('\n'))
    throw new FrostglassError(
      'shape',
      `${from} has the vectors [${names.join(', ')}], and [${bounds.vectors.join(', ')}] are asked for`,
      'Take the algorithm that the server takes.',
    )
  const kind = bounds.precision === 'float32' ? Float32Array : Float64Array
  for (const { name, shape, data } of arrays) {
    if (shape.length !== 1 || data.length !== bounds.layout.size || !(data instanceof kind))
      throw new FrostglassError(
        'shape',
        `'${name}' of ${from} is ${data instanceof Float32Array ? 'float32' : 'float64'} [${shape}], and ${bounds.precision} [${bounds.layout.size}] is asked for`,
        'Take the model that came.',
      )
    const odd = data.findIndex((value) => !(Math.abs(value) <= bounds.limit))
    if (odd >= 0)
      throw new FrostglassError(
        'input',
        `'${name}' of ${from} has ${data[odd]} at ${odd}, and numbers within ±${bounds.limit} are taken`,
        'Look at the learning rate, or clip the update.',
      )
  }
  return { vectors: vectorsOf(arrays), examples, metrics }
}
