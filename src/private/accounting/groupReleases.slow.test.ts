// A person with several rows in DP-SGD: the mixture against sums by hand, and against what must bound it.

import { describe, expect, it } from 'vitest'
import { sampledGroupCurve, sampledGroupLoss } from './groupRelease.ts'
import { deltaOf } from './lossDistribution.ts'
import { gaussianCurve, sampledGaussianCurve } from './renyi.ts'

/** The densities by their definition. */
function laws(sigma: number, q: number, rows: number) {
  const normal = (x: number, j: number) =>
    Math.exp(-0.5 * ((x - j) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI))
  const choose = (j: number): number => (j === 0 ? 1 : (choose(j - 1) * (rows - j + 1)) / j)
  const mixed = (x: number) =>
    Array.from(
      { length: rows + 1 },
      (_, j) => choose(j) * q ** j * (1 - q) ** (rows - j) * normal(x, j),
    ).reduce((a, b) => a + b)
  const sum = (f: (x: number) => number) => {
    let total = 0
    for (let x = -14 * sigma; x < rows + 40 * sigma; x += sigma / 400) total += (f(x) * sigma) / 400
    return total
  }
  return { mixed, none: (x: number) => normal(x, 0), sum }
}

describe('several rows of one person', () => {
  it.each([
    [1, 0.1, 2],
    [0.8, 0.02, 6],
    [2, 0.3, 5],
    [0.5, 0.6, 3],
  ])('σ = %d, q = %d, %i rows: δ by its definition, in both directions', (sigma, q, rows) => {
    const { mixed, none, sum } = laws(sigma, q, rows)
    for (const epsilon of [0.01, 0.3, 1, 2.5]) {
      const there = sum((x) => Math.max(0, mixed(x) - Math.exp(epsilon) * none(x)))
      const back = sum((x) => Math.max(0, none(x) - Math.exp(epsilon) * mixed(x)))
      const delta = deltaOf([{ release: sampledGroupLoss(sigma, q, rows), times: 1 }], epsilon)
      const truth = Math.max(there, back)
      expect(delta).toBeGreaterThan(truth * (1 - 1e-5) - 1e-12)
      expect(delta).toBeLessThan(truth * (1 + 1e-3) + 1e-9)
    }
  })

  it.each([0, 0.7, 2.2, Math.PI])(
    'bounds rows that pull in other directions: two, %d apart, in the plane',
    (angle) => {
      const [sigma, q] = [0.9, 0.3]
      const [c, d] = [Math.cos(angle), Math.sin(angle)]
      const normal = (x: number, y: number) =>
        Math.exp(-(x * x + y * y) / (2 * sigma * sigma)) / (2 * Math.PI * sigma * sigma)
      const step = 0.02
      for (const epsilon of [0.05, 0.5, 1.5]) {
        let [there, back] = [0, 0]
        for (let x = -6; x < 8; x += step)
          for (let y = -6; y < 7; y += step) {
            const none = normal(x, y)
            const mixed =
              (1 - q) ** 2 * none +
              q * (1 - q) * (normal(x - 1, y) + normal(x - c, y - d)) +
              q * q * normal(x - 1 - c, y - d)
            there += Math.max(0, mixed - Math.exp(epsilon) * none) * step * step
            back += Math.max(0, none - Math.exp(epsilon) * mixed) * step * step
          }
        const bound = deltaOf([{ release: sampledGroupLoss(sigma, q, 2), times: 1 }], epsilon)
        expect(Math.max(there, back)).toBeLessThanOrEqual(bound * (1 + 1e-4))
        if (angle > 0.5) expect(Math.max(there, back)).toBeLessThan(bound)
      }
    },
  )

  it.each([
    [1, 0.1, 2, 4],
    [0.8, 0.02, 6, 2.5],
    [2, 0.3, 5, 9],
    [10, 0.004, 3, 30],
  ])('Rényi, σ = %d, q = %d, %i rows, α = %d: by its definition', (sigma, q, rows, order) => {
    const { mixed, none, sum } = laws(sigma, q, rows)
    const power = (p: number, q: number) =>
      p === 0 || q === 0 ? 0 : Math.exp(order * Math.log(p) + (1 - order) * Math.log(q))
    const there = Math.log(sum((x) => power(mixed(x), none(x)))) / (order - 1)
    const back = Math.log(sum((x) => power(none(x), mixed(x)))) / (order - 1)
    const truth = Math.max(there, back)
    const curve = sampledGroupCurve(sigma, q, rows)(order)
    expect(curve).toBeGreaterThan(truth * (1 - 1e-9) - 1e-12)
    expect(curve).toBeLessThan(truth * (1 + 1e-5) + 1e-12)
    expect(curve).toBeLessThanOrEqual(gaussianCurve(sigma / rows)(order))
    expect(sampledGroupCurve(sigma, q, 1)(order) / sampledGaussianCurve(sigma, q, 1)(order)).toBeCloseTo(1, 4)
  })
})
