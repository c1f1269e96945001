// Fleets for tests: a coordinator on a port of this process, keys, memories, and nodes whose updates are known.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fedAvg } from '../src/fleet/algorithms/fedAvg.ts'
import type { Aggregation } from '../src/fleet/coordinator/aggregation.ts'
import { type CoordinatorNews, openCoordinator } from '../src/fleet/coordinator/coordinator.ts'
import { drawIdentity, type NodeIdentity, readIdentity } from '../src/fleet/coordinator/identity.ts'
import { type InTheClearOptions, inTheClear } from '../src/fleet/coordinator/inTheClear.ts'
import {
  type AnswerRound,
  type FleetNews,
  type JoinOptions,
  joinCoordinator,
} from '../src/fleet/coordinator/node.ts'
import { planOf } from '../src/fleet/coordinator/plan.ts'
import type { KeptStage, RoundMemory } from '../src/fleet/coordinator/roundMemory.ts'
import { secureSum } from '../src/fleet/coordinator/secureSum.ts'
import { digestOf } from '../src/fleet/coordinator/signature.ts'
import { type FleetStore, openFleetStore } from '../src/fleet/coordinator/store.ts'
import { layoutOf } from '../src/fleet/layout.ts'
import { type FleetServiceOptions, startFleetService } from '../src/serve/fleet/coordinator.ts'

/** A model of five numbers. */
export const layout = layoutOf([
  ['w', { shape: [2, 2], dtype: 'float32' }],
  ['b', { shape: [1], dtype: 'float32' }],
])

export const firstWeights = Float64Array.of(1, -2, 0.5, 0.25, 8)

/** A node of a test. */
export interface TestNode {
  readonly name: string
  readonly identity: NodeIdentity
  readonly publicKey: string
}

export const testNodes = (count: number): TestNode[] =>
  Array.from({ length: count }, (_, i) => {
    const identity = readIdentity(drawIdentity())
    return { name: `node-${i}`, identity, publicKey: identity.publicKey }
  })

/** A memory that is no file. */
export function memoryOf(kept?: KeptStage): RoundMemory & { kept: KeptStage | undefined } {
  return {
    kept,
    async read() {
      return this.kept
    },
    async write(stage) {
      this.kept = stage
    },
  }
}

export interface TestFleetOptions {
  readonly nodes: readonly TestNode[]
  readonly plan?: Partial<Parameters<typeof planOf>[0]> | undefined
  readonly folder?: string | undefined
  readonly aggregation?: Aggregation | undefined
  readonly clear?: Partial<InTheClearOptions> | undefined
  /** The first weights, of another model. */
  readonly first?: Float64Array | undefined
  readonly port?: number | undefined
  readonly program?: Uint8Array | undefined
  readonly limits?: FleetServiceOptions['limits']
  readonly tls?: Parameters<typeof startFleetService>[0]['tls']
  readonly now?: (() => number) | undefined
  /** The store with something about it that is otherwise. */
  readonly changed?: ((store: FleetStore) => FleetStore) | undefined
}

/** A coordinator on a port. */
export async function startTestFleet({ nodes, folder, port = 0, limits, now, ...given }: TestFleetOptions) {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'frostglass-fleet-')) : undefined
  const plan = planOf({ rounds: 2, pollSeconds: 0.02, least: 1, available: nodes.length, ...given.plan })
  const aggregation =
    given.aggregation ?? inTheClear(fedAvg({ rate: 0.1 }), layout, { least: plan.least, ...given.clear })
  const { rounds: _, ...fixed } = plan
  const store = (given.changed ?? ((same) => same))(
    openFleetStore(folder ?? own!, {
      plan: JSON.stringify({ ...fixed, aggregation: aggregation.about }),
      state: aggregation.start(given.first ?? firstWeights),
    }),
  )
  const news: CoordinatorNews[] = []
  const faults: unknown[] = []
  const coordinator = openCoordinator({
    store,
    nodes,
    plan,
    aggregation,
    now,
    program: given.program && digestOf(given.program),
    onNews: (one) => void news.push(one),
  })
  const running = await startFleetService({
    coordinator,
    store,
    nodes,
    now,
    limits,
    port,
    tls: given.tls,
    program: given.program,
    onFault: (error) => void faults.push(error),
  })
  return {
    coordinator,
    news,
    faults,
    url: running.url,
    port: running.port,
    async close() {
      await running.close({ grace: 0 })
      store.close()
      if (own) rmSync(own, { recursive: true, force: true })
    },
  }
}

/** What a node adds in a round: numbers that float32 holds, no two nodes' alike. */
export const updateOf = (index: number, round: number): Float64Array =>
  Float64Array.from({ length: layout.size }, (_, j) => (index + 1) * 0.25 + j * 2 - round)

/** A node that replies `updateOf(index, round)` of `index + 1` examples. */
export const answerOf =
  (index: number): AnswerRound =>
  async ({ round }) => ({
    vectors: { update: updateOf(index, round) },
    examples: index + 1,
    metrics: { loss: index },
  })

/** Joins, and answers what the node told. */
export async function joined(
  url: string,
  node: TestNode,
  answer: AnswerRound,
  options: Partial<JoinOptions> = {},
): Promise<FleetNews[]> {
  const news: FleetNews[] = []
  await joinCoordinator({
    url,
    identity: node.identity,
    memory: memoryOf(),
    answer,
    onNews: (one) => void news.push(one),
    ...options,
  })
  return news
}

/** Weights after rounds in which these nodes replied, by hand. */
export function weightsAfter(rounds: readonly (readonly number[])[]): Float64Array {
  const weights = firstWeights.slice()
  for (const [i, members] of rounds.entries()) {
    const whole = members.reduce((sum, index) => sum + index + 1, 0)
    for (let j = 0; j < weights.length; j++)
      weights[j]! += members.reduce((sum, k) => sum + ((k + 1) * updateOf(k, i + 1)[j]!) / whole, 0)
  }
  return weights
}

/** The largest difference between two vectors of one length. */
export const apart = (a: Float64Array, b: Float64Array): number =>
  a.length === b.length ? Math.max(...a.map((value, j) => Math.abs(value - b[j]!))) : Number.POSITIVE_INFINITY

/** Secure sums of these nodes, five or more of them, one of which may drop out on the way. */
export const secureMean = (nodes: readonly TestNode[]): Aggregation =>
  secureSum(fedAvg({ rate: 0.1 }), layout, {
    nodes,
    corrupted: 0,
    dropouts: 1,
    fewest: 5,
    limit: 64,
  })

/** Weights after rounds in which these nodes counted alike. */
export function weightsAfterMeans(rounds: readonly (readonly number[])[]): Float64Array {
  const weights = firstWeights.slice()
  for (const [i, members] of rounds.entries())
    for (let j = 0; j < weights.length; j++)
      weights[j]! += members.reduce((sum, k) => sum + updateOf(k, i + 1)[j]!, 0) / members.length
  return weights
}
