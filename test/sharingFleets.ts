// Fleets for tests whose nodes add noise together: real tables, ledgers and folders, and what each node put in before its noise.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fedAvg } from '../src/fleet/algorithms/fedAvg.ts'
import type { Aggregation } from '../src/fleet/coordinator/aggregation.ts'
import type { FleetNews } from '../src/fleet/coordinator/node.ts'
import { openParcel } from '../src/fleet/coordinator/parcel.ts'
import { type SecureSumOptions, secureSum } from '../src/fleet/coordinator/secureSum.ts'
import { joinSharing, type SharingCoordinated } from '../src/fleet/coordinator/sharingNode.ts'
import type { NodeTask } from '../src/fleet/flower/localRounds.ts'
import type { PrivateNews } from '../src/fleet/flower/privateNode.ts'
import { layoutOf } from '../src/fleet/layout.ts'
import { writeStep } from '../src/fleet/learner/stepFile.ts'
import { tensor } from '../src/graph/index.ts'
import { dense, sequential } from '../src/learn/index.ts'
import { createLedger } from '../src/private/index.ts'
import { seededStream } from '../src/random/seeded.ts'
import { type TestNode, testNodes } from './fleets.ts'

/** Numbers of the model: enough for a variance. */
export const size = 600
const model = sequential([dense({ units: 1 })], { input: [size - 1] })
export const sharedLayout = layoutOf(
  model.parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' as const }]),
)

/** A table of rows that are filled by a function. */
export function taskOf(rows: number, value: () => number): NodeTask {
  const x = tensor(Float64Array.from({ length: rows * (size - 1) }, value), [rows, size - 1], 'float64')
  const y = tensor(Float64Array.from({ length: rows }, value), [rows, 1], 'float64')
  return {
    model,
    loss: 'meanSquaredError',
    data: { x, y },
    own: { rate: 0.1, epochs: 1, batch: 4 },
    requireMeaning: () => undefined,
    ownStep: () => writeStep(model, 'meanSquaredError'),
  }
}

/** Tables that have nothing to do with each other; of some no training comes to a number. */
export const tables: Readonly<Record<string, () => NodeTask>> = {
  usual: () => taskOf(9, seededStream(1, 'usual').normal),
  'of one row': () => taskOf(1, () => 1),
  'of zeros': () => taskOf(7, () => 0),
  'of huge numbers': () => taskOf(5, () => 1e300),
  'of no numbers': () => taskOf(5, () => Number.NaN),
}

export const budget = { epsilon: 3, delta: 1e-5 } as const

/** Nodes with ledgers. */
export function sharingNodes(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-sharing-'))
  const nodes = testNodes(count)
  return {
    nodes,
    at: (name: string) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
export type SharingNodes = ReturnType<typeof sharingNodes>

/** What a node did. */
export interface Shared {
  readonly news: (FleetNews | PrivateNews)[]
  readonly ledger: string
  /** Whole numbers of its update with its noise on them, as its state has them before masks; by round. */
  readonly inputs: Map<number, Int32Array>
  /** Bytes of its replies, by stage. */
  readonly replies: Map<number, number>
}

/** Joins with one table; leaves for good once it has replied to `leaves`. */
export async function shared(
  { nodes, at }: SharingNodes,
  url: string,
  node: TestNode,
  {
    task = tables['usual']!(),
    leaves,
    onReply,
    rounds = 1,
    ...options
  }: Partial<SharingCoordinated> & {
    readonly leaves?: number | undefined
    readonly onReply?: ((stage: number) => void) | undefined
  } = {},
): Promise<Shared> {
  const folder = at(node.name)
  const ledger = await createLedger(`${folder}.ledger`, {
    dataset: node.name,
    unit: 'table',
    ...budget,
    composition: 'renyi',
  })
  const leave = new AbortController()
  const made: Shared = { news: [], ledger: ledger.path, inputs: new Map(), replies: new Map() }
  try {
    await joinSharing({
      url,
      identity: node.identity,
      task,
      folder,
      ledger,
      ...budget,
      rounds,
      examples: 1,
      limit: 60,
      accepted: { honest: 5, clip: 0.5 },
      secure: { fewest: 6, corrupted: 1, nodes: nodes.map(({ publicKey }) => publicKey) },
      signal: leave.signal,
      onNews(one) {
        made.news.push(one)
        if (one.what !== 'replied') return
        const { blocks } = openParcel(new Uint8Array(readFileSync(join(folder, 'round.bin'))), 'the state')
        made.replies.set(one.stage, blocks[0]!.length)
        if (one.stage === 0 && one.refused === undefined) {
          const [, , numbers] = openParcel(blocks[1]!, 'what is carried').blocks
          made.inputs.set(one.round, new Int32Array(numbers!.slice().buffer))
        }
        if (one.stage === leaves) leave.abort()
        onReply?.(one.stage)
      },
      ...options,
    })
  } finally {
    ledger.close()
  }
  return made
}

/** A sum over 7 of 8 or more, one of whom may collude and one leave. */
export const sharedSum = (
  nodes: readonly TestNode[],
  multiplier: number,
  options: Partial<SecureSumOptions> = {},
): Aggregation =>
  secureSum(fedAvg({ rate: 0.1, batch: 4 }), sharedLayout, {
    nodes,
    corrupted: 1,
    dropouts: 1,
    fewest: 7,
    limit: 4,
    noise: { multiplier, clip: 0.5 },
    ...options,
  })
