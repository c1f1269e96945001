// Several weights in one number of an answer: what is read that way takes more images than a key is answered.

import { expect, it } from 'vitest'
import { digitNetwork, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { seededRandom } from '../../random/seeded.ts'
import { countedImages, defaultImages } from '../../serve/encrypted/imageCount.ts'
import { compileNetwork } from './compiled.ts'
import { answersThatDetermine, bitsOfAnswer, bitsOfWeights } from './determine.ts'
import type { PolynomialNetwork } from './network.ts'
import { answerWhole, wholePixels } from './quantise.ts'

const [inputs, outputs] = [64, 3]
const source = seededRandom(5)
const normal = (count: number) => Float64Array.from({ length: count }, () => source.normal())
const linear: PolynomialNetwork = {
  input: [1, 8, 8],
  layers: [{ kind: 'dense', outputs, weights: normal(inputs * outputs), bias: normal(outputs) }],
}
const model = compileNetwork(linear)
const whole = model.whole!
const { weights } = whole.layers[0] as { weights: Int32Array }
const groups = Math.ceil(inputs / 3)

/** Real unknowns over outputs, as it was counted. */
const before = (inputs * outputs + outputs) / outputs

/** Differences from the empty image: what a group's pixels add to each output. */
const added = (image: Int32Array) => {
  const empty = answerWhole(whole, new Int32Array(inputs))
  return answerWhole(whole, image).map((v, o) => Number(v - empty[o]!))
}

it('ordinary pixels 1 and 1/31 read three weights of two images: more images than a key is answered', () => {
  const { levels } = whole
  const pixels = (...[big, small]: number[]) =>
    wholePixels(
      whole,
      Float64Array.from({ length: inputs }, (_, i) => (i === big ? 1 : i === small ? 1 / levels : 0)),
    )
  let right = 0
  for (let group = 0; group < groups; group++) {
    const at = [0, 1, 2].map((d) => 3 * group + d)
    const [first, second] = [added(pixels(at[0]!, at[1]!)), added(pixels(at[1]!, at[2]!))]
    for (let o = 0; o < outputs; o++)
      for (let middle = -127; middle <= 127; middle++) {
        const own = [(first[o]! - middle) / levels, middle, second[o]! - levels * middle]
        if (!own.every((w) => Number.isInteger(w) && Math.abs(w) <= 127)) continue
        right += at.filter((i, d) => i < inputs && own[d] === weights[i * outputs + o]).length
      }
  }
  expect(right).toBe(inputs * outputs)
  const images = 1 + 2 * groups
  const counted = countedImages(images, 'throughput', model)
  expect(counted).toBeLessThan(before)
  expect(images).toBeGreaterThan(defaultImages(model).perKey)
})

it('crafted pixels 1, 2⁸, 2¹⁶ read three weights a number: more images than a key is answered', () => {
  let right = 0
  for (let group = 0; group < groups; group++) {
    const at = [0, 1, 2].map((d) => 3 * group + d).filter((i) => i < inputs)
    const image = new Int32Array(inputs)
    at.forEach((i, d) => {
      image[i] = 2 ** (8 * d)
    })
    added(image).forEach((sum, o) => {
      let rest = sum
      // It is within the modulus: a batch answers the very number.
      expect(2 * Math.abs(sum)).toBeLessThan(2 ** (model.plans.throughput!.moduli[0]!.precision - 1))
      for (const i of at) {
        const own = ((rest + 128) & 255) - 128
        if (own === weights[i * outputs + o]) right++
        rest = (rest - own) / 256
      }
    })
  }
  expect(right).toBe(inputs * outputs)
  const images = 1 + groups
  expect(countedImages(images, 'throughput', model)).toBeLessThan(before)
  expect(images).toBeGreaterThan(defaultImages(model).perKey)
})

it('counts bits: of whole weights by their layer, of answers by the packing that holds more', () => {
  expect(bitsOfWeights(model)).toBeCloseTo((inputs + 1) * outputs * Math.log2(255), 6)
  expect(bitsOfWeights({ network: linear, whole: null })).toBe((inputs + 1) * outputs * 8)
  const { moduli } = model.plans.throughput!
  expect(bitsOfAnswer(model.plans)).toBe(moduli.length * moduli[0]!.precision)
  const both = compileNetwork(smallNetwork())
  const { latency } = both.plans
  const single = bitsOfAnswer({ latency, throughput: null })
  // A number beside its noise: log₂ of what ± 2^range holds of it, while SEAL lets the scale follow the range.
  expect(single).toBeGreaterThan(latency!.range + 1 - Math.log2(latency!.hiding) - 0.1)
  expect(single).toBeLessThan(
    latency!.parameters.primes[0]! - latency!.answerPrecision - Math.log2(latency!.hiding),
  )
  expect(bitsOfAnswer(both.plans)).toBeGreaterThan(single)
  // With batches fewer images are needed than without.
  const alone = { ...both, plans: { latency, throughput: null } }
  expect(answersThatDetermine(both)).toBeLessThan(answersThatDetermine(alone))
  expect(answersThatDetermine(compileNetwork(digitNetwork()))).toBeLessThan(1000)
})
