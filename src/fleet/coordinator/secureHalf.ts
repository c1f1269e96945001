// A node's half of a secure round: terms that it holds to its own, its contribution masked, and each question answered once.
// Source: ../secure; what is carried from stage to stage is on disk before the answer leaves.
// What is summed is bound to what this node was told. A node that is given no list of nodes believes the coordinator's of its first round, and no other afterwards.

import { FrostglassError } from '../../errors.ts'
import type { Contribution } from '../algorithms/algorithm.ts'
import type { SecureSetup, ServerModel, Vector } from '../secure/contract.ts'
import { openNode } from '../secure/node.ts'
import { withOwnNoise } from '../secure/noiseOnce.ts'
import { decodeSetup, encodeSetup } from '../secure/setup.ts'
import type { Told } from './aggregation.ts'
import { type Instructed, readInstruction } from './exchange.ts'
import type { NodeIdentity } from './identity.ts'
import { openParcel, packParcel } from './parcel.ts'
import {
  digestOfTerms,
  gridFor,
  numbersOf,
  purposeOf,
  readOffer,
  type SecureOffer,
  sessionOf,
  sumLength,
  usualPrivacy,
} from './secureTerms.ts'

/** What a node wants of every round. */
export interface RequiredTerms {
  /** A sum that may be of fewer nodes is not taken part in. */
  readonly fewest: number
  /** So many colluding nodes must be allowed for; none unless given. */
  readonly corrupted?: number | undefined
  /** What the server is taken to be capable of; `active` unless given. */
  readonly server?: ServerModel | undefined
  /** Public keys of all who may take part, known by another way than through the coordinator. */
  readonly nodes?: readonly string[] | undefined
}

/** A round that a node was offered. */
export interface SecureOffered {
  readonly instructed: Instructed
  readonly offer: SecureOffer
  /** The same in every round of a fleet. */
  readonly digest: string
  /**
   * The first message, and what is carried to the next stage.
   * @param given a contribution, or whole numbers that are as they are to be summed, noise and all
   * @throws FrostglassError for a contribution that does not fit
   */
  advertise(given: Contribution | { readonly noisy: Vector }): SecureAnswer
}

/** An answer, and what must be kept before it leaves: SECRET. */
export interface SecureAnswer {
  readonly send: Uint8Array
  readonly carried: Uint8Array
}

/** The task in which an offer came. */
export interface OfferedIn {
  readonly fleet: string
  readonly round: number
  /** The last round of the fleet that the node took part in; -1 for none. */
  readonly lastRound: number
  readonly told: Told
}

/**
 * Reads an offer and holds it to what the node wants.
 * @throws FrostglassError 'policy' for terms that are below the required ones, 'input' for an offer that is none
 */
export function takeOffer(
  message: Uint8Array,
  at: OfferedIn,
  identity: NodeIdentity,
  required: RequiredTerms,
): SecureOffered {
  const offer = readOffer(message)
  const { terms, setup, instruction } = offer
  const instructed = readInstruction(instruction)
  const grid = gridFor(terms, setup.population.length, setup.bits)
  const isWhole =
    setup.round === at.round &&
    Buffer.from(setup.session).equals(sessionOf(at.fleet)) &&
    // Made of what this node was told: a server that tells another node something else gets no sum of the two.
    Buffer.from(setup.purpose).equals(purposeOf(terms, instruction, at.told)) &&
    setup.length === sumLength(terms) &&
    setup.range === grid.levels &&
    (terms.noised === null) === (setup.noise === undefined) &&
    instructed.layout.size === terms.size &&
    setup.population.every(({ name, identity }) => Buffer.from(identity).toString('base64url') === name)
  if (!isWhole)
    throw new FrostglassError(
      'input',
      'the terms of the round do not fit together',
      'Tell whoever runs the coordinator.',
    )
  // A weight would be a number beside those whose length is held.
  if (terms.noised && terms.mostExamples !== null)
    throw new FrostglassError(
      'input',
      'the round counts nodes by their examples, and its noise is for nodes that count alike',
      'Tell whoever runs the coordinator.',
    )
  requireTerms(setup, required)
  return {
    instructed,
    offer,
    digest: digestOfTerms(offer),
    advertise(given) {
      // With its noise from here on: what is kept is never bare, and an older state masks the same numbers again.
      const input =
        'noisy' in given ? given.noisy : withOwnNoise(setup, numbersOf(given, terms, grid, setup.bits))
      const node = openNode(nodeOptions(setup, identity), { lastRound: at.lastRound })
      const { keep, send } = node.advertise()
      return { send, carried: packCarried(setup, keep, input) }
    },
  }
}

