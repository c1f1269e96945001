// A node of a coordinator's fleet: it asks for work, has it answered, and delivers the reply, until the fleet is over.
// Source: ours; the order of keeping and sending is that of ../flower/node.ts. What is answered with is the caller's.
// A stage is answered once: what was kept is what is sent, however often it is asked for; a stage that was passed is refused.

import { setTimeout as pause } from 'node:timers/promises'
import { FrostglassError } from '../../errors.ts'
import type { Contribution, Instruction } from '../algorithms/algorithm.ts'
import type { Layout } from '../layout.ts'
import type { Vector } from '../secure/contract.ts'
import { type CallOptions, type CoordinatorCalls, openCalls } from './calls.ts'
import { packContribution, readInstruction } from './exchange.ts'
import type { KeptStage, RoundMemory } from './roundMemory.ts'
import { answerStage, type RequiredTerms, takeOffer } from './secureHalf.ts'
import type { SecureOffer } from './secureTerms.ts'
import { packReply, type Work } from './wire.ts'

/** A round that a node is asked in. */
export interface RoundTask {
  readonly fleet: string
  readonly round: number
  /** Seconds that its work may take, for every node alike: how many are left when it is asked is not told. */
  readonly seconds: number
  readonly instruction: Instruction
  /** What its vectors are made of. */
  readonly layout: Layout
  /** What a secure round is run on, held to what this node requires; undefined for one in the clear. */
  readonly sum?: Pick<SecureOffer, 'terms' | 'setup'> | undefined
  /** What the operator tells its nodes. */
  readonly settings: Readonly<Record<string, unknown>>
  /** What the server would have nodes run; undefined where they know. */
  program(): Promise<Uint8Array | undefined>
}

/** What a node answers a round with: a contribution; whole numbers for the sum, its noise on them; or words that say why it has none. */
export type AnswerRound = (
  task: RoundTask,
  signal: AbortSignal | undefined,
) => Promise<Contribution | { readonly noisy: Vector } | { readonly refused: string }>

/** What a node tells while it runs. */
export type FleetNews =
  | { readonly what: 'joined' }
  | { readonly what: 'work'; readonly round: number; readonly stage: number }
  | {
      readonly what: 'replied'
      readonly round: number
      readonly stage: number
      readonly seconds: number
      readonly refused?: string | undefined
    }
  /** The coordinator does not take the reply. */
  | { readonly what: 'declined'; readonly round: number; readonly stage: number; readonly why: string }
  | { readonly what: 'left' }

export interface JoinOptions extends CallOptions {
  readonly memory: RoundMemory
  readonly answer: AnswerRound
  /** Whether nothing is left that a new round could be answered with: the node says so once, and leaves. */
  readonly isSpent?: (() => Promise<boolean>) | undefined
  /** What rounds must promise; with it none in the clear is answered. */
  readonly secure?: RequiredTerms | undefined
  readonly onNews?: ((news: FleetNews) => void) | undefined
}

/** Seconds between two questions, whatever the server says. */
const [leastPoll, mostPoll] = [0.01, 60]
const afterNothing = 1

