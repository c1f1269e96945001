// What the fleet's experiments sum up, of answers whose sums are known.
// Source: docs/architecture.md#experiments.

import { expect, it } from 'vitest'
import { fleetPersonalResults } from '../fleetPersonal/results.ts'
import type { PoisoningAnswer, PoisoningEntry, PoisoningTask } from '../fleetPoisoning/fleetPoisoning.ts'
import { fleetPoisoningReport } from '../fleetPoisoning/report.ts'
import { fleetPoisoningResults } from '../fleetPoisoning/results.ts'
import type { RoundsTask } from '../fleetRounds/fleetRounds.ts'
import { fleetRoundsExperiment } from '../fleetRounds/index.ts'
import { fleetRoundsReport } from '../fleetRounds/report.ts'
import { fleetRoundsResults } from '../fleetRounds/results.ts'
import { fleetSelectiveResults } from '../fleetSelective/results.ts'
import { pageOf } from '../reporting.ts'
import { share } from '../shares.ts'

const settings = { quick: false, seed: 0 }

it('a page says of FedAvg whether and when the mark was reached', () => {
  const task: RoundsTask = {
    algorithm: 'FedAvg',
    images: 'digits',
    nodes: 100,
    count: 10,
    rounds: 2,
    epochs: 5,
    batch: 10,
    rate: 0.05,
    seed: 0,
  }
  const page = (reached?: number) => {
    const answer = { accuracies: [0.98, 0.5], last: share(50, 100), reached, parameters: 5, seconds: 1 }
    const results = fleetRoundsResults([task], [answer])
    expect(results.rows[0]).toMatchObject({ best: 0.98, reached: reached ?? null })
    return pageOf(fleetRoundsExperiment, fleetRoundsReport(results, settings).page)
  }
  expect(page(1)).toMatch(/at most:\s+reached in round 1\./)
  expect(page()).toMatch(/\*\*not reached in these 2 rounds\*\* \(best: 98\.00%\)/)
})

it('participants who share more stand above those who share less, and one alone last', () => {
  const base = { images: 'digits', participants: 5, rows: 600, rounds: 2, batch: 10, rate: 0.05, seed: 0 }
  const tasks = [{ upload: 0.01, ...base }, base, { upload: 1, ...base }]
  const answer = { last: share(1, 2), accuracies: [0.5], parameters: 5, seconds: 1 }
  const { rows } = fleetSelectiveResults(
    tasks,
    tasks.map(() => answer),
  )
  expect(rows.map(({ upload }) => upload)).toEqual([1, 0.01, null])
})

it('users count once whatever the seeds, and those apart by themselves', () => {
  const base = { folder: '', rounds: 1, seed: 0 }
  const right = { global: 4, local: 5, personalised: 8, 'last layer': 6 }
  const user = (name: string, more: object) => ({
    user: name,
    windows: 10,
    right: { ...right, FedPer: 3, ...more },
  })
  const { FedPer: _, ...stranger } = user('2', {}).right
  const { fleet, apart, seeds } = fleetPersonalResults(
    [base, { ...base, seed: 1 }, { ...base, apart: { fold: 0, of: 2 } }],
    [
      { users: [user('2', {}), user('11', {})], seconds: 1 },
      { users: [user('2', { personalised: 10 }), user('11', { global: 9 })], seconds: 1 },
      { users: [user('11', {}), { user: '2', windows: 10, right: stranger }], seconds: 1 },
    ],
  )
  expect(seeds).toBe(2)
  expect(fleet.users.map((row) => [row.user, row.right.personalised, row.right.global])).toEqual([
    ['2', 9, 4],
    ['11', 8, 6.5],
  ])
  expect(fleet.totals.find(({ method }) => method === 'personalised')!.right).toMatchObject({
    value: 0.85,
    of: 20,
  })
  expect(fleet.comparisons[0]).toMatchObject({ than: 'global', users: [2, 0, 0] })
  expect(fleet.comparisons[0]!.gain.value).toBeCloseTo((0.5 + 0.15) / 2)
  expect(apart!.users.map((row) => row.user)).toEqual(['2'])
  expect(apart!.totals.map(({ method }) => method)).not.toContain('FedPer')
})

it('an attack is measured at the end of its rounds, over seeds, beside its twin', () => {
  const entry = (success: readonly number[], survived: number | null): PoisoningEntry => ({
    attack: 'replacement',
    defence: 'none',
    set: 'none',
    seesUpdates: true,
    made: null,
    steered: {
      rows: 10,
      tested: 10,
      rounds: success.map((one, k) => ({ round: k + 1, success: one, accuracy: 0.9 })),
      attacked: 2,
      honest: { success: 0.1, accuracy: 0.95 },
      survived,
      norm: 1,
      alone: { attacker: 0, others: 1 },
    },
  })
  const task = (seed: number): PoisoningTask => ({
    attacks: ['replacement'],
    seed,
    rounds: 2,
    defences: ['none'],
  })
  const answer = (success: readonly number[], survived: number | null): PoisoningAnswer => ({
    before: 0.9,
    entries: [entry(success, survived)],
    seconds: 1,
  })
  const results = fleetPoisoningResults(
    [task(0), task(1)],
    [answer([0, 1, 0.3], 1), answer([0, 0.5, 0.1], null)],
  )
  expect(results.rows).toMatchObject([
    {
      attack: 'replacement',
      runs: 2,
      success: { mean: 0.75, least: 0.5, most: 1 },
      lasted: { mean: 1, least: 1 },
    },
  ])
  expect(fleetPoisoningReport(results, settings).summary).toMatch(/75\.0% \[50\.0, 100\.0\]/)
})
