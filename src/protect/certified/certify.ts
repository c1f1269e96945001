// What released codes tell of a hidden attribute, at most: an upper limit on every attacker's success, from counts alone.
// Source: theorems A, B and C of PROOF.md here.
// It is an average over the law of the calibration units, of one attribute, for one release: not the worst case of a person.

import { FrostglassError } from '../../errors.ts'
import { type CodeUse, codeUse } from './codeUse.ts'
import { type Floor, floorOf } from './floor.ts'
import { type Gain, gainOf } from './gain.ts'
import { binomialLimits, klLimits, requireDelta, strataLimits } from './limits.ts'
import { cellsOf, type LabelledTables, massOf, requireTable, type Table } from './table.ts'
import { type ReleasePolicy, type Verdict, verdictOf } from './verdict.ts'

/** How a table is certified. */
export interface CertifyOptions {
  /** How often a limit may be wrong, alone, if this were the only certificate on the split. In (0, 1). */
  readonly delta: number
  /** How many panes, codebooks or channels were, or may yet be, certified on this split. Default 1. */
  readonly candidates?: number | undefined
  /** How many attributes are certified on this split. Default 1. */
  readonly attributesCertified?: number | undefined
  /** What one unit is, for words: 'person', 'session', 'row'. */
  readonly unit: string
  /**
   * `iid`: units are drawn from one law. `stratified`: independently, so many from each user or class. Default `iid`.
   */
  readonly sampling?: 'iid' | 'stratified' | undefined
  /** channel[code][output]: the chance that an output is released for a code. Rows add up to 1. */
  readonly channel?: readonly (readonly number[])[] | undefined
  /** The same units by true label: what the label alone tells, and what an attacker has who knows it (theorem C). */
  readonly given?: LabelledTables | undefined
  /** guess[label]: the attribute (an index) that is likeliest there in *training* data; gives the floor a lower limit. */
  readonly rule?: readonly number[] | undefined
  readonly policy?: ReleasePolicy | undefined
  /** The posterior above which a code's units count as exposed. Default 0.9. */
  readonly exposedAbove?: number | undefined
}

/** An estimate from the table, and what it is at most. */
export interface Bounded {
  /** V̂: how often the best rule for the table itself is right in it. Optimistic for the attacker. */
  readonly estimate: number
  /** U: at most this, but for the chance `deltaEach`. */
  readonly upper: number
}

/** What a table of codes says. Every share is in 0 … 1. */
export interface Certification extends Bounded {
  readonly theorem: 'A' | 'B'
  readonly units: number
  readonly unit: string
  /** The δ of each limit alone: the stated one over candidates and attributes. */
  readonly deltaEach: number
  /** The success of guessing without any release. */
  readonly blind: number
  /** What the true label alone tells, and more; null where no labels were given. */
  readonly floor: Floor | null
  /** By which factor a release helps to guess any function of the attribute under any prior; null where it cannot be said. */
  readonly gain: Gain | null
  readonly codes: CodeUse
  readonly verdict: Verdict
  /** What is valid but looser than it need be. */
  readonly warnings: readonly string[]
}

/**
 * Certifies a table of calibration codes. Pure: a table in, numbers out. The pane, the codebook, the channel and the choice among
 * candidates must have been settled before the calibration split was looked at.
 *
 * @throws FrostglassError 'usage' or 'input' for a δ that is no probability, counts that are none, labels or a channel that do not fit
 * @example
 * certify({ codes: 2, attributes: ['a', 'b'], counts: [[30, 10], [5, 55]] }, { delta: 0.05, unit: 'person' }).upper // 0.905206
 */
export function certify(table: Table, options: CertifyOptions): Certification {
  const units = requireTable(table)
  const { unit, given, channel, policy, exposedAbove = 0.9 } = options
  const deltaEach = deltaOfEach(options)
  if (channel) requireChannel(channel, table.codes)
  if (given) requireSameUnits(given, table)
  // Theorem A counts whole units; the kernel of B may be anything.
  const theorem = channel || !('counts' in table) ? 'B' : 'A'
  const whole = options.sampling === 'stratified' ? strataLimits : binomialLimits
  const limits = (theorem === 'A' ? whole : klLimits)(units)
  const released = (part: Table) => through(cellsOf(part), channel)
  const cells = released(table)
  const success = bestGuess(cells)
  const bounded: Bounded = { estimate: Math.min(1, success / units), upper: limits.upper(success, deltaEach) }
  const labelled = given && { labels: given.labels, parts: given.tables.map(released) }
  const floor = labelled ? floorOf(labelled, { units, deltaEach, limits, rule: options.rule }) : null
  const codes = codeUse(cells, table.attributes, units, exposedAbove)
  const blind = bestGuess([columnSums(cells)]) / units
  return {
    theorem,
    units,
    unit,
    ...bounded,
    deltaEach,
    blind,
    floor,
    gain: 'counts' in table ? gainOf(table, cells, deltaEach) : null,
    codes,
    ...verdictOf({
      ...bounded,
      blind,
      units,
      unit,
      codes: cells.length,
      labels: given?.labels.length ?? 0,
      floor,
      policy,
    }),
  }
}

