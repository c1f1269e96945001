// A step of a network of one hidden layer on encrypted weights: units answer h² + ℓ h, the output is their sum.
// Source: gradient descent on ½ (o − t)², t = ±1; squares as in CryptoNets (Gilad-Bachrach et al. 2016).
// h = X W, a = h² + ℓ h, o = Σ v a, e = o − t; v ← v − (η/n) Σ e a, W ← W − (η/n) Xᵀ (e v (2h + ℓ)): five levels.

import type { Ciphertext } from 'node-seal'
import { columnsTimes, rowsTimes } from './linear.ts'
import { descended } from './logisticStep.ts'
import type { ModelBlock } from './modelBlock.ts'
import type { NetworkPlan } from './modelPlan.ts'
import type { CkksService } from './service.ts'

/**
 * One step: new weights, five levels lower. The given ones stay.
 * @param weights of each unit, periodic; then of the output, one number a ciphertext in all slots
 */
export function networkStep(
  service: CkksService,
  { diagonals, units, linear, learningRate }: NetworkPlan,
  { forward, backward, offset, count }: ModelBlock,
  weights: readonly Ciphertext[],
): Ciphertext[] {
  if (!(offset instanceof Float64Array)) throw new TypeError('a network learns from rows in the plain')
  const inner = weights.slice(0, units)
  const outer = weights.slice(units)
  const used: Ciphertext[] = []
  const kept = (one: Ciphertext) => {
    used.push(one)
    return one
  }
  const times = (a: Ciphertext, b: Ciphertext) => kept(service.settled(kept(service.product(a, b))))
  const answers = inner.map((weights) => {
    const [hidden] = rowsTimes(service, diagonals, [forward], weights) as [Ciphertext]
    const square = times(kept(hidden), hidden)
    const slope = kept(service.plusPlain(kept(service.timesPlain(hidden, 2)), linear))
    return {
      answer: kept(service.plus(square, kept(service.timesPlain(hidden, linear, square.scale())))),
      slope,
    }
  })
  const sum = answers
    .map(({ answer }, unit) => kept(service.product(answer, outer[unit]!)))
    .reduce((a, b) => kept(service.plus(a, b)))
  const errors = kept(service.plusPlain(kept(service.settled(sum)), offset))
  const rate = learningRate / count
  const after = answers.map(({ answer, slope }, unit) => {
    const weight = outer[unit]!
    const back = times(errors, times(slope, weight))
    const gradient = kept(columnsTimes(service, diagonals, [backward], [back]))
    let total = kept(service.timesPlain(times(errors, answer), rate))
    for (let step = 1; step < diagonals.slots; step *= 2)
      total = kept(service.plus(total, kept(service.rotated(total, step))))
    return {
      inner: descended(service, inner[unit]!, gradient),
      outer: descended(service, weight, total),
    }
  })
  service.free(...used)
  return [...after.map((one) => one.inner), ...after.map((one) => one.outer)]
}
