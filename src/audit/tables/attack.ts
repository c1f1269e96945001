// The contract of an attack on a protected table: { name, standpoint, needs, run(evidence) → Finding }.
// Source: docs/architecture.md#the-audit; docs/reference/attacks-on-tables.md for what adversaries hold.
// A new attack is one file in attacks/ that exports an Attack, and one line in attacks.ts.

import type { AttackOptions, Finding, Holding, Standpoint } from '../finding.ts'
import type { Attribute, Evidence } from './evidence.ts'

/** Everything that leaves with a protected table; what no attack reads stays to be tried. */
export const releasedParts = [
  /** The protected columns. */
  'columns',
  /** The label column of a table with classes: code names in place of names. */
  'classes',
  /** The label column of a table with a number to be predicted: that number through a secret line. */
  'target',
  /** In which order the rows stand. */
  'order',
  /** What the manifest says: numbers of rows and columns, the kind of label, the key's fingerprint. */
  'manifest',
] as const

/** One of them. */
export type ReleasedPart = (typeof releasedParts)[number]

/** An attack. */
export interface Attack {
  /** Kebab case, e.g. `linear-inversion`. */
  readonly name: string
  readonly title: string
  readonly standpoint: Standpoint
  /** What it is after: values of cells, whose row is whose, or the hidden labels. */
  readonly aim: 'cells' | 'rows' | 'labels'
  /** Which parts of the release it looks at. */
  readonly reads: readonly ReleasedPart[]
  /** What its adversary must hold. */
  readonly holds: readonly Holding[]
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  /** Where it comes from: paper, section. */
  readonly source: string
  /** The fewest known rows that it can work with; 0 unless the standpoint is `leak`. */
  readonly fewest: number
  /** Kinds of attributes that an attack on cells tries to guess; all if absent. Of others it gets no metric. */
  readonly guesses?: readonly Attribute['kind'][] | undefined
  /** Whether it can work on this evidence at all, e.g. only on tables with classes, or on one protection. */
  applies(evidence: Evidence): boolean
  /** Where it does not apply: why, in a whole sentence for the list of what was not tried; undefined for no special reason. */
  readonly whyNot?: ((evidence: Evidence) => string | undefined) | undefined
  /** @throws FrostglassError `aborted`; RangeError for fewer known rows than `fewest`. */
  run(evidence: Evidence, options: AttackOptions): Promise<Finding>
}

/** Whether an attack on cells tries to guess an attribute. */
export function triesToGuess({ guesses }: Pick<Attack, 'guesses'>, { kind }: Attribute): boolean {
  return guesses === undefined || guesses.includes(kind)
}
