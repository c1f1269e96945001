// What local recoding publishes, and which nodes its reader knows to have failed.
// Source: ARX's local recoding; "Exposing Privacy Risks in Anonymizing Clinical Data" (arXiv 2509.03350), for what the order of nodes tells.
// The reader knows the algorithm, k, the share of rows a round, and the hierarchies: all of it is public, or should be taken to be.

import type { Hierarchy } from '../hierarchy.ts'

/** One round: the node that was taken, for the rows that no round before had published. */
export interface LocalRound {
  /** [quasi-identifiers] */
  readonly levels: readonly number[]
  /** Rows that had to be in classes large enough, for a node to pass. */
  readonly needed: number
}

/** A published class. */
export interface LocalClass {
  readonly round: number
  /** [quasi-identifiers] groups at the round's levels: with the round, the class's labels. */
  readonly groups: readonly number[]
  readonly rows: number
}

/** A table published by rounds. */
export interface LocalRelease {
  readonly hierarchies: readonly Hierarchy[]
  readonly rounds: readonly LocalRound[]
  readonly classes: readonly LocalClass[]
  /** Rows that no round published. */
  readonly suppressed: number
}

/** A node of which it is known that its classes were small, among the rows of a round and those behind it. */
export interface FailedNode {
  readonly levels: readonly number[]
  readonly round: number
  /** No class of it has more rows. */
  readonly cap: number
}

/** No class had more rows at a node that failed: a class of k or more counts, and `needed` of such rows would have passed. */
const capOf = (k: number, needed: number) => Math.max(k, needed) - 1

/** Behind a round, what was not published is in classes below k at its node. */
const behind = ({ rounds }: LocalRelease, k: number): readonly FailedNode[] =>
  rounds.map(({ levels }, round) => ({ levels, round: round + 1, cap: k - 1 }))

/**
 * What failed where the loss of a node never falls as a level rises and suppressed rows cost no more than their labels (balance 0): every
 * node below the one that was taken. Those one level below say it all: classes of the others are parts of theirs.
 */
export function failedBelow(release: LocalRelease, k: number): readonly FailedNode[] {
  const finer = release.rounds.flatMap(({ levels, needed }, round) =>
    levels.flatMap((level, column) =>
      level === 0 ? [] : [{ levels: levels.with(column, level - 1), round, cap: capOf(k, needed) }],
    ),
  )
  return [...finer, ...behind(release, k)]
}

/**
 * What failed where all know in which order nodes are tried, as they do if the loss follows from the levels alone.
 * @param order all nodes, from the least loss
 */
export function failedBefore(
  release: LocalRelease,
  k: number,
  order: readonly (readonly number[])[],
): readonly FailedNode[] {
  const placeOf = new Map(order.map((levels, place) => [levels.join(), place]))
  const below = (a: readonly number[], b: readonly number[]) =>
    a.every((level, column) => level <= b[column]!)
  const earlier = release.rounds.flatMap(({ levels, needed }, round) => {
    const nodes = order.slice(0, placeOf.get(levels.join())!)
    // A node below another that failed says nothing more.
    return nodes
      .filter((node) => !nodes.some((other) => other !== node && below(node, other)))
      .map((node) => ({ levels: node, round, cap: capOf(k, needed) }))
  })
  return [...earlier, ...behind(release, k)]
}
