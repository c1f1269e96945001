// What can be told of one row from all that clustering releases: below the claim, and above it where noise is halved.
// Source: the best test there is against Gaussian noise (Neyman and Pearson): the likelihood ratio of all releases together.
// A bound below the claim proves nothing; the planted fault shows that it would have been seen.

import { expect, it } from 'vitest'
import { hitInterval } from '../../../statistics/binomial.ts'
import { epsilonOf } from '../../accounting/lossDistribution.ts'
import { gaussianLoss } from '../../accounting/release.ts'
import { seededSource } from '../testing.ts'
import { drawFeatures, grid, wholeFeatures } from './fourierFeatures.ts'
import { lloyd } from './lloyd.ts'
import { noisyWhole } from './noisyWhole.ts'

const runs = 1500
const rounds = 4
const noise = 3
// A large δ: there an honest price lies nearest to what noise gives away, so that a halved one is beyond it.
const delta = 0.1

const features = drawFeatures({ columns: 3, count: 6, bandwidth: 1 }, seededSource(1))
const { width } = features
const canary = wholeFeatures(features, Float32Array.of(0.1, 0.9, 0.4))

const length = Math.hypot(...canary)

/** In how many runs the likelihood ratio says that the canary was there, by a threshold that was named before any run. */
function found(isThere: boolean, factor: number): number {
  const rows = isThere ? canary : new Int16Array(0)
  let hits = 0
  for (let run = 0; run < runs; run++) {
    const random = seededSource(4 * run + 2 * Number(isThere) + Number(factor < 1))
    const release = noisyWhole(noise * factor, grid.longest, random)
    let product = 0
    lloyd(rows, { clusters: 1, rounds, least: 1, noise, width, random }, (sums) => {
      const noisy = release(sums)
      for (let i = 0; i < width; i++) product += noisy[i]! * canary[i]!
      return noisy
    })
    // Standard normal without the canary.
    if (product / (length * grid.longest * noise * factor * Math.sqrt(rounds + 1)) > 1) hits++
  }
  return hits
}

/** A lower bound on ε at δ, wrong twice in a thousand at most. */
function bound(factor: number): number {
  const [hit] = hitInterval(found(true, factor), runs, 1e-3)
  const [, miss] = hitInterval(found(false, factor), runs, 1e-3)
  return Math.log(Math.max(hit - delta, 1e-9) / miss)
}

it('one row is told no better than claimed, and better with half of the noise', () => {
  const claimed = epsilonOf([{ release: gaussianLoss(noise), times: rounds + 1 }], delta)
  const [honest, halved] = [bound(1), bound(0.5)]
  console.log(
    `ε ≥ ${honest.toFixed(2)}, with half of the noise ${halved.toFixed(2)}; claimed ${claimed.toFixed(2)}`,
  )
  expect(honest).toBeLessThan(claimed)
  expect(halved).toBeGreaterThan(claimed)
})
