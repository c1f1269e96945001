import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import { discreteGaussian } from '../mechanisms/noise.ts'
import { openAccount, rhoFor, sigmaFor } from './account.ts'
import { adaptiveModel } from './adaptive.ts'
import { chained, seededSource } from './testing.ts'
import { treeModel } from './tree.ts'

const naming = { names: ['a', 'b', 'c', 'd'], ordered: [true, false, false, false] }

describe('ρ of an ε', () => {
  it('is the one that others found', () => {
    // PUBLISHING.md's, by bisection in numpy on the same bound.
    expect(rhoFor(0.3, 1e-9)).toBeCloseTo(0.00147675, 7)
    expect(rhoFor(1, 1e-9)).toBeCloseTo(0.01497306, 7)
    expect(rhoFor(3, 1e-9)).toBeCloseTo(0.12058243, 7)
  })
  it('never costs more than was asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 20, noNaN: true }),
        fc.constantFrom(1e-12, 1e-9, 1e-5),
        (epsilon, delta) => zcdpToEpsilon(rhoFor(epsilon, delta), delta) <= epsilon,
      ),
    )
  })
  it.each([0, -1, Number.NaN])('refuses ε = %s', (epsilon) => {
    expect(() => rhoFor(epsilon, 1e-9)).toThrow()
  })
})

describe('σ of a ρ', () => {
  it('costs that or less, and hardly less', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-7, max: 10, noNaN: true }), (rho) => {
        const price = discreteGaussian({ sigma: sigmaFor(rho) }).map(1).rho!
        return price <= rho && price > 0.999 * rho
      }),
    )
  })
})

describe('an account', () => {
  it('makes no release that is dearer than what is left, and draws nothing for it', () => {
    const account = openAccount(0.1, { uint32: () => expect.unreachable() })
    expect(() => account.noisy('counts', Float64Array.of(1), 1)).toThrow(RangeError)
    expect(account.left()).toBe(0.1)
    expect(account.releases).toHaveLength(0)
  })

  it.each(['tree', 'adaptive'] as const)('is spent by the %s method, never beyond', async (method) => {
    for (const rho of [1e-5, 0.01, 2]) {
      const account = openAccount(rho, seededSource(1))
      const rows = chained(500)
      if (method === 'tree') await treeModel(rows, account, naming)
      else await adaptiveModel(rows, account, naming, { cells: 1000 })
      const sum = account.releases.reduce((s, release) => s + release.rho, 0)
      expect(sum).toBeLessThanOrEqual(rho)
      expect(sum).toBeGreaterThan(0.99 * rho)
    }
  })
})
