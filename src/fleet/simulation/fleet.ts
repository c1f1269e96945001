// What a simulated fleet is made of: a model that nodes train, and each node's rows, made where they are needed.
// Source: docs/architecture.md#rooms. Every worker thread opens the fleet from the same module and the same options.
// Nothing keeps one node's rows from another's code in a simulation: it shows what algorithms do, not who can read what.

import type { NodeStep } from '../algorithms/algorithm.ts'
import type { Learner } from '../learner/learner.ts'

/** A fleet as one thread sees it. */
export interface OpenFleet {
  readonly nodes: number
  /** The rows of node `index`, 0 … nodes − 1. Asked for in any order, again and again: what it costs is up to the fleet. */
  learner(index: number): Learner | Promise<Learner>
  /** Another half for some nodes than the algorithm's: a liar's, say. */
  step?(index: number): NodeStep | undefined
  /** Frees what it holds. */
  close(): Promise<void>
}

/** A fleet by the module that opens it. Options survive a structured clone; shared memory in them is shared. */
export interface FleetSource<Options> {
  /** Exports `openFleet(options): OpenFleet | Promise<OpenFleet>`. */
  readonly module: URL
  readonly options: Options
}

/** A fleet for worker threads, or one that is open already, for this thread alone. */
export type Fleet = FleetSource<unknown> | OpenFleet

/** What a module of a fleet exports. */
export interface FleetModule<Options> {
  openFleet(options: Options): OpenFleet | Promise<OpenFleet>
}

/** Opens a fleet in this thread. @param href of the module */
export async function openSource(href: string, options: unknown): Promise<OpenFleet> {
  const { openFleet } = (await import(href)) as FleetModule<unknown>
  return openFleet(options)
}
