import fc from 'fast-check'
import { expect, it } from 'vitest'
import { smallNetwork } from '../../../test/encryptedNetworks.ts'
import { FrostglassError } from '../../errors.ts'
import { bfvParameters } from '../seal/parameters.ts'
import { compileNetwork } from './compiled.ts'
import type { PolynomialNetwork } from './network.ts'

const weight = fc.constantFrom(0, 1, -0.3, 1e10, 1e308, 5e-324, 1e-300, Number.NaN, Infinity)

it('any network compiles, or is refused in words', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 20 }),
      fc.array(weight, { minLength: 1, maxLength: 4 }),
      (inputs, units, depth, weights) => {
        const numbers = (count: number) =>
          Float64Array.from({ length: count }, (_, i) => weights[i % weights.length]!)
        const dense = (from: number) => ({
          kind: 'dense' as const,
          outputs: units,
          weights: numbers(from * units),
          bias: numbers(units),
        })
        const deeper = Array.from({ length: depth }, () => [{ kind: 'square' as const }, dense(units)]).flat()
        const network: PolynomialNetwork = { input: [1, 1, inputs], layers: [dense(inputs), ...deeper] }
        try {
          const { why, plans } = compileNetwork(network)
          expect(why.latency === null).toBe(plans.latency !== null)
          expect(why.throughput === null).toBe(plans.throughput !== null)
        } catch (error) {
          expect(error).toBeInstanceOf(FrostglassError)
        }
      },
    ),
    { numRuns: 100 },
  )
})

it('answers that CKKS cannot hold are refused in words, however large', () => {
  const network = smallNetwork()
  const grown = (size: number): PolynomialNetwork => ({
    ...network,
    layers: network.layers.map((layer) =>
      layer.kind === 'square' ? layer : { ...layer, weights: layer.weights.map((w) => w * size) },
    ),
  })
  expect(compileNetwork(grown(1e10)).why.latency).toMatch(/answers may reach ±2\^/)
  expect(() => compileNetwork(grown(1e300))).toThrow(FrostglassError)
  expect(() => compileNetwork(grown(1e300))).toThrow(/answers may be beyond all numbers/)
})

it('plain moduli that do not exist are refused in words', () => {
  for (const bits of [14, 15, 16, 19])
    expect(() => bfvParameters(bits, 1)).toThrow(
      `there are 0 plain moduli of ${bits} bits at degree 8192, not 1`,
    )
  expect(() => bfvParameters(17, 3)).toThrow(/there are 2 plain moduli of 17 bits/)
  expect(bfvParameters(20, 5).length).toBe(5)
})
