// Whether a budget has room for one more spend, and what is spent of it: never less than it was.
// Source: composition.ts for the rules; a filter admits an entry or refuses it (Rogers, Roth, Ullman and Vadhan 2016).
// The tight accountant is good to a tenth of a percent: so small a part may be counted that was not spent.

import { FrostglassError } from '../../errors.ts'
import { scientific } from '../../statistics/figures.ts'
import { type Budget, isWithin, spentOf } from './composition.ts'
import { costed, type Entry } from './records.ts'

interface Spent {
  readonly epsilon: number
  readonly delta: number
}

const larger = (a: Spent, b: Spent | undefined): Spent => ({
  epsilon: Math.max(a.epsilon, b?.epsilon ?? 0),
  delta: Math.max(a.delta, b?.delta ?? 0),
})

/** What entries have spent: as computed now, or as the last of them says, whichever is more. */
export function spentSoFar(entries: readonly Entry[], budget: Budget): Spent {
  return larger(spentOf(entries.map(costed), budget), entries.at(-1)?.spent)
}

/**
 * What is spent with one more entry.
 * @throws FrostglassError 'policy' when that is more than the budget.
 */
export function requireRoom(
  path: string,
  budget: Budget,
  before: readonly Entry[],
  entry: Omit<Entry, 'number'>,
): Spent {
  const now = spentSoFar(before, budget)
  const spent = larger(spentOf([...before, entry].map(costed), budget), now)
  if (isWithin(spent, budget)) return spent
  const over = spent.delta > budget.delta && spent.epsilon <= budget.epsilon ? 'δ' : 'ε'
  const [wanted, had, all] =
    over === 'δ' ? [spent.delta, now.delta, budget.delta] : [spent.epsilon, now.epsilon, budget.epsilon]
  throw new FrostglassError(
    'policy',
    `the budget of ${path} does not allow this: ${over} would come to ${scientific(wanted, 6)} of ${scientific(all, 6)}, and ${scientific(had, 6)} is spent`,
    'Ask with more noise, or leave it: nothing was spent, and a budget once stated is not raised.',
  )
}
