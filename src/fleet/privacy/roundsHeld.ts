// How many rounds a ledger still has room for: what a node's owner is told before the node joins, and not in the middle of a fleet.
// Source: src/private/ledger/room.ts, which admits entries one by one by the same rule (composition.ts).
// It promises nothing: what others spend meanwhile is not in it, and the ledger alone decides, round by round.

import type { Ledger } from '../../private/index.ts'
import { isWithin, priceOf, spentOf } from '../../private/ledger/composition.ts'
import { costed } from '../../private/ledger/records.ts'
import type { Spend } from '../../private/ledger/spend.ts'

/**
 * The most rounds of these losses that the ledger takes now, behind all that is in it.
 * @param losses of one round
 * @param delta what a round may take of δ, where the ledger adds prices up
 * @param rounds that are wanted
 * @returns 0 to `rounds`
 */
export function roundsHeld(
  { budget, entries }: Pick<Ledger, 'budget' | 'entries'>,
  losses: readonly Spend[],
  delta: number | undefined,
  rounds: number,
): number {
  const before = entries().map(costed)
  const price = priceOf(losses, budget.composition === 'sum' ? delta : budget.delta)
  const holds = (count: number) =>
    isWithin(spentOf([...before, ...Array(count).fill({ losses, ...price })], budget), budget)
  let [held, beyond] = [0, rounds + 1]
  while (beyond - held > 1) {
    const middle = Math.floor((held + beyond) / 2)
    if (holds(middle)) held = middle
    else beyond = middle
  }
  return held
}
