// What becomes of a round's replies: the contract that the coordinator keeps, whatever is summed and whoever can read it.
// Source: ours; weightedMean.ts reads every update, the secure one none (Bonawitz et al. 2017).
// A gathering is made again from what was accepted: the same calls in the same order must lead to the same state.

import type { NamedArray } from './parcel.ts'

/** A round as its aggregation sees it. */
export interface RoundStart {
  /** Numbers from 1, never used twice in a fleet. */
  readonly number: number
  /** Names the fleet: 22 characters of base64url. */
  readonly fleet: string
  readonly model: readonly NamedArray[]
  /** Public keys of the nodes that were sampled, in order. */
  readonly members: readonly string[]
}

/** What the end of a stage leads to. */
export type Outcome =
  | { readonly what: 'model'; readonly model: readonly NamedArray[] }
  /** Another stage, for those that {@link Gathering.asked} names from now on. */
  | { readonly what: 'stage' }
  | { readonly what: 'failed'; readonly why: string }

/** A round that gathers. */
export interface Gathering {
  /** Whose reply the present stage wants, and what each is sent for it. */
  asked(): ReadonlyMap<string, Uint8Array>
  /**
   * Takes a reply of the present stage, once from each.
   * @throws FrostglassError that its sender is told; then all is as it was before
   */
  accept(from: string, message: Uint8Array): void
  /** Ends the stage with what came. */
  close(): Outcome
}

/** A way to make a model of replies. */
export interface Aggregation {
  /** What nodes know it by. */
  readonly name: 'mean' | 'secure'
  /** Its parameters: a fleet keeps those that it began with. */
  readonly about: Readonly<Record<string, unknown>>
  begin(round: RoundStart): Gathering
}
