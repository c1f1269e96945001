// The attack on local recoding: what it calls certain is so in the table that was published, and on planted tables it finds all there is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderedHierarchy } from '../hierarchies/orderedGroups.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { distinctRowsOf } from '../mondrian/testing.ts'
import { loss } from '../quality/loss.ts'
import type { QualityModel } from '../quality.ts'
import { compareLevels } from '../search/lattice.ts'
import type { SearchProblem } from '../search/problem.ts'
import { type LocalOptions, type LocalRecoding, recodeLocally } from './recode.ts'
import { type RefinedClass, type RefinementLimits, refinementFinding, refineRelease } from './refinement.ts'
import { cellsOfRelease, failedBefore, failedBelow, readRelease } from './release.ts'
import { localRecodingWarning } from './warning.ts'

const ages = Array.from({ length: 8 }, (_, i) => String(20 + i))
const places = ['a', 'b', 'c', 'd']
const hierarchies = [orderedHierarchy(ages, [[2], [2]], 'ages'), orderedHierarchy(places, [[2]], 'places')]

const problemOf = (
  rows: readonly (readonly string[])[],
  k: number,
  quality: QualityModel,
): SearchProblem => ({
  distinct: distinctRowsOf(rows, [ages, places]).distinct,
  hierarchies,
  models: [kAnonymity({ k })],
  quality,
})

/** A loss by levels alone that no two nodes share but by symmetry. */
const byLevels: QualityModel = {
  name: 'levels',
  says: 'levels',
  prepare: () => ({
    lossOf: (levels) => [levels[0]! * 3 + levels[1]! * 4],
    boundOf: (levels) => [levels[0]! * 3 + levels[1]! * 4],
  }),
}
const nodes = [0, 1, 2, 3].flatMap((first) => [0, 1, 2].map((second) => [first, second]))
const order = nodes.toSorted((a, b) => a[0]! * 3 + a[1]! * 4 - b[0]! * 3 - b[1]! * 4 || compareLevels(a, b))

/** The true counts of a refined class's columns against the bounds. */
function requireTrue(
  { distinct }: SearchProblem,
  { classOf, release }: LocalRecoding,
  refined: readonly RefinedClass[],
) {
  for (const one of refined) {
    const own = one.class === release.classes.length ? -1 : one.class
    const rows = [...classOf.keys()].filter((row) => classOf[row] === own)
    one.columns.forEach((column, at) => {
      for (const { leaf, least, most } of column) {
        const truth = rows
          .filter((row) => distinct.quasi[at]![row] === leaf)
          .reduce((sum, row) => sum + distinct.rows[row]!, 0)
        expect(least).toBeLessThanOrEqual(truth)
        expect(most).toBeGreaterThanOrEqual(truth)
      }
    })
    // Combinations: as many different ones as are there are possible, and certain rows are no more than there are.
    if (one.possible > 0) {
      const found = new Set(rows.map((row) => distinct.quasi.map((codes) => codes[row]).join()))
      expect(one.possible).toBeGreaterThanOrEqual(found.size)
    }
    expect(one.certainRows).toBeLessThanOrEqual(one.rows)
  }
}

const tables = fc.array(fc.tuple(fc.constantFrom(...ages), fc.constantFrom(...places)), {
  minLength: 6,
  maxLength: 40,
})
const limits: fc.Arbitrary<RefinementLimits> = fc.constantFrom(
  {},
  { together: 0 },
  { together: 0, combinations: 1 },
)