/** Σ over cells of the largest entry: what the best rule for this table gets right. */
export const bestGuess = (cells: readonly (readonly number[])[]): number =>
  cells.reduce((sum, row) => sum + Math.max(...row), 0)

/**
 * The δ of each limit: the stated one over the candidates and the attributes of this split (a union bound).
 * @throws FrostglassError 'usage' for a δ that is no probability, or for numbers that are not whole and positive
 */
export function deltaOfEach({
  delta,
  candidates = 1,
  attributesCertified = 1,
}: Pick<CertifyOptions, 'delta' | 'candidates' | 'attributesCertified'>): number {
  requireDelta(delta)
  if (delta > 0.5)
    throw new FrostglassError(
      'usage',
      `δ is how often a limit may be wrong, and ${delta} is more often than not`,
      'State e.g. 0.001.',
    )
  for (const [name, count] of Object.entries({ candidates, attributesCertified }))
    if (!Number.isSafeInteger(count) || count < 1)
      throw new FrostglassError(
        'usage',
        `${name} is a whole number of at least 1, not ${count}`,
        'Count every pane, codebook and channel that is certified on this split, and every attribute.',
      )
  return delta / (candidates * attributesCertified)
}

/** What a channel makes of cells: out[output][attribute] = Σ over codes of channel[code][output] · cells[code][attribute]. */
function through(
  cells: readonly (readonly number[])[],
  channel: readonly (readonly number[])[] | undefined,
): readonly (readonly number[])[] {
  if (!channel) return cells
  return channel[0]!.map((_, output) =>
    cells[0]!.map((_, s) => cells.reduce((sum, row, code) => sum + channel[code]![output]! * row[s]!, 0)),
  )
}

const columnSums = (cells: readonly (readonly number[])[]): readonly number[] =>
  cells[0]!.map((_, s) => cells.reduce((sum, row) => sum + row[s]!, 0))

/** @throws FrostglassError 'input' unless every code has a law over the same outputs */
export function requireChannel(channel: readonly (readonly number[])[], codes: number): void {
  const outputs = channel[0]?.length ?? 0
  const isLaw = (row: readonly number[]) =>
    row.length === outputs &&
    row.every((chance) => chance >= 0) &&
    Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-9
  if (channel.length === codes && outputs > 0 && channel.every(isLaw)) return
  throw new FrostglassError(
    'input',
    `a channel has one law over its outputs for each of ${codes} codes, and this has not`,
    'Give chances that add up to 1 in each row.',
  )
}

function requireSameUnits(given: LabelledTables, table: Table): void {
  const { labels, tables } = given
  const fits =
    labels.length === tables.length &&
    labels.length > 0 &&
    new Set(labels).size === labels.length &&
    // Labels that nobody has would carry more codes than the units do.
    tables.every((part) => massOf(cellsOf(part)) > 0) &&
    tables.every(
      (part) =>
        part.codes === table.codes &&
        part.attributes.join('\0') === table.attributes.join('\0') &&
        'counts' in part === 'counts' in table &&
        cellsOf(part).length === table.codes &&
        cellsOf(part).every(
          (row) => row.length === table.attributes.length && row.every((cell) => cell >= 0),
        ),
    )
  const sums = (code: number, s: number) => tables.reduce((sum, part) => sum + cellsOf(part)[code]![s]!, 0)
  if (
    fits &&
    cellsOf(table).every((row, code) => row.every((cell, s) => Math.abs(cell - sums(code, s)) < 1e-6))
  )
    return
  throw new FrostglassError(
    'input',
    'the tables by label are not of the same units as the table of codes',
    'Count both from the same records.',
  )
}
