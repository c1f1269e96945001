// What a coordinator and its nodes say to each other, as bodies of requests: tasks one way, replies the other.
// Source: ours. Paths stand under /v1/fleet; a task's message is its aggregation's, and opaque here.
// A version that this program does not know is refused by parcel.ts.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { requireShape } from '../../json.ts'
import { openParcel, packParcel } from './parcel.ts'

/** Where requests go. All but the status are POST, and signed. */
export const paths = {
  status: '/v1/fleet/status',
  task: '/v1/fleet/task',
  program: '/v1/fleet/program',
  reply: (round: number, stage: number): string => `/v1/fleet/rounds/${round}/${stage}`,
} as const

/** One stage of a round, for one node. */
export interface Work {
  readonly what: 'work'
  readonly fleet: string
  readonly round: number
  readonly stage: number
  readonly aggregation: 'clear' | 'secure'
  /** Seconds that the work of a round may take, for every node alike. */
  readonly seconds: number
  /** What the operator tells its nodes. */
  readonly settings: Readonly<Record<string, unknown>>
  /** SHA-256 of the program that nodes run, base64url; null where they know what to do. */
  readonly program: string | null
  readonly message: Uint8Array
}

/** What a node is to do now. */
export type Task =
  | Work
  /** Nothing: ask again in so many seconds. */
  | { readonly what: 'wait'; readonly seconds: number }
  /** The fleet has all its rounds, or was given up. */
  | { readonly what: 'over' }

const taskSchema = z.discriminatedUnion('what', [
  z.strictObject({
    what: z.literal('work'),
    fleet: z.string().regex(/^[\w-]{22}$/),
    round: z.int().min(1),
    stage: z.int().min(0).max(100),
    aggregation: z.enum(['clear', 'secure']),
    seconds: z.number().gt(0),
    settings: z.record(z.string(), z.unknown()),
    program: z
      .string()
      .regex(/^[\w-]{43}$/)
      .nullable(),
  }),
  z.strictObject({ what: z.literal('wait'), seconds: z.number().min(0) }),
  z.strictObject({ what: z.literal('over') }),
])

export function packTask(task: Task): Uint8Array {
  if (task.what !== 'work') return packParcel({ about: task })
  const { message, ...about } = task
  return packParcel({ about, blocks: [message] })
}

/** @throws FrostglassError 'input', 'unsupported' */
export function readTask(bytes: Uint8Array): Task {
  const from = 'the coordinator’s answer'
  const { about, blocks, arrays } = openParcel(bytes, from)
  const task = requireShape(about, taskSchema, from, {
    hint: 'Use one version of frostglass for the server and its nodes.',
  })
  if (arrays.length > 0 || blocks.length !== (task.what === 'work' ? 1 : 0))
    throw new FrostglassError(
      'input',
      `${from} has parts that a task has not`,
      'Look at the server’s version.',
    )
  return task.what === 'work' ? { ...task, message: blocks[0]! } : task
}

/** What a node answers a stage with: a message, or words that say why it has none. */
export type NodeReply = { readonly message: Uint8Array } | { readonly refused: string }

const replySchema = z.strictObject({ refused: z.string().max(2000).nullable() })

export const packReply = (reply: NodeReply): Uint8Array =>
  'refused' in reply
    ? packParcel({ about: { refused: reply.refused.slice(0, 2000) } })
    : packParcel({ about: { refused: null }, blocks: [reply.message] })

/** @throws FrostglassError 'input', 'unsupported' */
export function readReply(bytes: Uint8Array): NodeReply {
  const { about, blocks, arrays } = openParcel(bytes, 'the reply')
  const { refused } = requireShape(about, replySchema, 'the reply', { hint: 'Send it as it was packed.' })
  if (arrays.length > 0 || blocks.length !== (refused === null ? 1 : 0))
    throw new FrostglassError(
      'input',
      'the reply has parts that a reply has not',
      'Send it as it was packed.',
    )
  return refused === null ? { message: blocks[0]! } : { refused }
}