describe('the attack on local recoding', () => {
  it('calls nothing certain that is not so: every finer node failed', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0.01, 0.2, 0.5),
        limits,
        async (rows, k, share, how) => {
          const problem = problemOf(rows, k, loss({ balance: 0 }))
          const recoding = await recodeLocally(problem, { share })
          requireTrue(
            problem,
            recoding,
            await refineRelease(recoding.release, failedBelow(recoding.release, k), how),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('calls nothing certain that is not so: every earlier node failed', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0.01, 0.3),
        limits,
        async (rows, k, share, how) => {
          const problem = problemOf(rows, k, byLevels)
          const recoding = await recodeLocally(problem, { share })
          requireTrue(
            problem,
            recoding,
            await refineRelease(recoding.release, failedBefore(recoding.release, k, order), how),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('rebuilds a whole class of two neighbours at k = 2: one each', async () => {
    const rows = [...['20', '20', '22', '23'].map((age) => [age, 'a'])]
    const problem = problemOf(rows, 2, loss({ balance: 0 }))
    const { release } = await recodeLocally(problem)
    expect(release.rounds.map(({ levels }) => levels)).toEqual([
      [0, 0],
      [1, 0],
    ])
    const refined = await refineRelease(release, failedBelow(release, 2))
    expect(refined).toMatchObject([{ class: 1, rows: 2, combinations: 2, possible: 2, certainRows: 2 }])
    expect(refinementFinding(refined, release)).toEqual({
      rows: 2,
      certainRows: 2,
      cells: 2,
      certainCells: 2,
      values: 2,
      possibleValues: 2,
    })
  })

  it('excludes what an earlier round published whole', async () => {
    // 24 is published by itself: of the four values 24 … 27 of the class behind it, it is none.
    const rows = [...['24', '24', '24', '25', '26', '27'].map((age) => [age, 'a'])]
    const problem = problemOf(rows, 3, loss({ balance: 0 }))
    const { release } = await recodeLocally(problem)
    const [only] = await refineRelease(release, failedBelow(release, 3))
    expect(only!.combinations).toBe(4)
    expect(only!.possible).toBe(3)
    expect(only!.columns[0]!.map(({ most }) => most > 0)).toEqual([false, true, true, true])
  })

  it('finds no row where thresholds leave room, and nothing at all where one round has all rows', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [ages[i % 8]!, places[Math.floor(i / 8) % 4]!])
    const find = async (k: number, options: LocalOptions) => {
      const { release } = await recodeLocally(problemOf(rows, k, loss({ balance: 0 })), options)
      return refinementFinding(await refineRelease(release, failedBelow(release, k)), release)
    }
    expect(await find(9, {})).toMatchObject({ certainRows: 0 })
    expect(await find(3, { share: 1 })).toMatchObject({ rows: 40, certainRows: 0, certainCells: 0 })
  })

  it('reads the suppressed rows, too', async () => {
    const rows = [
      ['20', 'a'],
      ['20', 'a'],
      ['27', 'd'],
    ]
    const { release } = await recodeLocally(problemOf(rows, 2, loss({ balance: 0 })))
    expect(release.suppressed).toBe(1)
    const refined = await refineRelease(release, failedBelow(release, 2))
    expect(refined.at(-1)).toMatchObject({
      class: release.classes.length,
      rows: 1,
      combinations: 32,
      possible: 31,
    })
    // They are no published rows: the finding does not count them.
    expect(refinementFinding(refined, release)).toMatchObject({ rows: 0, cells: 0, values: 0 })
  })
})

describe('nodes that are known to have failed', () => {
  const release = {
    hierarchies: hierarchies as readonly Hierarchy[],
    rounds: [{ levels: [1, 1], needed: 7 }],
    classes: [],
    suppressed: 0,
  }
  it('are those one level below, and the node itself for what it left', () => {
    expect(failedBelow(release, 3)).toEqual([
      { levels: [0, 1], round: 0, cap: 6 },
      { levels: [1, 0], round: 0, cap: 6 },
      { levels: [1, 1], round: 1, cap: 2 },
    ])
  })
  it('are the largest of those that come before', () => {
    // Before [1, 1], of loss 7: [0, 0], [1, 0], [0, 1], [2, 0]; the largest are [0, 1] and [2, 0].
    expect(failedBefore(release, 9, order)).toEqual([
      { levels: [0, 1], round: 0, cap: 8 },
      { levels: [2, 0], round: 0, cap: 8 },
      { levels: [1, 1], round: 1, cap: 8 },
    ])
  })
})

describe('the warning', () => {
  it('says the measured numbers', () => {
    const finding = { rows: 200, certainRows: 5, cells: 300, certainCells: 9, values: 4, possibleValues: 3 }
    expect(localRecodingWarning(finding)).toContain(
      '5 of 200 generalised rows (2.5%) in full, and 9 of 300 generalised cells (3.0%), with certainty',
    )
    expect(localRecodingWarning({ ...finding, certainRows: 0, certainCells: 0 })).toContain('rebuilt nothing')
  })
})

describe('a published table', () => {
  /** The rows of a recoding as they are published, stars for what is suppressed. */
  const publishedOf = ({ release, classOf }: LocalRecoding, distinctOf: Uint32Array) =>
    cellsOfRelease(release).map(({ labels, labelOf }) => {
      const values = [...labels, ...(labels.includes('*') ? [] : ['*'])]
      const codes = Uint16Array.from(distinctOf, (row) => {
        const number = classOf[row]!
        return number < 0 ? values.indexOf('*') : labelOf[number]!
      })
      return { values, codes }
    })

  it('is read as the release that it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0.01, 0.3),
        async (rows, k, share) => {
          const { distinct, distinctOf } = distinctRowsOf(rows, [ages, places])
          const recoding = await recodeLocally(
            { ...problemOf(rows, k, loss({ balance: 0 })), distinct },
            { share },
          )
          const { release } = recoding
          const levels = release.rounds.map((round) => round.levels)
          const read = readRelease(publishedOf(recoding, distinctOf), { hierarchies, levels, share })
          const sorted = (of: LocalRecoding['release']) =>
            of.classes.map((one) => JSON.stringify([one.round, one.groups, one.rows])).sort()
          expect(read.rounds).toEqual(release.rounds)
          expect(sorted(read)).toEqual(sorted(release))
          expect(read.suppressed).toBe(release.suppressed)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('with other labels is refused', () => {
    const told = { hierarchies, levels: [[1, 0]], share: 0.01 }
    const of = (age: string) => [
      { values: [age], codes: Uint8Array.of(0) },
      { values: ['a'], codes: Uint8Array.of(0) },
    ]
    expect(readRelease(of('[20, 21]'), told).classes).toEqual([{ round: 0, groups: [0, 0], rows: 1 }])
    expect(() => readRelease(of('20'), told)).toThrow(
      /row 1 of the published table has the labels of no round/,
    )
  })
})
