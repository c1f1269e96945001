// Local recoding: what comes out has what its models ask, and loses no more than the first round alone.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderedHierarchy } from '../hierarchies/orderedGroups.ts'
import type { PrivacyModel } from '../model.ts'
import { distinctDiversity } from '../models/distinctDiversity.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { tCloseness } from '../models/tCloseness.ts'
import { distinctRowsOf } from '../mondrian/testing.ts'
import { loss } from '../quality/loss.ts'
import { searchLattice } from '../search/search.ts'
import { recodeLocally } from './recode.ts'

const ages = Array.from({ length: 8 }, (_, i) => String(20 + i))
const places = ['a', 'b', 'c', 'd']
const illnesses = ['flu', 'cold', 'ulcer']
const hierarchies = [orderedHierarchy(ages, [[2], [2]], 'ages'), orderedHierarchy(places, [[2]], 'places')]

const problemOf = (rows: readonly (readonly string[])[], models: readonly PrivacyModel[]) => ({
  distinct: distinctRowsOf(rows, [ages, places, illnesses], 1).distinct,
  hierarchies,
  sensitive: [{ name: 'illness', values: illnesses }],
  models,
  quality: loss({ balance: 0 }),
})

const tables = fc.array(
  fc.tuple(fc.constantFrom(...ages), fc.constantFrom(...places), fc.constantFrom(...illnesses)),
  {
    minLength: 6,
    maxLength: 60,
  },
)

describe('local recoding', () => {
  it('publishes classes that pass, each row once, and few are left over', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0.01, 0.2, 1),
        async (rows, k, share) => {
          const problem = problemOf(rows, [kAnonymity({ k })])
          const { release, classOf, losses } = await recodeLocally(problem, { share })
          expect(release.suppressed).toBeLessThan(k)
          expect(release.classes.every((one) => one.rows >= k)).toBe(true)
          const counts = release.classes.map(() => 0)
          classOf.forEach((number, row) => {
            if (number < 0) return
            counts[number]! += problem.distinct.rows[row]!
            const { round, groups } = release.classes[number]!
            groups.forEach((group, column) => {
              const { groupOf } = hierarchies[column]!.levels[release.rounds[round]!.levels[column]!]!
              expect(groupOf[problem.distinct.quasi[column]![row]!]).toBe(group)
            })
          })
          expect(counts).toEqual(release.classes.map((one) => one.rows))
          expect(counts.reduce((a, b) => a + b, 0) + release.suppressed).toBe(rows.length)
          if (share === 1) expect(release.rounds.length).toBe(1)
          for (const cost of losses) expect(cost).toBeGreaterThanOrEqual(0)
          // A round that has all rows left publishes each finer class that it can: one that is large enough at level 0 stays there.
          if (share === 0.01)
            for (let row = 0; row < problem.distinct.count; row++) {
              const same = [...problem.distinct.rows.keys()].filter((other) =>
                problem.distinct.quasi.every((codes) => codes[other] === codes[row]),
              )
              if (same.reduce((sum, other) => sum + problem.distinct.rows[other]!, 0) >= k)
                expect(release.rounds[release.classes[classOf[row]!]!.round]!.levels).toEqual([0, 0])
            }
        },
      ),
    )
  })

  it('loses no more the more rounds it may take, on its own measure and rows like these', async () => {
    const rows = Array.from({ length: 64 }, (_, i) => [
      ages[Math.floor((i * i) / 600)]!,
      places[(i * i + Math.floor(i / 9)) % 4]!,
      illnesses[i % 3]!,
    ])
    const total = async (share: number) =>
      (await recodeLocally(problemOf(rows, [kAnonymity({ k: 5 })]), { share })).losses.reduce((a, b) => a + b)
    expect(await total(0.01)).toBeLessThan(await total(1))
  })

  it('measures cells as the quality model Loss does: one round of all rows loses what the search says', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      ages[(i * i + (i >> 2)) % 8]!,
      places[(i * 3) % 4]!,
      illnesses[0]!,
    ])
    const problem = {
      ...problemOf(rows, [kAnonymity({ k: 6 })]),
      quality: loss({ aggregate: 'arithmetic mean' }),
    }
    const { losses } = await recodeLocally(problem, { share: 1 })
    const node = await searchLattice(problem)
    expect(node.loss[0]).toBeGreaterThan(0)
    expect((losses[0]! + losses[1]!) / 2).toBeCloseTo(node.loss[0]!, 9)
  })

  it('holds every round to the whole table: diversity and closeness', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (rows) => {
        fc.pre(new Set(rows.map((row) => row[2])).size >= 2)
        const models = [
          distinctDiversity({ sensitive: 'illness', l: 2 }),
          tCloseness({ sensitive: 'illness', t: 0.4 }),
        ]
        const { release, classOf } = await recodeLocally(problemOf(rows, models))
        const shareOf = (list: readonly (readonly string[])[], illness: string) =>
          list.filter((row) => row[2] === illness).length / list.length
        const { distinctOf } = distinctRowsOf(rows, [ages, places, illnesses], 1)
        release.classes.forEach((_, number) => {
          const members = rows.filter((_, row) => classOf[distinctOf[row]!] === number)
          expect(new Set(members.map((row) => row[2])).size).toBeGreaterThanOrEqual(2)
          const distance =
            illnesses.reduce((sum, one) => sum + Math.abs(shareOf(members, one) - shareOf(rows, one)), 0) / 2
          expect(distance).toBeLessThanOrEqual(0.4 + 1e-9)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('refuses what it cannot do, with a reason', async () => {
    const rows = Array.from({ length: 7 }, () => ['20', 'a', 'flu'])
    const models = [kAnonymity({ k: 2 })]
    await expect(recodeLocally(problemOf(rows, models), { share: 0 })).rejects.toThrow(/share 0/)
    await expect(recodeLocally(problemOf(rows, [kAnonymity({ k: 9 })]))).rejects.toThrow(/9-anonymity/)
    const public_ = { ...kAnonymity({ k: 2 }), says: '2-map', needsPopulation: true }
    const counted = problemOf(rows, [public_])
    await expect(recodeLocally(counted)).rejects.toThrow(/2-map counts people of a public table/)
    const odd = [...rows, ['27', 'd', 'flu']]
    await expect(recodeLocally({ ...problemOf(odd, models), suppression: 0 })).rejects.toThrow(
      /1 rows pass in no round, and 0 may/,
    )
    const alone: PrivacyModel = {
      name: 'x',
      says: 'one class',
      monotone: false,
      prepare: () => ({ tablePasses: ({ classes }) => classes < 2 }),
    }
    const apart = [
      ...['20', '20', '20', '20'].map((age) => [age, 'a', 'flu']),
      ['21', 'b', 'flu'],
      ['22', 'b', 'flu'],
    ]
    await expect(recodeLocally(problemOf(apart, [...models, alone]))).rejects.toThrow(
      /the rounds together do not have one class/,
    )
  })
})
