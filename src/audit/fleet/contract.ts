// The contract of an attack on what nodes of a fleet send in a round.
// Source: docs/architecture.md#the-audit (Attack); the server of federated learning sees weights, updates and its own data.
// A new attack is one file here that exports an `updateAttack` (frame.ts), and one line in attacks.ts.

import type { ImageShape } from '../../data/index.ts'
import type { Layout } from '../../fleet/index.ts'
import type { Tensor } from '../../graph/index.ts'
import type { Loss, Model, Weights } from '../../learn/index.ts'
import type { AttackOptions, Standpoint } from '../finding.ts'
import type { ImageFinding } from '../images/contract.ts'

/** Rows with their classes. */
export interface ClassedRows {
  /** float [rows, …input] */
  readonly x: Tensor
  /** Class of each row, 0 … classes − 1. */
  readonly labels: Int32Array
}

/** How what was sent was made: what protocol and configuration tell everybody. */
export interface UpdateFacts {
  /** `gradient`: of the mean loss over a node's rows; `update`: weights after training less weights before. */
  readonly sends: 'gradient' | 'update'
  /** Rows of one node that went into what it sent. */
  readonly rows: number
  /** Steps of gradient descent on all of these rows; 1 of a gradient. */
  readonly steps: number
  /** Learning rate of the steps; 1 of a gradient. */
  readonly rate: number
  /** The L2 norm that each node cuts off what it sends to; null for none. */
  readonly clip: number | null
  /** Standard deviation of the Gaussian noise on each number that the server sees; 0 for none. */
  readonly noise: number
  /** Nodes whose messages the server sees the sum of, as behind secure aggregation; 1 where it sees each. */
  readonly nodes: number
}

/** What the server has: everything but the nodes' rows. */
export interface SeenUpdates {
  readonly model: Model
  /** What the server sent, and every message was made from. */
  readonly weights: Weights
  readonly loss: Loss
  readonly layout: Layout
  readonly facts: UpdateFacts
  /** What it saw: one vector a message, all made alike from the same weights. A message is a sum where `nodes` is above 1. */
  readonly sent: readonly Float64Array[]
  /** Where inputs lie, such as 0 … 1 for grey levels; absent where nobody knows. */
  readonly domain?: readonly [low: number, high: number] | undefined
  /** Of rows that are images. */
  readonly image?: ImageShape | undefined
  /** Rows of the server's own, like those of the nodes: a test set, a public data set. */
  readonly own?: ClassedRows | undefined
  /** Rows of which the server asks whether a message was made from them. */
  readonly candidates?: ClassedRows | undefined
}

/** What messages were made from: for the judge alone. */
export interface UpdateTruth {
  /** One entry a message: the rows of all nodes in it. */
  readonly rows: readonly ClassedRows[]
  /** One entry a message: 1 for each candidate that is among its rows. */
  readonly member?: readonly Uint8Array[] | undefined
}

/** What left, and, for the auditor alone, the truth that attacks are judged by. */
export interface UpdateEvidence extends SeenUpdates {
  readonly truth: UpdateTruth
}

/** What one attack found: pictures and measures beside metrics, as of images. JSON. */
export type UpdateFinding = ImageFinding

/** How an attack is run. */
export type UpdateAttackOptions = Omit<AttackOptions, 'known'>

/** An attack on messages of nodes. */
export interface UpdateAttack {
  /** Kebab case, e.g. `dense-leak`. */
  readonly name: string
  readonly title: string
  readonly standpoint: Standpoint
  /** `rows`: the inputs themselves; `labels`: their classes; `member`: whether a row is among them. */
  readonly aim: 'rows' | 'labels' | 'member'
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  readonly source: string
  /** Full effort searches for longer, and may find what a quick one does not. */
  readonly searches?: true
  /** Why the attack cannot be run on what is there; undefined where it can. */
  obstacle(seen: SeenUpdates): string | undefined
  /** Whatever it draws comes from the seed. @throws FrostglassError `aborted` */
  run(evidence: UpdateEvidence, options: UpdateAttackOptions): Promise<UpdateFinding>
}
