// A node of a Flower fleet: it takes messages, has them answered, and delivers the replies, until it is told to leave.
// Source: Flower 1.42; exchange.ts has the order of calls. What is answered with is the caller's: this file knows no model.
// Between a message taken and its reply delivered all is kept by `NodeMemory`: a node that is killed goes on where it was.
// A message that was taken when the machine died, before it could be remembered, is lost: the server is told on return, unless
// it has sent another meanwhile.

import { FrostglassError } from '../../errors.ts'
import { type ReplyCheck, replyCheck } from './checkReply.ts'
import type { Content } from './content.ts'
import { pullContent, pullMessage, pushReply, type Received, settle } from './exchange.ts'
import { type Call, FleetRefusal } from './fleetCalls.ts'
import type { Metadata } from './flower_pb.js'
import { comeBack, heartbeat, type JoinOptions, join, lookedAt } from './join.ts'
import { type Reply, replyTo } from './message.ts'
import { pause } from './pause.ts'

/** What a message is answered with. */
export type AnswerTo = (
  message: Received,
  signal: AbortSignal | undefined,
) => Promise<{ readonly content: Content } | { readonly refused: string }>

/** What a process that ended has left. */
export interface Left {
  /** What the server called the node. */
  readonly nodeId: bigint | undefined
  /** The message that was being worked on, and its reply once there was one. */
  readonly message: { readonly metadata: Metadata; readonly reply: Reply | undefined } | undefined
}

/** What outlives a process: the message that is being worked on, and its reply once there is one. */
export interface NodeMemory {
  left(): Promise<Left>
  joined(nodeId: bigint): Promise<void>
  taken(metadata: Metadata): Promise<void>
  answered(reply: Reply): Promise<void>
  /** The reply is delivered: of the message nothing is left. */
  done(): Promise<void>
}

/** What a node tells while it runs. */
export type NodeNews =
  | { readonly what: 'waiting'; readonly why: string }
  | { readonly what: 'joined'; readonly nodeId: bigint }
  | { readonly what: 'message'; readonly type: string; readonly runId: bigint }
  | {
      readonly what: 'replied'
      readonly type: string
      readonly seconds: number
      readonly refused?: string | undefined
    }
  /** The server wants no reply: it has it from before, its run is over, or it came too late. */
  | { readonly what: 'dropped'; readonly type: string }
  | { readonly what: 'left' }

export interface NodeOptions extends JoinOptions {
  readonly memory: NodeMemory
  /** Leave after so many replies. */
  readonly most?: number | undefined
  readonly onNews?: ((news: NodeNews) => void) | undefined
}

/** Milliseconds between looks for a message. */
const look = 500
/** Milliseconds after an answer that is no message. */
const longLook = 5_000

/**
 * Joins, works, leaves: what is being delivered is delivered first. It stays registered: with its key it may come back.
 * @throws FleetRefusal where the server does not know the node; FrostglassError what the calls and the memory throw,
 * 'usage' for a registered key without TLS, 'key' where the server does not let the node in
 */
