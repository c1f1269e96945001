// Columns that tell whose row it is rather than what somebody is like: to be carried or left out, not learned from.
// Source: ours; from a table's profile alone, so that it costs no reading.
// It does not promise to find every such column: whole numbers that are all different, but not one behind the other, need a name that says so.

import type { Profile } from './profile.ts'

/** In shorter tables columns are all different by chance. */
const fewestRows = 20

const named = /(^|[^a-z])(id|ids|uuid|guid|nr|no|key|number)$|(nummer|number)$/i
/** patientId, PatNr */
const camel = /[a-z](Id|ID|Nr|No)$/

/** Names of the columns that look like ids; the label is not asked. */
export function idLikeColumns(
  { rows, columns }: Profile,
  features: readonly { readonly name: string }[],
): readonly string[] {
  if (rows < fewestRows) return []
  return features.flatMap(({ name }, j) => {
    const column = columns[j]!
    const isNamed = named.test(name) || camel.test(name)
    if (column.kind === 'categorical') {
      const present = rows - column.missing
      const share = isNamed ? 0.9 : 1
      return present >= fewestRows && column.counts.size >= share * present ? [name] : []
    }
    const { integer, min, max, mean } = column
    if (!integer) return []
    // A numbering of the rows: as many as its range has places, and in the middle of it.
    const isNumbering = max - min + 1 === rows && Math.abs(mean - (min + max) / 2) <= 1e-6 * (max - min)
    return isNumbering || (isNamed && max - min + 1 >= rows) ? [name] : []
  })
}
