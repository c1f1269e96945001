// What a federated algorithm is: what the server keeps and sends, what a node makes of it, how answers become the next weights.
// Source: McMahan et al. 2017, algorithm 1, whose server and client halves these are.
// A record of pure functions. The same node half runs in a simulation, for our coordinator, and on a Flower fleet.

import type { Random } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'
import type { Learner } from '../learner/learner.ts'

/** Vectors by name: all that travels, beside whole settings and numbers of rows. */
export type Vectors = Readonly<Record<string, Float64Array>>

/** What a node is sent. */
export interface Instruction {
  /** From 1. */
  readonly round: number
  /** `weights`, and what an algorithm adds, such as `control` of SCAFFOLD. */
  readonly vectors: Vectors
  readonly settings: Readonly<Record<string, number>>
}

/** What a node answers. */
export interface Contribution {
  /** `update` (new − old weights) of most algorithms, and what an algorithm adds. */
  readonly vectors: Vectors
  /** Rows that stand behind it: the weight in an average. */
  readonly examples: number
  /** Numbers for the record alone, such as `loss`. */
  readonly metrics: Readonly<Record<string, number>>
}

/** What a node keeps from round to round: empty at first. A node whose answer is lost keeps what it had before. */
export type NodeState = Vectors

/** What a node's half works with, beside its rows and its instruction. */
export interface NodeContext {
  readonly state: NodeState
  /** For orders and dropout. */
  readonly random: Random
  /** For noise that hides something: the operating system's unless given. Simulations give one that repeats. */
  readonly noise?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
}

/** The node's half of a round. It knows nothing but what it is sent and what it kept: any thread or machine can run it. */
export type NodeStep = (
  learner: Learner,
  instruction: Instruction,
  context: NodeContext,
) => Promise<{ readonly contribution: Contribution; readonly state: NodeState }>

/** One algorithm with its settings. `State` is the server's; it survives a structured clone. */
export interface Algorithm<State> {
  readonly name: string
  /** `rounds`: all answers of a round together; `arrivals`: each answer as it comes, whatever was sent to others meanwhile. */
  readonly schedule: 'rounds' | 'arrivals'
  /** Where a price rests on it: each node is in a round by a coin of its own, with this probability. */
  readonly sampling?: { readonly rate: number } | undefined
  /** The server's state before the first round, from first weights. */
  start(weights: Float64Array): State
  /** What the nodes of a round are sent. */
  instruct(state: State, round: number): Instruction
  readonly node: NodeStep
  /** The state after answers. @param contributions of one round, none among them where nobody answered; or one alone where they are taken as they come */
  combine(state: State, contributions: readonly Contribution[]): State
  /** The model's weights as they are now. */
  weights(state: State): Float64Array
}
