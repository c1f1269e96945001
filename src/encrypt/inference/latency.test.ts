import { describe, expect, it } from 'vitest'
import { digitNetwork } from '../../../test/encryptedNetworks.ts'
import { planLatency } from './latencyPlan.ts'
import type { PolynomialNetwork } from './network.ts'

const cryptoNets = digitNetwork(21)

describe('one encrypted image', () => {
  it('wants a network that it can answer', () => {
    const [conv, square, dense] = cryptoNets.layers
    const of = (layers: PolynomialNetwork['layers']) => () =>
      planLatency({ ...cryptoNets, layers }, { precision: 26, range: 9, noise: -16 })
    expect(of([dense!])).toThrow(/first layer is no convolution/)
    expect(of([conv!, dense!])).toThrow(/layer 2 is dense, where a square/)
    expect(of([conv!, square!])).toThrow(/last layer is not dense/)
    expect(() => planLatency(cryptoNets, { precision: 26, range: 9, noise: 9 })).toThrow(
      /noise of 2\^2.25 would drown answers of ±2\^9/,
    )
    // Eleven levels need a ring whose rotation keys are beyond what WebAssembly holds.
    const deep = [conv!, ...Array.from({ length: 5 }, () => [square!, dense!]).flat()]
    expect(of(deep)).toThrow(/keys and weights would take 1\.[0-9] GB, and 1\.2 is taken/)
  })
})
