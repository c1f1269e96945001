// Guesses of cells from columns of unknown meaning: each attribute gets the column of its shape, ranks become values.
// Source: docs/architecture.md#the-audit (blind); the sorting attack of order-preserving encryption, Naveed, Kamara and Wright (2015).
// Categories are not guessed.

import { percent } from '../../../statistics/figures.ts'
import { meanInParts } from '../../../statistics/moments.ts'
import type { View } from '../evidence.ts'
import type { Guess } from '../recovery.ts'
import { matchShapes, shapeOf, shareWithin, valuesByRank } from './quantiles.ts'

/** Matches columns to the numeric attributes by shape, of either sign. */
export function guessByShape(view: View, columns: readonly Float64Array[]): Guess {
  const { attributes, marginals } = view
  const numeric = attributes.filter((a) => a.kind === 'numeric')
  const matches = matchShapes(
    numeric.map((a) => shapeOf(marginals[a.feature]!)),
    columns,
  )
  const rows = view.unseen[0]?.length ?? 0
  const features: Float64Array[] = marginals.map((marginal) =>
    new Float64Array(rows).fill(meanInParts(marginal)),
  )
  numeric.forEach((attribute, i) => {
    const { column, flipped } = matches[i]!
    if (column < 0) return
    features[attribute.feature] = valuesByRank(columns[column]!, marginals[attribute.feature]!, flipped)
  })
  const random = meanInParts(
    Float64Array.from(numeric, (a) =>
      a.maximum > a.minimum ? shareWithin(marginals[a.feature]!, 0.05 * (a.maximum - a.minimum)) : 1,
    ),
  )
  return {
    features,
    components: columns,
    notes: [
      `Values in a random order would hit ${percent(random)} of the numeric cells within 5% of range.`,
      ...(numeric.length < attributes.length
        ? ['Categories are not guessed: this attack says nothing of them.']
        : []),
    ],
  }
}
