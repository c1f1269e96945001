// The contract of a quality model: what a generalised table has lost. Smaller is better.
// Source: docs/tables.md; ARX, metric/v2, for the definitions that its users compare by.

import type { DistinctRows } from './codedTable.ts'
import type { Hierarchy } from './hierarchy.ts'

/** A loss: one number, or several that are compared in order (the losses a column, from the largest). */
export type QualityLoss = readonly number[]

/** Which class each distinct row is in, at a node of the lattice. Reused between calls: keep nothing of it. */
export interface Classes {
  readonly count: number
  /** [distinct rows] class of each. */
  readonly classOf: Uint32Array
  /** The first `count` entries: one distinct row of each class, whose generalised values are the class's. */
  readonly first: Uint32Array
  /** The first `count` entries: rows in each class. */
  readonly rows: Float64Array
  /** The first `count` entries: 1 where a class is published, 0 where it is suppressed. */
  readonly kept: Uint8Array
  /** Rows that are suppressed. */
  readonly suppressed: number
}

/** What is the same for all nodes. */
export interface QualityFacts {
  readonly rows: number
  readonly distinct: DistinctRows
  /** One for each quasi-identifier. */
  readonly hierarchies: readonly Hierarchy[]
  /** [quasi-identifiers] weights, 1 by default. */
  readonly weights: readonly number[]
}

/** A quality model, ready for a table. */
export interface PreparedQuality {
  /** The loss at a node. @param levels [quasi-identifiers] */
  lossOf(levels: ArrayLike<number>, classes: Classes): QualityLoss
  /**
   * A loss that the node's own is never below, from its levels alone: what a search orders nodes by and stops at.
   * It never falls as a level rises. Absent: 0.
   */
  boundOf?(levels: ArrayLike<number>): QualityLoss
  /**
   * A loss that neither this node's nor that of any node above is below, from the classes, whatever is suppressed of them:
   * for losses that levels alone say nothing of. Absent: `boundOf`.
   */
  boundAt?(levels: ArrayLike<number>, classes: Classes): QualityLoss
}

/** A quality model with its settings. */
export interface QualityModel {
  readonly name: string
  /** As reports say it. */
  readonly says: string
  prepare(facts: QualityFacts): PreparedQuality
}
