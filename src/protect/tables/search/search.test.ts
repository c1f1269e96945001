import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PrivacyModel } from '../model.ts'
import { betaLikeness } from '../models/betaLikeness.ts'
import { deltaPresence } from '../models/deltaPresence.ts'
import { distinctDiversity } from '../models/distinctDiversity.ts'
import { entropyDiversity } from '../models/entropyDiversity.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { kMap } from '../models/kMap.ts'
import { recursiveDiversity } from '../models/recursiveDiversity.ts'
import { averageRiskModel, sampleUniqueness } from '../models/sampleRisk.ts'
import { tCloseness } from '../models/tCloseness.ts'
import { ambiguity } from '../quality/ambiguity.ts'
import { classSize } from '../quality/classSize.ts'
import { discernibility, discernibilityStar } from '../quality/discernibility.ts'
import { divergence } from '../quality/divergence.ts'
import { nonUniformEntropy } from '../quality/entropy.ts'
import { loss } from '../quality/loss.ts'
import { payout } from '../quality/payout.ts'
import { precision } from '../quality/precision.ts'
import type { QualityModel } from '../quality.ts'
import { createChecker } from './check.ts'
import { readyProblem, type SearchProblem } from './problem.ts'
import { searchLattice } from './search.ts'
import { bestOfAll, coded, type RandomTable, tables } from './testing.ts'

const sensitive = 'secret'

const qualities: readonly QualityModel[] = [
  loss(),
  loss({ balance: 0.2, aggregate: 'rank' }),
  loss({ balance: 0.8, aggregate: 'arithmetic mean' }),
  precision(),
  precision({ balance: 0.1, aggregate: 'maximum' }),
  nonUniformEntropy(),
  nonUniformEntropy({ generalisationAlone: true }),
  discernibility,
  discernibilityStar,
  classSize,
  ambiguity,
  divergence,
  payout({ adversaryCost: 2, adversaryGain: 7, publisherLoss: 5, publisherBenefit: 3 }, false, 0.3),
]

const models = (table: RandomTable): fc.Arbitrary<readonly PrivacyModel[]> =>
  fc.subarray(
    [
      kAnonymity({ k: 2 }),
      kAnonymity({ k: 5 }),
      distinctDiversity({ l: 2, sensitive }),
      entropyDiversity({ l: 1.6, sensitive }),
      recursiveDiversity({ c: 2, l: 2, sensitive }),
      tCloseness({ t: 0.3, sensitive }),
      betaLikeness({ beta: 1, sensitive }),
      ...(table.published ? [kMap({ k: 3 }), deltaPresence({ least: 0.2, most: 0.8 })] : []),
    ],
    { minLength: 1, maxLength: 3 },
  )

const problems: fc.Arbitrary<SearchProblem> = tables.chain((table) =>
  fc
    .record({
      models: models(table),
      quality: fc.constantFrom(...qualities),
      suppression: fc.constantFrom(0, 0.1, 0.3, 1),
      weights: fc.array(fc.constantFrom(0.5, 1, 2), {
        minLength: table.hierarchies.length,
        maxLength: table.hierarchies.length,
      }),
    })
    .map((asked) => ({ ...coded(table), ...asked })),
)

/** What a search finds, or nothing: a model may also say beforehand that no class of the table can pass. */
const found = (problem: SearchProblem, options = {}) =>
  searchLattice(problem, options).catch((error: Error & { code?: string }) => {
    if (error.code === 'input' || error.message.includes('the whole table has')) return undefined
    throw error
  })

const rightOrNothing = (problem: SearchProblem) => {
  try {
    return bestOfAll(problem)
  } catch {
    return undefined
  }
}

