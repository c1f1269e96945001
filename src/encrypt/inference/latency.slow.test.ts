import { describe, expect, it } from 'vitest'
import { digitNetwork, images, sameMask } from '../../../test/encryptedNetworks.ts'
import { createCkksOwner } from '../ckks/owner.ts'
import { decryptAnswer, encryptImage, latencyKeys, openLatencyService } from './latency.ts'
import { compileLatency } from './latencyChoice.ts'
import { latencyPlanText } from './latencyPlan.ts'
import { answerPlainly } from './network.ts'

const cryptoNets = digitNetwork(21)
const mask = sameMask()

describe('one encrypted image', () => {
  it('is answered as in the plain', async () => {
    const { plan, quiet } = compileLatency(cryptoNets)
    expect(plan.parameters.degree).toBe(8192)
    expect(plan.ciphertexts).toBe(2)
    expect(latencyPlanText(plan)).toMatch(/an image is 2 ciphertexts of 4096 slots/)
    const owner = await createCkksOwner(plan.parameters)
    const service = await openLatencyService(plan, quiet, latencyKeys(owner, plan))
    try {
      for (const pixels of images(2, 28)) {
        const sent = encryptImage(owner, plan, pixels, mask())
        const bytes = sent.reduce((sum, one) => sum + one.length, 0)
        // The ceiling: 500 kB up.
        expect(bytes).toBeLessThan(500_000)
        const got = decryptAnswer(owner, plan, service.infer(sent), mask())!
        const { answers } = answerPlainly(cryptoNets, pixels)
        expect(Math.max(...answers.map(Math.abs))).toBeGreaterThan(0.3)
        got.forEach((v, i) => {
          expect(Math.abs(v - answers[i]!)).toBeLessThan(0.02)
        })
      }
      expect(() => service.infer([])).toThrow(/an image is 3 ciphertexts, not 0/)
      // Another scale, another level: said before anything is computed.
      const [one, two, last] = encryptImage(owner, plan, images(1, 28)[0]!, mask()) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ]
      const { precision } = plan.parameters
      for (const sent of [
        [one, owner.encrypt([1], undefined, 2 ** (precision - 1)), last],
        [one, owner.encrypt([1], 2), last],
        [one, two, owner.encrypt([1], 1, 2 ** plan.answerPrecision)],
        [one, two, owner.encrypt([1], 0, 2 ** (plan.answerPrecision - 1))],
      ])
        expect(() => service.infer(sent)).toThrow(/is no ciphertexts as its owner makes them/)
      expect(() => encryptImage(owner, plan, [1], mask())).toThrow(/784 numbers/)
    } finally {
      service.close()
      owner.close()
    }
  })
})
