// The aggregation that the server cannot read: the sum of all contributions, and no single one.
// Source: Bonawitz et al. 2017 over ../secure, one stage of the protocol a stage of the round; an algorithm takes the mean.
// The server learns the sum, who is in it, and who dropped out when. What it promises beyond is in ../secure/PROOF.md.

import { FrostglassError } from '../../errors.ts'
import type { Algorithm } from '../algorithms/algorithm.ts'
import type { Layout } from '../layout.ts'
import type { SecureServer, SecureSetup, ServerModel } from '../secure/contract.ts'
import { openServer } from '../secure/server.ts'
import { requireSetup } from '../secure/setup.ts'
import { honestSurvivors } from '../secure/sumPrice.ts'
import type { Aggregation, Gathering, Outcome, RoundStart } from './aggregation.ts'
import { packInstruction } from './exchange.ts'
import type { EnrolledNode } from './identity.ts'
import { aboutOf, nextState, packState, readState } from './inTheClear.ts'
import {
  gridFor,
  meanOf,
  packOffer,
  purposeOf,
  type SumTerms,
  sessionOf,
  sumLength,
  usualPrivacy,
} from './secureTerms.ts'
import { lossesOf, type StatedNoise, withNoise } from './sharedNoise.ts'

/** What a secure fleet rests on. */
export interface SecureSumOptions {
  /** Everybody who may take part: nodes hold the list to the one that they know. */
  readonly nodes: readonly EnrolledNode[]
  /** `active` unless given. */
  readonly server?: ServerModel | undefined
  /** At most so many nodes collude with the server. */
  readonly corrupted: number
  /** At most so many of a round drop out; with more it fails, and tells nothing. */
  readonly dropouts: number
  /** A round of fewer is refused by every node. */
  readonly fewest: number
  /** Numbers of an update are clipped to ±limit. */
  readonly limit: number
  /** Examples that a node counts for at most; all nodes count alike unless given. */
  readonly mostExamples?: number | undefined
  /** Vectors of a contribution; `update` alone unless given. */
  readonly vectors?: readonly string[] | undefined
  /** Sums are modulo 2^bits; 32 unless given. */
  readonly bits?: 32 | 64 | undefined
  /** Noise that all nodes add together: then the sum is differentially private. `limit` is its length then, and all count alike. */
  readonly noise?: StatedNoise | undefined
}

/**
 * Aggregation by secure sums, for algorithms to which the mean of a round's contributions is as good as all of them.
 * @throws FrostglassError 'usage' where the options do not fit together
 */
export function secureSum<State>(
  algorithm: Algorithm<State>,
  layout: Layout,
  options: SecureSumOptions,
): Aggregation {
  const { server = 'active', corrupted, dropouts, fewest, limit, mostExamples = null, bits = 32 } = options
  const vectors = options.vectors ?? ['update']
  if (options.noise && mostExamples !== null)
    throw new FrostglassError(
      'usage',
      'nodes that add noise count alike: how many examples they have would be told beside it',
      'Leave out the examples that count, or the noise.',
    )
  const plain: SumTerms = { vectors, size: layout.size, limit, mostExamples, noised: null }
  const keys = options.nodes.map(({ publicKey }) => publicKey).sort()
  const first: SecureSetup = {
    session: sessionOf(''),
    purpose: new Uint8Array(32),
    round: 1,
    population: keys.map((name) => ({ name, identity: new Uint8Array(Buffer.from(name, 'base64url')) })),
    server,
    corrupted,
    dropouts,
    fewest,
    length: sumLength(plain),
    bits,
    range: gridFor(plain, keys.length, bits).levels,
    privacy: usualPrivacy,
    delivery: 20,
  }
  const { terms, setup: stated } = options.noise
    ? withNoise(plain, first, options.noise)
    : { terms: plain, setup: first }
  const grid = gridFor(terms, keys.length, bits)
  requireSetup(stated)
  // Noise whose price is not proved is no noise to state.
  if (options.noise) lossesOf(stated, honestSurvivors(stated))
  return Object.freeze({
    name: 'secure' as const,
    about: {
      ...aboutOf(algorithm, layout),
      ...terms,
      server,
      corrupted,
      dropouts,
      fewest,
      bits,
      noise: options.noise?.multiplier ?? null,
      nodes: keys,
    },
    start: (weights: Float64Array) => packState(algorithm.start(weights)),
    weights: (state: Uint8Array) => algorithm.weights(readState(state)),
    begin({ number, fleet, state: bytes, members, told }: RoundStart): Gathering {
      const state = readState<State>(bytes)
      const instruction = packInstruction({
        instruction: algorithm.instruct(state, number),
        layout,
        precision: 'float32',
      })
      const purpose = purposeOf(terms, instruction, told)
      const setup: SecureSetup = { ...stated, session: sessionOf(fleet), purpose, round: number }
      const offer = packOffer({ terms, setup, instruction })
      const round = openServer(setup)
      let asked: ReadonlyMap<string, Uint8Array> = new Map(members.map((member) => [member, offer]))
      return {
        asked: () => asked,
        accept: (from, message) => round.accept(from, message),
        close(): Outcome {
          try {
            asked = round.close(round.stage)
            if (round.stage !== 'done') return { what: 'stage' }
            const { values, survivors } = round.sum()
            return nextState(algorithm, state, [meanOf(values, survivors.length, terms, grid)])
          } catch (error) {
            if (!(error instanceof FrostglassError)) throw error
            return { what: 'failed', why: [error.message, ...faultsOf(round)].join('; ') }
          }
        },
      }
    },
  })
}

const faultsOf = ({ faults }: SecureServer): string[] => faults.map(({ node, what }) => `${node} ${what}`)
