// A node of a coordinator's fleet: it asks for work, has it answered, and delivers the reply, until the fleet is over.
// Source: ours; the order of keeping and sending is that of ../flower/node.ts. What is answered with is the caller's.
// A stage is answered once: what was kept is what is sent, however often it is asked for; a stage that was passed is refused.

import { setTimeout as pause } from 'node:timers/promises'
import { FrostglassError } from '../../errors.ts'
import type { Contribution, Instruction } from '../algorithms/algorithm.ts'
import type { Layout } from '../layout.ts'
import { type CallOptions, type CoordinatorCalls, openCalls } from './calls.ts'
import { packContribution, readInstruction } from './exchange.ts'
import type { KeptStage, RoundMemory } from './roundMemory.ts'
import { packReply, type Work } from './wire.ts'

/** A round that a node is asked in. */
export interface RoundTask {
  readonly fleet: string
  readonly round: number
  /** Seconds until its reply is late. */
  readonly seconds: number
  readonly instruction: Instruction
  /** What its vectors are made of. */
  readonly layout: Layout
  /** What the operator tells its nodes. */
  readonly settings: Readonly<Record<string, unknown>>
  /** What the server would have nodes run; undefined where they know. */
  program(): Promise<Uint8Array | undefined>
}

/** What a node answers a round with: a contribution, or words that say why it has none. */
export type AnswerRound = (
  task: RoundTask,
  signal: AbortSignal | undefined,
) => Promise<Contribution | { readonly refused: string }>

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
  readonly onNews?: ((news: FleetNews) => void) | undefined
}

/** Seconds between two questions, whatever the server says. */
const [leastPoll, mostPoll] = [0.01, 60]
const afterDecline = 1

const rest = (seconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  pause(1000 * seconds, undefined, signal ? { signal } : {}).catch(() => undefined)

/**
 * Works until the fleet is over, or `signal` fires.
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
      if (task.what === 'work') await workOn(task, calls, options)
      else {
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

async function workOn(work: Work, calls: CoordinatorCalls, options: JoinOptions): Promise<void> {
  const { memory, onNews } = options
  const { round, stage } = work
  const begun = performance.now()
  onNews?.({ what: 'work', round, stage })
  const { body, refused } = await replyTo(work, await memory.read(), calls, options)
  const delivery = await calls.reply(round, stage, body)
  const seconds = (performance.now() - begun) / 1000
  if (delivery.accepted) onNews?.({ what: 'replied', round, stage, seconds, refused })
  else {
    onNews?.({ what: 'declined', round, stage, why: delivery.why })
    // What was declined would be again.
    await rest(afterDecline, options.signal)
  }
}

/** A body to send, and the words of one that refuses. */
interface Reply {
  readonly body: Uint8Array
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
  const isSame = kept?.fleet === fleet && kept.round === round
  if (isSame && kept.stage === stage && kept.reply) return { body: kept.reply }
  if (kept?.fleet === fleet && (round < kept.round || (isSame && stage < kept.stage)))
    return refusal(`the node is past stage ${stage} of round ${round}`)
  const stored = async (reply: Reply): Promise<Reply> => {
    await options.memory.write({ fleet, round, stage, reply: reply.body })
    return reply
  }
  if (stage > 0) return stored(refusal('the node has nothing of the stages before'))
  // What was done may have cost something that must not be spent twice.
  if (isSame) return stored(refusal('the node was ended while it worked on this round'))
  await options.memory.write({ fleet, round, stage })
  return stored(await answered(work, calls, options))
}

async function answered(
  { fleet, round, seconds, settings, program, message }: Work,
  calls: CoordinatorCalls,
  { answer, signal }: JoinOptions,
): Promise<Reply> {
  try {
    const { instruction, layout, precision } = readInstruction(message)
    const task: RoundTask = {
      fleet,
      round,
      seconds,
      instruction,
      layout,
      settings,
      program: async () => (program === null ? undefined : await calls.program(program)),
    }
    const given = await answer(task, signal)
    if ('refused' in given) return refusal(given.refused)
    return { body: packReply({ message: packContribution(given, precision) }) }
  } catch (error) {
    // A bug is one; what a user can cure the operator is told, and the round goes on without this node.
    if (!(error instanceof FrostglassError) || error.code === 'aborted') throw error
    return refusal(error.message)
  }
}
