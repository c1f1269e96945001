// The graphical model against brute force: joint tables of few columns, where everything can be written down.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { cellsOf, marginal, projection, total, union, within } from './factor.ts'
import { fit, type Measurement, omega } from './fit.ts'
import { cellsOfTree, cliqueWith, componentsOf, junctionTree } from './junctionTree.ts'
import { networkOf } from './network.ts'
import { pairTables } from './pairs.ts'

const sizes = [2, 3, 4, 2, 3]
const all = sizes.map((_, column) => column)

/** A random joint over all columns, some cells empty. */
function jointOf(seed: number): Float64Array {
  const random = seededStream(seed, 'joint')
  return Float64Array.from({ length: cellsOf(all, sizes) }, () =>
    Math.max(0, 10 * random.uniform() ** 3 - 0.2),
  )
}

const measuredOf = (joint: Float64Array, groups: readonly number[][]): Measurement[] =>
  groups.map((columns) => {
    const counts = marginal(joint, all, columns, sizes)
    return { columns, bins: Int32Array.from(counts.keys()), counts, variance: 1 }
  })

/** The joint that a fitted model stands for, by its conditionals. */
function written(network: ReturnType<typeof networkOf>, rows: number): Float64Array {
  const joint = new Float64Array(cellsOf(all, sizes)).fill(rows)
  for (const { column, parents, expected } of network) {
    const size = sizes[column]!
    const parent = projection(all, parents, sizes)
    const code = projection(all, [column], sizes)
    for (let i = 0; i < joint.length; i++) {
      const from = parent[i]! * size
      const sum = total(expected.subarray(from, from + size))
      joint[i]! *= sum > 0 ? expected[from + code[i]!]! / sum : 0
    }
  }
  return joint
}

const groups = fc.array(fc.subarray(all, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
const withSingles = (some: readonly number[][]) => [...all.map((column) => [column]), ...some]

describe('Wright’s omega', () => {
  it.each([-700, -29, -5, -1, 0, 0.5, 1, 2, 30, 1e6])('solves w + log w = %d', (z) => {
    const w = omega(z)
    expect(Math.abs(w + Math.log(w) - z)).toBeLessThan(1e-10 * Math.max(1, Math.abs(z)))
  })
})

describe('a junction tree', () => {
  it('holds every group in a clique, and each column’s cliques hang together', () => {
    fc.assert(
      fc.property(groups, (some) => {
        const measured = withSingles(some)
        const tree = junctionTree(measured, sizes)
        for (const group of measured) expect(within(group, tree.cliques[cliqueWith(tree, group)]!)).toBe(true)
        for (const column of all) {
          const holders = [...tree.cliques.keys()].filter((c) => tree.cliques[c]!.includes(column))
          // One of them is the topmost; each other one's separator carries the column up.
          expect(holders.filter((c) => !tree.separators[c]!.includes(column))).toHaveLength(1)
        }
        expect(cellsOfTree(measured, sizes)).toBe(
          tree.cliques.reduce((sum, clique) => sum + cellsOf(clique, sizes), 0),
        )
      }),
    )
  })

  it('says which columns lead to which', () => {
    expect(
      componentsOf(
        [
          [0, 2],
          [3, 4],
          [2, 3],
        ],
        5,
      ),
    ).toEqual([0, 1, 0, 0, 0])
  })
})

describe('the fit', () => {
  it('meets all tables of one joint when they are trusted, and keeps the rest as even as can be', async () => {
    const joint = jointOf(1)
    const some = [
      [0, 1],
      [1, 2],
      [2, 3, 4],
    ]
    const fitted = await fit(measuredOf(joint, withSingles(some)), sizes, {
      rows: 50,
      rounds: 4000,
      spread: 1e6,
    })
    const model = written(networkOf(fitted, sizes), total(joint))
    for (const columns of some) {
      const expected = marginal(joint, all, columns, sizes)
      const found = marginal(model, all, columns, sizes)
      for (const [i, x] of expected.entries()) expect(found[i]).toBeCloseTo(x, 2)
    }
    // Decomposable: the most even joint is the product of the cliques over their separators.
    const cells = [
      [0, 1],
      [1, 2],
      [2, 3, 4],
    ].map((c) => ({ c, table: marginal(joint, all, c, sizes) }))
    const lines = [[1], [2]].map((c) => ({ c, table: marginal(joint, all, c, sizes) }))
    for (let i = 0; i < model.length; i++) {
      const over = (list: typeof cells) =>
        list.reduce((p, { c, table }) => p * table[projection(all, c, sizes)[i]!]!, 1)
      expect(model[i]).toBeCloseTo(over(cells) / over(lines), 2)
    }
  })

  it('is where no measurement would pull otherwise: counts − model = weight × pull', async () => {
    const joint = jointOf(2)
    const random = seededStream(2, 'noise')
    const noisy = measuredOf(
      joint,
      withSingles([
        [0, 1],
        [1, 2],
        [0, 2],
      ]),
    ).map((one) => ({
      ...one,
      counts: one.counts.map((x) => x + 3 * random.normal()),
      variance: 9,
    }))
    const spread = 5
    const fitted = await fit(noisy, sizes, { rows: 100, rounds: 3000, spread })
    const model = written(networkOf(fitted, sizes), total(fitted.cliques[0]!))
    noisy.forEach(({ columns, counts }, m) => {
      const found = marginal(model, all, columns, sizes)
      for (const [bin, x] of found.entries())
        expect(counts[bin]! - x).toBeCloseTo((9 / spread) * fitted.pulls[m]![bin]!, 3)
    })
  })

  it('makes no number that is none, however wrong the counts are', async () => {
    const count = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(-1e6, 1e6))
    await fc.assert(
      fc.asyncProperty(
        groups,
        fc.infiniteStream(count),
        fc.constantFrom(0.5, 50, 1e6),
        async (some, counts, spread) => {
          const wrong = measuredOf(jointOf(3), withSingles(some)).map((one) => ({
            ...one,
            counts: one.counts.map(() => counts.next().value as number),
            variance: 4,
          }))
          const first = await fit(wrong, sizes, { rows: 10, rounds: 20, spread })
          const again = await fit(wrong, sizes, { rows: 10, rounds: 5, spread, before: first.pulls })
          for (const clique of again.cliques) for (const x of clique) expect(x >= 0 && x < 1e12).toBe(true)
        },
      ),
    )
  })
})

describe('what a model says of pairs', () => {
  it('is what its joint says, also of columns that no clique holds', async () => {
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 1, max: 1000 }), async (some, seed) => {
        const fitted = await fit(measuredOf(jointOf(seed), withSingles(some)), sizes, {
          rows: 100,
          rounds: 10,
          spread: 10,
        })
        const model = written(networkOf(fitted, sizes), total(fitted.cliques[0]!))
        const table = pairTables(fitted, sizes)
        for (const a of all)
          for (const b of all.slice(a + 1)) {
            const expected = marginal(model, all, union([a], [b]), sizes)
            const found = table(a, b)
            for (const [i, x] of expected.entries())
              expect(Math.abs(found[i]! - x)).toBeLessThan(1e-6 * total(model))
          }
      }),
      { numRuns: 40 },
    )
  })
})