describe('the exact search', () => {
  it('finds what a look at every node finds, whatever the models, the loss and the limit', async () => {
    let solved = 0
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const best = rightOrNothing(problem)
        const result = await found(problem)
        expect(result && { levels: result.levels, loss: result.loss, suppressed: result.suppressed }).toEqual(
          best,
        )
        if (result) solved++
      }),
      { numRuns: 500 },
    )
    expect(solved).toBeGreaterThan(150)
  })

  it('publishes what passes, class by class, and suppresses no more than it may', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const result = await found(problem)
        if (!result) return
        expect(result.suppressed).toBeLessThanOrEqual(result.rows * problem.suppression! + 1e-9)
        const { distinct } = problem
        const kept = distinct.rows.reduce((sum, many, d) => sum + (result.kept[d] ? many : 0), 0)
        expect(kept).toBe(result.rows - result.suppressed)
        expect(result.sizes.reduce((sum, many) => sum + many, 0)).toBe(kept)
        expect(result.sizes.length).toBe(result.classes)
      }),
      { numRuns: 200 },
    )
  })

  it('finds the same for rows in another order', async () => {
    const shuffled = tables.chain((table) =>
      fc
        .shuffledSubarray([...table.rows.keys()], {
          minLength: table.rows.length,
          maxLength: table.rows.length,
        })
        .map((order) => ({
          table,
          other: {
            ...table,
            rows: order.map((i) => table.rows[i]!),
            published: table.published && order.map((i) => table.published![i]!),
          },
        })),
    )
    const asked = { models: [sampleUniqueness({ share: 0.2 })], quality: loss(), suppression: 0.5 }
    await fc.assert(
      fc.asyncProperty(shuffled, async ({ table, other }) => {
        const [one, two] = [
          await found({ ...coded(table), ...asked }),
          await found({ ...coded(other), ...asked }),
        ]
        expect(one?.levels).toEqual(two?.levels)
        expect(one?.loss).toEqual(two?.loss)
        expect(one?.suppressed).toEqual(two?.suppressed)
      }),
      { numRuns: 200 },
    )
  })

  it('meets models of the whole table by suppressing small classes', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.constantFrom(0, 0.2, 0.6), async (table, suppression) => {
        const asked = [sampleUniqueness({ share: 0.1 }), averageRiskModel({ risk: 0.4 })]
        const result = await found({ ...coded(table), models: asked, quality: loss(), suppression })
        if (!result) return
        const alone = result.sizes.filter((many) => many === 1).length
        const published = result.rows - result.suppressed
        expect(alone).toBeLessThanOrEqual(0.1 * published)
        expect(result.classes).toBeLessThanOrEqual(0.4 * published)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a node', () => {
  it('goes on being k-anonymous a level higher, and suppresses no more', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 6 }), fc.nat(2), (table, k, which) => {
        const problem = { ...coded(table), models: [kAnonymity({ k })], quality: loss(), suppression: 1 }
        const ready = readyProblem(problem)
        const { check } = createChecker(ready)
        const column = which % ready.heights.length
        const levels = ready.heights.map(() => 0)
        const higher = levels.with(column, Math.min(1, ready.heights[column]!))
        expect(check(higher).suppressed).toBeLessThanOrEqual(check(levels).suppressed)
      }),
    )
  })
})

describe('the heuristic searches', () => {
  it.each(['bottom-up', 'top-down'] as const)(
    '%s finds what passes, and the best where it ends by itself',
    async (way) => {
      await fc.assert(
        fc.asyncProperty(problems, async (problem) => {
          const exact = await found(problem)
          const result = await found(problem, { way, nodes: 1_000 })
          expect(result === undefined).toBe(exact === undefined)
          if (!result) return
          if (result.optimal) expect(result.loss).toEqual(exact!.loss)
        }),
        { numRuns: 200 },
      )
    },
  )
})

describe('a lattice of many nodes', () => {
  const deep = (leaves: number) => {
    const every = Array.from({ length: leaves }, (_, i) => i)
    const levels = Array.from({ length: 6 }, (_, level) => {
      const groupOf = Uint32Array.from(every, (i) => Math.floor(i / 2 ** level))
      return { labels: [...new Set(groupOf)].map(String), groupOf }
    })
    return { leaves: every.map((i) => `v${i}`), levels }
  }
  // Ten columns of 32 values and 6 levels: 60 million nodes.
  const hierarchies = Array.from({ length: 10 }, () => deep(32))
  const rows = Array.from({ length: 400 }, (_, i) => [
    ...hierarchies.map((_, j) => (i * (j + 3) + (i >> j)) % 32),
    0,
  ])
  const problem = {
    ...coded({ hierarchies, sensitiveHierarchy: deep(32), rows, published: undefined }),
    models: [kAnonymity({ k: 3 })],
    quality: loss(),
    suppression: 0.05,
  }

  it('is searched for as long as was said, with the same result each time, and is not taken for searched', async () => {
    const [one, two] = [
      await searchLattice(problem, { nodes: 600 }),
      await searchLattice(problem, { nodes: 600 }),
    ]
    expect(one).toMatchObject({ nodes: 6 ** 10, optimal: false, levels: two.levels, loss: two.loss })
    expect(one.checked).toBeLessThanOrEqual(600)
    expect(one.loss[0]).toBeLessThan(1)
    expect(one.neighbours.length).toBeGreaterThan(9)
    await expect(searchLattice(problem, { way: 'exact' })).rejects.toThrow('an exact search takes')
  })

  it('gets no worse by more looks', async () => {
    const losses: number[] = []
    for (const nodes of [100, 400, 1_600])
      losses.push((await searchLattice(problem, { way: 'top-down', nodes })).loss[0]!)
    expect(losses.toSorted((a, b) => b - a)).toEqual(losses)
  })
})

