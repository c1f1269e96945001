import { describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { createBfvOwner } from '../bfv/owner.ts'
import { answerWhole, quantise, wholePixels } from './quantise.ts'
import { decryptAnswers, encryptImages, openThroughputService } from './throughput.ts'
import { planThroughput, throughputPlanText } from './throughputPlan.ts'

const small = smallNetwork(31)

describe('encrypted images, thousands at once', () => {
  it('are answered by the same whole numbers as in the plain', async () => {
    const whole = quantise(small)
    const plan = planThroughput(whole)
    expect(plan.images).toBe(8192)
    expect(plan.moduli.length).toBe(2)
    expect(throughputPlanText(plan)).toMatch(/8,192 images at once: 36 ciphertexts for each modulus/)
    const batch = images(50, 6)
    const owners = await Promise.all(plan.moduli.map((parameters) => createBfvOwner(parameters)))
    const answers: Uint8Array[][] = []
    for (const owner of owners) {
      const service = await openThroughputService(whole, owner.evaluationKeys({ relinearisation: true }))
      answers.push(service.infer([...encryptImages(owner, plan, batch)]))
      expect(service.times['square']!.calls).toBe(18 + 5)
      expect(() => service.infer([])).toThrow(/a batch is 36 ciphertexts, not 0/)
      service.close()
    }
    const found = decryptAnswers(owners, plan, answers, batch.length)
    expect(found.noiseBudget).toBeGreaterThan(0)
    batch.forEach((image, i) => {
      expect(found.whole[i]).toEqual(answerWhole(whole, wholePixels(whole, image)))
    })
    for (const owner of owners) owner.close()
  })
})
