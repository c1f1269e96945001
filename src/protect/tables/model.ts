// The contract of a privacy model: what it asks of a class of equal rows, or of the whole published table.
// Source: docs/tables.md; each model names its own. A model promises what its definition says and nothing of who knows more.

import type { Hierarchy } from './hierarchy.ts'

/** A class: the rows that are equal in all quasi-identifiers once these are generalised. Reused between calls: keep nothing of it. */
export interface ClassView {
  /**
   * Rows of the table in this class. 0 of a class that only the public table has: every model lets it pass but δ-presence, which is a
   * promise to the people in it; no suppression mends such a class.
   */
  readonly rows: number
  /** Rows of the public table in this class; 0 where there is none. */
  readonly population: number
  /** How many distinct sensitive values it has, 0 for a model without a sensitive column. */
  readonly distinct: number
  /** The first `distinct` entries: codes of the sensitive values, rising. */
  readonly values: Uint32Array
  /** The first `distinct` entries: how many rows have each. */
  readonly counts: Float64Array
}

/** What a model may know before a search begins. */
export interface ModelFacts {
  readonly rows: number
  /** Rows of the public table; 0 where there is none. */
  readonly populationRows: number
  /** [values of the sensitive column] how many rows of the table to publish have each, and what they are; empty without one. */
  readonly sensitiveCounts: Float64Array
  readonly sensitiveValues: readonly string[]
  /** The sensitive column's hierarchy, where it was given. */
  readonly sensitiveHierarchy?: Hierarchy | undefined
}

/** What a published table looks like, for models that ask something of all of it: how many classes have each size. */
export interface TableView {
  /** Rows of the classes that are published, in no order; the first `classes` entries. */
  readonly sizes: Float64Array
  readonly classes: number
  /** Rows that are published. */
  readonly rows: number
}

/** A model, ready for a table. */
export interface PreparedModel {
  /** Whether a class may be published. Absent: every class may. */
  readonly classPasses?: ((view: ClassView) => boolean) | undefined
  /** Whether a table may be published. Absent: every table may. */
  readonly tablePasses?: ((view: TableView) => boolean) | undefined
}

/** A privacy model with its parameters. */
export interface PrivacyModel {
  /** The field's name: `k-anonymity`. */
  readonly name: string
  /** With its parameters, as reports say it: `5-anonymity`. */
  readonly says: string
  /** The sensitive column that it reads; several models may read several. */
  readonly sensitive?: string | undefined
  /** Whether it needs a public table. */
  readonly needsPopulation?: boolean | undefined
  /** Whether a union of classes that pass passes: where all models are so, a search without suppression may prune above a node that passes. */
  readonly monotone: boolean
  /**
   * Whether a class that passes still does when any other class joins it: then the rows to suppress never grow with a level, and a
   * search with a suppression limit may prune above a node that passes, too. No t-closeness is so, and k-anonymity is.
   */
  readonly absorbing?: boolean | undefined
  /** @throws FrostglassError `usage` where facts cannot fit: no hierarchy, no public table, a threshold that no class of this table reaches */
  prepare(facts: ModelFacts): PreparedModel
}
