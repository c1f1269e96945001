// What an adversary can tell of one row from all that a synthesis releases: below the claim, and above it where noise is halved.
// Source: the best test there is against Gaussian noise (Neyman and Pearson): the likelihood ratio of all noisy counts together.
// A bound below the claim proves nothing; the planted fault shows that it would have been seen.

import { describe, expect, it } from 'vitest'
import type { RandomSource } from '../../random/source.ts'
import { hitInterval } from '../../statistics/binomial.ts'
import { type Account, openAccount, rhoFor, type SynthesisRelease } from './account.ts'
import { adaptiveModel } from './adaptive.ts'
import type { CodedRows } from './counts.ts'
import { seededSource } from './testing.ts'
import { treeModel } from './tree.ts'

const naming = { names: ['a', 'b', 'c'], ordered: [false, false, false] }
// A large δ: there an honest price lies nearest to what noise gives away, so that a halved one is beyond it.
const [epsilon, delta] = [1, 0.2]
const runs = 1000

/** Many of each kind, and the canary: one more of the last kind, whose cell is the last of every table. */
function rowsWith(canary: number): CodedRows {
  const rows = 480 + canary
  const code = (row: number, column: number) => (row >= 480 ? 1 : (row >> column) & 1)
  return {
    sizes: [2, 2, 2],
    codes: [0, 1, 2].map((column) => Int32Array.from({ length: rows }, (_, row) => code(row, column))),
  }
}

/**
 * An account of which counts have noise of `factor` times what they should: methods are told of what they were told.
 * @param note gets of each table how far its last count lies from what it is without the canary, and the noise's variance
 */
function watched(
  { rho, factor, canary, random }: { rho: number; factor: number; canary: number; random: RandomSource },
  note: (off: number, variance: number) => void,
): Account {
  // Half of the noise costs four times as much.
  const behind = openAccount(rho * 5, random)
  const told = ({ rho, sigma }: SynthesisRelease) => (sigma === undefined ? rho : rho * factor ** 2)
  return {
    ...behind,
    left: () => rho - behind.releases.reduce((sum, release) => sum + told(release), 0),
    noisy(what, counts, sigma) {
      const noisy = behind.noisy(what, counts, sigma * factor)
      note(noisy.at(-1)! - (counts.at(-1)! - canary), (sigma * factor) ** 2)
      return noisy
    },
  }
}

/**
 * In how many runs the likelihood ratio says that the canary was there. Over its spread it is standard normal without the canary;
 * the threshold was named before any run.
 */
async function found(method: 'tree' | 'adaptive', canary: number, factor: number): Promise<number> {
  const rows = rowsWith(canary)
  let hits = 0
  for (let run = 0; run < runs; run++) {
    let [sum, information] = [0, 0]
    const random = seededSource(2 * run + canary + (factor < 1 ? 1e6 : 0))
    const account = watched({ rho: rhoFor(epsilon, delta), factor, canary, random }, (off, variance) => {
      sum += off / variance
      information += 1 / variance
    })
    if (method === 'tree') await treeModel(rows, account, naming, { rounds: 3 })
    else await adaptiveModel(rows, account, naming, { cells: 100 })
    if (sum / Math.sqrt(information) > 1.3) hits++
  }
  return hits
}

/** A lower bound on ε at δ, wrong twice in a thousand at most. */
async function bound(method: 'tree' | 'adaptive', factor: number): Promise<number> {
  const [hit] = hitInterval(await found(method, 1, factor), runs, 1e-3)
  const [, miss] = hitInterval(await found(method, 0, factor), runs, 1e-3)
  return Math.log(Math.max(hit - delta, 1e-9) / miss)
}

describe.each(['tree', 'adaptive'] as const)('one row, by all noisy counts of the %s method', (method) => {
  it('is told no better than claimed, and better with half of the noise', async () => {
    const [claimed, halved] = [await bound(method, 1), await bound(method, 0.5)]
    console.log(
      `${method}: ε ≥ ${claimed.toFixed(2)}, with half of the noise ${halved.toFixed(2)}; claimed ${epsilon}`,
    )
    expect(claimed).toBeLessThan(epsilon)
    expect(halved).toBeGreaterThan(epsilon)
  })
})
