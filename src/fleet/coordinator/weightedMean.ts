// The aggregation in the clear: the server reads every update, and an algorithm makes a model of them.
// Source: McMahan et al. 2017, algorithm 1: the mean of the updates, each by the number of its examples.
// It hides nothing from the server. A node may lie about its update and its examples: both are bounded, and no more.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { requireShape } from '../../json.ts'
import type { Aggregation, Gathering, Outcome, RoundStart } from './aggregation.ts'
import { flatten, requireFit, unflatten } from './arrays.ts'
import { type NamedArray, openParcel, packParcel } from './parcel.ts'

/** One node's part. */
export interface NodeUpdate {
  /** What is to be added to the model, as one vector. */
  readonly values: Float64Array
  /** Examples behind it, capped. */
  readonly weight: number
}

/** Makes the new vector of a model's weights of the old one and the updates, which come in the order of their nodes. */
export type Combine = (model: Float64Array, updates: readonly NodeUpdate[]) => Float64Array

export interface WeightedMeanOptions {
  /** Replies without which a round fails. */
  readonly least: number
  /** Examples that a node counts for at most: what it says of them is not checked. */
  readonly mostExamples?: number | undefined
  /** Numbers of an update lie within ±limit. */
  readonly limit?: number | undefined
  /** The algorithm's half of the server; the weighted mean unless given. */
  readonly combine?: Combine | undefined
}

const aboutSchema = z.strictObject({ examples: z.number().gt(0), metrics: z.record(z.string(), z.number()) })

/** An update as a node sends it. */
export const packUpdate = (arrays: readonly NamedArray[], about: z.infer<typeof aboutSchema>): Uint8Array =>
  packParcel({ about, arrays })

/** The model plus the weighted mean of the updates. */
export function addWeightedMean(model: Float64Array, updates: readonly NodeUpdate[]): Float64Array {
  const whole = updates.reduce((sum, { weight }) => sum + weight, 0)
  const out = model.slice()
  for (const { values, weight } of updates) {
    const share = weight / whole
    for (let i = 0; i < out.length; i++) out[i] = out[i]! + share * values[i]!
  }
  return out
}

/** Aggregation by a function of all updates. */
export function weightedMean(options: WeightedMeanOptions): Aggregation {
  const { least, mostExamples = 1e6, limit = 1e6, combine = addWeightedMean } = options
  return Object.freeze({
    name: 'mean' as const,
    about: { least, mostExamples, limit },
    begin(round: RoundStart): Gathering {
      const { model, members } = round
      const message = packParcel({ about: {}, arrays: model })
      const asked = new Map(members.map((member) => [member, message]))
      const updates = new Map<string, NodeUpdate>()
      return {
        asked: () => asked,
        accept(from, bytes) {
          const { about, arrays } = openParcel(bytes, 'the update')
          const { examples } = requireShape(about, aboutSchema, 'the update', {
            hint: 'Say how many examples it is of, and give metrics as numbers.',
          })
          requireFit(arrays, model, limit)
          updates.set(from, { values: flatten(arrays), weight: Math.min(examples, mostExamples) })
        },
        close(): Outcome {
          if (updates.size < least)
            return { what: 'failed', why: `${updates.size} of ${least} replies came that a round needs` }
          // In the order of the members: sums of floats depend on it, and replies come as they like.
          const ordered = members
            .filter((member) => updates.has(member))
            .map((member) => updates.get(member)!)
          const vector = combine(flatten(model), ordered)
          const next = unflatten(vector, model)
          const finite = next.every(({ data }) => data.every((value) => Number.isFinite(value)))
          if (vector.length !== flatten(model).length || !finite)
            return {
              what: 'failed',
              why: 'what the updates come to is no model: not all of its numbers are finite',
            }
          return { what: 'model', model: next }
        },
      }
    },
  })
}

/** What a node reads of a task in the clear. @throws FrostglassError 'input' */
export function readModel(message: Uint8Array): readonly NamedArray[] {
  const { arrays } = openParcel(message, 'the model')
  if (arrays.length === 0)
    throw new FrostglassError('input', 'the model has no arrays', 'Look at the server’s model.')
  return arrays
}
