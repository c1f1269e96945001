// Non-uniform entropy: the bits that generalisation takes of each cell, by how frequent values are in the table.
// Source: Gionis and Tassa 2009, definition 4.2: −Σ log2(rows with the value / rows with its label).
// In its other form suppressed rows count: for each column the entropy of what their labels would have been.

import type { Classes, PreparedQuality, QualityFacts, QualityModel } from '../quality.ts'
import { type Aggregate, aggregateOf, tenDecimals } from './aggregate.ts'
import { type Factors, factorsOf } from './factors.ts'

/** Settings of {@link nonUniformEntropy}. */
export interface EntropyOptions {
  /** Leave suppressed rows out of account: then it depends on levels alone. Default false. */
  readonly generalisationAlone?: boolean | undefined
  /** See {@link factorsOf}; default 0.5. */
  readonly balance?: number | undefined
  /** Default: sum. */
  readonly aggregate?: Aggregate | undefined
}

/** The loss of bits. */
export function nonUniformEntropy(options: EntropyOptions = {}): QualityModel {
  const { generalisationAlone = false, balance = 0.5, aggregate = 'sum' } = options
  const factors = factorsOf(balance)
  return {
    name: generalisationAlone ? 'entropy-of-generalisation' : 'entropy',
    says: `non-uniform entropy${generalisationAlone ? ' of generalisation' : ''}, ${aggregate}`,
    prepare: (facts) => prepareEntropy(facts, factors, aggregate, generalisationAlone),
  }
}

function prepareEntropy(
  facts: QualityFacts,
  { generalisation, suppression }: Factors,
  aggregate: Aggregate,
  generalisationAlone: boolean,
): PreparedQuality {
  const { distinct, hierarchies, weights } = facts
  const combine = aggregateOf(aggregate, weights)
  const bits = bitsOf(facts)
  const counts = hierarchies.map(({ levels }) => levels.map(({ labels }) => new Float64Array(labels.length)))
  const losses = new Float64Array(hierarchies.length)
  const boundOf = (levels: ArrayLike<number>) => {
    for (let j = 0; j < losses.length; j++) losses[j] = tenDecimals(bits[j]![levels[j]!]! * generalisation)
    return combine(losses)
  }

  /** Entropy of the labels of suppressed rows in column j, times their number. */
  function suppressedOf(j: number, level: number, { count, first, rows, kept, suppressed }: Classes): number {
    const { groupOf } = hierarchies[j]!.levels[level]!
    const codes = distinct.quasi[j]!
    const ofLabel = counts[j]![level]!.fill(0)
    for (let c = 0; c < count; c++) if (kept[c] === 0) ofLabel[groupOf[codes[first[c]!]!]!]! += rows[c]!
    let total = 0
    for (const many of ofLabel) if (many > 0) total -= many * Math.log2(many / suppressed)
    return total
  }

  return {
    lossOf(levels, classes) {
      if (generalisationAlone || classes.suppressed === 0) return boundOf(levels)
      for (let j = 0; j < losses.length; j++) {
        const level = levels[j]!
        losses[j] = tenDecimals(
          bits[j]![level]! * generalisation + suppression * suppressedOf(j, level, classes),
        )
      }
      return combine(losses)
    },
    boundOf,
  }
}

/** [quasi-identifiers][levels] bits lost in all rows. */
function bitsOf({ distinct, hierarchies }: QualityFacts): readonly Float64Array[] {
  return hierarchies.map(({ leaves, levels }, j) => {
    const ofLeaf = new Float64Array(leaves.length)
    const codes = distinct.quasi[j]!
    for (let d = 0; d < distinct.count; d++) ofLeaf[codes[d]!]! += distinct.rows[d]!
    return Float64Array.from(levels, ({ labels, groupOf }) => {
      const ofLabel = new Float64Array(labels.length)
      ofLeaf.forEach((count, leaf) => {
        ofLabel[groupOf[leaf]!]! += count
      })
      let total = 0
      ofLeaf.forEach((count, leaf) => {
        if (count > 0) total -= count * Math.log2(count / ofLabel[groupOf[leaf]!]!)
      })
      return total
    })
  })
}
