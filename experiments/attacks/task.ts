// A task of the sweep of attacks, and its answer: both are JSON.
// Source: docs/architecture.md#experiments.

import type { Attack, Metric } from '../../src/audit/index.ts'
import type { TableName } from './tables.ts'

/** A protection and its parameters. */
export type SchemeChoice =
  | { readonly name: 'layered'; readonly matrix: 'bounded' | 'glorot'; readonly layers: number }
  | { readonly name: 'rotation' }
  | { readonly name: 'projection'; readonly participants: number }

/** One table under one key. */
export interface AttacksTask {
  readonly table: TableName
  readonly scheme: SchemeChoice
  readonly seed: number
  /** Numbers of known rows; one more than the released columns is always tried. */
  readonly known: readonly number[]
}

/** One attack with its numbers. */
export interface AttackScore {
  readonly attack: string
  readonly standpoint: Attack['standpoint']
  readonly holds: Attack['holds']
  readonly known: number
  readonly metrics: readonly Metric[]
  /** Largest error of any unseen cell relative to its range, of attacks on cells. */
  readonly largestError?: number | undefined
  readonly seconds: number
}

export interface AttacksAnswer {
  readonly rows: number
  readonly columns: number
  readonly scores: readonly AttackScore[]
}
