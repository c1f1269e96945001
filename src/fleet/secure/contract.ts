// Secure aggregation: what a round is set up with, and the two state machines that run it, without a wire or a clock.
// Source: Bonawitz et al. 2017, figure 4; Bell et al. 2020. What is proved, and under which assumptions: PROOF.md here.
// Nobody is promised that a node's numbers are true: the sum is of whatever its nodes put in.

import type { Rational } from '../../private/mechanisms/rational.ts'

/**
 * What the server may do:
 * - `active`: anything, together with the corrupted nodes (the consistency round is run; thresholds above two thirds);
 * - `semi-honest`: it follows the protocol, and only reads what it and the corrupted nodes see (thresholds above a half).
 */
export type ServerModel = 'active' | 'semi-honest'

/** Somebody who may take part. */
export interface EnrolledNode {
  /** 1 to 64 characters of ASCII that can be seen; unique in a population. */
  readonly name: string
  /** Its Ed25519 public key, 32 bytes (RFC 8032). How it came to be enrolled is the fleet's affair. */
  readonly identity: Uint8Array
}

/** What all parties of one aggregation know, and are bound to: its digest is part of everything that is signed or sealed. */
export interface SecureSetup {
  /** 32 bytes, drawn for one run of a fleet. */
  readonly session: Uint8Array
  /**
   * 32 bytes: a digest of all else that a node does the round with (weights, rates, programs, terms). Each node makes it of what it was
   * told itself: nodes that were told different things have different setups, and reach no sum together.
   */
  readonly purpose: Uint8Array
  /** Number of the round in the session, 0 … 2^32 − 1; a node takes part in growing numbers only. */
  readonly round: number
  /** Everybody who may take part, in an order that all parties have; 2 … 4,096. */
  readonly population: readonly EnrolledNode[]
  readonly server: ServerModel
  /** At most so many enrolled nodes collude with the server. */
  readonly corrupted: number
  /** At most so many of those who advertised may drop out in all stages together. With more the round fails, and tells nothing. */
  readonly dropouts: number
  /** A round of fewer advertisements than this is refused by every node. */
  readonly fewest: number
  /** Numbers in a vector, 1 … 2^26. */
  readonly length: number
  /** Numbers are added modulo 2^32 or 2^64. */
  readonly bits: 32 | 64
  /** Each number of a node lies in −range … range. */
  readonly range: bigint
  /** σ² of the discrete Gaussian that each node adds to each number before masking; absent: no noise. */
  readonly noise?: Rational | undefined
  /** The round's graph fails to hide an honest node with probability at most 2^−privacy (40 is usual; 1 … 128). */
  readonly privacy: number
  /** The round fails for want of shares, within the dropouts above, with probability at most 2^−delivery (20 is usual; 1 … 64). */
  readonly delivery: number
}

/** What a server waits for from nodes, in order. `agree` is left out where the server is semi-honest. */
export type Stage = 'advertise' | 'share' | 'mask' | 'agree' | 'unmask' | 'done'

/** Somebody who did something that the protocol does not know, as far as that can be told. */
export interface Fault {
  /** Name of the node. */
  readonly node: string
  /** What it did, as the end of a sentence that begins with its name. */
  readonly what: string
}

/** Numbers of a node or a sum: Int32Array where the setup has 32 bits, BigInt64Array where it has 64. */
export type Vector = Int32Array | BigInt64Array

/** What a node does next. */
export interface NodeStep {
  /** The node's whole state, SECRET: to be on disk before `send` leaves. A node that was killed goes on from it. */
  readonly keep: Uint8Array
  /** The message for the server. */
  readonly send: Uint8Array
  /** Neighbours whose sealed shares were wrong: the node goes on without them. */
  readonly faults: readonly Fault[]
}

/** A node's half of a round. A step that throws leaves it as it was. */
export interface SecureNode {
  /** The server's stage whose message this node gives next. */
  readonly stage: Stage
  /** The message of stage `advertise`. Again: the same bytes. */
  advertise(): NodeStep
  /**
   * Takes the server's next message and gives the answer to it. A message that comes again is answered with the same bytes.
   * @param input what `withOwnNoise` made of the node's numbers, once a round; with the message after `share` alone
   * @throws FrostglassError `input` for a message that is malformed, out of turn, or not what an honest server sends
   */
  step(message: Uint8Array, input?: Vector): NodeStep
}

/** The sum of a round. */
export interface SecureSum {
  readonly values: Vector
  /** Names of the nodes whose numbers are in it. */
  readonly survivors: readonly string[]
}

/** The server's half. It draws nothing: the same calls lead to the same state, so what was accepted is what is kept on disk. */
export interface SecureServer {
  readonly stage: Stage
  /** Names that gave what this stage wants; a round needs `needed` of them. */
  readonly answered: readonly string[]
  /** Fewest answers with which this stage can be closed. */
  readonly needed: number
  /** Who was found out so far, beside those whose messages `accept` refused. */
  readonly faults: readonly Fault[]
  /**
   * Takes a node's message of the present stage. The same bytes again change nothing.
   * @param from the name of the enrolled node whose message it is said to be
   * @throws FrostglassError `input`, naming `from`, for whatever is malformed, late, of somebody else, not signed, or a second answer
   */
  accept(from: string, message: Uint8Array): void
  /**
   * Ends the present stage: who has not answered has dropped out.
   * @param stage the stage to end, which must be the present one
   * @returns the next message for each node that is still in
   * @throws FrostglassError `policy` where fewer than `needed` answered
   */
  close(stage: Stage): ReadonlyMap<string, Uint8Array>
  /**
   * The sum, once `unmask` is closed.
   * @throws FrostglassError `input` where a node's shares do not give the secret that it stood for, naming it
   */
  sum(): SecureSum
}
