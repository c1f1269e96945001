// What a mixture costs, by the accountant and by a ledger; whether clusters have places enough, and who stands at them.
// Source: PROOF.md, sections 4 and 5.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../../graph/index.ts'
import { epsilonOf } from '../../accounting/lossDistribution.ts'
import { logErfc } from '../../accounting/normal.ts'
import { gaussianLoss, pricedLoss, sampledGaussianLoss } from '../../accounting/release.ts'
import { createLedger } from '../../ledger/ledger.ts'
import { seededSource } from '../testing.ts'
import { clusteredGenerator } from './clusteredGenerator.ts'
import { mixturePrice } from './mixturePrice.ts'
import { capacityOf, placed } from './places.ts'

const wish = { epsilon: 2, delta: 1e-6, clusters: 8, rounds: 5, share: 0.05, per: 10, epochs: 6 }

describe('the price', () => {
  it.each([1, 8])('of %s clusters is what was asked for, and the accountant’s', (clusters) => {
    const price = mixturePrice({ ...wish, clusters })
    expect(price.epsilon).toBeLessThanOrEqual(wish.epsilon)
    expect(price.epsilon).toBeGreaterThan(0.995 * wish.epsilon)
    expect(price.clusterReleases).toBe(clusters === 1 ? 1 : wish.rounds + 2)
    const all = epsilonOf(
      [
        { release: gaussianLoss(price.clusterNoise), times: price.clusterReleases },
        { release: sampledGaussianLoss(price.noiseMultiplier, 1 / wish.per), times: wish.per * wish.epochs },
        { release: pricedLoss(0, wish.delta / 100), times: 1 },
      ],
      wish.delta,
    )
    expect(all).toBeCloseTo(price.epsilon, 9)
  })

  it('takes the clustering’s share as it is stated, of one over the square of noise', () => {
    const price = mixturePrice(wish)
    const alone = epsilonOf(
      [{ release: gaussianLoss(price.clusterNoise), times: price.clusterReleases }],
      wish.delta,
    )
    const whole = epsilonOf(
      [{ release: gaussianLoss(price.clusterNoise * Math.sqrt(wish.share)), times: price.clusterReleases }],
      wish.delta,
    )
    expect(alone).toBeLessThan(0.3 * wish.epsilon)
    expect(whole).toBeCloseTo(wish.epsilon, 2)
  })

  it('is a ledger’s, which is asked before a row is looked at', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mixture-'))
    try {
      const ledger = await createLedger(join(folder, 'rows.ledger'), {
        dataset: 'rows',
        unit: 'row',
        epsilon: 2.5,
        delta: 1e-6,
        composition: 'fixed',
      })
      const rows = tensor(new Float32Array(12), [4, 3])
      const recipe = { epochs: 1, rounds: 1, hidden: 2, latent: 2, frequencies: 4 }
      const options = { epsilon: 2, delta: 1e-6, clusters: 2, ledger, recipe }
      const { spent } = await clusteredGenerator(rows, options)
      expect(ledger.state().spent.epsilon).toBeCloseTo(spent.epsilon, 3)
      const looked = {
        ...rows,
        get data(): never {
          throw new TypeError('rows were looked at')
        },
      }
      await expect(clusteredGenerator(looked, options)).rejects.toMatchObject({ code: 'policy' })
      ledger.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('places', () => {
  it('suffice, but for a two-hundredth of δ on both sides', () => {
    for (const epsilon of [0.5, 2, 8]) {
      const { margin, clusterNoise } = mixturePrice({ ...wish, epsilon })
      const chance = Math.exp(logErfc((margin - 1) / clusterNoise / Math.SQRT2)) / 2
      expect((1 + Math.exp(epsilon)) * chance).toBeLessThan(wish.delta / 200)
      expect((1 + Math.exp(epsilon)) * chance).toBeGreaterThan(wish.delta / 2e4)
    }
  })

  it('are a whole multiple, so that every cluster is sampled at one rate, as often', () => {
    for (const rows of [-80, 0, 0.4, 12, 977.3]) {
      const places = capacityOf(rows, 20, 7)
      expect(places % 7).toBe(0)
      expect(places).toBeGreaterThan(0)
      expect(places).toBeGreaterThanOrEqual(rows + 20)
      expect(places).toBeLessThan(Math.max(rows + 27, 8))
      expect(places / 7 / places).toBe(1 / 7)
    }
  })

  it('hold every row once, and leave out no more than need be', () => {
    const random = seededSource(2)
    const rows = Int32Array.of(4, 9, 1)
    expect(Array.from(placed(rows, 5, random)).sort()).toEqual([-1, -1, 1, 4, 9])
    const few = placed(rows, 2, random)
    expect(new Set(few).size).toBe(2)
    expect(Array.from(few).every((row) => rows.includes(row))).toBe(true)
  })

  it('tell of a row nothing about another: where two stand is the same law with a third and without', () => {
    const random = seededSource(4)
    const law = (rows: Int32Array) => {
      const counts = new Map<string, number>()
      for (let run = 0; run < 24_000; run++) {
        const places = placed(rows, 4, random)
        const key = `${places.indexOf(7)} ${places.indexOf(8)}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return counts
    }
    for (const counts of [law(Int32Array.of(7, 8)), law(Int32Array.of(7, 8, 9))]) {
      expect(counts.size).toBe(12)
      // 2,000 expected of each; five standard deviations.
      for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000))
    }
  })
})
