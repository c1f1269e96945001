// A fleet of quadratics that worker threads can open, for tests alone; some of its nodes may lie, fail, or wait.
// Source: ../algorithms/testing.ts.

import { FrostglassError } from '../../errors.ts'
import type { NodeStep } from '../algorithms/algorithm.ts'
import { trainAndDiffer } from '../algorithms/fedAvg.ts'
import { type Quadratic, quadraticLearner } from '../algorithms/testing.ts'
import type { FleetSource, OpenFleet } from './fleet.ts'

interface QuadraticFleet {
  readonly parts: readonly Quadratic[]
  /** Nodes that answer the opposite of their update, and those that cannot train. */
  readonly liars?: readonly number[] | undefined
  readonly failing?: readonly number[] | undefined
}

export const quadraticFleet = (options: QuadraticFleet): FleetSource<QuadraticFleet> => ({
  module: new URL(import.meta.url),
  options,
})

const lie: NodeStep = async (learner, instruction, context) => {
  const { contribution, state } = await trainAndDiffer(learner, instruction, context)
  const update = contribution.vectors['update']!.map((v) => -v)
  return { contribution: { ...contribution, vectors: { update } }, state }
}

const fail: NodeStep = async () => {
  throw new FrostglassError('usage', 'training diverged', 'Lower the rate.')
}

export function openFleet({ parts, liars = [], failing = [] }: QuadraticFleet): OpenFleet {
  return {
    nodes: parts.length,
    learner: (index) => quadraticLearner(parts[index]!),
    step: (index) => (liars.includes(index) ? lie : failing.includes(index) ? fail : undefined),
    close: async () => undefined,
  }
}
