// Which columns single people out: distinction and separation of every set of columns up to a size.
// Source: Motwani and Xu (VLDB 2007): distinct combinations in rows; pairs of rows that a set tells apart in all pairs. ARX has the same.
// Of a large table only as large sets are tried as some billions of steps allow.

import type { Turn } from '../../../learn/pauses.ts'
import type { CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import { classSizes, firstRows, type Partition, refined, wholePartition } from './classes.ts'

/** What one set of columns tells apart. JSON. */
export interface SubsetRisk {
  readonly columns: readonly string[]
  /** Distinct combinations, as a share of the rows. */
  readonly distinction: number
  /** Share of the pairs of rows that differ in one of these columns. */
  readonly separation: number
  /** Share of the rows that these columns alone make unique. */
  readonly uniqueness: number
}

/** Steps that are made at most, a row of a set each. */
const mostSteps = 4e8

/** @param partition of all columns: rows that are equal in all of them are looked at once */
export async function subsetRisks(
  rows: number,
  columns: readonly CodedTableColumn[],
  partition: Partition,
  { largest, turn }: { readonly largest: number; readonly turn: Turn },
): Promise<{ readonly subsets: SubsetRisk[]; readonly largestSubset: number }> {
  const first = firstRows(partition)
  const weights = classSizes(partition)
  const distinct = columns.map(({ codes }) => Uint32Array.from(first, (row) => codes[row]!))
  const largestSubset = affordable(columns.length, partition.count, Math.min(largest, columns.length))
  const subsets: SubsetRisk[] = []
  const grow = async (from: number, chosen: readonly number[], parent: Partition): Promise<void> => {
    for (let c = from; c < columns.length; c++) {
      await turn()
      const set = [...chosen, c]
      const split = refined(parent, distinct[c]!, columns[c]!.values.length)
      subsets.push({ columns: set.map((j) => columns[j]!.name), ...measured(split, weights, rows) })
      if (set.length < largestSubset) await grow(c + 1, set, split)
    }
  }
  await grow(0, [], wholePartition(partition.count))
  subsets.sort((a, b) => b.distinction - a.distinction || a.columns.length - b.columns.length)
  return { subsets, largestSubset }
}

/** How many more rows a set must make unique than any part of it that is shown: at most this share, or a quarter of the largest. */
const telling = 0.05

/**
 * Sets of columns that say more than their parts: of those that make many rows unique the smallest, most first.
 * All of them where no row is unique.
 * @param subsets as `riskOf` gives them
 */
export function tellingSubsets(subsets: readonly SubsetRisk[]): SubsetRisk[] {
  const most = subsets.reduce((a, { uniqueness }) => Math.max(a, uniqueness), 0)
  const more = Math.min(telling, most / 4)
  const shown = new Map<string, SubsetRisk>()
  for (const set of [...subsets].sort((a, b) => a.columns.length - b.columns.length)) {
    const parts = partsOf(set.columns).flatMap((part) => shown.get(keyOf(part)) ?? [])
    const known = parts.reduce((a, { uniqueness }) => Math.max(a, uniqueness), 0)
    if (set.columns.length === 1 || set.uniqueness >= known + more) shown.set(keyOf(set.columns), set)
  }
  return [...shown.values()].sort((a, b) => b.uniqueness - a.uniqueness || b.distinction - a.distinction)
}

/** Proper parts of a set, in its order. */
const partsOf = (columns: readonly string[]): string[][] =>
  Array.from({ length: 2 ** columns.length - 2 }, (_, bits) =>
    columns.filter((_name, j) => ((bits + 1) >> j) & 1),
  )

const keyOf = (columns: readonly string[]): string => JSON.stringify(columns)

function measured(split: Partition, weights: Float64Array, rows: number): Omit<SubsetRisk, 'columns'> {
  const sizes = classSizes(split, weights)
  let [together, alone] = [0, 0]
  for (const size of sizes) {
    together += size * (size - 1)
    if (size === 1) alone++
  }
  return {
    distinction: split.count / rows,
    separation: rows > 1 ? 1 - together / (rows * (rows - 1)) : 0,
    uniqueness: alone / rows,
  }
}

function affordable(columns: number, rows: number, largest: number): number {
  let sets = 0
  let choices = 1
  for (let size = 1; size <= largest; size++) {
    choices = (choices * (columns - size + 1)) / size
    sets += choices
    if (size > 1 && sets * rows > mostSteps) return size - 1
  }
  return largest
}
