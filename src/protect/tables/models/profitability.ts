// The re-identification game without attacks: nobody attacks a row of which the expected gain is not above the cost.
// Source: Wan, Vorobeychik, Xia, Clayton, Kantarcioglu, Ganta, Heatherly and Malin, PLOS ONE 10(3), 2015: gain / rows < cost.
// It does not promise that adversaries are rational, nor that gain and cost are what they were stated to be; and the game in which a
// publisher accepts some attacks, weighing them against the loss of a class, is not here: a class does not know its loss.

import type { PrivacyModel } from '../model.ts'
import { requirePublicTable } from './publicTable.ts'
import { type Range, within } from './ranges.ts'

export const gainRange: Range = { from: 0 }
export const costRange: Range = { above: 0 }

/** Who attacks: somebody who knows that a person is in the table, or who only knows the public table. */
export type Attacker = 'prosecutor' | 'journalist'

/** The fewest rows of which gain / rows is below the cost: an attack that breaks even is not made unprofitable. */
export const unprofitableRows = (gain: number, cost: number): number => Math.floor(gain / cost) + 1

/**
 * No attack on a class is profitable.
 * @param options.gain what a re-identified row brings, from 0
 * @param options.cost what an attack on a row costs, above 0, in the same money
 * @param options.attacker a prosecutor by default; a journalist needs a public table
 * @throws FrostglassError `usage` where one is out of range
 */
export function unprofitableAttacks(options: {
  readonly gain: number
  readonly cost: number
  readonly attacker?: Attacker | undefined
}): PrivacyModel {
  const { attacker = 'prosecutor' } = options
  const gain = within('gain', options.gain, gainRange)
  const cost = within('cost', options.cost, costRange)
  const least = unprofitableRows(gain, cost)
  return Object.freeze({
    name: `no profitable attack (${attacker})`,
    says: `no attack by a ${attacker} who gains ${gain} a row pays ${cost}`,
    needsPopulation: attacker === 'journalist',
    monotone: true,
    absorbing: true,
    prepare(facts) {
      if (attacker === 'prosecutor') return { classPasses: (view) => view.rows === 0 || view.rows >= least }
      requirePublicTable(facts, 'the journalist’s game')
      return { classPasses: (view) => view.rows === 0 || view.population >= least }
    },
  } satisfies PrivacyModel)
}
