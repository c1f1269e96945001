// What a released table tells of somebody's hidden value, beyond what it tells of strangers: one attack for tables of every kind.
// Source: Article 29 WP, Opinion 05/2014 (inference); the risk is Anonymeter's, (main − control) / (1 − control).
// It knows the seven columns of a person, takes the rows that fit best, and names their commonest value. A better attack may get more.

import { type Residual, residualRisk, type Tally } from '../../src/audit/published/synthetic/residual.ts'
import type { CodedTable } from '../../src/protect/tables/codedTable.ts'
import { createNumberer } from '../../src/protect/tables/numberRows.ts'
import { hidden, quasi } from './people.ts'
import type { Released } from './released.ts'

/** How well rows fit: columns that may be the person's, each alike, or each by how rare the person's value is. */
const weighings = ['alike', 'by rarity'] as const

/** What the better of the two weighings got of people inside and outside. */
export interface Inferred extends Residual {
  readonly main: number
  readonly control: number
}

/** Rows of a release that are the same in all that may be known, with how often each hidden value stands there. */
interface Kinds {
  readonly count: number
  /** [columns][kinds] */
  readonly labels: readonly Uint32Array[]
  /** [kinds][hidden values] */
  readonly hidden: readonly Float64Array[]
}

function kindsOf({ rows, columns }: Released): Kinds {
  const known = columns.slice(0, quasi.length)
  const { count, of, first } = createNumberer().number(
    rows,
    known.map(({ labels, leavesOf }) => ({ codes: labels, values: leavesOf.length })),
  )
  const told = columns[quasi.length]!
  const spread = Array.from({ length: count }, () => new Float64Array(told.leaves))
  for (let row = 0; row < rows; row++) {
    const leaves = told.leavesOf[told.labels[row]!]!
    for (const leaf of leaves) spread[of[row]!]![leaf]! += 1 / leaves.length
  }
  return {
    count,
    labels: known.map(({ labels }) => Uint32Array.from(first, (row) => labels[row]!)),
    hidden: spread,
  }
}

/** [columns][leaves] what a column counts that may be somebody's, by the share of released rows that may. */
function weightsOf(
  { rows, columns }: Released,
  weighing: (typeof weighings)[number],
): readonly Float64Array[] {
  return columns.slice(0, quasi.length).map(({ labels, leavesOf, leaves }) => {
    if (weighing === 'alike') return new Float64Array(leaves).fill(1)
    const shares = new Float64Array(leaves)
    const counts = new Float64Array(leavesOf.length)
    for (let row = 0; row < rows; row++) counts[labels[row]!]! += 1
    leavesOf.forEach((list, l) => {
      for (const leaf of list) shares[leaf]! += counts[l]! / list.length / rows
    })
    return shares.map((share) => -Math.log(Math.max(share, 0.5 / rows)))
  })
}

/** @param people rows of `table` that are attacked, of which the attacker knows the seven columns */
function tallyOf(
  released: Released,
  kinds: Kinds,
  weights: readonly Float64Array[],
  table: CodedTable,
  people: readonly number[],
): Tally {
  const truth = table.columns.find(({ name }) => name === hidden)!.codes
  // [columns][leaves][labels] whether a label may be the leaf.
  const may = released.columns.slice(0, quasi.length).map(({ leaves, leavesOf }) => {
    const flags = Array.from({ length: leaves }, () => new Uint8Array(leavesOf.length))
    leavesOf.forEach((list, l) => {
      for (const leaf of list) flags[leaf]![l] = 1
    })
    return flags
  })
  const scores = new Float64Array(kinds.count)
  let hits = 0
  for (const person of people) {
    scores.fill(0)
    for (let j = 0; j < quasi.length; j++) {
      const leaf = table.columns[j]!.codes[person]!
      const flags = may[j]![leaf]!
      const labels = kinds.labels[j]!
      const weight = weights[j]![leaf]!
      for (let kind = 0; kind < kinds.count; kind++) if (flags[labels[kind]!] === 1) scores[kind]! += weight
    }
    const best = scores.reduce((a, b) => Math.max(a, b), 0) - 1e-9
    const votes = new Float64Array(kinds.hidden[0]!.length)
    for (let kind = 0; kind < kinds.count; kind++)
      if (scores[kind]! >= best) {
        const spread = kinds.hidden[kind]!
        for (let value = 0; value < votes.length; value++) votes[value]! += spread[value]!
      }
    const most = votes.reduce((a, b) => Math.max(a, b), 0)
    // Of values that are as common the attacker takes one at random: it is right so often.
    if (most > 0 && votes[truth[person]!] === most) hits += 1 / votes.filter((many) => many === most).length
  }
  return { hits, attempts: people.length }
}

/** Attacks some people of each table, evenly spread. */
export function inferred(
  released: Released,
  inside: CodedTable,
  outside: CodedTable,
  attempts: number,
): Inferred {
  const spread = ({ rows }: CodedTable) =>
    Array.from({ length: Math.min(rows, attempts) }, (_, i) =>
      Math.floor((i * rows) / Math.min(rows, attempts)),
    )
  const kinds = kindsOf(released)
  return weighings
    .map((weighing) => {
      const weights = weightsOf(released, weighing)
      const main = tallyOf(released, kinds, weights, inside, spread(inside))
      const control = tallyOf(released, kinds, weights, outside, spread(outside))
      return {
        ...residualRisk(main, control),
        main: main.hits / main.attempts,
        control: control.hits / control.attempts,
      }
    })
    .reduce((a, b) => (b.value > a.value ? b : a))
}