describe('a search that cannot end well', () => {
  const table: RandomTable = {
    hierarchies: [0, 1].map(() => ({
      leaves: ['v0', 'v1'],
      levels: [
        { labels: ['v0', 'v1'], groupOf: Uint32Array.of(0, 1) },
        { labels: ['*'], groupOf: Uint32Array.of(0, 0) },
      ],
    })),
    sensitiveHierarchy: { leaves: ['v0', 'v1', 'v2'], levels: [] },
    rows: [
      [0, 0, 0],
      [0, 1, 1],
      [1, 1, 1],
      [1, 1, 2],
    ],
    published: undefined,
  }
  const asked = { ...coded(table), quality: loss() }

  it('names the nearest node, and what it would suppress', async () => {
    await expect(
      searchLattice({ ...asked, models: [tCloseness({ t: 0.1, sensitive }), kAnonymity({ k: 5 })] }),
    ).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('5-anonymity with at most 0 of them suppressed'),
      hint: 'Ask for less: even all rows as one class do not have 5-anonymity, and suppressing rows does not help. All 4 nodes were looked at.',
    })
    // Three of one class differ in what is hidden, and the fourth spoils any class that it comes into.
    const rows = [
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 2],
      [1, 1, 1],
    ]
    await expect(
      searchLattice({
        ...coded({ ...table, rows }),
        quality: loss(),
        models: [entropyDiversity({ l: 3, sensitive }), kAnonymity({ k: 2 })],
      }),
    ).rejects.toMatchObject({
      hint: 'Allow 25.0% of the rows to be suppressed, ask for less, or name fewer quasi-identifiers. The nearest (levels 0, 0 of the quasi-identifiers) would suppress 1 row (entropy 3-diversity of secret (Shannon) alone 1, 2-anonymity alone 1). All 4 nodes were looked at.',
    })
    await expect(
      searchLattice({ ...asked, models: [averageRiskModel({ risk: 0.2 })] }, { way: 'bottom-up', nodes: 1 }),
    ).rejects.toMatchObject({ message: expect.stringContaining('that was looked at') })
  })

  it('refuses what cannot be asked', async () => {
    const models = [kAnonymity({ k: 2 })]
    const refused = (problem: SearchProblem) => expect(searchLattice(problem)).rejects
    await refused({ ...asked, models, suppression: 1.5 }).toMatchObject({ code: 'usage' })
    await refused({ ...asked, models: [] }).toThrow('no privacy model')
    await refused({ ...asked, models: [tCloseness({ t: 0.2, sensitive: 'age' })] }).toThrow(
      'which is not sensitive here',
    )
    await refused({ ...asked, models: [kMap({ k: 2 })] }).toThrow('needs a public table')
    const flat = { leaves: ['v0', 'v1'], levels: [asked.hierarchies[0]!.levels[0]!] }
    await refused({ ...asked, models, hierarchies: [flat, flat] }).toThrow('does not end in one label')
    const none = { ...asked.distinct, quasi: [] }
    await refused({ ...asked, models, distinct: none, hierarchies: [] }).toThrow(
      'no column is a quasi-identifier',
    )
  })

  it('stops when it is told to', async () => {
    await expect(
      searchLattice({ ...asked, models: [kAnonymity({ k: 2 })] }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })
})
