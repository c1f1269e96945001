// Models that know a population by its size alone, and the game without attacks.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { regions } from '../population/regions.ts'
import { estimatedKMap, rowsForPeople } from './estimatedKMap.ts'
import { populationUniqueness } from './populationUniqueness.ts'
import { unprofitableAttacks, unprofitableRows } from './profitability.ts'
import { factsOf, tableOf, viewOf } from './testing.ts'

/** P[X ≥ rows], X Poisson, and X Poisson but not 0. */
const tails = (mean: number, rows: number) => {
  let [term, below] = [Math.exp(-mean), 0]
  for (let j = 0; j < rows; j++) {
    below += term
    term *= mean / (j + 1)
  }
  return { Poisson: 1 - below, 'zero-truncated Poisson': (1 - below) / -Math.expm1(-mean) }
}

describe('k-map by an estimate', () => {
  it('k people have as many rows or more as seldom as it says, and one row fewer more often', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        fc.double({ min: 0.001, max: 0.3, noNaN: true }),
        (k, drawn, significance) => {
          for (const estimator of ['Poisson', 'zero-truncated Poisson'] as const) {
            const rows = rowsForPeople(k, drawn, significance, estimator)
            expect(rows).toBeLessThanOrEqual(k)
            if (rows === k) continue
            expect(tails(drawn * k, rows)[estimator]).toBeLessThan(significance + 1e-12)
            const fewest = estimator === 'Poisson' ? rows - 2 : rows - 1
            if (fewest > 0) expect(tails(drawn * k, fewest)[estimator]).toBeGreaterThan(significance - 1e-12)
          }
        },
      ),
    )
  })

  it('asks for two rows of Adult in the USA at k = 3, and for three at k = 1000', () => {
    const adult = 30_162 / regions.USA
    expect(rowsForPeople(3, adult, 0.01, 'zero-truncated Poisson')).toBe(2)
    expect(rowsForPeople(1000, adult, 0.01, 'zero-truncated Poisson')).toBe(3)
    expect(rowsForPeople(3, adult, 0.01, 'Poisson')).toBe(2)
  })

  it('is k-anonymity where nothing may be wrong', () => {
    for (const k of [1, 2, 7, 800]) {
      for (const estimator of ['Poisson', 'zero-truncated Poisson'] as const) {
        for (const drawn of [1, 1e-6]) expect(rowsForPeople(k, drawn, 0, estimator)).toBe(k)
      }
    }
  })

  it('asks for no fewer rows of more people, of a larger share, at less significance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        (k, drawn, significance) => {
          for (const estimator of ['Poisson', 'zero-truncated Poisson'] as const) {
            const rows = rowsForPeople(k, drawn, significance, estimator)
            expect(rowsForPeople(k + 1, drawn, significance, estimator)).toBeGreaterThanOrEqual(rows)
            expect(rowsForPeople(k, drawn * 1.5, significance, estimator)).toBeGreaterThanOrEqual(rows)
            expect(rowsForPeople(k, drawn, significance + 0.1, estimator)).toBeLessThanOrEqual(rows)
          }
        },
      ),
    )
  })

  it('as a model: classes by rows alone, a population that can hold the table', () => {
    const model = estimatedKMap({ k: 1000, population: regions.USA })
    const facts = { ...factsOf([[1]]), rows: 30_162 }
    const passes = model.prepare(facts).classPasses!
    expect([0, 1, 2, 3].map((rows) => passes(viewOf([rows])))).toEqual([true, false, false, true])
    expect(() => estimatedKMap({ k: 3, population: 30_161 }).prepare(facts)).toThrow(
      'the population has 30161 people',
    )
    expect(() => estimatedKMap({ k: 3, population: 1e6, significance: 0.6 })).toThrow(
      'significance is 0.6, and must be a number from 0 to 0.5',
    )
  })
})

describe('population uniqueness', () => {
  const sizes = [...Array.from({ length: 40 }, () => 1), ...Array.from({ length: 30 }, () => 2), 5, 9]
  const passes = (share: number, of: readonly number[], model?: 'Pitman' | 'Zayatz' | 'SNB') =>
    populationUniqueness({ share, population: 2000, model }).prepare(factsOf([[...of]])).tablePasses!(
      tableOf(of),
    )

  it('passes from the estimate on, and every weaker threshold', () => {
    for (const model of [undefined, 'Pitman', 'Zayatz'] as const) {
      let from = 0
      while (from < 1000 && !passes(from / 1000, sizes, model)) from++
      expect(from).toBeGreaterThan(10)
      expect(from).toBeLessThan(1000)
      for (let share = from; share <= 1000; share++) expect(passes(share / 1000, sizes, model)).toBe(true)
    }
  })

  it('no estimate is not 0: a table of rows that are all alone does not pass', () => {
    expect(passes(1, [1, 1, 1, 1])).toBe(false)
    expect(passes(0, [2, 2, 3])).toBe(true)
    expect(passes(0, [])).toBe(true)
  })

  it('is not monotone: two classes as one may break it', () => {
    const at = (of: readonly number[]) =>
      populationUniqueness({ share: 0.38, population: 14, model: 'Zayatz' }).prepare(factsOf([[...of]]))
        .tablePasses!(tableOf(of))
    const model = populationUniqueness({ share: 0.38, population: 14, model: 'Zayatz' })
    expect(model.monotone).toBe(false)
    expect([at([1, 1, 1, 1, 3, 3]), at([1, 1, 1, 1, 6])]).toEqual([true, false])
  })

  it('refuses what is out of range', () => {
    expect(() => populationUniqueness({ share: 2, population: 10 })).toThrow('share is 2')
    expect(() => populationUniqueness({ share: 0.1, population: 10.5 })).toThrow(
      'population is 10.5, and must be a whole number from 1',
    )
    expect(() => populationUniqueness({ share: 0.1, population: 4 }).prepare(factsOf([[5]]))).toThrow(
      'the population has 4 people, and the table 5 rows',
    )
  })
})

describe('no profitable attack', () => {
  it('is what its definition says of every class', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.double({ min: 0.5, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        (gain, cost, rows, others) => {
          // At a quotient that is all but whole, the two roundings differ.
          fc.pre(Math.abs(gain / cost - Math.round(gain / cost)) > 1e-9)
          const facts = factsOf([[rows]], { populationRows: rows + others })
          const pays = (attacker: 'prosecutor' | 'journalist') =>
            unprofitableAttacks({ gain, cost, attacker }).prepare(facts).classPasses!(
              viewOf([rows], rows + others),
            )
          expect(pays('prosecutor')).toBe(gain * (1 / rows) - cost < 0)
          expect(pays('journalist')).toBe(gain * (1 / (rows + others)) - cost < 0)
        },
      ),
    )
  })

  it('an attack that breaks even is one: 300 for 4 asks for 76 rows', () => {
    expect(unprofitableRows(300, 4)).toBe(76)
    expect(unprofitableRows(0, 4)).toBe(1)
    expect(() => unprofitableAttacks({ gain: 300, cost: 0 })).toThrow(
      'cost is 0, and must be a number above 0',
    )
    expect(() =>
      unprofitableAttacks({ gain: 1, cost: 1, attacker: 'journalist' }).prepare(factsOf([[3]])),
    ).toThrow('needs a public table')
  })
})
