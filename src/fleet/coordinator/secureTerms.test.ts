// Contributions as whole numbers and back: exact on the grid, within its step beside it, and held to what was asked for.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Told } from './aggregation.ts'
import { planOf } from './plan.ts'
import { gridFor, meanOf, numbersOf, purposeOf, type SumTerms, sumLength } from './secureTerms.ts'

const terms: SumTerms = {
  vectors: ['update', 'control'],
  size: 3,
  limit: 2.5,
  mostExamples: 40,
  noised: null,
}
const alike: SumTerms = { ...terms, mostExamples: null }
const contribution = (numbers: readonly number[], examples = 1) => ({
  vectors: {
    update: Float64Array.from(numbers.slice(0, 3)),
    control: Float64Array.from(numbers.slice(3)),
  },
  examples,
  metrics: {},
})

const numbers = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 6, maxLength: 6 })
const clip = (value: number) => Math.min(2.5, Math.max(-2.5, value))

describe('the purpose of a round', () => {
  const instruction = new Uint8Array(3)
  const told: Told = { settings: { rate: 0 }, program: null, seconds: 600 }
  const purpose = (said: Partial<Told>, of: SumTerms = terms) =>
    Buffer.from(purposeOf(of, instruction, { ...told, ...said })).toString('hex')

  it('is another for whatever else a node is told', () => {
    const all = [
      purpose({}),
      purpose({ settings: { rate: null } }),
      purpose({ settings: { rate: '0' } }),
      purpose({ settings: { Rate: 0 } }),
      purpose({ settings: {} }),
      purpose({ program: 'A'.repeat(43) }),
      purpose({ seconds: 599 }),
      purpose({}, alike),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(purpose({ settings: { rate: 0 } })).toBe(all[0])
  })

  it('is none of settings that JSON tells as others, which no plan has either', () => {
    for (const rate of [Infinity, Number.NaN, -0, undefined]) {
      expect(() => purpose({ settings: { deep: [rate] } })).toThrow(/which JSON tells as something else/)
      expect(() => planOf({ rounds: 1, settings: { deep: [rate] } })).toThrow(/the settings of the fleet/)
    }
  })
})

describe('a sum of contributions', () => {
  it.each([
    [32, alike],
    [64, alike],
    [32, terms],
    [64, terms],
  ] as const)('of %d bits is their weighted mean, within what its grid rounds', (bits, of) => {
    const nodes = fc.array(fc.tuple(numbers, fc.integer({ min: 1, max: 80 })), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(nodes, (given) => {
        const grid = gridFor(of, 6, bits)
        const all = given.map(([values, examples]) =>
          numbersOf(contribution(values, examples), of, grid, bits),
        )
        const total = (j: number) => all.reduce((sum, one) => sum + BigInt(one[j]!), 0n)
        const totals = Array.from({ length: sumLength(of) }, (_, j) => total(j))
        const sum = bits === 32 ? Int32Array.from(totals, Number) : BigInt64Array.from(totals)
        const weights = given.map(([, examples]) => (of === alike ? 1 : Math.min(1, examples / 40)))
        const whole = weights.reduce((a, b) => a + b, 0)
        const { vectors, examples } = meanOf(sum, given.length, of, grid)
        const mean = [...vectors['update']!, ...vectors['control']!]
        const wanted = mean.map(
          (_, j) => given.reduce((a, [values], i) => a + weights[i]! * clip(values[j]!), 0) / whole,
        )
        // Each node's number, and its weight, err by less than a step.
        const most = (given.length * grid.step * 2.2) / whole + 1e-12
        for (const [j, value] of mean.entries()) expect(Math.abs(value - wanted[j]!)).toBeLessThan(most)
        expect(examples).toBeCloseTo(of === alike ? given.length : whole * 40, bits === 32 ? 3 : 9)
      }),
    )
  })

  it('cannot come to half of the modulus, however many nodes there are', () => {
    for (const nodes of [2, 3, 100, 4096])
      for (const bits of [32, 64] as const) {
        const { levels } = gridFor(terms, nodes, bits)
        expect(BigInt(nodes) * levels).toBeLessThan(1n << BigInt(bits - 1))
      }
  })

  it('takes no other vectors, no NaN and no nodes of no weight', () => {
    const grid = gridFor(terms, 6, 32)
    const six = [1, 2, 0, 0, 0, 0]
    expect(() => numbersOf(contribution([1, 2]), terms, grid, 32)).toThrow(/of 3 numbers are asked for/)
    expect(() => numbersOf(contribution(six, 0), terms, grid, 32)).toThrow(/is of 0 examples/)
    expect(() => numbersOf(contribution(six, Number.NaN), terms, grid, 32)).toThrow(/is of NaN examples/)
    const nothing = contribution([Number.NaN, ...six.slice(1)])
    expect(() => numbersOf(nothing, terms, grid, 32)).toThrow(/number 0 is NaN/)
    const { update } = contribution(six).vectors
    const renamed = { ...contribution(six), vectors: { update, other: update } }
    expect(() => numbersOf(renamed, terms, grid, 32)).toThrow(/\[update, other\]/)
    expect(() => meanOf(new Int32Array(sumLength(terms)), 3, terms, grid)).toThrow(/come to 0/)
    const most = numbersOf(contribution(six, 40), terms, grid, 32)
    const three = Int32Array.from(most as Int32Array, (value) => 3 * value)
    expect(() => meanOf(three, 2, terms, grid)).toThrow(/come to 3/)
  })

  it('of one node that lies about its weight stays within the limit, or is no mean', () => {
    const grid = gridFor(terms, 10, 32)
    const total = new Int32Array(sumLength(terms))
    const add = (one: ArrayLike<number | bigint>) => {
      for (let j = 0; j < total.length; j++) total[j]! += Number(one[j])
    }
    for (let i = 0; i < 9; i++) add(numbersOf(contribution([1, 1, 1, 1, 1, 1], 2), terms, grid, 32))
    const honest = total.at(-1)!
    const levels = Number(grid.levels)
    // What all others weigh is taken back but for a part of it, and each number is as large as can be.
    const lie = (left: number) => {
      const before = total.slice()
      add([...new Array<number>(6).fill(levels), Math.round(left * honest) - honest])
      const mean = () => meanOf(total.slice(), 10, terms, grid)
      return { mean, undo: () => total.set(before) }
    }
    const nothing = lie(1e-6)
    expect(nothing.mean).toThrow(/the weights of 10 nodes come to/)
    nothing.undo()
    const much = lie(0.6).mean()
    expect([...much.vectors['update']!, ...much.vectors['control']!]).toEqual(new Array(6).fill(2.5))
  })
})
