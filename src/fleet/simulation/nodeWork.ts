// What nodes do when they are asked, in whichever thread: the same half as on a real fleet, with streams of their own.
// Source: algorithms/algorithm.ts. What a node answers depends on the seed, the round and the node, not on threads or order.

import { FrostglassError } from '../../errors.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Contribution, Instruction, NodeState } from '../algorithms/algorithm.ts'
import { nodeSteps } from '../algorithms/nodeSteps.ts'
import type { OpenFleet } from './fleet.ts'
import { seededSource } from './seededSource.ts'

/** Some nodes' work of a round. JSON but for its vectors. */
export interface NodeTask {
  readonly algorithm: string
  readonly seed: number
  readonly instruction: Instruction
  /** Counts rounds, or arrivals: no two tasks of a node have the same. */
  readonly turn: number
  readonly nodes: readonly { readonly index: number; readonly state: NodeState }[]
}

/** What a node answered, and keeps. */
export interface NodeAnswer {
  readonly contribution: Contribution
  readonly state: NodeState
}

/** @throws FrostglassError those of nodes' steps, naming the node; 'unsupported' for an algorithm without a node's half */
export async function doNodeTask(
  fleet: OpenFleet,
  { algorithm, seed, instruction, turn, nodes }: NodeTask,
  signal?: AbortSignal,
): Promise<NodeAnswer[]> {
  const answers: NodeAnswer[] = []
  for (const { index, state } of nodes) {
    const step = fleet.step?.(index) ?? nodeSteps[algorithm]
    if (!step)
      throw new FrostglassError(
        'unsupported',
        `no node knows the algorithm '${algorithm}'`,
        `Take one of ${Object.keys(nodeSteps).join(', ')}, or a fleet with steps of its own.`,
      )
    const at = turn * fleet.nodes + index
    const random = seededStream(seed, 'node', at)
    const noise = seededSource(seed, 'node noise', at)
    try {
      answers.push(await step(await fleet.learner(index), instruction, { state, random, noise, signal }))
    } catch (error) {
      if (!(error instanceof FrostglassError) || error.code === 'aborted') throw error
      throw new FrostglassError(error.code, `node ${index}: ${error.message}`, error.hint, error)
    }
  }
  return answers
}
