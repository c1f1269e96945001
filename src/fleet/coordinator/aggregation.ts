// What becomes of a round's replies: the contract that the coordinator keeps, whatever is summed and whoever can read it.
// Source: ours; inTheClear.ts reads every contribution, the secure one none (Bonawitz et al. 2017).
// A gathering is made again from what was accepted: the same calls in the same order must lead to the same state.

/** A round as its aggregation sees it. */
export interface RoundStart {
  /** Numbers from 1, never used twice in a fleet. */
  readonly number: number
  /** Names the fleet: 22 characters of base64url. */
  readonly fleet: string
  /** What the last round that came to something left. */
  readonly state: Uint8Array
  /** Public keys of the nodes that were sampled, in order. */
  readonly members: readonly string[]
  /** What else the nodes are told of the round. */
  readonly told: Told
}

/** What every task of a fleet says beside its message. */
export interface Told {
  /** The operator's words to the nodes. */
  readonly settings: Readonly<Record<string, unknown>>
  /** SHA-256 of the program that nodes run, base64url; null where they know what to do. */
  readonly program: string | null
  /** Seconds that the work of a round may take, for every node alike. */
  readonly seconds: number
}

/** What the end of a stage leads to. */
export type Outcome =
  | { readonly what: 'done'; readonly state: Uint8Array }
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

/** A way to make the next weights of what nodes reply. */
export interface Aggregation {
  /** What nodes know it by. */
  readonly name: 'clear' | 'secure'
  /** Its parameters: a fleet keeps those that it began with. */
  readonly about: Readonly<Record<string, unknown>>
  /** The state of a fleet that begins. */
  start(weights: Float64Array): Uint8Array
  weights(state: Uint8Array): Float64Array
  begin(round: RoundStart): Gathering
}
