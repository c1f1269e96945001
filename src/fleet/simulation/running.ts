// What a simulation is asked for, what it reports, and what its two schedules work with.
// Source: simulate.ts, rounds.ts, arrivals.ts.

import type { Algorithm, Contribution, NodeState } from '../algorithms/algorithm.ts'
import type { Crew } from './crew.ts'
import type { Fleet } from './fleet.ts'
import type { Sampling } from './sampling.ts'

/** What {@link simulate} simulates. */
export interface SimulationOptions<State> {
  readonly algorithm: Algorithm<State>
  readonly fleet: Fleet
  /** The first weights. */
  readonly weights: Float64Array
  /** Rounds in all, those before `from` included. Where answers are taken as they come, a round is as many as `sampling` counts, or as there are nodes. */
  readonly rounds: number
  /** All nodes unless given, or unless the algorithm's price rests on a rate. */
  readonly sampling?: Sampling | undefined
  /** Chance that a chosen node's answer never comes; 0 unless given. */
  readonly dropouts?: number | undefined
  /** Answers that come between a node's being sent weights and its own answer, where they are taken as they come; 0 unless given. */
  readonly staleness?: number | undefined
  readonly seed: number
  /** Worker threads; 0, this one, unless given: best for tiny models. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Waited for before the next round. */
  readonly onRound?: ((round: RoundRecord<State>) => void | Promise<void>) | undefined
  /** Where an earlier simulation with the same options stood. */
  readonly from?: Snapshot<State> | undefined
}

/** What a simulation goes on from. It survives a structured clone. */
export interface Snapshot<State> {
  readonly algorithm: string
  readonly seed: number
  readonly nodes: number
  /** Rounds that are done. */
  readonly round: number
  /** The server's state, behind it those that nodes in flight were sent: the newest last. */
  readonly states: readonly State[]
  /** What nodes keep, by their number. */
  readonly kept: ReadonlyMap<number, NodeState>
}

/** A round that is over. */
export interface RoundRecord<State> {
  readonly round: number
  readonly weights: Float64Array
  /** In the order in which they were combined. */
  readonly answers: readonly { readonly node: number; readonly contribution: Contribution }[]
  readonly dropped: number
  /** Where the simulation stands; copied when it is asked for. */
  snapshot(): Snapshot<State>
}

/** What both schedules work with. */
export interface Running<State> extends SimulationOptions<State> {
  readonly crew: Crew
  readonly dropouts: number
  readonly staleness: number
  readonly sampling: Sampling | undefined
  /** Changed in place. */
  readonly kept: Map<number, NodeState>
  readonly states: readonly State[]
  readonly first: number
  /** Reports a round. */
  over(
    round: number,
    states: readonly State[],
    found: Pick<RoundRecord<State>, 'answers' | 'dropped'>,
  ): Promise<void>
}

/** Notes what a node keeps; nothing for one that keeps nothing. */
export function keep(kept: Map<number, NodeState>, node: number, state: NodeState): void {
  if (Object.keys(state).length > 0) kept.set(node, state)
  else kept.delete(node)
}
