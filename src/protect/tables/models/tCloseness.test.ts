import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hierarchy } from '../hierarchy.ts'
import { hierarchicalDistance, orderedDistance } from './earthMover.ts'
import { distanceFrom, type GroundDistance, tCloseness } from './tCloseness.ts'
import { brokenUnion, countedTables, factsOf, passing, viewOf } from './testing.ts'

const sensitive = 'illness'
const equal: GroundDistance = { kind: 'equal' }
const ordered: GroundDistance = { kind: 'ordered', order: ['v0', 'v1', 'v2', 'v3', 'v4'] }
const hierarchical: GroundDistance = { kind: 'hierarchical' }

/** Values in pairs, pairs in fours, and so on to one root. */
function pairing(width: number): Hierarchy {
  const leaves = Array.from({ length: width }, (_, v) => `v${v}`)
  const levels = []
  for (let size = 1; ; size *= 2) {
    const groups = Math.ceil(width / size)
    const labels = size === 1 ? leaves : Array.from({ length: groups }, (_, g) => `${size}.${g}`)
    levels.push({ labels, groupOf: Uint32Array.from(leaves, (_, v) => Math.floor(v / size)) })
    if (groups === 1) return { leaves, levels }
  }
}

/**
 * The definition of an earth mover's distance: the cheapest way to move shares p to shares q. Whole earth of N·n pieces is moved one
 * augmenting path at a time, the cheapest first (Bellman-Ford in the residual graph), which is optimal for any costs.
 */
function cheapestMoves(
  p: readonly number[],
  q: readonly number[],
  cost: (from: number, to: number) => number,
) {
  const m = p.length
  const flow = p.map(() => p.map(() => 0))
  const have = [...p]
  const want = [...q]
  let total = 0
  for (;;) {
    // Nodes 0…m−1 are where earth lies, m…2m−1 where it is wanted.
    const distance = Array.from({ length: 2 * m }, (_, v) =>
      v < m && have[v]! > 0 ? 0 : Number.POSITIVE_INFINITY,
    )
    const before = new Array<number>(2 * m).fill(-1)
    for (let round = 0; round < 2 * m; round++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < m; j++) {
          if (distance[i]! + cost(i, j) < distance[m + j]! - 1e-12) {
            distance[m + j] = distance[i]! + cost(i, j)
            before[m + j] = i
          }
          if (flow[i]![j]! > 0 && distance[m + j]! - cost(i, j) < distance[i]! - 1e-12) {
            distance[i] = distance[m + j]! - cost(i, j)
            before[i] = m + j
          }
        }
      }
    }
    let end = -1
    for (let j = 0; j < m; j++) {
      if (want[j]! > 0 && (end < 0 || distance[m + j]! < distance[end]!)) end = m + j
    }
    if (end < 0) return total
    const path = [end]
    while (before[path[0]!]! >= 0) path.unshift(before[path[0]!]!)
    let amount = Math.min(have[path[0]!]!, want[end - m]!)
    for (let s = 1; s < path.length - 1; s += 2) amount = Math.min(amount, flow[path[s + 1]!]![path[s]! - m]!)
    path.slice(1).forEach((to, s) => {
      const from = path[s]!
      if (from < m) flow[from]![to - m]! += amount
      else flow[to]![from - m]! -= amount
    })
    have[path[0]!]! -= amount
    want[end - m]! -= amount
    total += amount * distance[end]!
  }
}

/** Levels up to the lowest common ancestor, as a share of the root's. */
function treeCost(hierarchy: Hierarchy) {
  const height = hierarchy.levels.length - 1
  return (a: number, b: number) =>
    a === b ? 0 : hierarchy.levels.findIndex((level) => level.groupOf[a] === level.groupOf[b]) / height
}

