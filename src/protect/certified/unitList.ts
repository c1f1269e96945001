// Which units a part of the data has, as a hash: two parts of one hash are the same, and a certificate names those it knows.
// Source: FIPS 180-4. It tells lists apart, not people: a person under two names is in two of them.

import { createHash } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'

/** SHA-256 of the sorted list of the units, each with its number of rows; hexadecimal. */
export function hashUnits(counts: ReadonlyMap<string, number>): string {
  const list = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(list)).digest('hex')
}

/** The units of records, with their numbers of rows. */
export function unitsOf(records: Iterable<{ readonly unit: string }>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { unit } of records) counts.set(unit, (counts.get(unit) ?? 0) + 1)
  return counts
}

/**
 * @param learned what these are called in messages
 * @throws FrostglassError 'input' when a unit to calibrate on was learned from
 */
export function requireUnseen(
  calibration: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, number>,
  learned: string,
): void {
  const both = [...calibration.keys()].filter((unit) => seen.has(unit))
  if (both.length === 0) return
  throw new FrostglassError(
    'input',
    `unit '${both[0]}'${both.length > 1 ? ` and ${both.length - 1} more are` : ' is'} in the calibration codes and in ${learned}`,
    'Calibrate on units that nothing was learned from: split by unit before training.',
  )
}

/**
 * A unit whose name is another's but for case, white space or marks that nobody sees, with that other; undefined where there is none.
 * They are two units here, and often one person.
 */
export function likeNames(names: Iterable<string>): readonly [string, string] | undefined {
  const seen = new Map<string, string>()
  for (const name of names) {
    const bare = name
      .normalize('NFKC')
      .replaceAll(/[\s\p{C}]/gu, '')
      .toLowerCase()
    const other = seen.get(bare)
    if (other !== undefined && other !== name) return [other, name]
    seen.set(bare, name)
  }
  return undefined
}
