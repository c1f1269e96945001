// Ordinal inversion: known rows of which only the order is known, attribute by attribute, and what is public of values.
// Source: rank regression, Iman and Conover (1979); values by rank as in Naveed, Kamara and Wright (CCS 2015).
// Categories have no order, and are not guessed.

import { meanInParts } from '../../../statistics/moments.ts'
import type { View } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { fitRidge } from '../ridge.ts'
import { undone } from './linear.ts'
import { valuesByRank } from './quantiles.ts'

/** Below this expected error, of variance 1, ranks of what the line says are better values than what it says. */
const trusted = 0.1

/** Leak: who is above whom among some rows stands in for their values. */
export const ordinalInversion = recoveryAttack({
  name: 'ordinal-inversion',
  title: 'Inversion from who is above whom',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['ranks', 'distributions'],
  needs:
    'the activation, the distribution of each attribute, and of some rows their protected forms and who is above whom in each attribute',
  source: 'Iman and Conover (1979), Naveed, Kamara and Wright (CCS 2015)',
  fewest: 2,
  guesses: ['numeric'],
  recover: (view) => ({ features: guessByOrder(view) }),
})

/** Guesses of all features of the unseen rows: lines to what the known rows' ranks are worth. */
export function guessByOrder(view: View): Float64Array[] {
  const { known, unseen } = undone(view)
  const rows = unseen[0]!.length
  const features = view.marginals.map((marginal) => new Float64Array(rows).fill(meanInParts(marginal)))
  for (const attribute of view.attributes) {
    if (attribute.kind !== 'numeric') continue
    const { feature } = attribute
    const marginal = view.marginals[feature]!
    // Nothing of the values but their order goes in.
    const values = valuesByRank(view.known.original[feature]!, marginal, false)
    const line = fitRidge(known, [values])
    const guess = line.predict(unseen)[0]!
    features[feature] = Float64Array.from(
      line.expected < trusted ? valuesByRank(guess, marginal, false) : guess,
    )
  }
  return features
}
