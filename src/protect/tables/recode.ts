// A column of texts by the leaves of its hierarchy.
// Source: codedTable.ts. Many rows have few texts: each text is looked up once.

import type { CodedTableColumn } from './codedTable.ts'
import { notInHierarchy, roomForCodes } from './codeTexts.ts'
import type { Hierarchy } from './hierarchy.ts'

/**
 * The same column, coded by a hierarchy's leaves.
 * @throws FrostglassError `input` for a text that some row has and that is no leaf, naming it and the first such row
 */
export function recoded({ name, values, codes }: CodedTableColumn, { leaves }: Hierarchy): CodedTableColumn {
  const leafOf = new Map(leaves.map((leaf, i) => [leaf, i]))
  const places = values.map((value) => leafOf.get(value) ?? -1)
  if (places.includes(-1)) {
    const row = codes.findIndex((code) => places[code] === -1)
    if (row >= 0) throw notInHierarchy(name, values[codes[row]!]!, row + 1)
  }
  const result = roomForCodes(codes.length, leaves.length)
  for (let i = 0; i < codes.length; i++) result[i] = places[codes[i]!]!
  return { name, values: leaves, codes: result }
}
