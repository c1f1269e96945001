// A node of a Flower fleet: it takes messages, has them answered, and delivers the replies, until it is told to leave.
// Source: Flower 1.42; exchange.ts has the order of calls. What is answered with is the caller's: this file knows no model.
// Between a message taken and its reply delivered all is kept by `NodeMemory`: a node that is killed goes on where it was.

import { FrostglassError } from '../../errors.ts'
import type { Content } from './content.ts'
import type { NodeKey } from './contract.ts'
import { pullContent, pullMessage, pushReply, type Received, settle } from './exchange.ts'
import { type Call, FleetRefusal } from './fleetCalls.ts'
import type { Metadata } from './flower_pb.js'
import { type Reply, replyTo } from './message.ts'
import { pause } from './pause.ts'

/** What a message is answered with. */
export type AnswerTo = (
  message: Received,
  signal: AbortSignal | undefined,
) => Promise<{ readonly content: Content } | { readonly refused: string }>

/** What outlives a process: the message that is being worked on, and its reply once there is one. */
export interface NodeMemory {
  /** What was left by a process that ended. */
  left(): Promise<{ readonly metadata: Metadata; readonly reply: Reply | undefined } | undefined>
  taken(metadata: Metadata): Promise<void>
  answered(reply: Reply): Promise<void>
  /** The reply is delivered: nothing is left. */
  done(): Promise<void>
}

/** What a node tells while it runs. */
export type NodeNews =
  | { readonly what: 'joined'; readonly nodeId: bigint }
  | { readonly what: 'message'; readonly type: string; readonly runId: bigint }
  | {
      readonly what: 'replied'
      readonly type: string
      readonly seconds: number
      readonly refused?: string | undefined
    }
  | { readonly what: 'left' }

export interface NodeOptions {
  readonly key: NodeKey
  /** Keys are registered by the server's admin; else the node registers itself. */
  readonly registered?: boolean | undefined
  readonly memory: NodeMemory
  /** Fires to leave: what is being delivered is delivered first. */
  readonly leave: AbortSignal
  /** Leave after so many replies. */
  readonly most?: number | undefined
  readonly onNews?: ((news: NodeNews) => void) | undefined
}

/** Seconds between beats that a server is told; it counts a node as gone after twice as long. */
const heartbeat = 30
/** Milliseconds between looks for a message. */
const look = 500

/**
 * Joins, works, leaves.
 * @throws FleetRefusal where the server does not know the node; FrostglassError what the calls throw
 */
export async function runNode(call: Call, answer: AnswerTo, options: NodeOptions): Promise<void> {
  const { key, registered = false, memory, leave, most = Number.POSITIVE_INFINITY, onNews } = options
  const nodeId = await join(call, key, registered)
  onNews?.({ what: 'joined', nodeId })
  const node = { nodeId }
  const beats = setInterval(
    () => {
      call('send-node-heartbeat', { node, heartbeatInterval: heartbeat }).catch(() => undefined)
    },
    (heartbeat * 1000 * 2) / 3,
  )
  let last: Reply | undefined
  try {
    const left = await memory.left()
    if (left) last = await finish(call, nodeId, left, memory)
    for (let replies = 0; replies < most && !leave.aborted; ) {
      const message = await pullMessage(call, nodeId)
      if (!message) {
        await pause(look, leave)
        continue
      }
      const { metadata } = message
      const type = metadata.messageType
      onNews?.({ what: 'message', type, runId: metadata.runId })
      await memory.taken(metadata)
      const begun = performance.now()
      const made = await answered(call, nodeId, message, answer, leave)
      const seconds = (performance.now() - begun) / 1000
      const reply = replyTo(metadata, made, Date.now() / 1000)
      await memory.answered(reply)
      await delivered(call, nodeId, reply, seconds)
      await memory.done()
      onNews?.({ what: 'replied', type, seconds, refused: reply.refused })
      last = reply
      replies++
    }
    if (last) await settle(call, nodeId, last).catch(unlessOver)
  } finally {
    clearInterval(beats)
    await call('deactivate-node', { nodeId }).catch(() => undefined)
    if (!registered) await call('unregister-node', { nodeId }).catch(() => undefined)
    onNews?.({ what: 'left' })
  }
}

/** Registers where the node does it itself, and comes online: of a process that was killed it may be so still. */
async function join(call: Call, { publicPem: publicKey }: NodeKey, registered: boolean): Promise<bigint> {
  // A node that has been here before is registered.
  if (!registered) await call('register-node', { publicKey }).catch(unlessRefused(412))
  for (let tries = 0; ; tries++) {
    try {
      return (await call('activate-node', { publicKey, heartbeatInterval: heartbeat })).nodeId
    } catch (error) {
      if (!(error instanceof FleetRefusal && error.reason === 2004) || tries >= 2 * heartbeat) throw error
      // Online from before: until it counts as gone.
      await pause(2000)
    }
  }
}

async function answered(
  call: Call,
  nodeId: bigint,
  message: NonNullable<Awaited<ReturnType<typeof pullMessage>>>,
  answer: AnswerTo,
  leave: AbortSignal,
): Promise<{ readonly content: Content } | { readonly refused: string }> {
  try {
    return await answer(await pullContent(call, nodeId, message), leave)
  } catch (error) {
    // A bug is one; what a user can cure the operator is told, and the round goes on without this node.
    if (!(error instanceof FrostglassError) || error instanceof FleetRefusal) throw error
    return { refused: error.message }
  }
}

/** What a process that ended left: its reply is delivered as it was; of a message without one the operator is told. */
async function finish(
  call: Call,
  nodeId: bigint,
  { metadata, reply }: { readonly metadata: Metadata; readonly reply: Reply | undefined },
  memory: NodeMemory,
): Promise<Reply> {
  const own =
    reply ??
    replyTo(metadata, { refused: 'the node was ended while it worked on this message' }, Date.now() / 1000)
  if (!reply) await memory.answered(own)
  await delivered(call, nodeId, own, 0)
  await memory.done()
  return own
}

/** A run that is over wants no reply. */
const delivered = (call: Call, nodeId: bigint, reply: Reply, seconds: number): Promise<void> =>
  pushReply(call, nodeId, reply, seconds).catch(unlessOver)

const unlessRefused =
  (status: number) =>
  (error: unknown): void => {
    if (!(error instanceof FleetRefusal && error.status === status)) throw error
  }

const unlessOver = unlessRefused(403)
