// What an audit of released codes is given, and what an attacker on them is.
// Source: CERTIFIED obfuscation, section 7, step 8: attacks below, the certificate's limit above.
// An attacker who sees one output can be no more than a table from outputs to guesses: learners differ in how they fill it.

import type { Tensor } from '../../graph/index.ts'
import type { Certificate } from '../../protect/certified/certificate.ts'
import type { CodePrices } from '../../protect/certified/codePrices.ts'
import type { CertifiedRows } from '../../protect/certified/issueCodePane.ts'
import type { Check } from './checks.ts'

/** What is audited. */
export interface CodeEvidence {
  /** What the report calls it. */
  readonly name: string
  readonly certificates: readonly Certificate[]
  /** The code of each row, as it is released. */
  readonly release: (x: Tensor) => Promise<Int32Array>
  /** How many codes there are. */
  readonly codes: number
  /** channel[code][output], where outputs are drawn. */
  readonly channel?: readonly (readonly number[])[] | undefined
  /** What was held before, and is to stand in the report. */
  readonly before?: readonly Check[] | undefined
  /** What other numbers of codes would be worth, by estimate. */
  readonly prices?: CodePrices | undefined
  /** The rows that the certificates were counted on. */
  readonly calibration: CertifiedRows
  /** Rows that nothing was learned from or counted on. */
  readonly attacked: CertifiedRows
}

/** Rows as an attacker has them: some to learn from, with the truth. */
export interface SeenRows {
  readonly codes: Int32Array
  /** The class of what is hidden, by row. */
  readonly hidden: Int32Array
  /** The true label, by row. */
  readonly label: Int32Array
  readonly units: readonly string[]
}

/** What there is to guess by and to name. */
export interface CodeSizes {
  readonly classes: number
  readonly labels: number
  /** channel[code][output]: the identity where codes are released as they are. */
  readonly channel: readonly (readonly number[])[]
}

/** How an attack on codes is run. */
export interface CodeAttackOptions {
  readonly effort: 'quick' | 'full'
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** What of a release is bounded, and thereby which limit an attack is held against. */
export type Bound = 'one release' | 'one release and the true label' | { readonly releases: number } | 'none'

/** An attack. */
export interface CodeAttacker {
  readonly name: string
  readonly title: string
  readonly needs: string
  readonly source: string
  readonly bound: Bound
  /** Whether there is something to it here; always, if absent. */
  readonly applies?: ((judged: SeenRows) => boolean) | undefined
  /**
   * Learns, and answers how often it is right on each judged unit, in 0 … 1.
   * @param certified the likeliest class by code, as the certificate's table says it
   */
  run(
    learned: SeenRows,
    judged: SeenRows,
    sizes: CodeSizes & { readonly certified: readonly number[] },
    options: CodeAttackOptions,
  ): Promise<ReadonlyMap<string, number>>
}