const rest = (seconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  pause(1000 * seconds, undefined, signal ? { signal } : {}).catch(() => undefined)

/**
 * Works until the fleet is over, nothing is left to answer with, or `signal` fires.
 * @throws FrostglassError 'key' where the coordinator does not let the node in, 'input' where it answers as none does; what `answer` throws,
 * unless that is a FrostglassError, which the coordinator is told
 */
export async function joinCoordinator(options: JoinOptions): Promise<void> {
  const { signal, onNews } = options
  const calls = openCalls(options)
  let joined = false
  try {
    while (!signal?.aborted) {
      const task = await calls.task()
      if (!joined) onNews?.({ what: 'joined' })
      joined = true
      if (task.what === 'over') return
      if (task.what === 'work') {
        if (await workOn(task, calls, options)) return
      } else {
        const seconds = Math.min(mostPoll, Math.max(leastPoll, task.seconds))
        await rest(seconds, signal)
      }
    }
  } catch (error) {
    if (!(signal?.aborted && error instanceof FrostglassError && error.code === 'aborted')) throw error
  } finally {
    calls.close()
    onNews?.({ what: 'left' })
  }
}

/** Whether the node leaves: it has refused a round for which nothing is left, and the coordinator knows. */
async function workOn(work: Work, calls: CoordinatorCalls, options: JoinOptions): Promise<boolean> {
  const { memory, onNews } = options
  const { round, stage } = work
  const begun = performance.now()
  onNews?.({ what: 'work', round, stage })
  const kept = await memory.read()
  const { body, refused } = await replyTo(work, kept, calls, options)
  const delivery = await calls.reply(round, stage, body)
  const seconds = (performance.now() - begun) / 1000
  if (delivery.accepted) onNews?.({ what: 'replied', round, stage, seconds, refused })
  else onNews?.({ what: 'declined', round, stage, why: delivery.why })
  if (stage === 0 && refused !== undefined && (await options.isSpent?.())) return true
  // What brought nothing would bring as much again, as often as a server asks for it.
  if (!delivery.accepted || refused !== undefined || body === kept?.reply)
    await rest(afterNothing, options.signal)
  return false
}

/** A body to send, and the words of one that refuses. */
interface Reply {
  readonly body: Uint8Array
  /** What the next stage needs, and what the fleet's rounds are run on. */
  readonly carried?: Uint8Array | undefined
  readonly terms?: string | undefined
  readonly refused?: string | undefined
}

const refusal = (refused: string): Reply => ({ body: packReply({ refused }), refused })

/** What is sent for a stage: kept before it is sent. */
async function replyTo(
  work: Work,
  kept: KeptStage | undefined,
  calls: CoordinatorCalls,
  options: JoinOptions,
): Promise<Reply> {
  const { fleet, round, stage } = work
  // A second fleet would take the place of the first, which could ask again then, and bring other nodes.
  if (kept && kept.fleet !== fleet)
    return refusal(`what this node keeps is of fleet ${kept.fleet}: it joins another with another folder`)
  const before = kept
  const isSame = before?.round === round
  if (isSame && before.stage === stage && before.reply) return { body: before.reply }
  if (before && (round < before.round || (isSame && stage < before.stage)))
    return refusal(`the node is past stage ${stage} of round ${round}`)
  const keep = (reply: Reply | undefined, terms = before?.terms) =>
    options.memory.write({ fleet, round, stage, terms, reply: reply?.body, carried: reply?.carried })
  const stored = async (reply: Reply): Promise<Reply> => {
    await keep(reply, reply.terms)
    return reply
  }
  if (stage > 0) return stored(await laterStage(work, isSame ? before : undefined, options))
  // What was done may have cost something that must not be spent twice.
  if (isSame) return stored(refusal('the node was ended while it worked on this round'))
  await keep(undefined)
  return stored(await firstStage(work, before, calls, options))
}

/** Does work; what a user can cure the operator is told, and the round goes on without this node. A bug is one. */
async function orRefusal(work: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FrostglassError) || error.code === 'aborted') throw error
    return refusal(error.message)
  }
}

/** The stage in which the round's work is done. */
const firstStage = (
  { fleet, round, seconds, settings, program, aggregation, message }: Work,
  before: KeptStage | undefined,
  calls: CoordinatorCalls,
  { answer, signal, identity, secure }: JoinOptions,
): Promise<Reply> =>
  orRefusal(async () => {
    if (secure && aggregation !== 'secure') return refusal('the node takes part in secure sums alone')
    const offered =
      aggregation === 'secure'
        ? takeOffer(
            message,
            { fleet, round, lastRound: before?.round ?? -1, told: { settings, program, seconds } },
            identity,
            secure ?? trusting,
          )
        : undefined
    const terms = offered?.digest ?? 'clear'
    if (before?.terms !== undefined && before.terms !== terms)
      return refusal('the terms of this fleet are others than those of its first round')
    const { instruction, layout, precision } = offered?.instructed ?? readInstruction(message)
    const task: RoundTask = {
      fleet,
      round,
      seconds,
      instruction,
      layout,
      sum: offered?.offer,
      settings,
      program: async () => (program === null ? undefined : await calls.program(program)),
    }
    const given = await answer(task, signal)
    if ('refused' in given) return { ...refusal(given.refused), terms }
    if (!offered) {
      if ('noisy' in given) throw new TypeError('whole numbers are for a sum')
      return { body: packReply({ message: packContribution(given, precision) }), terms }
    }
    const { send, carried } = offered.advertise(given)
    return { body: packReply({ message: send }), carried, terms }
  })

/** What a node that requires nothing takes: any server, any sum. */
const trusting: RequiredTerms = { fewest: 2, server: 'semi-honest' }

/** A question of the protocol, where there is one. */
function laterStage(
  work: Work,
  before: KeptStage | undefined,
  { identity }: JoinOptions,
): Reply | Promise<Reply> {
  const { stage, message } = work
  const carried = before?.stage === stage - 1 ? before.carried : undefined
  if (!carried) return refusal('the node has nothing of the stages before')
  return orRefusal(() => {
    const answer = answerStage(message, carried, identity)
    return { body: packReply({ message: answer.send }), carried: answer.carried }
  })
}
