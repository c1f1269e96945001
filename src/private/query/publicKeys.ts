// Public keys: the groups that a query answers because its asker knew them beforehand.
// Source: a stated list, from a catalogue or a form; every group on it is answered, also an empty one.
// It does not promise that a list was not read off the data: that is the asker's word.

import { FrostglassError } from '../../errors.ts'
import type { Key } from './aggregates.ts'

/** How many groups a query may name. */
const MOST_GROUPS = 100_000

/**
 * All combinations of the stated keys, one empty one for a query without keys; undefined where keys are private.
 * @throws FrostglassError `usage` for keys of columns that are not grouped by, of some of several columns, or too many.
 */
export function publicKeys(
  keys: readonly Key[],
  stated: Readonly<Record<string, readonly (string | number)[]>>,
): (readonly (string | number)[])[] | undefined {
  const byName = new Map(Object.entries(stated).map(([name, list]) => [name.toLowerCase(), list]))
  for (const name of byName.keys())
    if (!keys.some((key) => key.name.toLowerCase() === name && key.bins === undefined))
      throw new FrostglassError(
        'usage',
        `keys are stated for ${name}, which the query does not group by`,
        keys.length === 0
          ? 'Leave them out.'
          : `Name one that it groups by, ${keys.map((key) => key.name).join(', ')}; a key with an alias is named by that.`,
      )
  const lists = keys.map((key) => key.bins?.map((_, i) => i) ?? byName.get(key.name.toLowerCase()))
  const missing = lists.indexOf(undefined)
  if (missing >= 0 && byName.size > 0)
    throw new FrostglassError(
      'usage',
      `keys are stated, but none for ${keys[missing]!.name}`,
      'State those of every column that is grouped by, or of none.',
    )
  if (missing >= 0) return undefined
  let groups: (readonly (string | number)[])[] = [[]]
  for (const [i, list] of lists.entries()) {
    const values = [...new Set(list!.map((value) => keyOf(keys[i]!, value)))]
    if (values.length === 0 || groups.length * values.length > MOST_GROUPS)
      throw new FrostglassError('usage', `a query answers 1 to ${MOST_GROUPS} groups`, 'State fewer keys.')
    groups = groups.flatMap((group) => values.map((value) => [...group, value]))
  }
  return groups
}

function keyOf(key: Key, value: string | number): string | number {
  if (key.form === 'text') return String(value).trim()
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (Number.isFinite(number)) return number
  throw new FrostglassError(
    'usage',
    `${key.name} is grouped by as a number, but a key is none: ${value}`,
    'State numbers.',
  )
}
