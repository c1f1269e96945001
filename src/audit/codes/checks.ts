// What must be so of any certified release, and can be looked at without an attack: the same again, the same table, the same law.
// Source: PROOF.md, "Setting" and "What does not compose": one input has one output; the table is the pane's, of these units.
// Each failure is a fault, or another population: it is no measure of what leaks.

import { FrostglassError } from '../../errors.ts'
import type { Certificate } from '../../protect/certified/certificate.ts'
import { type Drift, driftOf } from '../../protect/certified/drift.ts'
import { type CertifiedRows, recordsOf } from '../../protect/certified/issueCodePane.ts'
import {
  type CodeGroups,
  cellsOf,
  countByLabel,
  countGroups,
  shareUnits,
  type Table,
} from '../../protect/certified/table.ts'

type Statement = Certificate['statement']

/** One thing that must be so. JSON. */
export interface Check {
  readonly name: 'repeats' | 'recount' | 'drift' | 'release'
  readonly held: boolean
  /** One sentence with the figures. */
  readonly words: string
}

/**
 * Rows released twice must be the same: noise that is drawn anew can be averaged away, and what stands beside a row is not its own.
 * @param alone codes of the first rows, each released by itself
 */
export function checkRepeats(first: Int32Array, second: Int32Array, alone: Int32Array): Check {
  const other = first.reduce(
    (sum, code, row) => sum + Number(code !== second[row] || (row < alone.length && code !== alone[row])),
    0,
  )
  return {
    name: 'repeats',
    held: other === 0,
    words:
      other === 0
        ? `The same input has the same release: ${first.length} rows were released twice, in another order, and ${alone.length} of them alone.`
        : `The same input has different releases: ${other} of ${first.length} rows were released otherwise the second time. Noise that no key fixes is averaged away by whoever asks often.`,
  }
}

/** More of a unit in a thousand than this on another machine is no rounding. */
const ROUNDED = 1e-3

/**
 * The calibration codes, counted again, by label where the certificate is: whatever it was counted from, it was this pane's codes on
 * these units, or it was not.
 */
export function checkRecount(
  { statement: { table, given, attribute, bundles } }: Certificate,
  calibration: CertifiedRows,
  codes: Int32Array,
): Check {
  const records = recordsOf(calibration, attribute, codes)
  const counted = given
    ? countByLabel(records, { ...table, share: true })
    : { labels: [''], tables: [shareUnits(records, table)] }
  const stated = given ?? { labels: [''], tables: [table] }
  requireNames('label', counted.labels, stated.labels)
  requireNames(attribute, counted.tables[0]!.attributes, table.attributes)
  const units = cellsOf(table)
    .flat()
    .reduce((a, b) => a + b, 0)
  // A unit that moved is missing in one cell, and too many in another.
  const moved =
    stated.labels.reduce((sum, label, y) => {
      const part = counted.tables[counted.labels.indexOf(label)]
      return sum + distance(stated.tables[y]!, part)
    }, 0) / 2
  const others = bundles ? otherGroups(bundles, countGroups(records, table)) : 0
  const held = moved <= ROUNDED * units && others <= ROUNDED * records.length
  return {
    name: 'recount',
    held,
    words: `“${attribute}”: the codes of the calibration rows, counted again, ${
      others > 0
        ? `are of other groups of releases than the certificate’s, ${others} of ${bundles!.groups.groups.length}${held ? ', as rounding on another machine makes' : ''}`
        : moved < 1e-6
          ? 'are those of the certificate'
          : `differ from the certificate’s in ${moved.toFixed(moved < 10 ? 1 : 0)} of ${Math.round(units)} units${held ? ', as rounding on another machine does' : ': it was counted from other codes, or on other data'}`
    }.`,
  }
}

/** How many groups that are stated are not among those that were counted: units, each with its codes and its attribute. */
function otherGroups({ groups, reading }: NonNullable<Statement['bundles']>, counted: CodeGroups): number {
  // Whose windows are independent of each other a bundle of codes does not say: that cannot be counted again.
  if (reading === 'windows') return groups.groups.length
  const key = (attribute: string, counts: readonly number[]) => JSON.stringify([attribute, counts])
  const left = new Map<string, number>()
  for (const { attribute, counts } of counted.groups) {
    const own = key(counted.attributes[attribute]!, counts)
    left.set(own, (left.get(own) ?? 0) + 1)
  }
  return groups.groups.filter(({ attribute, counts }) => {
    const own = key(groups.attributes[attribute]!, counts)
    const rest = left.get(own) ?? 0
    left.set(own, rest - 1)
    return rest <= 0
  }).length
}

/** Σ |stated − counted| over all cells; of a label that no row has now, all that is stated. */
function distance(stated: Table, counted: Table | undefined): number {
  const place = stated.attributes.map((name) => counted?.attributes.indexOf(name) ?? -1)
  return cellsOf(stated).reduce(
    (sum, row, code) =>
      sum +
      row.reduce((part, cell, s) => {
        const own = counted && place[s]! >= 0 ? cellsOf(counted)[code]![place[s]!]! : 0
        return part + Math.abs(cell - own)
      }, 0),
    0,
  )
}

/** @throws FrostglassError `input` for values of today that the certificate does not have */
function requireNames(what: string, counted: readonly string[], stated: readonly string[]): void {
  const other = counted.filter((name) => !stated.includes(name))
  if (other.length === 0) return
  throw new FrostglassError(
    'input',
    `the calibration rows have values of '${what}' that its certificate does not have: ${other.slice(0, 12).join(', ')}`,
    'Give the data that the certificate is of.',
  )
}

/** The codes of other units come as in calibration; null where they cannot be compared: units of several rows, drawn outputs, too few. */
export function checkDrift(
  certificate: Certificate,
  attacked: CertifiedRows,
  codes: Int32Array,
): Check | null {
  if (certificate.statement.channel || new Set(attacked.units).size < attacked.units.length) return null
  const live = new Map<number, number>()
  for (const code of codes) live.set(code, (live.get(code) ?? 0) + 1)
  let drift: Drift
  try {
    drift = driftOf(certificate, live)
  } catch (error) {
    if (error instanceof FrostglassError) return null
    throw error
  }
  return {
    name: 'drift',
    held: !drift.drifted,
    words: `Attacked units against calibration, by chi-square (${drift.statistic.toFixed(1)} on ${drift.cells - 1} degrees): ${drift.words}.`,
  }
}
