// Setups: what is within its ranges goes there and back, what is not is refused.

import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import type { SecureSetup } from './contract.ts'
import { decodeSetup, encodeSetup, requireSetup, setupDigest } from './setup.ts'
import { fleetOf } from './testing.ts'

const { setup } = fleetOf(7, { noise: { numerator: 9n, denominator: 4n } })

describe('a setup', () => {
  it('goes into bytes and comes back', () => {
    expect(decodeSetup(encodeSetup(setup))).toEqual(setup)
    const plain = {
      ...setup,
      noise: undefined,
      bits: 64 as const,
      range: 2n ** 58n,
      server: 'semi-honest' as const,
    }
    expect(decodeSetup(encodeSetup(plain))).toEqual(plain)
  })

  it('has another digest when anything of it is another', () => {
    const others: Partial<SecureSetup>[] = [
      { session: setup.session.with(0, setup.session[0]! ^ 1) },
      { purpose: setup.purpose.with(31, setup.purpose[31]! ^ 1) },
      { round: 1 },
      { population: setup.population.with(0, { ...setup.population[0]!, name: 'other' }) },
      { population: [...setup.population].reverse() },
      { server: 'semi-honest' },
      { corrupted: 0 },
      { dropouts: 0 },
      { fewest: 6 },
      { length: 6 },
      { bits: 64 },
      { range: 1001n },
      { noise: undefined },
      { noise: { numerator: 9n, denominator: 5n } },
      { privacy: 41 },
      { delivery: 21 },
    ]
    const digests = [setup, ...others.map((other) => ({ ...setup, ...other }))].map((one) =>
      Buffer.from(setupDigest(one)).toString('hex'),
    )
    expect(new Set(digests).size).toBe(others.length + 1)
  })

  it.each<[string, Partial<SecureSetup>]>([
    ['a session has 32 bytes', { session: new Uint8Array(31) }],
    ['a purpose has 32 bytes', { purpose: new Uint8Array(33) }],
    ['the round must be', { round: -1 }],
    ['the round must be', { round: 1.5 }],
    ['the size of the population', { population: setup.population.slice(0, 1) }],
    [
      'two nodes have the name node-0',
      { population: setup.population.with(1, { ...setup.population[1]!, name: 'node-0' }) },
    ],
    [
      'two nodes have the key',
      { population: setup.population.with(1, { ...setup.population[0]!, name: 'copy' }) },
    ],
    [
      'visible characters',
      { population: setup.population.with(1, { ...setup.population[1]!, name: 'a b' }) },
    ],
    ['the number of corrupted', { corrupted: 8 }],
    ['the fewest advertisements', { fewest: 8 }],
    ['fewer than two honest', { fewest: 3, corrupted: 1 }],
    ['would have to sign', { corrupted: 2, dropouts: 3 }],
    ['the length', { length: 0 }],
    ['32 or 64 bits', { bits: 16 as 32 }],
    ['−range … range', { range: 0n }],
    ['no positive fraction', { noise: { numerator: 0n, denominator: 1n } }],
    ['no positive fraction', { noise: { numerator: 1n, denominator: 2n ** 256n } }],
    ['cannot hold', { range: 2n ** 31n / 7n + 1n, noise: undefined }],
    ['cannot hold', { range: 1n, noise: { numerator: 10n ** 20n, denominator: 1n } }],
    ['the bits of privacy', { privacy: 0 }],
  ])('is refused where %s', (why, change) => {
    const refusal = () => requireSetup({ ...setup, ...change })
    expect(refusal).toThrow(FrostglassError)
    expect(refusal).toThrow(why)
  })

  it('leaves room for all nodes at their range, and not one step less', () => {
    const range = (2n ** 31n - 1n) / 7n
    requireSetup({ ...setup, range, noise: undefined })
    expect(() => requireSetup({ ...setup, range: range + 1n, noise: undefined })).toThrow('cannot hold')
    expect(() => requireSetup({ ...setup, range })).toThrow('cannot hold')
    // Half of the modulus itself is the same as its negative.
    const eight = fleetOf(8, { range: 2n ** 28n }).setup
    expect(() => requireSetup(eight)).toThrow('cannot hold')
    requireSetup({ ...eight, range: 2n ** 28n - 1n })
  })
})
