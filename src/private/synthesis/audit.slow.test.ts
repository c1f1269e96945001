// What an adversary can tell of one row from all that a synthesis releases: below the claim, and above it where noise is halved.
// Source: the best test there is against Gaussian noise (Neyman and Pearson): the likelihood ratio of all noisy counts together.
// A bound below the claim proves nothing; the planted fault shows that it would have been seen.

import { describe, expect, it } from 'vitest'
import { hitInterval } from '../../statistics/binomial.ts'
import { type Account, openAccount, rhoFor } from './account.ts'
import { adaptiveModel } from './adaptive.ts'
import type { CodedRows } from './counts.ts'
import { seededSource } from './testing.ts'
import { treeModel } from './tree.ts'

const naming = { names: ['a', 'b', 'c'], ordered: [false, false, false] }
// A large δ: there an honest price lies nearest to what noise gives away, so that a halved one is beyond it.
const [epsilon, delta] = [1, 0.2]
const runs = 1400

/** Many of each kind, and the canary: one more of the last kind, whose cell is the last of every table. */
function rowsWith(canary: number): CodedRows {
  const rows = 480 + canary
  const code = (row: number, column: number) => (row >= 480 ? 1 : (row >> column) & 1)
  return {
    sizes: [2, 2, 2],
    codes: [0, 1, 2].map((column) => Int32Array.from({ length: rows }, (_, row) => code(row, column))),
  }
}

/** An account that hands on to another, with its noise times a factor; it notes each last count over its variance. */
function watched(account: Account, factor: number, note: (likelihood: number) => void): Account {
  return {
    ...account,
    noisy(what, counts, sigma) {
      const noisy = account.noisy(what, counts, sigma * factor)
      note(noisy.at(-1)! / (sigma * factor) ** 2)
      return noisy
    },
  }
}

/** All likelihood ratios of runs, up to what does not depend on the table. */
function likelihoods(method: 'tree' | 'adaptive', canary: number, factor: number): number[] {
  const rows = rowsWith(canary)
  const rho = rhoFor(epsilon, delta)
  return Array.from({ length: runs }, (_, run) => {
    let sum = 0
    const random = seededSource(2 * run + canary + (factor < 1 ? 1e6 : 0))
    // The halved noise costs four times as much; the methods are told of what they were told.
    const behind = openAccount(rho * 5, random)
    const spent = openAccount(rho, random)
    const account = watched(
      {
        ...spent,
        noisy: (what, counts, sigma) => behind.noisy(what, counts, sigma),
        left: () => rho - behind.releases.reduce((s, r) => s + r.rho * (r.sigma ? factor ** 2 : 1), 0),
        select: behind.select,
      },
      factor,
      (one) => {
        sum += one
      },
    )
    if (method === 'tree') treeModel(rows, account, naming)
    else adaptiveModel(rows, account, naming, { cells: 100 })
    return sum
  })
}

/** A lower bound on ε at δ, wrong once in a thousand: a threshold from the first half of the runs, judged on the second. */
function bound(method: 'tree' | 'adaptive', factor: number): number {
  const [out, inside] = [likelihoods(method, 0, factor), likelihoods(method, 1, factor)]
  const half = runs / 2
  const rate = (list: readonly number[], threshold: number) => list.filter((x) => x > threshold).length
  const of = (list: readonly number[], threshold: number) => ({
    first: rate(list.slice(0, half), threshold) / half,
    second: rate(list.slice(half), threshold),
  })
  const thresholds = [...inside.slice(0, half), ...out.slice(0, half)]
  const value = (threshold: number) =>
    (of(inside, threshold).first - delta) / (of(out, threshold).first + 0.02)
  const best = thresholds.reduce((a, b) => (value(b) > value(a) ? b : a))
  const hit = hitInterval(of(inside, best).second, half, 1e-3)[0]
  const miss = hitInterval(of(out, best).second, half, 1e-3)[1]
  return Math.log(Math.max(hit - delta, 1e-9) / miss)
}

describe.each(['tree', 'adaptive'] as const)('one row, by all noisy counts of the %s method', (method) => {
  it('is told no better than claimed, and better with half of the noise', () => {
    const [claimed, halved] = [bound(method, 1), bound(method, 0.5)]
    console.log(
      `${method}: ε ≥ ${claimed.toFixed(2)}, with half of the noise ${halved.toFixed(2)}; claimed ${epsilon}`,
    )
    expect(claimed).toBeLessThan(epsilon)
    expect(halved).toBeGreaterThan(epsilon)
  })
})
