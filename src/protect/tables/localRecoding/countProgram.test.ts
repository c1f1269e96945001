// Bounds by linear programmes against all integer solutions of small systems: never wrong, and tight where the programme is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CountSystem, countProgram, propagatedBounds } from './countProgram.ts'

/** A system that a hidden solution satisfies: totals of a few groups, caps that the solution does not break. */
const systems = fc
  .record({
    hidden: fc.array(fc.nat(3), { minLength: 2, maxLength: 7 }),
    groupOf: fc.array(fc.nat(1), { minLength: 7, maxLength: 7 }),
    caps: fc.array(
      fc.record({ inside: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), slack: fc.nat(2) }),
      {
        maxLength: 5,
      },
    ),
  })
  .map(({ hidden, groupOf, caps }) => {
    const all = hidden.map((_, i) => i)
    const sum = (members: readonly number[]) => members.reduce((total, i) => total + hidden[i]!, 0)
    const totals = [0, 1]
      .map((group) => all.filter((i) => groupOf[i] === group))
      .filter((members) => members.length > 0)
    const system: CountSystem = {
      counts: hidden.length,
      totals: totals.map((members) => ({ members, total: sum(members) })),
      caps: caps
        .map(({ inside, slack }) => ({ members: all.filter((i) => inside[i]), slack }))
        .filter(({ members }) => members.length > 0)
        .map(({ members, slack }) => ({ members, cap: sum(members) + slack })),
    }
    return { system, hidden }
  })

/** All integer solutions. */
function solutionsOf({ counts, totals, caps }: CountSystem): readonly (readonly number[])[] {
  const found: number[][] = []
  const most = Math.max(...totals.map(({ total }) => total))
  const walk = (at: readonly number[]) => {
    const sum = (members: readonly number[]) => members.reduce((all, i) => all + (at[i] ?? 0), 0)
    if (totals.some(({ members, total }) => sum(members) > total)) return
    if (caps.some(({ members, cap }) => sum(members) > cap)) return
    if (at.length === counts) {
      if (totals.every(({ members, total }) => sum(members) === total)) found.push([...at])
      return
    }
    for (let value = 0; value <= most; value++) walk([...at, value])
  }
  walk([])
  return found
}

describe('bounds of counts', () => {
  it('hold for every integer solution, of single counts and of sums; passing on is no tighter', () => {
    fc.assert(
      fc.property(
        systems,
        fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        ({ system, hidden }, chosen) => {
          const solutions = solutionsOf(system)
          expect(solutions.length).toBeGreaterThan(0)
          const bounds = propagatedBounds(system)
          const program = countProgram(system, bounds)
          const groups = [...hidden.map((_, i) => [i]), hidden.map((_, i) => i).filter((i) => chosen[i])]
          for (const members of groups) {
            const sums = solutions.map((counts) => members.reduce((all, i) => all + counts[i]!, 0))
            expect(program.most(members)).toBeGreaterThanOrEqual(Math.max(...sums))
            expect(program.least(members)).toBeLessThanOrEqual(Math.min(...sums))
          }
          hidden.forEach((_, i) => {
            expect(bounds.most[i]!).toBeGreaterThanOrEqual(program.most([i]))
            expect(bounds.least[i]!).toBeLessThanOrEqual(program.least([i]))
          })
        },
      ),
    )
  })

  it('are those of the integers where groups nest (a matrix of zeros and ones that is totally unimodular)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
        fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }),
        (hidden, slacks) => {
          const sets = [
            [0, 1],
            [2, 3],
            [4, 5],
            [6, 7],
            [0, 1, 2, 3],
            [4, 5, 6, 7],
          ]
          const sum = (members: readonly number[], of: readonly number[]) =>
            members.reduce((all, i) => all + of[i]!, 0)
          const all = hidden.map((_, i) => i)
          const system: CountSystem = {
            counts: 8,
            totals: [{ members: all, total: sum(all, hidden) }],
            caps: sets.map((members, at) => ({ members, cap: sum(members, hidden) + slacks[at]! })),
          }
          const program = countProgram(system, propagatedBounds(system))
          // The largest sum of a pair: its cap, its parent's, the total.
          for (const [at, members] of sets.slice(0, 4).entries()) {
            const parent = system.caps[4 + (at >> 1)]!.cap
            expect(program.most(members)).toBe(
              Math.min(system.caps[at]!.cap, parent, system.totals[0]!.total),
            )
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('say that two rows at most one a value are one each', () => {
    const system = {
      counts: 2,
      totals: [{ members: [0, 1], total: 2 }],
      caps: [
        { members: [0], cap: 1 },
        { members: [1], cap: 1 },
      ],
    }
    const { least, most } = propagatedBounds(system)
    expect([...least, ...most]).toEqual([1, 1, 1, 1])
  })

  it('find what passing on does not: three pairs of a triangle', () => {
    // Each pair holds 2 rows at most and all three 3: each count is 1, by integers and by the programme, and nothing else says so.
    const system = {
      counts: 3,
      totals: [{ members: [0, 1, 2], total: 3 }],
      caps: [
        [0, 1],
        [1, 2],
        [0, 2],
      ].map((members) => ({ members, cap: 2 })),
    }
    const bounds = propagatedBounds(system)
    const program = countProgram(system, bounds)
    expect([...bounds.least]).toEqual([0, 0, 0])
    expect([0, 1, 2].map((i) => program.least([i]))).toEqual([1, 1, 1])
    expect([0, 1, 2].map((i) => program.most([i]))).toEqual([1, 1, 1])
  })
})
