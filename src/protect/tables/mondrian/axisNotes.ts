// What a partition took each column for that nothing was stated of: numbers, or a set of values.
// Source: axis.ts, which decides it.
// It names a cell where one among numbers makes a set of them all: for the owner, and for nothing that is published.

import { printable } from '../../../errors.ts'
import type { CodedTable, CodedTableColumn } from '../codedTable.ts'
import { readDecimal } from '../hierarchies/decimals.ts'

/** Share of a column's values that are numbers, from which on the others look like mistakes. */
const nearlyAll = 0.9

/** A sentence for columns of numbers, one for sets, and one for each set that nearly is one of numbers. */
export function axisNotes(
  { columns }: CodedTable,
  { quasi }: { readonly quasi: readonly { readonly name: string; readonly stated?: boolean | undefined }[] },
): readonly string[] {
  const bare = quasi
    .filter(({ stated }) => !stated)
    .map(({ name }) => columns.find((one) => one.name === name)!)
  const odd = new Map(bare.map((column) => [column, oddOf(column)]))
  const names = (isNumbers: boolean) =>
    bare.filter((column) => (odd.get(column)!.size === 0) === isNumbers).map(({ name }) => printable(name))
  const [numbers, sets] = [names(true), names(false)]
  const taken = [
    ...(numbers.length > 0 ? [`${numbers.join(', ')} as numbers`] : []),
    ...(sets.length > 0 ? [`${sets.join(', ')} as sets of values (--hierarchy)`] : []),
  ]
  return [
    ...(taken.length > 0 ? [`no hierarchy was stated, so that mondrian cuts ${taken.join(', and ')}`] : []),
    ...bare.flatMap((column) => {
      const codes = odd.get(column)!
      return codes.size === 0 || codes.size > (1 - nearlyAll) * column.values.length
        ? []
        : [oneCell(column, codes)]
    }),
  ]
}

/** Codes of values that are no number; all of them where there is no number at all. */
const oddOf = ({ values }: CodedTableColumn): ReadonlySet<number> => {
  const codes = values.flatMap((value, code) =>
    value !== '' && readDecimal(value) === undefined ? [code] : [],
  )
  return new Set(values.every((value) => value === '') ? values.keys() : codes)
}

function oneCell({ name, values, codes }: CodedTableColumn, odd: ReadonlySet<number>): string {
  const row = codes.findIndex((code) => odd.has(code))
  return `${printable(name)} has numbers, but for ${odd.size === 1 ? 'one value' : `${odd.size} values`}: row ${row + 1} has "${printable(values[codes[row]!]!)}", and so all are cut as a set (--null-text, --decimal-comma or --hierarchy)`
}
