import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../random/source.ts'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import { createLedger } from '../ledger/ledger.ts'
import { drawDiscreteGaussian } from '../mechanisms/exactRandom.ts'
import { rational, roundedUp } from '../mechanisms/rational.ts'
import { noiseBudget } from './budget.ts'
import { couldBe, halfWidth, reachOf, wholeHalfWidth } from './errorBars.ts'
import { explainQuery, prepareQuery, privateQuery } from './index.ts'
import { privateThreshold } from './keys.ts'
import { noiseOf, type Release, squaredSensitivityOf } from './release.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-gaussian-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'people.csv')
const kinds = ['big', 'small', 'few']
writeFileSync(
  path,
  `who,k,x\n${Array.from({ length: 600 }, (_, i) => `${i % 200},${kinds[i < 540 ? 0 : i < 592 ? 1 : 2]},${(i * 37) % 101}\n`).join('')}`,
)
const gaussian = { noise: 'gaussian' as const, delta: 1e-6 }
const bounds = { x: { lower: 0, upper: 120 } }
const steps = 100n
const values = [{ sql: 'x', label: 'x', whole: true, grid: { exponent: 0, low: 0n, steps } }]
const moments = (degree: 0 | 1 | 2, rho = rational(1n, 100n)): Release => ({
  kind: 'moments',
  values: 0,
  degree,
  missing: true,
  rho,
})

