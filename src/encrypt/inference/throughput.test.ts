import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { answerPlainly, type PolynomialNetwork } from './network.ts'
import { answerWhole, quantise, wholePixels } from './quantise.ts'
import { joined } from './throughput.ts'
import { planThroughput, quantiseFor } from './throughputPlan.ts'

const small = smallNetwork(31)

describe('a network of whole numbers', () => {
  it('answers about as the one of real numbers, nearer with more steps', () => {
    const errors = [
      [7, [7, 7, 7]],
      [63, [127, 127, 63]],
    ].map(([levels, largest]) => {
      const whole = quantise(small, { levels: levels as number, largest: largest as number[] })
      return Math.max(
        ...images(40, 6).map((image) => {
          const { answers } = answerPlainly(small, image)
          return Math.max(
            ...answerWhole(whole, wholePixels(whole, image)).map((v, i) =>
              Math.abs(Number(v) / whole.scale - answers[i]!),
            ),
          )
        }),
      )
    })
    expect(errors[1]).toBeLessThan(errors[0]! / 4)
    expect(errors[1]).toBeLessThan(0.3)
  })

  it('never answers beyond its bound', () => {
    const whole = quantise(small, { levels: 3, largest: [7, 7, 7] })
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 36, maxLength: 36 }), (pixels) => {
        for (const v of answerWhole(whole, pixels)) expect(v <= whole.bound && -v <= whole.bound).toBe(true)
      }),
    )
    // It is a bound of this network, not of any: within a thousand of what is seen.
    const seen = Math.max(
      ...images(200, 6).flatMap((image) =>
        answerWhole(whole, wholePixels(whole, image)).map((v) => Math.abs(Number(v))),
      ),
    )
    expect(Number(whole.bound) / seen).toBeLessThan(1000)
  })

  it('refuses what is no pixel, and sizes that do not fit', () => {
    expect(() => wholePixels({ levels: 15 }, [1.2])).toThrow(RangeError)
    expect(() => quantise(small, { largest: [7] })).toThrow(/3 layers have weights, but 1 sizes came/)
  })
})

describe('residues', () => {
  it('make the number nearest to zero', () => {
    const moduli = [1073643521n, 1073692673n, 786433n]
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 23n), 10n ** 23n), (value) => {
        expect(
          joined(
            moduli.map((m) => ((value % m) + m) % m),
            moduli,
          ),
        ).toBe(value)
      }),
    )
  })
})

describe('encrypted images, thousands at once', () => {
  it('are as fine as the moduli allow', () => {
    const [two, three] = [2, 3].map((moduli) => quantiseFor(small, moduli))
    expect(two!.plan.moduli.length).toBe(2)
    expect(three!.plan.moduli.length).toBeLessThanOrEqual(3)
    expect(two!.whole.bound <= three!.whole.bound).toBe(true)
    expect(() => quantiseFor(small, 1)).toThrow(/do not fit into 1 plain moduli; after 1 of them they do/)
  })

  it('are refused where answers are too deep', () => {
    const [square, last] = small.layers.slice(-2)
    // As wide as it is deep: the last layer takes its own answers.
    const next = { ...last, outputs: 3, weights: new Float64Array(9).fill(0.5), bias: new Float64Array(3) }
    const more = Array.from({ length: 4 }, () => [square, next] as typeof small.layers).flat()
    const deep: PolynomialNetwork = { ...small, layers: [...small.layers, ...more] }
    expect(() => planThroughput(quantise(deep))).toThrow(/too deep for the largest parameters/)
  })
})
