// What one row changes in the sums that clustering releases: its own features, in one cluster, and nothing else.
// Source: PROOF.md, section 2. Both lists are given the same releases, so that all that is left is what sums say.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { seededSource } from '../testing.ts'
import { drawFeatures, featuresOf, grid, rowsIn, wholeFeatures } from './fourierFeatures.ts'
import { lloyd } from './lloyd.ts'

const columns = 7
const options = { clusters: 5, rounds: 4, least: 5, noise: 1 }

const features = drawFeatures({ columns, count: 12, bandwidth: 0.7 }, seededSource(3))
const { width } = features

const rowsOf = (rows: number, seed: number) => {
  const random = seededStream(seed, 'rows')
  return Float32Array.from({ length: rows * columns }, () => random.uniform())
}

/** What every release of a clustering was of. @param releases what it is told instead of sums: noisy ones of its own if absent */
function sumsSeen(whole: Int16Array, releases?: readonly Float64Array[]) {
  const seen: Float64Array[] = []
  const told: Float64Array[] = []
  const noise = seededStream(11, 'noise')
  lloyd(whole, { ...options, width, random: seededSource(5) }, (sums) => {
    const answer = releases?.[seen.length] ?? sums.map((sum) => sum + grid.longest * noise.normal())
    seen.push(sums.slice())
    told.push(answer.slice())
    return answer
  })
  return { seen, told }
}

/** How far the sums of two lists lie apart, release by release: blocks that differ, and the greatest L2 distance. */
function apart(one: Int16Array, other: Int16Array) {
  const first = sumsSeen(one)
  const second = sumsSeen(other, first.told)
  return first.seen.map((sums, i) => {
    const moved = sums.map((sum, j) => sum - second.seen[i]![j]!)
    const blocks = new Set([...moved.keys()].filter((j) => moved[j] !== 0).map((j) => Math.floor(j / width)))
    return { blocks, moved, squares: moved.reduce((sum, v) => sum + v * v, 0) }
  })
}

const without = (rows: Float32Array, at: number, size = columns) =>
  Float32Array.from([...rows.subarray(0, at * size), ...rows.subarray((at + 1) * size)])

describe('features of a row', () => {
  it('are no longer than the grid says, whatever the row', () => {
    const into = new Float64Array(width)
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: columns, maxLength: columns }),
        (row) => {
          featuresOf(features, Float32Array.from(row), into)
          const squares = into.reduce((sum, v) => sum + v * v, 0)
          return (
            squares <= grid.longest ** 2 &&
            squares > 0.98 * grid.longest ** 2 &&
            into[width - 1] === grid.longest / 2
          )
        },
      ),
    )
  })

  it('have inner products near the kernel', () => {
    const many = drawFeatures({ columns, count: 4000, bandwidth: 0.7 }, seededSource(8))
    const [a, b] = [rowsOf(1, 1), rowsOf(1, 2)]
    const whole = [a, b].map((row) => wholeFeatures(many, row))
    const product = whole[0]!.slice(0, -1).reduce((sum, v, i) => sum + v * whole[1]![i]!, 0)
    const square = a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0)
    expect(product / (0.86 ** 2 * grid.longest ** 2)).toBeCloseTo(Math.exp(-square / (2 * 0.7 ** 2)), 1)
  })

  it('are those of the row alone', () => {
    const rows = rowsOf(20, 4)
    const all = wholeFeatures(features, rows)
    const one = wholeFeatures(features, rows.slice(3 * columns, 4 * columns))
    expect(all.slice(3 * width, 4 * width)).toEqual(one)
  })
})

describe('one row more', () => {
  it('moves sums by its own features, in one cluster, to the last bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(59), (seed, at) => {
        const rows = rowsOf(60, seed)
        const all = wholeFeatures(features, rows)
        const found = apart(all, wholeFeatures(features, without(rows, at)))
        expect(found).toHaveLength(options.rounds + 1)
        const own = all.slice(at * width, (at + 1) * width)
        for (const { blocks, moved, squares } of found) {
          expect(blocks.size).toBe(1)
          const [block] = [...blocks] as [number]
          expect(Array.from(moved.subarray(block * width, (block + 1) * width))).toEqual(Array.from(own))
          expect(squares).toBeLessThanOrEqual(grid.longest ** 2)
          expect(rowsIn(moved[(block + 1) * width - 1]!)).toBe(1)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('would be seen to move more, were its count not paid for', () => {
    const rows = rowsOf(60, 9)
    const unpaid = (all: Int16Array) => all.map((v, i) => (i % width === width - 1 ? grid.longest : v))
    const found = apart(
      unpaid(wholeFeatures(features, rows)),
      unpaid(wholeFeatures(features, without(rows, 20))),
    )
    expect(found.some(({ squares }) => squares > grid.longest ** 2)).toBe(true)
  })

  it('would be seen in other clusters, were rows centred by their own mean', () => {
    const rows = rowsOf(60, 9)
    const centred = (all: Float32Array) => {
      const count = all.length / columns
      const mean = Float64Array.from({ length: columns }, (_, j) => {
        let sum = 0
        for (let row = 0; row < count; row++) sum += all[row * columns + j]! / count
        return sum
      })
      return wholeFeatures(
        features,
        all.map((v, i) => v - mean[i % columns]!),
      )
    }
    const found = apart(centred(rows), centred(without(rows, 20)))
    expect(found.slice(1).every(({ blocks }) => blocks.size > 1)).toBe(true)
    expect(found.some(({ squares }) => squares > grid.longest ** 2)).toBe(true)
  })
})
