// Each loss against a twin that goes row by row, from its definition.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kAnonymity } from '../models/kAnonymity.ts'
import type { QualityModel } from '../quality.ts'
import { latticeOf } from '../search/lattice.ts'
import { readyProblem } from '../search/problem.ts'
import { coded, plainClasses, tables } from '../search/testing.ts'
import { compareLoss } from './aggregate.ts'
import { ambiguity } from './ambiguity.ts'
import { classSize } from './classSize.ts'
import { discernibility, discernibilityStar } from './discernibility.ts'
import { divergence } from './divergence.ts'
import { nonUniformEntropy } from './entropy.ts'
import { loss } from './loss.ts'
import { payout } from './payout.ts'
import { precision } from './precision.ts'
import { aggregates, makeQuality, qualities } from './qualities.ts'

/** A row of a table that is published: its leaves and labels by column, its class. */
interface Row {
  readonly leaves: readonly number[]
  readonly labels: readonly string[]
  readonly classRows: number
  readonly isKept: boolean
}

interface Seen {
  readonly rows: readonly Row[]
  readonly levels: readonly number[]
  readonly heights: readonly number[]
  /** [columns][label] leaves below. */
  readonly leavesOf: (column: number, label: string) => number
  readonly domains: readonly number[]
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
const columnsOf = (seen: Seen) => seen.domains.map((_, j) => j)

const twins: readonly {
  readonly quality: QualityModel
  readonly of: (seen: Seen) => number
}[] = [
  {
    quality: loss({ aggregate: 'arithmetic mean' }),
    of: (seen) =>
      mean(
        columnsOf(seen).map((j) => {
          const size = seen.domains[j]!
          const covered = mean(
            seen.rows.map((row) => (row.isKept ? seen.leavesOf(j, row.labels[j]!) / size : 1)),
          )
          return size === 1 ? 0 : (covered - 1 / size) / (1 - 1 / size)
        }),
      ),
  },
  {
    quality: precision(),
    of: (seen) =>
      mean(
        columnsOf(seen).map((j) =>
          mean(seen.rows.map((row) => (row.isKept ? seen.levels[j]! / seen.heights[j]! : 1))),
        ),
      ),
  },
  {
    quality: nonUniformEntropy(),
    of(seen) {
      const suppressed = seen.rows.filter((row) => !row.isKept)
      let bits = 0
      for (const j of columnsOf(seen)) {
        const share = (rows: readonly Row[], same: (row: Row) => boolean) => rows.filter(same).length
        for (const row of seen.rows) {
          const alike = share(seen.rows, (other) => other.leaves[j] === row.leaves[j])
          bits -= Math.log2(alike / share(seen.rows, (other) => other.labels[j] === row.labels[j]))
        }
        for (const row of suppressed)
          bits -= Math.log2(
            share(suppressed, (other) => other.labels[j] === row.labels[j]) / suppressed.length,
          )
      }
      return bits
    },
  },
  {
    quality: discernibility,
    of: ({ rows }) => rows.reduce((sum, row) => sum + (row.isKept ? row.classRows : rows.length), 0),
  },
  { quality: discernibilityStar, of: ({ rows }) => rows.reduce((sum, row) => sum + row.classRows, 0) },
  {
    quality: classSize,
    of({ rows }) {
      const kept = rows.filter((row) => row.isKept)
      const classes = new Set(kept.map((row) => row.labels.join())).size
      return rows.length / (classes + (kept.length < rows.length ? 1 : 0))
    },
  },
  {
    quality: ambiguity,
    of: (seen) =>
      seen.rows.reduce(
        (sum, row) =>
          sum +
          columnsOf(seen).reduce(
            (product, j) => product * (row.isKept ? seen.leavesOf(j, row.labels[j]!) : seen.domains[j]!),
            1,
          ),
        0,
      ),
  },
  {
    quality: divergence,
    of(seen) {
      const { rows } = seen
      const suppressed = rows.filter((row) => !row.isKept).length
      let bits = 0
      for (const row of rows) {
        const alike = rows.filter((other) => other.leaves.join() === row.leaves.join()).length
        const area = columnsOf(seen).reduce(
          (product, j) => product * (row.isKept ? seen.leavesOf(j, row.labels[j]!) : seen.domains[j]!),
          1,
        )
        const published = (row.isKept ? row.classRows : suppressed) / rows.length / area
        bits += Math.log2(alike / rows.length / published) / rows.length
      }
      return bits
    },
  },
  {
    quality: payout({ adversaryCost: 1, adversaryGain: 2.5, publisherLoss: 4, publisherBenefit: 3 }),
    of(seen) {
      let forgone = 0
      for (const row of seen.rows) {
        const most = seen.domains.reduce((product, size) => product * size, 1)
        const combinations = columnsOf(seen).reduce(
          (product, j) => product * seen.leavesOf(j, row.labels[j]!),
          1,
        )
        const information = most === 1 ? 0 : Math.log(combinations) / Math.log(most)
        forgone += row.isKept ? 3 * information + (2.5 / row.classRows > 1 ? 4 / row.classRows : 0) : 3
      }
      return forgone
    },
  },
]

/** All nodes of random tables, some classes suppressed for having one row. */
function everyNode(
  quality: QualityModel,
  at: (seen: Seen, found: number, ready: ReturnType<typeof readyProblem>) => void,
) {
  fc.assert(
    fc.property(tables, (table) => {
      const ready = readyProblem({ ...coded(table), models: [kAnonymity({ k: 2 })], quality, suppression: 1 })
      const lattice = latticeOf(ready.heights)
      const published = table.rows.filter((_, i) => table.published?.[i] ?? true)
      for (let node = 0; node < lattice.size; node++) {
        const levels = lattice.levelsOf(node)
        const level = (j: number) => table.hierarchies[j]!.levels[levels[j]!]!
        const labelled = published.map((row) => {
          const leaves = row.slice(0, table.hierarchies.length)
          return { leaves, labels: leaves.map((leaf, j) => level(j).labels[level(j).groupOf[leaf]!]!) }
        })
        const rows = labelled.map((row) => {
          const classRows = labelled.filter((other) => other.labels.join() === row.labels.join()).length
          return { ...row, classRows, isKept: classRows >= 2 }
        })
        const seen: Seen = {
          rows,
          levels,
          heights: ready.heights,
          domains: table.hierarchies.map(({ leaves }) => leaves.length),
          leavesOf: (j, label) => level(j).groupOf.filter((group) => level(j).labels[group] === label).length,
        }
        at(seen, ready.prepared.lossOf(levels, plainClasses(ready, levels))[0]!, ready)
      }
    }),
    { numRuns: 60 },
  )
}

describe('a loss', () => {
  it.each(twins.map(({ quality, of }) => [quality.name, quality, of] as const))(
    '%s is that of its definition',
    (_, quality, of) => {
      everyNode(quality, (seen, found) => expect(found).toBeCloseTo(of(seen), 8))
    },
  )

  it.each(twins.map(({ quality }) => [quality.name, quality] as const))(
    '%s is nowhere below its bounds, at the node or above',
    (_, quality) => {
      everyNode(quality, ({ levels }, __, ready) => {
        const classes = plainClasses(ready, levels)
        const own = [...ready.prepared.lossOf(levels, classes)]
        const bound = ready.prepared.boundOf?.(levels)
        const at = ready.prepared.boundAt?.(levels, classes)
        for (const [j, height] of ready.heights.entries()) {
          if (levels[j] === height) continue
          const above = levels.with(j, levels[j]! + 1)
          const loses = [...ready.prepared.lossOf(above, plainClasses(ready, above))]
          const slack = (one: number) => one * (1 + 1e-12) + 1e-9
          if (bound) expect(bound[0]!).toBeLessThanOrEqual(slack(ready.prepared.boundOf!(above)[0]!))
          if (at) expect(at[0]!).toBeLessThanOrEqual(slack(loses[0]!))
        }
        if (bound) expect(compareLoss(bound, own)).toBeLessThanOrEqual(1e-9)
        if (at) expect(at[0]!).toBeLessThanOrEqual(own[0]! * (1 + 1e-12) + 1e-9)
      })
    },
  )

  it('weighs columns by shares of the largest weight', () => {
    const problem = (weights: readonly number[]) =>
      readyProblem({
        ...coded({
          hierarchies: [0, 1].map(() => ({
            leaves: ['v0', 'v1'],
            levels: [
              { labels: ['v0', 'v1'], groupOf: Uint32Array.of(0, 1) },
              { labels: ['*'], groupOf: Uint32Array.of(0, 0) },
            ],
          })),
          sensitiveHierarchy: { leaves: ['v0'], levels: [] },
          rows: [
            [0, 0, 0],
            [1, 1, 0],
          ],
          published: undefined,
        }),
        models: [kAnonymity({ k: 1 })],
        quality: loss({ aggregate: 'rank' }),
        weights,
      })
    const at = (weights: readonly number[], levels: readonly number[]) => {
      const ready = problem(weights)
      return ready.prepared.lossOf(levels, plainClasses(ready, levels))
    }
    expect(at([1, 4], [1, 0])).toEqual([0.25, 0])
    expect(at([1, 4], [1, 1])).toEqual([1, 0.25])
    expect(at([0, 0], [1, 0])).toEqual([1, 0])
    expect(() => loss({ balance: 2 })).toThrow('balance 2')
  })
})

describe('losses by name', () => {
  it('are those of the list, with the options that they have', () => {
    for (const { name, columns } of qualities) {
      expect(makeQuality(name).name).toBe(name)
      const balanced = () => makeQuality(name, { balance: 0.3, aggregate: 'maximum' })
      if (columns) expect(balanced().says).toContain('maximum')
      else expect(balanced).toThrow('neither balance nor aggregate')
    }
    expect(aggregates).toContain('rank')
    expect(() => makeQuality('los')).toThrow('there is no loss "los"')
  })
})
