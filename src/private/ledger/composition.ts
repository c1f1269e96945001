// What the entries of a ledger add up to, by the rule that the ledger was made with, and whether that is in its budget.
// Source: Rogers, Roth, Ullman and Vadhan 2016 (sums as a filter); Feldman and Zrnic 2021 (Rényi filter at one order).
// The promise is the budget's, about all answers at once; what is `spent` meanwhile says how much of it is used.

import { FrostglassError } from '../../errors.ts'
import type { Composition } from './compositions.ts'
import { renyiOf, type Spend, summed, tightEpsilon } from './spend.ts'

/** What may be spent: ε and δ for all releases together, and how they compose. */
export interface Budget {
  readonly epsilon: number
  readonly delta: number
  readonly composition: Composition
}

/** An entry as composition sees it; `epsilon` and `delta` are its price alone. */
export interface Costed {
  readonly losses: readonly Spend[]
  readonly epsilon: number
  readonly delta: number
}

/** How much a budget is overdrawn by rounding at most: 0.1 three times fits 0.3, which doubles do not say. */
const ROUNDING = 1 + 1e-9

/** Whether a price is within a budget, to nine digits. */
export const isWithin = (
  spent: { readonly epsilon: number; readonly delta: number },
  budget: { readonly epsilon: number; readonly delta: number },
): boolean => spent.epsilon <= budget.epsilon * ROUNDING && spent.delta <= budget.delta * ROUNDING

/**
 * The price of one entry alone. Pure releases have ε and need no δ; of others, ε depends on the δ that they may take.
 *
 * @param delta the share of the budget's δ; absent, only what the spends have of themselves.
 * @throws FrostglassError 'usage' when it is absent and a spend has no (ε, δ) of itself, or when no ε will do at it.
 */
export function priceOf(losses: readonly Spend[], delta?: number): { epsilon: number; delta: number } {
  const sum = summed(losses)
  if (delta === undefined || delta === 0) {
    if (sum) return sum
    throw new FrostglassError(
      'usage',
      'this release has no ε without a δ',
      'State how much of the budget’s δ it may take.',
    )
  }
  const epsilon = tightEpsilon(losses, delta)
  if (sum && sum.delta <= delta && sum.epsilon <= epsilon) return sum
  if (epsilon === Number.POSITIVE_INFINITY)
    throw new FrostglassError(
      'usage',
      `no ε bounds this release at δ = ${delta}`,
      `Give it more than the δ of its parts, ${sum?.delta}.`,
    )
  return { epsilon, delta }
}

/**
 * What entries about the same rows have spent of a budget.
 *
 * @returns (ε, δ) by the ledger's rule: the smaller where a rule has two bounds. For `fixed` and `renyi` ε is the one
 * at the budget's δ. Infinity where nothing bounds it.
 */
export function spentOf(entries: readonly Costed[], budget: Budget): { epsilon: number; delta: number } {
  if (budget.composition === 'sum')
    return {
      epsilon: entries.reduce((sum, entry) => sum + entry.epsilon, 0),
      delta: entries.reduce((sum, entry) => sum + entry.delta, 0),
    }
  const losses = entries.flatMap((entry) => entry.losses)
  if (losses.length === 0) return { epsilon: 0, delta: 0 }
  const sum = summed(losses)
  if (budget.composition === 'fixed') {
    const tight = tightEpsilon(losses, budget.delta)
    return sum && sum.delta <= budget.delta && sum.epsilon <= tight
      ? sum
      : { epsilon: tight, delta: budget.delta }
  }
  const half = budget.delta / 2
  const order = filterOrder(budget.epsilon, half)
  const { divergence, leaks } = renyiOf(losses, order)
  if (leaks > half * ROUNDING) return { epsilon: Number.POSITIVE_INFINITY, delta: leaks }
  const converted = Math.max(0, divergence + conversion(order, half))
  // Without a leak the pure parts keep their sum with certainty, so both bounds hold at once with one half of δ.
  return sum && sum.epsilon <= converted
    ? { epsilon: sum.epsilon, delta: sum.delta }
    : { epsilon: converted, delta: half + leaks }
}

/** What ε is above the Rényi divergence at an order (Canonne, Kamath and Steinke 2020, proposition 12). */
const conversion = (order: number, delta: number): number =>
  Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)

/**
 * The order at which (ε, δ) allows most zCDP: for many small releases the best one, and it depends on the budget alone,
 * as a filter's must.
 */
function filterOrder(epsilon: number, delta: number): number {
  let best = { order: 2, rho: Number.NEGATIVE_INFINITY }
  for (let u = -4; u <= 14; u += 0.01) {
    const order = 1 + Math.exp(u)
    const rho = (epsilon - conversion(order, delta)) / order
    if (rho > best.rho) best = { order, rho }
  }
  return best.order
}
