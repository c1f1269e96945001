// What must be so of any certified release, and can be looked at without an attack: the same again, the same table, the same law.
// Source: PROOF.md, "Setting" and "What does not compose": one input has one output; the table is the pane's, of these units.
// Each failure is a fault, or another population: it is no measure of what leaks.

import { FrostglassError } from '../../errors.ts'
import type { Certificate } from '../../protect/certified/certificate.ts'
import { type Drift, driftOf } from '../../protect/certified/drift.ts'
import { type CertifiedRows, recordsOf } from '../../protect/certified/issueCodePane.ts'
import { cellsOf, shareUnits } from '../../protect/certified/table.ts'

/** One thing that must be so. JSON. */
export interface Check {
  readonly name: 'repeats' | 'recount' | 'drift'
  readonly held: boolean
  /** One sentence with the figures. */
  readonly words: string
}

/** Rows released twice must be the same: noise that is drawn anew can be averaged away. */
export function checkRepeats(first: Int32Array, second: Int32Array): Check {
  const other = first.reduce((sum, code, row) => sum + Number(code !== second[row]), 0)
  return {
    name: 'repeats',
    held: other === 0,
    words:
      other === 0
        ? `The same input has the same release: ${first.length} rows were released twice, in another order.`
        : `The same input has different releases: ${other} of ${first.length} rows were released otherwise the second time. Noise that no key fixes is averaged away by whoever asks often.`,
  }
}

/** More of a unit in a thousand than this on another machine is no rounding. */
const ROUNDED = 1e-3

/** The calibration codes, counted again: whatever the certificate was counted from, it was this pane's on these units, or it was not. */
export function checkRecount(
  { statement: { table, attribute } }: Certificate,
  calibration: CertifiedRows,
  codes: Int32Array,
): Check {
  const counted = shareUnits(recordsOf(calibration, attribute, codes), { codes: table.codes })
  const place = counted.attributes.map((name) => table.attributes.indexOf(name))
  if (place.includes(-1))
    throw new FrostglassError(
      'input',
      `the calibration rows have values of '${attribute}' that its certificate does not have: ${counted.attributes.filter((_, s) => place[s] === -1).join(', ')}`,
      'Give the data that the certificate is of.',
    )
  const stated = cellsOf(table)
  const units = stated.flat().reduce((a, b) => a + b, 0)
  const difference = stated.map((row) => [...row])
  counted.weights.forEach((row, code) => {
    row.forEach((weight, s) => {
      difference[code]![place[s]!]! -= weight
    })
  })
  // A unit that moved is missing in one cell, and too many in another.
  const moved = difference.flat().reduce((sum, cell) => sum + Math.abs(cell), 0) / 2
  const held = moved <= ROUNDED * units
  return {
    name: 'recount',
    held,
    words: `“${attribute}”: the codes of the calibration rows, counted again, ${
      moved < 1e-6
        ? 'are those of the certificate'
        : `differ from the certificate’s in ${moved.toFixed(moved < 10 ? 1 : 0)} of ${Math.round(units)} units${held ? ', as rounding on another machine does' : ': it was counted from other codes, or on other data'}`
    }.`,
  }
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
