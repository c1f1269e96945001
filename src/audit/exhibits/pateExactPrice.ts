// An exact price that left out the answers whose chance no double holds, where they decide what is given away.
// Source: attackers from outside; Mironov 2017, definition 4. The form of before is `exactBefore`, here.
// It shows votes of two classes far apart; the price of any votes is tested against sums in 60 digits beside its code.

import { confidentGnmax } from '../../private/pate/aggregate.ts'
import { exactPrice, winningChances } from '../../private/pate/exact.ts'
import { logGaussianOvertakes } from '../../private/pate/tails.ts'
import type { Exhibit } from './exhibit.ts'

const [sigma, order] = [1, 30]
const [here, there] = [
  [95, 5],
  [96, 4],
] as const

/** As it was: chances as doubles, and a class whose chance is 0 there left out. */
function exactBefore(): number {
  const [p, q] = [winningChances(here, sigma), winningChances(there, sigma)]
  const moment = p.reduce(
    (sum, chance, i) =>
      chance === 0 ? sum : sum + Math.exp(order * Math.log(chance) + (1 - order) * Math.log(q[i]!)),
    0,
  )
  return Math.max(0, Math.log(moment)) / (order - 1)
}

export const pateExactPrice: Exhibit = {
  name: 'pate-exact-price',
  title: 'A price that forgot the answers that never come',
  claim: 'exactPrice is the largest Rényi divergence of the answer from that on votes where one differs.',
  source: 'attackers from outside',
  mended: 'Chances are kept as logarithms, so that none is 0.',
  async run(form) {
    const aggregation = confidentGnmax({ threshold: -100, sigmaThreshold: 1, sigma })
    const price = form === 'before' ? exactBefore() : exactPrice(aggregation, here)(order)
    // One outcome of one pair bounds the divergence from below: the second class, whose chances are known in closed form.
    const chance = ([first, second]: readonly [number, number]) =>
      logGaussianOvertakes(first - second + 1, sigma)
    const divergence = (order * chance(here) + (1 - order) * chance(there)) / (order - 1)
    // The two are computed in other ways and agree to twelve digits.
    return { allowed: 1 + 1e-12, measured: divergence / price, unit: `prices at order ${order}` }
  },
}
