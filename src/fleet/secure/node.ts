// A node of a round: what it answers to the server's messages, each once, and what it keeps so that it stays so.
// Source: Bonawitz et al. 2017, figure 4; Bell et al. 2020, algorithm 2; what makes a list one: PROOF.md, lemma 3.
// It promises nothing of a node whose kept state was rolled back, and it cannot tell whether neighbours' numbers are true.

import { randomBytes } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'
import type { Fault, NodeStep, SecureNode, SecureSetup, Vector } from './contract.ts'
import { agreementKey, digest, identityKey, keyBytes } from './crypto.ts'
import { advertisementBody, kindOf, kinds, signMessage } from './messages.ts'
import { decodeState, encodeState, type NodeState, type Outcome, type Party } from './nodeState.ts'
import { answerSignatures, takeList, takeSharers, takeSurvivors } from './nodeSteps.ts'
import { setupDigest } from './setup.ts'
import { sameBytes } from './wire.ts'

/** Who a node is, and in which round. */
export interface NodeOptions {
  readonly setup: SecureSetup
  /** Its name in the population. */
  readonly name: string
  /** Its Ed25519 secret, 32 bytes. */
  readonly identity: Uint8Array
}

/** A node that begins, or one that goes on from what it kept. */
export type NodeStart =
  /** The last round of this session that it took part in; −1 for none. */
  { readonly lastRound: number } | { readonly kept: Uint8Array }

/**
 * Opens a node of a round.
 * @throws FrostglassError `usage` for a round that it took part in, or a name that is not enrolled; `key` where the identity is
 * not the enrolled one; `input` for a kept state that is damaged
 * @example
 * const node = openNode({ setup, name, identity }, { lastRound: -1 })
 * const { keep, send } = node.advertise()
 */
export function openNode(options: NodeOptions, start: NodeStart): SecureNode {
  const party = partyOf(options)
  let state: NodeState
  if ('kept' in start) state = decodeState(start.kept, party.round, party.index)
  else {
    if (party.setup.round <= start.lastRound)
      throw new FrostglassError(
        'usage',
        `round ${party.setup.round} is not after round ${start.lastRound}, in which ${options.name} took part`,
        'A round is run once. Wait for the next one.',
      )
    state = { stage: 'advertise', secrets: { seal: randomBytes(keyBytes), mask: randomBytes(keyBytes) } }
  }
  const step = (faults: readonly Fault[] = []): NodeStep => ({
    keep: encodeState(state, party.round, party.index),
    send: state.last!.answer,
    faults,
  })
  const move = (question: Uint8Array, { state: next, answer, faults }: Outcome): NodeStep => {
    state = { ...next, last: { question, answer } }
    return step(faults)
  }
  return Object.freeze({
    get stage() {
      return state.stage
    },
    advertise() {
      if (state.stage === 'share') return step()
      if (state.stage !== 'advertise') throw outOfTurn('to advertise again')
      return move(digest('question'), advertise(party, state))
    },
    step(message: Uint8Array, input?: Vector) {
      const question = digest('question', message)
      if (state.last && sameBytes(state.last.question, question)) return step()
      return move(question, answered(party, state, message, input))
    },
  })
}

function partyOf({ setup, name, identity }: NodeOptions): Party {
  const round = setupDigest(setup)
  const index = setup.population.findIndex((node) => node.name === name)
  if (index < 0)
    throw new FrostglassError(
      'usage',
      `${name} is not in the round's population`,
      'Enrol it, or name another.',
    )
  if (!sameBytes(identityKey(identity), setup.population[index]!.identity))
    throw new FrostglassError('key', `the identity of ${name} is not the enrolled one`, 'Give its own key.')
  return { setup, round, index, identity }
}

function advertise({ round, index, identity }: Party, state: NodeState): Outcome {
  const { seal, mask } = state.secrets!
  const body = advertisementBody({ sealKey: agreementKey(seal), maskKey: agreementKey(mask) })
  const answer = signMessage(kinds.advertise, round, index, body, identity)
  return { state: { ...state, stage: 'share' }, answer }
}

/** The one message that each stage takes. */
function answered(party: Party, state: NodeState, message: Uint8Array, input: Vector | undefined): Outcome {
  const kind = kindOf(message)
  const active = party.setup.server === 'active'
  if (state.stage === 'share' && kind === kinds.list) return takeList(party, state, message)
  if (state.stage === 'mask' && kind === kinds.sharers) {
    if (!input)
      throw new RangeError('this message is answered with the masked numbers, and none came with it')
    return takeSharers(party, state, message, input)
  }
  if (state.stage === (active ? 'agree' : 'unmask') && kind === kinds.survivors)
    return takeSurvivors(party, state, message)
  if (active && state.stage === 'unmask' && kind === kinds.signatures)
    return answerSignatures(party, state, message)
  if (kind === kinds.survivors && (state.stage === 'unmask' || state.stage === 'done'))
    throw outOfTurn('for a second, other list of survivors')
  throw outOfTurn(`with a message of kind ${kind}`)
}

const outOfTurn = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `the server comes ${why}, which is not its turn`,
    'A node answers each question once.',
  )
