// The noise that computations leave, measured with the secret key before it is drowned, against what plans reckon with.

import { describe, expect, it } from 'vitest'
import { polynomialNetwork, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { seededRandom } from '../../random/seeded.ts'
import { createBfvOwner } from '../bfv/owner.ts'
import { openBfvService } from '../bfv/service.ts'
import type { PolynomialNetwork } from './network.ts'
import { computed } from './throughput.ts'
import { noiseLeft, quantiseFor } from './throughputPlan.ts'

const source = seededRandom(5)
const normal = () => source.normal()
const dense = (inputs: number, outputs: number, weight: (input: number, output: number) => number) => ({
  kind: 'dense' as const,
  outputs,
  weights: Float64Array.from({ length: inputs * outputs }, (_, at) =>
    weight(Math.floor(at / outputs), at % outputs),
  ),
  bias: new Float64Array(outputs).fill(0.1),
})
const square = { kind: 'square' as const }
const of = (inputs: number, ...layers: PolynomialNetwork['layers']): PolynomialNetwork => ({
  input: [1, 1, inputs],
  layers,
})
const one = () => 1
/** One unit has all the weight: an average over units would not see its noise. */
const heavy = (input: number, output: number) => (output === 0 ? 1 : input === output ? 0.01 : 0)

const networks: Readonly<Record<string, PolynomialNetwork>> = {
  'linear, 784 to 10': of(784, dense(784, 10, normal)),
  'linear, one weight': of(1, dense(1, 1, one)),
  'linear, weights equal': of(256, dense(256, 3, one)),
  'linear, one heavy unit': of(256, dense(256, 20, heavy)),
  'a square first': of(2, square, dense(2, 1, one)),
  'one square': of(64, dense(64, 10, normal), square, dense(10, 3, normal)),
  'one square, heavy units': of(64, dense(64, 10, heavy), square, dense(10, 10, heavy)),
  'two squares, weights equal': of(16, dense(16, 8, one), square, dense(8, 8, one), square, dense(8, 1, one)),
  'two squares of one pixel': of(1, square, dense(1, 1, one), square, dense(1, 1, one)),
  'a convolution at stride 1': polynomialNetwork(
    8,
    { filters: 2, kernel: [5, 5], stride: [1, 1], padding: [2, 2] },
    { classes: 3 },
  ),
  'a convolution, two squares': smallNetwork(31),
  'digits of 8×8': polynomialNetwork(
    8,
    { filters: 5, kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
    { units: 32 },
  ),
}

/** Pixels by slot and place: noise grows with the coefficients of messages, which random slots make largest. */
const pixels: Readonly<Record<string, (slot: number, place: number, levels: number) => number>> = {
  random: (_slot, _place, levels) => source.below(levels + 1),
  largest: (_slot, _place, levels) => levels,
  alternating: (slot, place, levels) => (slot + place) % 2 && levels,
}

describe('no computation leaves more noise than its plan reckons with', () => {
  for (const [name, network] of Object.entries(networks))
    it(name, async () => {
      const { whole, plan } = quantiseFor(network)
      const [parameters] = plan.moduli
      const owner = await createBfvOwner(parameters!)
      const service = await openBfvService(owner.evaluationKeys({ relinearisation: true, encryption: true }))
      try {
        for (const pixel of Object.values(pixels)) {
          const inputs = Array.from({ length: plan.inputs }, (_, place) =>
            service.read(
              owner.encrypt(
                Int32Array.from({ length: plan.images }, (__, slot) => pixel(slot, place, plan.levels)),
              ),
            ),
          )
          const outputs = computed(service, whole, inputs)
          const budgets = outputs.map((own) => owner.noiseBudget(service.write(own)))
          service.free(...outputs)
          const left = noiseLeft(whole.layers, parameters!.precision)
          // Whole bits, rounded down.
          expect(Math.min(...budgets)).toBeGreaterThanOrEqual(Math.floor(left))
          // Nor is it far from what is there: one that reckoned with anything would hide as well.
          expect(Math.min(...budgets) - left).toBeLessThan(8)
        }
      } finally {
        service.close()
        owner.close()
      }
    })
})
