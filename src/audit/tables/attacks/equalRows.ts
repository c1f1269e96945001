// Rows that left equal: they are rows of equal people, however many layers hide them.
// Source: equality leakage of deterministic encryption, Naveed, Kamara and Wright (2015), section 4.1.
// Rows that differ by rounding of more than nine digits count as different.

import type { Evidence } from '../evidence.ts'

/** Digits that equal rows have in common: the same numbers added up in one order differ by less. */
const digits = 9

/** Share of the rows that must equal another one for attacks by equal rows to be run. */
const fewest = 0.1

/** Rows by what left of them. */
export interface EqualRows {
  /** Of each row which code it has: from 0, in the order of first rows. */
  readonly codes: Int32Array
  /** First row of each code. */
  readonly first: Int32Array
  readonly counts: Int32Array
}

/** @param columns one array a column. */
export function equalRowsOf(columns: readonly Float64Array[]): EqualRows {
  const places = new Map<string, number>()
  const first: number[] = []
  const counts: number[] = []
  const codes = Int32Array.from(columns[0] ?? [], (_, r) => {
    const key = columns.map((column) => column[r]!.toPrecision(digits)).join()
    const place = places.get(key) ?? first.length
    if (place === first.length) {
      places.set(key, place)
      first.push(r)
      counts.push(0)
    }
    counts[place] = counts[place]! + 1
    return place
  })
  return { codes, first: Int32Array.from(first), counts: Int32Array.from(counts) }
}

/** Whether rows of a release repeat each other: a tenth of them and more. */
export function hasEqualRows({ released }: Pick<Evidence, 'released'>): boolean {
  return repeatedShare(equalRowsOf(released)) >= fewest
}

/** Share of the rows that equal another one. */
function repeatedShare({ codes, counts }: EqualRows): number {
  return codes.reduce((sum, code) => sum + Number(counts[code]! > 1), 0) / Math.max(1, codes.length)
}

/** Why attacks by equal rows are not run. */
export function noEqualRows(evidence: Pick<Evidence, 'released'>): string | undefined {
  return hasEqualRows(evidence) ? undefined : 'Fewer than a tenth of the rows left equal to another one.'
}
