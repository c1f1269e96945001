// The aggregation in the clear: the server reads every contribution, and an algorithm makes the next weights of them.
// Source: McMahan et al. 2017, algorithm 1, for whatever algorithm has the same two halves.
// It hides nothing from the server. A node may lie about its update and its examples: both are bounded, and no more.

import { deserialize, serialize } from 'node:v8'
import { FrostglassError } from '../../errors.ts'
import type { Algorithm, Contribution } from '../algorithms/algorithm.ts'
import type { Layout } from '../layout.ts'
import type { Aggregation, Gathering, Outcome, RoundStart } from './aggregation.ts'
import { type ContributionBounds, type Precision, packInstruction, readContribution } from './exchange.ts'

export interface InTheClearOptions {
  /** Replies without which a round fails. */
  readonly least: number
  /** Examples that a node counts for at most: what it says of them is not checked. 1,000,000 unless given. */
  readonly mostExamples?: number | undefined
  /** Numbers of a contribution lie within ±limit: 1,000,000 unless given. */
  readonly limit?: number | undefined
  /** Vectors of a contribution; `update` alone unless given. */
  readonly vectors?: readonly string[] | undefined
  readonly precision?: Precision | undefined
}

/** A state as bytes: plain records, numbers and typed arrays. */
export const packState = (state: unknown): Uint8Array => new Uint8Array(serialize(state))

/**
 * @param bytes of our own store
 * @throws FrostglassError 'input' for bytes that are nobody's
 */
export function readState<State>(bytes: Uint8Array): State {
  try {
    return deserialize(bytes) as State
  } catch (cause) {
    throw new FrostglassError(
      'input',
      'the state of the fleet in its folder is damaged',
      'Begin in another folder, from its last weights.',
      cause,
    )
  }
}

/** An algorithm and its settings, as a fleet that goes on is held to them. */
export const aboutOf = <State>({ name, start, instruct }: Algorithm<State>, { size }: Layout) => ({
  algorithm: name,
  settings: instruct(start(new Float64Array(size)), 1).settings,
  size,
})

/** Aggregation by an algorithm whose rounds take all answers together. */
export function inTheClear<State>(
  algorithm: Algorithm<State>,
  layout: Layout,
  options: InTheClearOptions,
): Aggregation {
  const { least, mostExamples = 1e6, limit = 1e6, vectors = ['update'], precision = 'float32' } = options
  const bounds: ContributionBounds = { vectors, layout, precision, limit }
  return Object.freeze({
    name: 'clear' as const,
    about: { ...aboutOf(algorithm, layout), least, mostExamples, limit, vectors, precision },
    start: (weights: Float64Array) => packState(algorithm.start(weights)),
    weights: (state: Uint8Array) => algorithm.weights(readState(state)),
    begin({ number, state: bytes, members }: RoundStart): Gathering {
      const state = readState<State>(bytes)
      const instruction = algorithm.instruct(state, number)
      const message = packInstruction({ instruction, layout, precision })
      const asked = new Map(members.map((member) => [member, message]))
      const came = new Map<string, Contribution>()
      return {
        asked: () => asked,
        accept(from, reply) {
          const { examples, ...rest } = readContribution(reply, bounds)
          came.set(from, { ...rest, examples: Math.min(examples, mostExamples) })
        },
        close(): Outcome {
          if (came.size < least)
            return { what: 'failed', why: `${came.size} of ${least} replies came that a round needs` }
          // In the order of the members: sums of floats depend on it, and replies come as they like.
          const all = members.flatMap((member) => came.get(member) ?? [])
          return nextState(algorithm, state, all)
        },
      }
    },
  })
}

/** The state after contributions, unless its weights are no longer finite. */
export function nextState<State>(
  algorithm: Algorithm<State>,
  state: State,
  contributions: readonly Contribution[],
): Outcome {
  const next = algorithm.combine(state, contributions)
  return algorithm.weights(next).every(Number.isFinite)
    ? { what: 'done', state: packState(next) }
    : { what: 'failed', why: 'what the replies come to is no model: its numbers are no longer finite' }
}
