import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { dryRun, rateThatHolds, requireHeld } from './dryRun.ts'
import { planLogistic, planNetwork } from './modelPlan.ts'
import { firstWeights } from './plainTraining.ts'

/** Columns that say nearly the same, a constant behind them, and whether what they share is positive. */
function correlated(columns: number, rows: number) {
  const source = seededRandom(4)
  const x: number[] = []
  const labels = Uint8Array.from({ length: rows }, () => {
    const common = source.normal()
    for (let f = 0; f < columns; f++) x.push(0.9 * common + 0.44 * source.normal())
    x.push(1)
    return common + 0.5 * source.normal() > 0 ? 1 : 0
  })
  return { x: Float32Array.from(x), labels }
}

const rows = 300
const planned = (columns: number, learningRate: number) =>
  planLogistic({ rows, features: columns + 1, learningRate })

describe('a dry run', () => {
  it.each([1, 2, 30, 60])(
    'finds a rate for %s columns that holds and learns, and of twice it does not',
    (columns) => {
      const data = correlated(columns, rows)
      const plan = planned(columns, 1)
      const first = firstWeights(plan, 0)
      const { plan: found, run } = rateThatHolds(plan, data, first, 20, 1)
      expect(run).toMatchObject({ holds: true, learns: true, left: null })
      expect(run.largest).toBeLessThanOrEqual(8)
      expect(Number.isInteger(Math.log2(found.learningRate))).toBe(true)
      if (found.learningRate === 1) return
      const twice = dryRun({ ...plan, learningRate: 2 * found.learningRate }, data, first, 20)
      expect(twice.holds && twice.learns).toBe(false)
      expect(twice.left!.largest).toBeGreaterThan(8)
    },
  )

  it('says which number grew, when, to what, and a rate that holds', () => {
    const data = correlated(30, rows)
    const plan = planned(30, 1)
    const first = firstWeights(plan, 0)
    const refusal = () => requireHeld(plan, data, first, 20)
    expect(refusal).toThrow(
      /leave the range at a learning rate of 1: z reaches \d+\.\d at step 2, and the sigmoid’s polynomial holds to 8; weights reach \S+, and 128 is held/,
    )
    try {
      refusal()
      expect.unreachable()
    } catch (error) {
      const [, rate] = /^Take a rate of (\S+), which holds\.$/.exec((error as { hint: string }).hint)!
      expect(requireHeld(planned(30, Number(rate)), data, first, 20)).toMatchObject({ learns: true })
    }
  })

  it('lets a given rate go beyond the polynomial’s range while weights are held, and says so', () => {
    const data = correlated(30, rows)
    const first = firstWeights(planned(30, 1), 0)
    const beyond = [0.3, 0.25, 0.2, 0.15, 0.125, 0.1, 0.0625]
      .map((rate) => dryRun(planned(30, rate), data, first, 20))
      .find((run) => run.holds && run.largest > 8)
    expect(beyond).toMatchObject({ holds: true, learns: false })
    expect(beyond!.left!.largest).toBeGreaterThan(8)
  })

  it('refuses a rate that is lost in rounding', () => {
    const data = correlated(2, rows)
    const first = firstWeights(planned(2, 1), 0)
    expect(() => requireHeld(planned(2, 1e-7), data, first, 2)).toThrow(/1e-7 is lost in rounding/)
    expect(requireHeld(planned(2, 1e-6), data, first, 2).holds).toBe(true)
  })

  it('finds a rate of a network whose errors do not grow', () => {
    const data = correlated(30, rows)
    const plan = planNetwork({ rows, features: 31, learningRate: 0.4 })
    const first = firstWeights(plan, 0)
    expect(() => requireHeld({ ...plan, learningRate: 9 }, data, first, 20)).toThrow(
      /a hidden unit reaches \S+ at step \d+, and answers its square/,
    )
    const { run } = rateThatHolds(plan, data, first, 20, plan.learningRate)
    expect(run).toMatchObject({ holds: true, learns: true })
    expect(run.largestWeight).toBeLessThan(128)
  })

  it('refuses rows for which no rate holds: numbers that are none, or beyond all floats', () => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
      const data = correlated(2, rows)
      data.x[7] = odd
      const plan = planned(2, 1)
      const first = firstWeights(plan, 0)
      expect(() => rateThatHolds(plan, data, first, 20, 1)).toThrow(/no learning rate from 1 down/)
      expect(() => requireHeld(plan, data, first, 20)).toThrow(/leave the range/)
    }
  })
})