describe('Gaussian noise', () => {
  it('has σ² = G (R M)² / 2ρ, for ρ that ε and δ allow', () => {
    const perUnit = { rows: 3, groups: 5 }
    expect(squaredSensitivityOf(moments(2), values, perUnit)).toBe(5n * (3n * steps ** 2n) ** 2n)
    expect(noiseOf(moments(1), values, perUnit)).toEqual({
      law: 'gaussian',
      variance: rational(5n * (3n * steps) ** 2n * 50n),
    })
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        fc.constantFrom(1e-4, 1e-6, 1e-9),
        fc.boolean(),
        (epsilon, delta, keys) => {
          const budget = noiseBudget(
            { epsilon, delta, noise: 'gaussian' },
            { keys: keys ? 'k' : undefined, quantiles: false, boundsShare: undefined },
          )
          const forNoise = delta - budget.deltaOfKeys
          expect(forNoise).toBe(keys ? delta / 2 : delta)
          expect(zcdpToEpsilon(budget.rho!, forNoise)).toBeLessThanOrEqual(epsilon)
          expect(zcdpToEpsilon(budget.rho! * (1 + 1e-6), forNoise)).toBeGreaterThan(epsilon)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('is what is drawn: the variance of draws, on every cell', async () => {
    const query = await prepareQuery(path, 'SELECT COUNT(*) FROM data', { epsilon: 1, ...gaussian })
    const draws = Array.from({ length: 4000 }, () => query.draw()[0]!.answers[0]!.value - 600)
    const noise = noiseOf(query.plan.releases[0]!, query.plan.values, query.plan.perUnit)
    const variance = noise.law === 'gaussian' ? roundedUp(noise.variance) : Number.NaN
    const found = draws.reduce((sum, x) => sum + x * x, 0) / draws.length
    // Five standard deviations of a sum of squares: √(2 / 4000) each.
    expect(Math.abs(found / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length))
  })

  it('is smaller than Laplace noise where a person is in many groups, and larger for one count', async () => {
    const widthOf = async (groupsPerUnit: number, noise: 'laplace' | 'gaussian') => {
      const { releases, rules } = await explainQuery(path, 'SELECT k, COUNT(*) FROM data GROUP BY k', {
        epsilon: 0.5,
        delta: 1e-6,
        unit: 'who',
        groupsPerUnit,
        noise,
      })
      // A dry run says so, with how much.
      expect(/Gaussian noise would have 0\.4\d+ of the standard/.test(rules.join())).toBe(
        groupsPerUnit === 50 && noise === 'laplace',
      )
      return Number(/± (\d+)/.exec(releases[0]!.error)![1])
    }
    expect(await widthOf(1, 'gaussian')).toBeGreaterThan(await widthOf(1, 'laplace'))
    expect(await widthOf(50, 'gaussian')).toBeLessThan((await widthOf(50, 'laplace')) / 2)
  })

  it('has no part in a query with Laplace noise where there is none of that ε and δ', async () => {
    const sql = 'SELECT k, COUNT(*) FROM data GROUP BY k'
    const small = { epsilon: 1e-7, delta: 1e-12, unit: 'who' }
    await expect(explainQuery(path, sql, { ...small, noise: 'gaussian' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/no Gaussian noise has ε = 1e-7/),
    })
    expect((await privateQuery(path, sql, small)).groups).toHaveLength(0)
  })

  it('has bars that hold at their rate, in large and in small groups', async () => {
    const sql =
      'SELECT k, COUNT(*), COUNT(x) AS c, SUM(x), AVG(x), VAR_POP(x), STDDEV(x), COUNT(DISTINCT x) AS d FROM data GROUP BY k'
    const asked = {
      bounds,
      keys: { k: [...kinds, 'none'] },
      level: 0.9,
      unit: 'who',
      rowsPerUnit: 3,
      groupsPerUnit: 3,
    }
    const truth = (await prepareQuery(path, sql, { epsilon: 1e9, ...asked })).draw()
    const query = await prepareQuery(path, sql, { epsilon: 8, ...gaussian, ...asked })
    const draws = 120
    const held = truth.map(({ answers }) => answers.map(() => 0))
    for (let i = 0; i < draws; i++)
      for (const [g, { answers }] of query.draw().entries())
        for (const [j, { value: own, low, high }] of answers.entries()) {
          const { value } = truth[g]!.answers[j]!
          expect([own, low, high].every(Number.isFinite)).toBe(true)
          if (low <= value + 1e-5 && value - 1e-5 <= high) held[g]![j]!++
        }
    // Five standard deviations; a group that is empty has no mean and no variance.
    for (const counts of held.slice(0, 3))
      for (const count of counts) expect(count / draws).toBeGreaterThan(0.9 - 5 * Math.sqrt(0.09 / draws))
  })

  it('has bars of any weights, and of one integer, from above and not far', () => {
    const draws = 3000
    for (const [weights, variance] of [
      [[1], 0.2],
      [[1], 30],
      [[1, -1], 16],
      [[0.3, 0.7], 0.6],
      [[0.25, -0.1, 0.6], 150],
      [[1, 1, 1], 9],
    ] as const) {
      const exact = rational(BigInt(Math.round(variance * 10)), 10n)
      const reach = reachOf({ law: 'gaussian', variance: exact }, 1)
      const h = weights.length === 1 ? wholeHalfWidth(reach, 0.9) : halfWidth(weights, reach, 1, 0.9)
      let held = 0
      for (let i = 0; i < draws; i++) {
        const sum = weights.reduce((x, w) => x + w * Number(drawDiscreteGaussian(exact, systemRandom)), 0)
        if (Math.abs(sum) <= h) held++
        if (i < 50 && weights.length > 1)
          expect(couldBe(sum, weights, reach, 1, 0.9)).toBe(Math.abs(sum) <= h)
      }
      expect(held / draws, `${weights}`).toBeGreaterThan(0.9 - 5 * Math.sqrt(0.09 / draws))
      if (variance > 100) expect(held / draws).toBeLessThan(0.94)
    }
  })

  it('keeps a unit alone in its groups from being told', () => {
    const perUnit = { rows: 2, groups: 3 }
    const delta = 0.3
    const release = moments(1, rational(1n))
    const least = privateThreshold(release, values, perUnit, delta)
    const noise = noiseOf(release, values, perUnit)
    const variance = noise.law === 'gaussian' ? noise.variance : rational(0n)
    const draws = 20_000
    let told = 0
    for (let i = 0; i < draws; i++) {
      let count = 2n * steps
      for (let cell = 0; cell < 3; cell++) count += drawDiscreteGaussian(variance, systemRandom)
      if (count >= BigInt(least) * steps) told++
    }
    expect(told / draws).toBeLessThan(delta / 3 + 5 * Math.sqrt(0.09 / draws))
    expect(told / draws).toBeGreaterThan((delta / 3) * 0.6)
  })

  it.each(['sum', 'renyi', 'fixed'] as const)(
    'is priced by ρ in a ledger of kind %s, and never above what was asked for',
    async (composition) => {
      const ledger = await createLedger(join(folder, `${composition}.ledger`), {
        dataset: 'people',
        unit: 'who',
        epsilon: 1,
        delta: 1e-6,
        composition,
      })
      const asked = {
        epsilon: 0.5,
        delta: 5e-7,
        noise: 'gaussian',
        unit: 'who',
        groupsPerUnit: 3,
        ledger,
      } as const
      const sql = 'SELECT k, COUNT(*), COUNT(DISTINCT x) AS d FROM data GROUP BY k'
      const first = await privateQuery(path, sql, { ...asked, keys: { k: kinds } })
      expect(first).toMatchObject({ epsilon: 0.5, delta: 5e-7 })
      const second = await privateQuery(path, sql, asked)
      const [one, two] = ledger.entries()
      expect(one!.losses).toEqual([{ kind: 'concentrated', rho: expect.any(Number) }])
      expect(two!.losses).toEqual([
        { kind: 'concentrated', rho: expect.any(Number) },
        { kind: 'priced', epsilon: 0, delta: 2.5e-7 },
      ])
      expect(first.releases.map(({ rho = 0 }) => rho).reduce((a, b) => a + b)).toBeCloseTo(
        (one!.losses[0] as { rho: number }).rho,
        12,
      )
      expect(second.ledger!.left.epsilon).toBeGreaterThanOrEqual(0)
      // Where divergences add up, two of them leave room for a third; where prices do, they do not.
      const third = privateQuery(path, sql, { ...asked, epsilon: 0.1, delta: 1e-7, keys: { k: kinds } })
      if (composition === 'sum') await expect(third).rejects.toMatchObject({ code: 'policy' })
      else await third
      ledger.close()
    },
  )
})
