// How much noise a node's rounds need, for a price of all of them together, by the rule of the ledger that they are paid from.
// Source: src/private/ledger/composition.ts, which adds entries up; the least noise by halving, since more noise never costs more.
// The price is of the stated number of rounds: a ledger refuses what goes beyond its budget, however many there are.

import { FrostglassError } from '../../errors.ts'
import { requireCount, requireDelta, requirePositive } from '../../private/accounting/check.ts'
import { isWithin, priceOf, spentOf } from '../../private/ledger/composition.ts'
import type { Composition } from '../../private/ledger/compositions.ts'
import type { Spend } from '../../private/ledger/spend.ts'

/** What all rounds of a node may give away together. */
export interface RoundsBudget {
  /** ε, nats. */
  readonly epsilon: number
  /** δ */
  readonly delta: number
  readonly rounds: number
  /** How the ledger adds entries up; each round is an entry of its own. */
  readonly composition: Composition
}

/** What one round may take of δ: with other rules than `sum` the ledger divides δ itself. */
export const deltaOfRound = ({ delta, rounds, composition }: RoundsBudget): number | undefined =>
  composition === 'sum' ? delta / rounds : undefined

/** What a fresh ledger of that budget says is spent after some rounds, each an entry of these losses. */
export function spentAfter(
  rounds: number,
  losses: readonly Spend[],
  budget: RoundsBudget,
): { readonly epsilon: number; readonly delta: number } {
  const { epsilon, delta } = priceOf(losses, deltaOfRound(budget) ?? budget.delta)
  return spentOf(
    Array.from({ length: rounds }, () => ({ losses, epsilon, delta })),
    budget,
  )
}

/**
 * The least noise multiplier, to a part of 10⁻³, with which a fresh ledger of that budget pays all rounds.
 * @param lossesAt what one round gives away at a multiplier; more noise, less of it
 * @param range multipliers to look among
 * @throws FrostglassError 'usage' for numbers outside their ranges, or where no multiplier of the range does
 */
export function noiseFor(
  budget: RoundsBudget,
  lossesAt: (multiplier: number) => readonly Spend[],
  range: readonly [number, number],
): number {
  requirePositive('ε', budget.epsilon)
  requireDelta(budget.delta)
  requireCount('the rounds', budget.rounds, 10_000)
  const pays = (multiplier: number) =>
    isWithin(spentAfter(budget.rounds, lossesAt(multiplier), budget), budget)
  let [little, enough] = range
  if (!pays(enough))
    throw new FrostglassError(
      'usage',
      `no noise of a fleet pays ${budget.rounds} rounds with ε = ${budget.epsilon} and δ = ${budget.delta}`,
      'Name a larger ε, or fewer rounds.',
    )
  if (pays(little)) return little
  while (enough / little > 1.001) {
    const middle = Math.sqrt(little * enough)
    if (pays(middle)) enough = middle
    else little = middle
  }
  return enough
}
