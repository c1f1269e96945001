// What missing cells become: values that one table gave, the same for every table that is held to its schema later.
// Source: ours. Filled from the rows that are asked about, one person's answer would depend on who else is asked.
// It does not promise that a mean is a good guess for anybody.

import { FrostglassError } from '../errors.ts'
import { canHold, largestWhole, roundTo } from './form.ts'
import type { NumericProfile, Profile } from './profile.ts'
import type { ColumnSchema, NumericColumn, TableSchema } from './schema.ts'

/** The schema with a value for missing cells in every column, as the table that was measured gives it. */
export function withFills(schema: TableSchema, found: Profile, how: 'mean' | 'median'): TableSchema {
  const columns = schema.columns.map((column, j): ColumnSchema => {
    const facts = found.columns[j]!
    if (column.kind === 'numeric' && facts.kind === 'numeric')
      return { ...column, fill: nearestHeld(how === 'mean' ? facts.mean : facts.median!, column, facts) }
    if (column.kind === 'categorical' && facts.kind === 'categorical') {
      // A bucket is no text that anybody has, unless there is nothing else.
      const counts = [...facts.counts].filter(([text]) => text !== facts.bucket?.text)
      const most = (counts.length > 0 ? counts : [...facts.counts]).reduce((a, b) => (b[1] > a[1] ? b : a))
      return { ...column, fill: most[0] }
    }
    return column
  })
  return { ...schema, columns, filled: how }
}

/** The value, or the nearest one that the column has: a mean of days is no date, and whole numbers get a whole one. */
function nearestHeld(
  value: number,
  { time, integer }: NumericColumn,
  { form, min, max }: NumericProfile,
): number {
  // Beyond 2^53 all doubles are whole, and those are measurements.
  if (time === undefined && integer && Math.max(-min, max) <= largestWhole) return Math.round(value) + 0
  const near = roundTo(value, time === 'days' ? 0 : (form?.decimals ?? 0))
  const held = { form, time }
  return canHold(held, value) || !canHold(held, near) ? value : near
}

/**
 * Holds what is asked for to what a schema has: never is a value taken from the table that is read.
 * @returns what to say where the schema has values and does not say which
 * @throws FrostglassError `usage` when it has none, or others
 */
export function requireFills(schema: TableSchema, how: 'mean' | 'median', path: string): readonly string[] {
  const { filled, columns } = schema
  if (filled === how) return []
  if (filled !== undefined)
    throw new FrostglassError(
      'usage',
      `${path}: missing cells are to become the ${how}, and what it is held to was made with --missing ${filled}`,
      `Say --missing ${filled}, or make the key or the model with --missing ${how}.`,
    )
  if (columns.every((column) => column.fill === undefined))
    throw new FrostglassError(
      'usage',
      `${path}: missing cells are to become the ${how}, and what it is held to knows none: it was made without --missing ${how}`,
      `Make the key or the model with --missing ${how}, or complete the cells, or leave out their rows (--missing drop).`,
    )
  return [
    `${path}: missing cells become what the key or the model says, which does not tell whether that is the ${how}`,
  ]
}
