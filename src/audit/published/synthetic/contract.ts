// The contract of an attack on synthetic rows: three tables under one set of dictionaries, numbers where columns are numbers.
// Source: Article 29 WP, Opinion 05/2014 (WP216); Anonymeter (PoPETs 2023). A new attack is one file here and one line in attacks.ts.
// Rows of the control must be of the same population: where they differ, an attack may tell the difference, and not the use.

import type { Turn } from '../../../learn/pauses.ts'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import type { ImageFinding } from '../../images/contract.ts'
import type { PublishedAttack, PublishedFound } from '../contract.ts'
import { columnOf } from '../risk/classes.ts'
import { isNumeric, numberIn } from './numbers.ts'

/** What was released, and, for the auditor, what it was made from and what was kept out. */
export interface SyntheticEvidence {
  readonly original: CodedTable
  /** Rows of the same population that the synthetic ones were not made from. */
  readonly control: CodedTable
  readonly synthetic: CodedTable
}

/** A column of a table: numbers, or places of texts in the dictionary that all tables share. */
export interface Feature {
  readonly name: string
  readonly isNumber: boolean
  /** [rows] NaN where a number is missing. */
  readonly values: Float64Array
}

/** One table. */
export interface FeatureTable {
  readonly rows: number
  readonly features: readonly Feature[]
}

/** Evidence, looked at. */
export interface SyntheticSight {
  readonly original: FeatureTable
  readonly control: FeatureTable
  readonly synthetic: FeatureTable
  /** [features] largest less smallest number of all tables; 1 for texts. */
  readonly ranges: readonly number[]
}

/** How an attack is run. */
export interface SyntheticAttackOptions {
  readonly seed: number
  /** Attempts. */
  readonly attacks: number
  /** To be awaited in loops over attempts. */
  readonly turn: Turn
}

/** An attack on synthetic rows. */
export interface SyntheticAttack
  extends Pick<PublishedAttack, 'name' | 'title' | 'standpoint' | 'needs' | 'source'> {
  /** Why it cannot be run; undefined where it can. */
  obstacle(sight: SyntheticSight): string | undefined
  /** Findings: one, or one for each column. Whatever it draws comes from the seed. */
  find(
    sight: SyntheticSight,
    options: SyntheticAttackOptions,
  ): Promise<readonly (PublishedFound & Pick<ImageFinding, 'rows'>)[]>
}

/** Brings three tables under one set of dictionaries. @throws FrostglassError `usage` for a column that one of them lacks */
export function syntheticSight({ original, control, synthetic }: SyntheticEvidence): SyntheticSight {
  const tables = { original, control, synthetic }
  const made: Record<keyof typeof tables, Feature[]> = { original: [], control: [], synthetic: [] }
  const ranges = synthetic.columns.map(({ name }) => {
    const columns = Object.entries(tables).map(
      ([of, table]) => [of as keyof typeof tables, columnOf(table, name, `the ${of} table`)] as const,
    )
    const isNumber = isNumeric(columns.flatMap(([of, column]) => (of === 'synthetic' ? [] : [column])))
    const places = new Map<string, number>()
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const [of, column] of columns) {
      const numbers = column.values.map((value) => {
        if (isNumber) return numberIn(value)
        const text = value.trim()
        const place = places.get(text) ?? places.size
        places.set(text, place)
        return place
      })
      const values = Float64Array.from(column.codes, (code) => numbers[code]!)
      if (isNumber)
        for (const value of values) {
          if (value < low) low = value
          if (value > high) high = value
        }
      made[of].push({ name, isNumber, values })
    }
    return isNumber && high > low ? high - low : 1
  })
  const table = (of: keyof typeof tables): FeatureTable => ({ rows: tables[of].rows, features: made[of] })
  return { original: table('original'), control: table('control'), synthetic: table('synthetic'), ranges }
}

/** The original in place of the synthetic rows: what every attack must get more of than of chance. */
export const uncovered = (sight: SyntheticSight): SyntheticSight => ({ ...sight, synthetic: sight.original })
