import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import type { HeParameters } from '../seal/parameters.ts'
import { loadSeal } from '../seal/runtime.ts'
import { latencyParameters, leastPrecision, mostPrecision } from './latencyParameters.ts'

/** All that a card can come to: of more levels three keys for rotations would fill WebAssembly. */
function everyChoice(): HeParameters[] {
  const found = new Map<string, HeParameters>()
  for (let levels = 2; levels < 20; levels++)
    for (let precision = leastPrecision; precision <= mostPrecision; precision++)
      for (let range = -9; range <= 50; range++)
        try {
          const { parameters } = latencyParameters(levels, precision, range)
          found.set(JSON.stringify(parameters), parameters)
        } catch (error) {
          if (!(error instanceof FrostglassError)) throw error
        }
  return [...found.values()]
}

describe('the primes of one image’s answer', () => {
  it('are there for every choice, and the first is as near its power of two as PROOF.md takes it to be', async () => {
    const seal = await loadSeal()
    const all = everyChoice()
    expect(all.length).toBeGreaterThan(100)
    for (const { degree, primes } of all) {
      const modulus = seal.CoeffModulus.Create(degree, Int32Array.from(primes))
      const [first] = seal.jsArrayFromVecModulus(modulus) as bigint[]
      modulus.delete()
      expect(Number(first) / 2 ** primes[0]!).toBeGreaterThan(0.95)
      expect(Number(first)).toBeLessThan(2 ** primes[0]!)
    }
  })
})