describe('the distances', () => {
  it('are what the cheapest moves of earth cost', () => {
    fc.assert(
      fc.property(countedTables, (classes) => {
        const width = classes[0]!.length
        const hierarchy = pairing(width)
        const facts = factsOf(classes, { hierarchy })
        const grounds = [
          [equal, (a: number, b: number) => (a === b ? 0 : 1)],
          [ordered, (a: number, b: number) => (width < 2 ? 0 : Math.abs(a - b) / (width - 1))],
          [hierarchical, treeCost(hierarchy)],
        ] as const
        for (const [ground, cost] of grounds) {
          const distance = distanceFrom(facts, sensitive, ground)
          for (const counts of classes) {
            const view = viewOf(counts)
            const p = [...facts.sensitiveCounts].map((count) => count * view.rows)
            const q = counts.map((count) => count * facts.rows)
            expect(distance(view)).toBeCloseTo(cheapestMoves(p, q, cost) / (facts.rows * view.rows), 12)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('of Li, Li and Venkatasubramanian’s own example: salaries of 3, 4, 5 of 3 … 11 are at 0.375, of 6, 8, 11 at 0.167', () => {
    const names = [3, 4, 5, 6, 7, 8, 9, 10, 11].map((thousands) => `${thousands}k`)
    const classes = [
      [1, 1, 1, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 1, 0, 1, 0, 0, 1],
      [0, 0, 0, 0, 1, 0, 1, 1, 0],
    ]
    const distance = orderedDistance(factsOf(classes, { names }), 'salary', names)
    expect(distance(viewOf(classes[0]!))).toBe(0.375)
    expect(distance(viewOf(classes[1]!))).toBeCloseTo(1 / 6, 15)
  })

  it('an order of numbers is one of size, one by letters is not', () => {
    const names = ['10', '9', '100']
    const facts = factsOf([[1, 1, 1]], { names })
    const of = (order: 'numbers' | 'alphabet' | string[], counts: number[]) =>
      orderedDistance(facts, sensitive, order)(viewOf(counts))
    expect(of('numbers', [1, 0, 0])).toBe(of(['9', '10', '100'], [1, 0, 0]))
    expect(of('alphabet', [1, 0, 0])).toBe(of(['10', '100', '9'], [1, 0, 0]))
    expect(of('numbers', [1, 0, 0])).not.toBe(of('alphabet', [1, 0, 0]))
  })

  it('values that nobody has have no rank, and do not shorten the ranks of others', () => {
    const facts = factsOf([[2, 0, 2]], { names: ['low', 'middle', 'high'] })
    expect(orderedDistance(facts, sensitive, ['low', 'middle', 'high'])(viewOf([1, 0, 0]))).toBe(0.5)
  })

  it('refuse what they cannot measure', () => {
    const facts = factsOf([[1, 1]], { names: ['7', 'seven'] })
    expect(() => orderedDistance(facts, 'age', 'numbers')).toThrow('the value "seven" of "age" is no number')
    expect(() => orderedDistance(facts, 'age', ['seven'])).toThrow(
      'the value "7" of "age" is not in the order given',
    )
    expect(() => hierarchicalDistance(facts, 'age')).toThrow('needs a hierarchy of "age"')
    const forest = { leaves: ['7', 'seven'], levels: pairing(2).levels.slice(0, 1) }
    expect(() => hierarchicalDistance({ ...facts, sensitiveHierarchy: forest }, 'age')).toThrow(
      'the last level of the hierarchy of "age" has 2 labels',
    )
    expect(() => hierarchicalDistance({ ...facts, sensitiveHierarchy: pairing(2) }, 'age')).toThrow(
      'the value "7" of "age" is not in its hierarchy',
    )
  })
})

describe('t-closeness', () => {
  it('passes at t itself: thirds, fifths and sevenths are the numbers that one writes', () => {
    for (const parts of [3, 5, 7, 10, 49]) {
      // Of two values as frequent in the table, the class has all but 1/parts of what moves: ½ − 1/parts, and so on.
      for (let share = 1; share < parts; share++) {
        const counts = [share, parts - share]
        const classes = [counts, [parts - share, share]]
        const facts = factsOf(classes)
        const exactly = Math.abs(2 * share - parts) / (2 * parts)
        const passes = (t: number) => passing(tCloseness({ t, sensitive }).prepare(facts), [counts])[0]
        expect(passes(exactly)).toBe(true)
        if (exactly > 0) expect(passes(exactly * (1 - 2 ** -52))).toBe(false)
      }
    }
    const thirds = factsOf([
      [1, 0, 0],
      [0, 1, 1],
    ])
    expect(passing(tCloseness({ t: 2 / 3, sensitive }).prepare(thirds), [[1, 0, 0]])).toEqual([true])
  })

  it('a class like the table is 0-close, whatever the scale', () => {
    fc.assert(
      fc.property(countedTables, fc.integer({ min: 1, max: 30_000 }), (classes, times) => {
        const hierarchy = pairing(classes[0]!.length)
        const facts = factsOf(classes, { hierarchy })
        const whole = Array.from(facts.sensitiveCounts, (count) => count * times)
        for (const ground of [equal, ordered, hierarchical]) {
          expect(passing(tCloseness({ t: 0, sensitive, ground }).prepare(facts), [whole])).toEqual([true])
        }
      }),
    )
  })

  it('a union of classes that pass passes, and so does a weaker t', () => {
    fc.assert(
      fc.property(countedTables, fc.double({ min: 0, max: 1, noNaN: true }), (classes, share) => {
        const facts = factsOf(classes, { hierarchy: pairing(classes[0]!.length) })
        for (const ground of [equal, ordered, hierarchical]) {
          // At a distance that a class has, so that it passes by no margin.
          const t = distanceFrom(facts, sensitive, ground)(viewOf(classes[0]!))
          const model = tCloseness({ t, sensitive, ground })
          expect(model.monotone).toBe(true)
          expect(brokenUnion(model, classes, facts)).toBeUndefined()
          const weaker = tCloseness({ t: t + (1 - t) * share, sensitive, ground }).prepare(facts)
          const passes = passing(model.prepare(facts), classes)
          passing(weaker, classes).forEach((weakly, i) => {
            if (passes[i] === true) expect(weakly).toBe(true)
          })
        }
      }),
    )
  })

  it('does not absorb: a class that passes may not when another joins it', () => {
    const model = tCloseness({ t: 0.1, sensitive })
    expect('absorbing' in model).toBe(false)
    const facts = factsOf([
      [2, 2],
      [9, 0],
      [0, 9],
    ])
    expect(
      passing(model.prepare(facts), [
        [2, 2],
        [11, 2],
      ]),
    ).toEqual([true, false])
  })

  it('a column of one value is 0-close, an empty class passes, and a t out of range does not', () => {
    for (const ground of [equal, ordered, hierarchical]) {
      const prepared = tCloseness({ t: 0, sensitive, ground }).prepare(
        factsOf([[5]], { hierarchy: pairing(1) }),
      )
      expect(passing(prepared, [[5], [1], [0]])).toEqual([true, true, true])
    }
    expect(() => tCloseness({ t: 1.1, sensitive })).toThrow('t is 1.1, and must be a number from 0 to 1')
    expect(() => tCloseness({ t: Number.NaN, sensitive })).toThrow('t is NaN')
  })
})
