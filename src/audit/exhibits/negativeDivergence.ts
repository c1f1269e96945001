// A release whose price came out below 0, and bought budget back: cancellation where a divergence is nearly none.
// Source: attackers from outside; Mironov 2017, proposition 5, for the curve of pure ε. The form of before is `curveBefore`, here.
// It shows prices of tiny ε at many orders; that no curve falls below 0 is said in src/private/accounting/PROOF.md.

import { FrostglassError } from '../../errors.ts'
import { renyiOf, requireSpends } from '../../private/ledger/spend.ts'
import type { Exhibit } from './exhibit.ts'

/** As it was: logarithms of both outcomes' parts, which cancel but for their last digits. */
function curveBefore(epsilon: number, order: number): number {
  const high = -Math.log1p(Math.exp(-epsilon))
  const low = high - epsilon
  const likely = order * high + (1 - order) * low
  const rare = order * low + (1 - order) * high
  return (likely + Math.log1p(Math.exp(rare - likely))) / (order - 1)
}

/** What a Rényi ledger charged for so many releases of pure ε; refused, they cost nothing and give nothing back. */
function charged(form: 'before' | 'today', epsilon: number, order: number, times: number): number {
  if (form === 'before') return times * curveBefore(epsilon, order)
  const spend = [{ kind: 'priced', epsilon, delta: 0, times }] as const
  try {
    requireSpends(spend)
  } catch (error) {
    if (error instanceof FrostglassError) return 0
    throw error
  }
  return renyiOf(spend, order).divergence
}

export const negativeDivergence: Exhibit = {
  name: 'negative-divergence',
  title: 'Budget bought back by releases of a price below 0',
  claim: 'A spend never lowers what is spent of a budget.',
  source: 'attackers from outside',
  mended:
    'Curves are sums of positive terms and never below 0; times are bounded; what is spent never falls.',
  async run(form) {
    let back = 0
    for (const epsilon of [1e-13, 3e-12, 1e-10])
      for (let order = 2; order < 60; order++)
        for (const times of [1e9, 4e15]) back = Math.max(back, -charged(form, epsilon, order, times))
    return { allowed: 0, measured: back, unit: 'nats of Rényi divergence bought back' }
  },
}
