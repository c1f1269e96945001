// A private node of a coordinator's fleet: rounds come as training messages to what answers Flower's, each paid for first.
// Source: ../flower/privateNode.ts has what may leave, and why; docs/architecture.md#differential-privacy (spent before drawn).
// Noise is the node's own: of a secure sum, too, each part is private by itself, and what is summed has all of it (see sharingNode.ts).

import { create } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { tensor, toFloat64 } from '../../graph/tensor.ts'
import { type Content, oneRecord } from '../flower/content.ts'
import { MetadataSchema } from '../flower/flower_pb.js'
import { type PrivateJoin, withPrivateAnswer } from '../flower/joinFleet.ts'
import type { AnswerTo } from '../flower/node.ts'
import type { Config, ConfigValue } from '../flower/records.ts'
import type { Layout } from '../layout.ts'
import { paidRounds } from '../privacy/account.ts'
import {
  type AnswerRound,
  type FleetNews,
  type JoinOptions,
  joinCoordinator,
  type RoundTask,
} from './node.ts'
import { withRoundMemory } from './roundMemory.ts'

/** A private node, and where it joins. */
export interface PrivateCoordinated
  extends Omit<PrivateJoin, 'onNews'>,
    Omit<JoinOptions, 'answer' | 'isSpent' | 'memory' | 'onNews'> {
  readonly onNews?:
    | ((news: Parameters<NonNullable<PrivateJoin['onNews']>>[0] | FleetNews) => void)
    | undefined
}

/**
 * Joins, answers what is paid for, until the fleet is over, all rounds are paid for or `signal` fires.
 * @throws FrostglassError as `joinCoordinator` and `withPrivateAnswer`; 'io' where another process has the folder
 */
export const joinPrivately = (options: PrivateCoordinated): Promise<void> =>
  withRoundMemory(options.folder, (memory) =>
    withPrivateAnswer(options, (answer) =>
      joinCoordinator({
        ...options,
        memory,
        answer: answerRounds(answer),
        isSpent: async () => (await paidRounds(options.folder)) >= options.rounds,
      }),
    ),
  )

/** Rounds as training messages, and replies to these as contributions. */
export function answerRounds(answer: AnswerTo): AnswerRound {
  return async (task, signal) => {
    const weights = weightsOf(task)
    const metadata = create(MetadataSchema, {
      messageType: 'train',
      runId: Buffer.from(task.fleet, 'base64url').readBigUInt64LE(),
    })
    const reply = await answer({ metadata, content: await messageOf(task, weights) }, signal)
    return 'refused' in reply ? reply : contributionOf(reply.content, weights, task.layout)
  }
}

/** @throws FrostglassError 'unsupported' for a round of an algorithm that sends more than weights */
export function weightsOf({ instruction: { vectors } }: RoundTask): Float64Array {
  const { weights } = vectors
  if (weights && Object.keys(vectors).length === 1) return weights
  throw new FrostglassError(
    'unsupported',
    `the round brings [${Object.keys(vectors).join(', ')}], and this node knows algorithms of weights alone`,
    'Take FedAvg, FedProx, or another whose nodes train from weights.',
  )
}

/**
 * A round as a server of Flower would send it. A batch of all rows (0) is left to the node's owner: how many rows there are is
 * private, and what a step of them takes could not be bounded before it is paid for.
 */
export async function messageOf(task: RoundTask, weights: Float64Array): Promise<Content> {
  const { instruction, layout } = task
  const arrays = layout.slots.map(({ name, shape, start, size }) => {
    const data = weights.slice(start, start + size)
    return [name, tensor(data, shape, 'float32')] as const
  })
  const step = await task.program()
  const config: Config = new Map<string, ConfigValue>([
    ['server-round', { integer: BigInt(instruction.round) }],
    ...Object.entries(instruction.settings)
      .filter(([name, value]) => !(name === 'batch' && value === 0))
      .map(([name, value]) => [settingNames[name] ?? name, { double: value }] as const),
    ...(step ? [['training-step', { bytes: step }] as const] : []),
  ])
  return new Map([
    ['arrays', { arrays: new Map(arrays) }],
    ['config', { config }],
  ])
}

/** Settings of algorithms that Flower's servers call otherwise. */
const settingNames: Readonly<Record<string, string>> = { proximal: 'proximal-mu' }

function contributionOf(content: Content, weights: Float64Array, layout: Layout) {
  const arrays = oneRecord(content, 'arrays')
  const update = new Float64Array(layout.size)
  for (const { name, start } of layout.slots) update.set(toFloat64(arrays.get(name)!), start)
  for (let i = 0; i < update.length; i++) update[i] = update[i]! - weights[i]!
  const examples = oneRecord(content, 'metrics').get('num-examples') as { readonly integer: bigint }
  return { vectors: { update }, examples: Number(examples.integer), metrics: {} }
}
