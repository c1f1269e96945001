// What an answer costs that nearly always comes out the same: Rényi bounds that know how likely another one is.
// Source: Papernot et al. 2018, theorem 6 and proposition 10; Papernot et al. 2017, theorem 3 for pure ε.
// They depend on the votes, so the price itself tells of the data: publish it only as sensitivity.ts does.

import { pureCurve } from '../accounting/convert.ts'
import { logAdd } from '../accounting/renyi.ts'
import { cushioned } from '../mechanisms/measurement.ts'
import { against } from '../mechanisms/rational.ts'
import { logOneMinus } from './tails.ts'

/** Logarithms of tails are off by less than this in units of 2^−48, and moments multiply that by the order. */
const slack = 64

/**
 * Rényi divergence at `order` of a mechanism whose curve is `slope` × order whatever the data are, on data for which some
 * answer fails to come out with probability q at most.
 *
 * With orders μ1 > order and μ2 > 1 of the curve to spare: the other answers' part of the moment is by Hölder's inequality
 * at most q^(1 − (order−1)/(μ1−1)) e^((order−1) ε1), and on the neighbouring data the answer fails with probability
 * (q e^ε2)^((μ2−1)/μ2) at most. The sum rises with q as far as the theorem's condition says, so a bound on q will do. μ1 and
 * μ2 are those that make either part smallest: 1 + √(log(1/q)/slope) and √(log(1/q)/slope).
 * @param logQ log of the bound on q; above it any number of answers may share it.
 * @param slope ε per order: 1/σ² of a Gaussian noisy maximum, 1/(2σ²) of a check against a threshold.
 * @returns nats; never more than slope × order, which holds where the theorem's condition does not.
 */
export function likelyDivergence(logQ: number, slope: number, order: number): number {
  const always = slope * order
  if (logQ >= 0) return against(always)
  const second = Math.sqrt(-logQ / slope)
  const first = second + 1
  const [e1, e2] = [slope * first, slope * second]
  const rising =
    second > 1 &&
    logQ <= (second - 1) * e2 - second * (Math.log1p(1 / (first - 1)) + Math.log1p(1 / (second - 1)))
  if (!rising || first < order || logQ + e2 >= 0) return against(always)
  const holds = logOneMinus(logQ)
  const elsewhere = logOneMinus((logQ + e2) * (1 - 1 / second))
  const moment = logAdd(
    holds + (order - 1) * (holds - elsewhere),
    logQ + (order - 1) * (e1 - logQ / (first - 1)),
  )
  return against(Math.min(always, cushioned(moment, slack * order) / (order - 1)))
}

/**
 * The same of a mechanism of pure ε.
 * @returns nats; never more than randomised response of that ε, which is reached at q = 1/(1 + e^ε).
 */
export function likelyPureDivergence(logQ: number, epsilon: number, order: number): number {
  const always = cushioned(pureCurve(epsilon)(order) * (order - 1), order * epsilon) / (order - 1)
  if (logQ >= -Math.log1p(Math.exp(epsilon))) return against(Math.min(epsilon, always))
  const holds = logOneMinus(logQ)
  const moment = logAdd(
    holds + (order - 1) * (holds - logOneMinus(logQ + epsilon)),
    logQ + (order - 1) * epsilon,
  )
  return against(Math.min(epsilon, always, cushioned(moment, slack * order) / (order - 1)))
}

/**
 * Rényi divergence at `order` of two steps, the second taken only where the first says yes: exact for the first.
 * @param p log P[yes] and log P[no] on the data; `q` the same on the neighbouring data.
 * @param second divergence of the second step at this order, at most.
 */
export function twoSteps(
  p: readonly [yes: number, no: number],
  q: readonly [yes: number, no: number],
  second: number,
  order: number,
): number {
  const part = (i: 0 | 1) => (p[i] === Number.NEGATIVE_INFINITY ? p[i] : order * p[i] + (1 - order) * q[i])
  const moment = logAdd(part(0) + (order - 1) * second, part(1))
  return against(Math.max(0, cushioned(moment, slack * order) / (order - 1)))
}
