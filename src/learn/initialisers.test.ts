import { describe, expect, it } from 'vitest'
import { shuffle, upTo } from '../random/order.ts'
import { seededStream } from '../random/seeded.ts'
import { type Initialiser, initialise } from './initialisers.ts'

const fans = { in: 60, out: 20 }
const shape = [200, 100]

describe('spread', () => {
  const variances: [Initialiser, number][] = [
    ['glorotUniform', 2 / 80],
    ['glorotNormal', 2 / 80],
    ['heUniform', 2 / 60],
    ['heNormal', 2 / 60],
    ['lecunUniform', 1 / 60],
    ['lecunNormal', 1 / 60],
  ]
  for (const [kind, variance] of variances) {
    it(`${kind}: mean 0, the variance of its definition, and its limits`, () => {
      const values = initialise(kind, shape, fans, seededStream(1, kind))
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length
      const spread = values.reduce((sum, v) => sum + v * v, 0) / values.length
      // Five standard errors of a mean and of a variance of 20,000 draws.
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(variance / values.length))
      expect(Math.abs(spread / variance - 1)).toBeLessThan(0.05)
      const limit = kind.endsWith('Uniform') ? Math.sqrt(3 * variance) : (2 * Math.sqrt(variance)) / 0.8796
      expect(values.reduce((top, v) => Math.max(top, Math.abs(v)), 0)).toBeLessThanOrEqual(limit)
      expect(values.reduce((top, v) => Math.max(top, Math.abs(v)), 0)).toBeGreaterThan(0.9 * limit)
    })
  }
})

it('orthogonal rows, or columns of a tall matrix', () => {
  for (const [rows, columns] of [
    [4, 9],
    [9, 4],
  ] as const) {
    const m = initialise('orthogonal', [rows, columns], fans, seededStream(2, 'orthogonal'))
    const n = Math.min(rows, columns)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let dot = 0
        for (let l = 0; l < Math.max(rows, columns); l++) {
          const at = (k: number) => (rows <= columns ? m[k * columns + l] : m[l * columns + k]) as number
          dot += at(i) * at(j)
        }
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 12)
      }
    }
  }
})

it('zeros, ones, and the open forget gate', () => {
  const make = (kind: Initialiser) => [...initialise(kind, [8], fans, seededStream(1, kind))]
  expect(make('zeros')).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect(make('ones')).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
  expect(make('unitForgetBias')).toEqual([0, 0, 1, 1, 0, 0, 0, 0])
  expect(() => make('glorot' as Initialiser)).toThrow("'glorot' is not an initialiser")
})

describe('streams', () => {
  it('differ by seed, use and index, and repeat', () => {
    const first = (s: number, use: string, index?: number) => seededStream(s, use, index).uniform()
    expect(first(1, 'a')).toBe(first(1, 'a'))
    const others = [first(2, 'a'), first(1, 'b'), first(1, 'a', 1), first(0.5, 'a')]
    expect(new Set([first(1, 'a'), ...others]).size).toBe(5)
  })

  it('shuffles reach every order equally often', () => {
    const counts = new Map<string, number>()
    const source = seededStream(3, 'orders')
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(upTo(3), source).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // Chi-squared with 5 degrees of freedom: above 25.7 once in 10,000 seeds.
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(25.7)
  })
})
