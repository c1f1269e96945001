import { describe, expect, it } from 'vitest'
import { layered } from '../../src/protect/index.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import { columnsOfChoice, salesChoices } from './carSales.ts'
import { growthOf } from './growth.ts'

const columns = columnsOfChoice(salesChoices[0]).map((column) => column.subarray(0, 21))

describe('growth of exponential layers', () => {
  it('is that of the layers which protect', () => {
    const [first, second] = growthOf(columns, { depth: 2, keys: 1, seed: 3 })
    for (const growth of [first!, second!]) {
      const options = {
        layers: growth.layers,
        activation: 'exp',
        matrix: 'glorot',
        columnOrder: false,
      } as const
      const hidden = layered.fit(columns, { ...options, secret: seededSecret(3, 'growth') }).protect(columns)
      const largest = Math.max(...hidden.map((column) => Math.max(...column)))
      expect(growth.largest).toBeCloseTo(largest, 9)
    }
  })

  it('overflows float32 before float64, and sooner from wider scales', () => {
    const all = growthOf(columns, { depth: 5, keys: 40, seed: 0 })
    const of = (scaling: string) => all.filter((g) => g.scaling === scaling)
    for (const g of all) expect(g.float32).toBeLessThanOrEqual(g.float64)
    const narrow = of('-0.5 to 0.5')
    const wide = of('mean 0, deviation 1')
    expect(narrow.map((g) => g.float32).slice(0, 3)).toEqual([1, 1, 1])
    expect(narrow[4]!.float32).toBeLessThan(0.6)
    expect(wide[1]!.float32).toBe(1)
    expect(wide[2]!.float32).toBeLessThan(0.4)
    expect(wide[2]!.largest).toBeNull()
  })
})
