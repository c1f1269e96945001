// The nearest synthetic rows of a person, in some columns: numbers by their distance in the range, texts by being equal.
// Source: Gower 1971, as Anonymeter has it; two missing numbers are as far as can be.
// Of rows that are as near, the first counts: the order of synthetic rows is no secret and no help.

import { upTo } from '../../../random/order.ts'
import type { FeatureTable } from './contract.ts'

/** How two rows differ in one column, from 0 to 1. */
export function distanceIn(a: number, b: number, isNumber: boolean, range: number): number {
  if (!isNumber) return a === b ? 0 : 1
  const apart = Math.abs(a - b) / range
  return Number.isNaN(apart) ? 1 : apart
}

/**
 * The `count` nearest rows of a table to a row of another, nearest first.
 * @param columns places of the features that are compared
 */
export function nearest(
  from: FeatureTable,
  row: number,
  to: FeatureTable,
  columns: readonly number[],
  ranges: readonly number[],
  count: number,
): { readonly rows: Int32Array; readonly distances: Float64Array } {
  const rows = new Int32Array(count).fill(-1)
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const own = columns.map((c) => from.features[c]!.values[row]!)
  const others = columns.map((c) => to.features[c]!)
  for (let r = 0; r < to.rows; r++) {
    let distance = 0
    const most = distances[count - 1]!
    for (let j = 0; j < columns.length && distance < most; j++) {
      const { values, isNumber } = others[j]!
      distance += distanceIn(own[j]!, values[r]!, isNumber, ranges[columns[j]!]!)
    }
    if (distance >= most) continue
    let at = count - 1
    for (; at > 0 && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!
      rows[at] = rows[at - 1]!
    }
    distances[at] = distance
    rows[at] = r
  }
  return { rows, distances }
}

/** So many different rows of a table, drawn at random; all of them where there are fewer. */
export function drawRows(rows: number, count: number, below: (count: number) => number): Int32Array {
  const order = upTo(rows)
  const taken = Math.min(rows, count)
  for (let i = 0; i < taken; i++) {
    const pick = i + below(rows - i)
    const kept = order[i]!
    order[i] = order[pick]!
    order[pick] = kept
  }
  return order.subarray(0, taken)
}
