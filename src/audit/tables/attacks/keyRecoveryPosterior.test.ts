import { describe, expect, it } from 'vitest'
import { rowPosterior } from './keyRecoveryPosterior.ts'

/** Three outputs of two features, linear: y = A x, for two rows. */
const a = [1, 2, -1, 0.5, 3, -2]
const shape = { features: 2, outputs: 3 }
const rows = 2
const outcome = (x: Float64Array) => ({
  values: Float64Array.from({ length: rows * 3 }, (_, t) => {
    const [r, o] = [Math.floor(t / 3), t % 3]
    return a[2 * o]! * x[2 * r]! + a[2 * o + 1]! * x[2 * r + 1]!
  }),
  slopes: Float64Array.from([...a, ...a]),
})
const targets = Float64Array.of(0.3, -0.2, 0.5, 1, 0, -1)
const prior = { mean: Float64Array.of(0.1, -0.3), precision: Float64Array.of(2, 0.5, 0.5, 1) }
const start = Float64Array.of(0.9, -0.8, 0, 0)

describe('the posterior of a row', () => {
  it('is at its most where one undamped step leads, when the layers are linear', () => {
    const { costOf, move } = rowPosterior(shape, targets, { error: 0.25, prior, bound: 10 })
    const best = start.slice()
    for (let r = 0; r < rows; r++) move(r, start, outcome(start), 0, best)
    const cost = costOf(best, outcome(best).values, 1)
    for (const [i, off] of [
      [2, 1e-3],
      [2, -1e-3],
      [3, 1e-3],
      [3, -1e-3],
    ] as const) {
      const near = best.slice()
      near[i] = near[i]! + off
      expect(costOf(near, outcome(near).values, 1)).toBeGreaterThan(cost)
    }
    // It stands still there.
    const again = best.slice()
    move(0, best, outcome(best), 0, again)
    for (let i = 0; i < 2; i++) expect(again[i]).toBeCloseTo(best[i]!, 12)
  })

  it('is the misfit alone where errors are none, and the prior where nothing is told', () => {
    const exact = rowPosterior(shape, targets, { error: 0, prior, bound: 10 })
    const { values } = outcome(start)
    const misfit = [0, 1, 2].reduce((sum, o) => sum + (values[o]! - targets[o]!) ** 2, 0)
    expect(exact.costOf(start, values, 0)).toBeCloseTo(misfit, 12)
    const blind = rowPosterior(shape, targets, { error: 4, prior, bound: 10 })
    // 0.8 and -0.5 off the mean: 2 · 0.64 + 2 · 0.5 · 0.8 · (-0.5) + 0.25 = 1.13.
    expect(blind.costOf(start, targets, 0)).toBeCloseTo(4 * 1.13, 12)
  })

  it('takes shorter steps the more it is damped, and stays within the bound', () => {
    const { move, within } = rowPosterior(shape, targets, { error: 0.25, prior, bound: 0.85 })
    const lengths = [0, 1, 100].map((damping) => {
      const to = start.slice()
      move(0, start, outcome(start), damping, to)
      for (const v of to) expect(Math.abs(v)).toBeLessThanOrEqual(0.9)
      return Math.hypot(to[0]! - start[0]!, to[1]! - start[1]!)
    })
    expect(lengths[0]).toBeGreaterThan(lengths[1]!)
    expect(lengths[1]).toBeGreaterThan(lengths[2]!)
    expect([within(2), within(-2), within(0.5)]).toEqual([0.85, -0.85, 0.5])
  })
})
