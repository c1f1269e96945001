// What the quasi-identifiers tell of somebody who is not in the table: what everybody learns, and is no fault of a release.
// Source: naive Bayes, trained on one half of the people and judged on the other. Beliefs are how often such an answer was right.
// A better classifier learns more of strangers; then less of what attacks get comes from the table than is reported here.

import type { Turn } from '../../learn/pauses.ts'
import type { CodedTable } from '../../protect/tables/codedTable.ts'
import { seededStream } from '../../random/seeded.ts'
import { columnOf, firstRows, type Partition } from './risk/classes.ts'

/** Shares of people, from 0 to 1. */
export interface StrangerBeliefs {
  /** Of whom the likeliest value is the true one. */
  readonly accuracy: number
  /** Mean belief in the true value. */
  readonly belief: number
  /** Of whom the true value is believed in at 95% or more. */
  readonly certain: number
}

/** What counts as certain. */
export const certainty = 0.95

/** Cross-validated in two halves. @param people of the original by `quasi`: who are alike get one answer. @throws FrostglassError `usage` for a column that is not there, `aborted` */
export async function strangerBeliefs(
  original: CodedTable,
  quasi: readonly string[],
  sensitive: string,
  { people, seed, turn }: { readonly people: Partition; readonly seed: number; readonly turn: Turn },
): Promise<StrangerBeliefs> {
  const columns = quasi.map((name) => columnOf(original, name, 'the original'))
  const hidden = columnOf(original, sensitive, 'the original')
  const source = seededStream(seed, 'strangers')
  const first = firstRows(people)
  const half = Uint8Array.from({ length: original.rows }, () => source.below(2))
  let [right, belief, certain] = [0, 0, 0]
  for (const part of [0, 1]) {
    await turn()
    const answer = naiveBayes(columns, hidden.codes, hidden.values.length, (i) => half[i] !== part)
    const answers = Uint32Array.from(first, (row) => answer(row))
    await turn()
    const confusion = new Float64Array(hidden.values.length ** 2)
    const given = new Float64Array(hidden.values.length)
    for (let i = 0; i < original.rows; i++) {
      if (half[i] !== part) continue
      const said = answers[people.classOf[i]!]!
      given[said]!++
      confusion[said * hidden.values.length + hidden.codes[i]!]!++
    }
    for (let i = 0; i < original.rows; i++) {
      if ((i & 16383) === 0) await turn()
      if (half[i] !== part) continue
      const said = answers[people.classOf[i]!]!
      const share = confusion[said * hidden.values.length + hidden.codes[i]!]! / given[said]!
      belief += share
      if (said === hidden.codes[i]) right++
      if (share >= certainty) certain++
    }
  }
  return { accuracy: right / original.rows, belief: belief / original.rows, certain: certain / original.rows }
}

/** The likeliest value of a row, by what the rows told it that it learned from. */
export function naiveBayes(
  columns: CodedTable['columns'],
  hidden: ArrayLike<number>,
  values: number,
  learns: (row: number) => boolean,
): (row: number) => number {
  const totals = new Float64Array(values)
  const tallies = columns.map((column) => new Float64Array(column.values.length * values))
  for (let i = 0; i < hidden.length; i++) {
    if (!learns(i)) continue
    totals[hidden[i]!]!++
    for (let j = 0; j < columns.length; j++) tallies[j]![columns[j]!.codes[i]! * values + hidden[i]!]!++
  }
  const learned = totals.reduce((a, b) => a + b, 0)
  const prior = totals.map((total) => Math.log((total + 1) / (learned + values)))
  const logs = tallies.map((tally, j) =>
    tally.map((count, at) => Math.log((count + 1) / (totals[at % values]! + columns[j]!.values.length))),
  )
  return (row) => {
    let [best, most] = [0, Number.NEGATIVE_INFINITY]
    for (let v = 0; v < values; v++) {
      let score = prior[v]!
      for (let j = 0; j < columns.length; j++) score += logs[j]![columns[j]!.codes[row]! * values + v]!
      if (score > most) [best, most] = [v, score]
    }
    return best
  }
}
