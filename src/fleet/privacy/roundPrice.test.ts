// Noise for rounds: what it is worked out for is what a real ledger then says, and less noise would not do.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createLedger, noiseMultiplierFor, zcdpToEpsilon } from '../../private/index.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import { deltaOfRound, noiseFor, spentAfter } from './roundPrice.ts'
import { localPrice, multiplierRange, updateNoise } from './updateNoise.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-rounds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const table = (z: number): Spend[] => [localPrice(updateNoise(1, z))]

describe('noise for rounds', () => {
  it.each(['sum', 'renyi', 'fixed'] as const)(
    'fits a ledger of that very budget: %s',
    async (composition) => {
      const budget = { epsilon: 2, delta: 1e-6, rounds: 7, composition }
      const z = noiseFor(budget, table, multiplierRange)
      const ledger = await createLedger(join(folder, composition), {
        dataset: 'd',
        unit: 'table',
        epsilon: 2,
        delta: 1e-6,
        composition,
      })
      const request = { what: 'round', unit: 'table', losses: table(z), delta: deltaOfRound(budget) }
      for (let i = 1; i <= 7; i++) {
        expect(ledger.spend(request).number).toBe(i)
        expect(ledger.state().spent.epsilon).toBeCloseTo(spentAfter(i, table(z), budget).epsilon, 9)
      }
      expect(() => ledger.spend(request)).toThrow('does not allow')
      ledger.close()
      // A hundredth less noise is too little for as many.
      expect(spentAfter(7, table(z * 0.99), budget).epsilon).toBeGreaterThan(2)
    },
  )

  it('of tables is what concentrated privacy says, computed anew', () => {
    const budget = { epsilon: 3, delta: 1e-5, rounds: 10, composition: 'fixed' } as const
    const z = noiseFor(budget, table, multiplierRange)
    const { most, sigma } = updateNoise(1, z)
    const all = 10 * 2 * (most / sigma) ** 2
    expect(spentAfter(10, table(z), budget).epsilon).toBeCloseTo(zcdpToEpsilon(all, 1e-5), 9)
    expect(zcdpToEpsilon(all, 1e-5)).toBeLessThanOrEqual(3)
    expect(zcdpToEpsilon(all, 1e-5)).toBeGreaterThan(2.99)
  })

  it('of rows is that of one private training of all their steps', () => {
    const [rate, steps] = [0.1, 20]
    const rows = (noiseMultiplier: number): Spend[] => [
      { kind: 'sampled-gaussian', noiseMultiplier, rate, times: steps },
    ]
    const z = noiseFor({ epsilon: 3, delta: 1e-5, rounds: 3, composition: 'fixed' }, rows, [0.25, 1024])
    const whole = noiseMultiplierFor({ epsilon: 3, delta: 1e-5, rate, steps: 3 * steps })
    expect(z / whole).toBeCloseTo(1, 2)
  })

  it('says where no noise will do', () => {
    const budget = { epsilon: 1e-9, delta: 1e-9, rounds: 10_000, composition: 'sum' } as const
    expect(() => noiseFor(budget, table, multiplierRange)).toThrow('no noise of a fleet')
    expect(() => noiseFor({ ...budget, rounds: 0 }, table, multiplierRange)).toThrow('rounds')
  })
})