export async function runNode(call: Call, answer: AnswerTo, options: NodeOptions): Promise<void> {
  const { memory, leave, most = Number.POSITIVE_INFINITY, onNews } = options
  const left = await memory.left()
  const before = { nodeId: left.nodeId, worked: left.message !== undefined }
  const { nodeId, isDoubtful } = await join(call, before, options, (why) =>
    onNews?.({ what: 'waiting', why }),
  )
  await memory.joined(nodeId)
  onNews?.({ what: 'joined', nodeId })
  let isAway = false
  let isBeating = false
  const beats = setInterval(
    () => {
      // A beat would bring it back. One at a time: of many that nobody answers each would hold what came of its answer.
      if (isAway || isBeating) return
      isBeating = true
      call('send-node-heartbeat', { node: { nodeId }, heartbeatInterval: heartbeat })
        .catch(() => undefined)
        .finally(() => {
          isBeating = false
        })
    },
    (heartbeat * 1000 * 2) / 3,
  )
  const at: Place = { call, nodeId, memory, onNews }
  const check = replyCheck()
  let last: Reply | undefined
  let doubt = isDoubtful ? performance.now() + lookedAt : undefined
  try {
    if (left.message) last = await finish(at, left.message)
    for (let replies = 0; replies < most && !leave.aborted; ) {
      const message = await pullMessage(call, nodeId).catch((error: unknown) => {
        if (!isUnreadable(error)) throw error
        // Of a message that cannot even be taken nobody can be told but the owner: others may follow.
        onNews?.({ what: 'waiting', why: error.message })
        return pause(longLook, leave)
      })
      if (!message) {
        if (doubt !== undefined && performance.now() > doubt) {
          doubt = undefined
          isAway = true
          await comeBack(call, nodeId, options)
          isAway = false
        }
        await pause(look, leave)
        continue
      }
      // Whoever sends a message does not wait for another that was lost.
      doubt = undefined
      const { metadata } = message
      onNews?.({ what: 'message', type: metadata.messageType, runId: metadata.runId })
      await memory.taken(metadata)
      const begun = performance.now()
      const made = await answered(at, message, answer, check, leave)
      if (!made) {
        await dropped(at, metadata)
        continue
      }
      const seconds = (performance.now() - begun) / 1000
      const reply = replyTo(metadata, made, Date.now() / 1000)
      await memory.answered(reply)
      last = (await delivered(at, reply, seconds)) ?? last
      replies++
    }
    if (last) await settle(call, nodeId, last, leave).catch(unlessOver)
  } finally {
    clearInterval(beats)
    await call('deactivate-node', { nodeId }).catch(() => undefined)
    onNews?.({ what: 'left' })
  }
}

/** Whether the server answered with what is none of Flower's messages. Refusals are, and are final. */
const isUnreadable = (error: unknown): error is FrostglassError =>
  error instanceof FrostglassError && error.code === 'input' && !(error instanceof FleetRefusal)

/** Where a node stands. */
interface Place {
  readonly call: Call
  readonly nodeId: bigint
  readonly memory: NodeMemory
  readonly onNews: NodeOptions['onNews']
}

/** The answer to a message, or why there is none; undefined where its run is over. */
async function answered(
  { call, nodeId }: Place,
  message: NonNullable<Awaited<ReturnType<typeof pullMessage>>>,
  answer: AnswerTo,
  check: ReplyCheck,
  leave: AbortSignal,
): Promise<{ readonly content: Content } | { readonly refused: string } | undefined> {
  try {
    const received = await pullContent(call, nodeId, message, leave)
    const made = await answer(received, leave)
    if ('content' in made) check(received, made.content)
    return made
  } catch (error) {
    if (error instanceof FleetRefusal) return unlessOver(error)
    // A bug is one; what a user can cure the operator is told, and the round goes on without this node.
    if (!(error instanceof FrostglassError)) throw error
    return { refused: error.message }
  }
}

/** What a process that ended left: its reply is delivered as it was; of a message without one the operator is told. */
async function finish(
  at: Place,
  { metadata, reply }: NonNullable<Left['message']>,
): Promise<Reply | undefined> {
  // The server has forgotten the node that it was for, and made a new one of its key.
  if (metadata.dstNodeId !== at.nodeId) return dropped(at, metadata)
  const own =
    reply ??
    replyTo(metadata, { refused: 'the node was ended while it worked on this message' }, Date.now() / 1000)
  if (!reply) await at.memory.answered(own)
  return delivered(at, own, 0)
}

/**
 * Delivers a reply, and forgets it: undefined where the server does not want it. Seconds of work are told to it as 0: how long
 * they took tells how many rows there are.
 */
async function delivered(at: Place, reply: Reply, seconds: number): Promise<Reply | undefined> {
  const isThere = await pushReply(at.call, at.nodeId, reply, 0).catch(unlessOver)
  if (!isThere) return dropped(at, reply.metadata)
  await at.memory.done()
  at.onNews?.({ what: 'replied', type: reply.metadata.messageType, seconds, refused: reply.refused })
  return reply
}

async function dropped({ memory, onNews }: Place, { messageType: type }: Metadata): Promise<undefined> {
  await memory.done()
  onNews?.({ what: 'dropped', type })
}

/** A run that is over wants nothing. */
const unlessOver = (error: unknown): undefined => {
  if (!(error instanceof FleetRefusal && error.status === 403)) throw error
}
