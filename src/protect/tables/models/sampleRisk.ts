// Two promises of the whole published table: its average risk, and the share of its rows that are alone in their class.
// Source: El Emam, "Guide to the De-Identification of Personal Health Information", 2013, chapter 16: the prosecutor's risk of a row is
// 1 / (rows of its class), its mean over rows the number of classes over the number of rows (also the marketer's).
// Neither promises anything to one person: an average of 1% has room for a few rows that nobody else looks like.

import type { PrivacyModel, TableView } from '../model.ts'
import { type Range, within } from './ranges.ts'

export const riskRange: Range = { from: 0, to: 1 }

/** Mean prosecutor's risk of a published row; 0 of a table without rows. */
export const averageRisk = (table: TableView): number => (table.rows === 0 ? 0 : table.classes / table.rows)

/** The share of published rows that are alone in their class; 0 of a table without rows. */
export function sampleUniques(table: TableView): number {
  let alone = 0
  for (let i = 0; i < table.classes; i++) if (table.sizes[i] === 1) alone++
  return table.rows === 0 ? 0 : alone / table.rows
}

/**
 * At most an average risk. The risk itself passes; it is a quotient of whole numbers, rounded once.
 * @param options.risk from 0 to 1
 * @throws FrostglassError `usage` where it is out of range
 */
export function averageRiskModel(options: { readonly risk: number }): PrivacyModel {
  const risk = within('risk', options.risk, riskRange)
  return Object.freeze({
    name: 'average risk',
    says: `average risk of at most ${risk}`,
    monotone: true,
    prepare: () => ({ tablePasses: (table) => averageRisk(table) <= risk }),
  } satisfies PrivacyModel)
}

/**
 * At most a share of rows that are alone in their class.
 * @param options.share from 0 to 1
 * @throws FrostglassError `usage` where it is out of range
 */
export function sampleUniqueness(options: { readonly share: number }): PrivacyModel {
  const share = within('share', options.share, riskRange)
  return Object.freeze({
    name: 'sample uniqueness',
    says: `at most ${share} of rows alone in their class`,
    monotone: true,
    prepare: () => ({ tablePasses: (table) => sampleUniques(table) <= share }),
  } satisfies PrivacyModel)
}
