import { describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { stream } from '../../secret/derive.ts'
import { createBfvOwner } from '../bfv/owner.ts'
import type { PolynomialNetwork } from './network.ts'
import { answerWhole, quantise, wholePixels } from './quantise.ts'
import { decryptAnswers, encryptImages, openThroughputService } from './throughput.ts'
import { planThroughput, throughputPlanText } from './throughputPlan.ts'

const small = smallNetwork(31)
const maskOf = (index: number) => stream(new Uint8Array(32).fill(7), 'question mask', index)
const keyNeeds = { relinearisation: true, encryption: true }

describe('encrypted images, thousands at once', () => {
  it('are answered by the same whole numbers as in the plain; anything else is no answer', async () => {
    const whole = quantise(small)
    const plan = planThroughput(whole)
    expect(plan.images).toBe(8192)
    expect(throughputPlanText(plan)).toMatch(
      /8,192 images at once: 36 ciphertexts and a mask for each modulus/,
    )
    const [batch, others] = [images(50, 6), images(50, 6, 9)]
    const owners = await Promise.all(plan.moduli.map((parameters) => createBfvOwner(parameters)))
    const [mask, otherMask] = [maskOf(0), maskOf(1)]
    const answers: Uint8Array[][] = []
    const otherAnswers: Uint8Array[][] = []
    for (const owner of owners) {
      const service = await openThroughputService(whole, owner.evaluationKeys(keyNeeds))
      answers.push(service.infer([...encryptImages(owner, plan, batch, mask)], batch.length))
      otherAnswers.push(service.infer([...encryptImages(owner, plan, others, otherMask)], others.length))
      expect(service.times['square']!.calls).toBe(2 * (18 + 5))
      expect(() => service.infer([], 1)).toThrow(/a batch is 37 ciphertexts, not 0/)
      expect(() => service.infer(new Array(37).fill(answers[0]![0]!), 0)).toThrow(/1 to 8192 images/)
      service.close()
    }
    const found = decryptAnswers(owners, plan, answers, batch.length, maskOf(0))!
    batch.forEach((image, i) => {
      expect(found.whole[i]).toEqual(answerWhole(whole, wholePixels(whole, image)))
    })
    // Slots that hold no image are answered at random: nothing of the bias is in them.
    expect(decryptAnswers(owners, plan, answers, batch.length + 5, maskOf(0))).toBeNull()
    // Another question's answer, or one modulus of it.
    expect(decryptAnswers(owners, plan, otherAnswers, others.length, maskOf(0))).toBeNull()
    expect(decryptAnswers(owners, plan, otherAnswers, others.length, maskOf(1))).not.toBeNull()
    expect(
      decryptAnswers(owners, plan, [answers[0]!, ...otherAnswers.slice(1)], batch.length, maskOf(0)),
    ).toBeNull()
    for (const owner of owners) owner.close()
  })

  it('a unit whose weights are all 0 answers its bias', async () => {
    const network: PolynomialNetwork = {
      input: [1, 1, 2],
      layers: [
        { kind: 'dense', outputs: 2, weights: Float64Array.of(0, 1, 0, 2), bias: Float64Array.of(0.5, 0) },
      ],
    }
    const whole = quantise(network)
    const plan = planThroughput(whole)
    const owners = await Promise.all(plan.moduli.map((parameters) => createBfvOwner(parameters)))
    const mask = maskOf(0)
    const answers: Uint8Array[][] = []
    for (const owner of owners) {
      const service = await openThroughputService(whole, owner.evaluationKeys(keyNeeds))
      answers.push(service.infer([...encryptImages(owner, plan, [[1, 0.2]], mask)], 1))
      service.close()
    }
    const found = decryptAnswers(owners, plan, answers, 1, maskOf(0))!
    expect(found.whole[0]).toEqual(answerWhole(whole, wholePixels(whole, [1, 0.2])))
    expect(found.answers[0]![0]).toBeCloseTo(0.5, 1)
    for (const owner of owners) owner.close()
  })
})
