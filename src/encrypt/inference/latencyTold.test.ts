import { expect, it } from 'vitest'
import { digitNetwork } from '../../../test/encryptedNetworks.ts'
import { planLatency } from './latencyPlan.ts'
import { bitsTold, imagesTold } from './latencyTold.ts'

it('an answer tells little more than its numbers, of the 16,384 residues that it is', () => {
  // Ten outputs of 2¹⁷ and a deviation of 2⁻⁴: 19.0 bits each.
  const plan = planLatency(digitNetwork(21), { precision: 26, range: 16, noise: -16 })
  expect([plan.parameters.primes[0], plan.period, plan.answerPrecision]).toEqual([39, 16, 20])
  // 80 + 17 · 39 + 15 · 1.2 − 16 · (20 − 4 + 2.05 − 2.5) − 0.5
  expect(bitsTold(plan)).toBeCloseTo(511.8, 0)
  expect(imagesTold(plan)).toBe(Math.ceil(511.8 / 189.5))
  // No noise to speak of: all that repeats, but for imaginary parts.
  expect(bitsTold({ ...plan, hiding: 1e-30 })).toBeCloseTo(80 + 17 * 39 + 15 * 1.2, 6)
})

it('is never less than one image', () => {
  const plan = planLatency(digitNetwork(21), { precision: 26, range: 16, noise: -16 })
  expect(imagesTold({ ...plan, outputs: 15, range: 60 })).toBe(1)
})
