// Pairs people with rows so that both stay in order, and as many as can be fit: rows that were left out are skipped.
// Source: Myers, "An O(ND) difference algorithm" (Algorithmica 1986), with "fits" for "is equal", window by window.
// Of pairings that fit as many it finds one; around a row that was left out it may be another than the true one.

import type { Turn } from '../../../learn/pauses.ts'

/** Rows of a window. */
const windowRows = 512
/** Share of a window's rows whose pairs are kept: those at its end may be stretched. */
const kept = 0.75

/** Whether a row may be a person's; both are places in their orders. */
export type Fits = (person: number, row: number) => boolean

/**
 * Pairs in order.
 * @param mostRows rows that are looked at, at most
 * @returns [people] place of each one's row, −1 for none
 */
export async function alignedInOrder(
  people: number,
  rows: number,
  fits: Fits,
  {
    turn,
    mostRows = rows,
  }: { readonly turn?: Turn | undefined; readonly mostRows?: number | undefined } = {},
): Promise<Int32Array> {
  const rowOf = new Int32Array(people).fill(-1)
  let [person, row] = [0, 0]
  while (row < Math.min(rows, mostRows) && person < people) {
    const due = turn?.()
    if (due) await due
    const height = Math.min(windowRows, rows - row)
    const isLast = height === rows - row
    // Twice as many people as rows are expected to be of, so that a run of rows that were left out is bridged.
    const width = isLast
      ? people - person
      : Math.min(people - person, Math.ceil((2 * height * (people - person)) / (rows - row)) + 64)
    const pairs = longestCommon(Math.min(width, mostPeople), height, (i, r) => fits(person + i, row + r))
    const end = isLast ? height : Math.ceil(height * kept)
    let next = person
    for (const [i, r] of pairs) {
      if (r >= end) break
      rowOf[person + i] = row + r
      next = person + i + 1
    }
    // Where nothing fits the people of these rows are passed by.
    person = next > person ? next : person + Math.ceil((end * (people - person)) / (rows - row))
    row += end
  }
  return rowOf
}

/** People of a window, at most. */
const mostPeople = 4096

/** Pairs of a longest common subsequence, rising. */
function longestCommon(width: number, height: number, fits: Fits): [number, number][] {
  const most = width + height
  const offset = most + 1
  const reach = new Int32Array(2 * most + 3)
  const trail: Int32Array[] = []
  for (let edits = 0; edits <= most; edits++) {
    trail.push(reach.slice(offset - edits - 1, offset + edits + 2))
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && reach[offset + k - 1]! < reach[offset + k + 1]!)
      let x = down ? reach[offset + k + 1]! : reach[offset + k - 1]! + 1
      let y = x - k
      while (x < width && y < height && fits(x, y)) {
        x++
        y++
      }
      reach[offset + k] = x
      if (x >= width && y >= height) return pairsOf(trail, width, height)
    }
  }
  return []
}

/** Walks back from the end. `trail[d]` is how far each diagonal −d − 1 … d + 1 reached before the edit d. */
function pairsOf(trail: readonly Int32Array[], width: number, height: number): [number, number][] {
  const pairs: [number, number][] = []
  let [x, y] = [width, height]
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const reach = trail[edits]!
    const at = (k: number) => reach[k + edits + 1]!
    const k = x - y
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1))
    const from = down ? k + 1 : k - 1
    const [fromX, fromY] = edits === 0 ? [0, 0] : [at(from), at(from) - from]
    const startX = edits === 0 ? 0 : down ? fromX : fromX + 1
    while (x > startX) {
      x--
      y--
      pairs.push([x, y])
    }
    ;[x, y] = [fromX, fromY]
  }
  return pairs.reverse()
}