/** @throws FrostglassError 'policy' naming what is less than required */
function requireTerms(setup: SecureSetup, required: RequiredTerms): void {
  const { fewest, corrupted = 0, server = 'active', nodes } = required
  const below = (why: string) =>
    new FrostglassError(
      'policy',
      `the coordinator's terms are less than this node requires: ${why}`,
      'Agree on terms with whoever runs the coordinator.',
    )
  // Whoever drops out once it is on the list is not in the sum.
  const summed = setup.fewest - setup.dropouts
  if (summed < fewest) throw below(`a sum may be of ${summed} nodes, and is to be of ${fewest} at least`)
  if (setup.corrupted < corrupted)
    throw below(`it allows for ${setup.corrupted} colluding nodes, of ${corrupted} at least`)
  if (setup.privacy < usualPrivacy)
    throw below(
      `its graph may hide nothing with a chance of 2^-${setup.privacy}, of 2^-${usualPrivacy} at most`,
    )
  if (server === 'active' && setup.server !== 'active') throw below('it wants the server to be believed')
  if (!nodes) return
  const listed = setup.population.map(({ name }) => name).sort()
  if (listed.join('\n') !== [...nodes].sort().join('\n')) throw below('its nodes are not those of the list')
}

/**
 * Answers a question of a later stage.
 * @throws FrostglassError 'input' for what no honest server sends
 */
export function answerStage(message: Uint8Array, carried: Uint8Array, identity: NodeIdentity): SecureAnswer {
  const { setup, kept, input } = readCarried(carried)
  const node = openNode(nodeOptions(setup, identity), { kept })
  const { keep, send } = node.step(message, input)
  // Without noise the numbers are in the clear: nobody needs them once they are masked.
  const left = node.stage === 'share' || node.stage === 'mask' ? input : undefined
  return { send, carried: packCarried(setup, keep, left) }
}

const nodeOptions = (setup: SecureSetup, { publicKey, secret }: NodeIdentity) => ({
  setup,
  name: publicKey,
  identity: new Uint8Array(Buffer.from(secret.export({ format: 'jwk' }).d!, 'base64url')),
})

function packCarried(setup: SecureSetup, keep: Uint8Array, input: Vector | undefined): Uint8Array {
  const numbers = input && new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  return packParcel({ about: {}, blocks: [encodeSetup(setup), keep, ...(numbers ? [numbers] : [])] })
}

function readCarried(carried: Uint8Array): {
  setup: SecureSetup
  kept: Uint8Array
  input: Vector | undefined
} {
  const { blocks } = openParcel(carried, 'what the node has kept')
  const [setupBytes, kept, numbers] = blocks
  const damaged = () =>
    new FrostglassError('input', 'what the node has kept of the round is damaged', 'Wait for the next round.')
  if (!setupBytes || !kept || blocks.length > 3) throw damaged()
  const setup = decodeSetup(setupBytes)
  const kind = setup.bits === 32 ? Int32Array : BigInt64Array
  if (numbers && numbers.length !== setup.length * kind.BYTES_PER_ELEMENT) throw damaged()
  // Blocks have memory of their own.
  return { setup, kept, input: numbers && new kind(numbers.buffer as ArrayBuffer) }
}
