// What the true label tells of the attribute by itself, and how much more the release tells one who knows the label.
// Source: theorem C of PROOF.md; the lower limit is the exact binomial one of a rule that training data gave.
// No release that answers the question can go much below the floor; only one that answers it less often can.

import { FrostglassError } from '../../errors.ts'
import type { Limits } from './limits.ts'

/** The unavoidable part, and the rest. */
export interface Floor {
  /** V(S|Y) in the table: the success of guessing from the true label alone. */
  readonly estimate: number
  /** At least this much, but for `deltaEach`: needs a rule learned elsewhere; null without one. */
  readonly lower: number | null
  /** The success of an attacker who sees the release and is told the true label: V(S|C,Y). */
  readonly labelKnown: { readonly estimate: number; readonly upper: number }
  /** V(S|C,Y) − V(S|Y). The upper limit takes half of `deltaEach` for either side; null without a rule. */
  readonly excess: { readonly estimate: number; readonly upper: number | null }
  /** How often the best reading of the release names the true label, in the table. */
  readonly accuracy: number
  /** Whether every label has one value of the attribute: then who learns the label learns all. */
  readonly determined: boolean
}

interface Labelled {
  readonly labels: readonly string[]
  /** parts[label][released code][attribute]. */
  readonly parts: readonly (readonly (readonly number[])[])[]
}

interface FloorOptions {
  readonly units: number
  readonly deltaEach: number
  readonly limits: Limits
  readonly rule: readonly number[] | undefined
}

/** @throws FrostglassError 'input' for a rule that does not name an attribute for each label */
export function floorOf(
  { labels, parts }: Labelled,
  { units, deltaEach, limits, rule }: FloorOptions,
): Floor {
  const attributes = parts[0]![0]!.length
  const byLabel = parts.map((cells) =>
    Array.from({ length: attributes }, (_, s) => cells.reduce((sum, row) => sum + row[s]!, 0)),
  )
  const alone = byLabel.reduce((sum, row) => sum + Math.max(...row), 0)
  const refined = parts.reduce(
    (sum, cells) => sum + cells.reduce((part, row) => part + Math.max(...row), 0),
    0,
  )
  const decided = parts[0]!.reduce(
    (sum, _, code) => sum + Math.max(...parts.map((cells) => cells[code]!.reduce((a, b) => a + b, 0))),
    0,
  )
  const estimate = Math.min(1, alone / units)
  const known = Math.min(1, refined / units)
  const lowerAt = (delta: number) =>
    rule === undefined ? null : limits.lower(hitsOf(requireRule(rule, labels, attributes), byLabel), delta)
  const least = lowerAt(deltaEach / 2)
  return {
    estimate,
    lower: lowerAt(deltaEach),
    labelKnown: { estimate: known, upper: limits.upper(refined, deltaEach) },
    excess: {
      estimate: Math.max(0, known - estimate),
      upper: least === null ? null : Math.max(0, limits.upper(refined, deltaEach / 2) - least),
    },
    accuracy: Math.min(1, decided / units),
    determined: byLabel.every((row) => row.filter((cell) => cell > 0).length <= 1),
  }
}

// The rule is fixed before calibration, so its hits are an honest sample, and it is no better than the best rule.
const hitsOf = (rule: readonly number[], byLabel: readonly (readonly number[])[]): number =>
  byLabel.reduce((sum, row, y) => sum + row[rule[y]!]!, 0)

function requireRule(
  rule: readonly number[],
  labels: readonly string[],
  attributes: number,
): readonly number[] {
  if (rule.length === labels.length && rule.every((s) => Number.isInteger(s) && s >= 0 && s < attributes))
    return rule
  throw new FrostglassError(
    'input',
    `the rule of the floor names one of ${attributes} attributes for each of ${labels.length} labels, and this does not`,
    'Learn it from training data that have every label.',
  )
}
