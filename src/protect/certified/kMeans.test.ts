// k-means on points whose clusters are known.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { kMeans } from './kMeans.ts'

describe('kMeans', () => {
  it('finds clusters that lie apart, but for a seed in a hundred', () => {
    const draw = seededStream(1, 'points')
    const middles = [
      [0, 0, 0],
      [9, 0, 0],
      [0, 9, 0],
      [9, 9, 9],
    ]
    const points = Float64Array.from(
      { length: 400 * 3 },
      (_, at) => middles[Math.floor(at / 3) % 4]![at % 3]! + 0.3 * draw.normal(),
    )
    const found = Array.from({ length: 200 }, (_, seed) => {
      const centres = kMeans(points, 3, 4, seededStream(seed, 'cells'))
      return middles.every((middle) =>
        [0, 1, 2, 3].some((c) => middle.every((m, j) => Math.abs(centres[c * 3 + j]! - m) < 0.2)),
      )
    })
    expect(found.filter((all) => all).length).toBeGreaterThanOrEqual(198)
  })

  it('ends at centres that are the means of what is nearest to them', () => {
    const draw = seededStream(2, 'points')
    const points = Float64Array.from({ length: 600 }, () => draw.normal())
    const centres = kMeans(points, 2, 5, seededStream(0, 'cells'), 1000)
    const sums = centres.map(() => 0)
    const sizes = new Array<number>(5).fill(0)
    for (let row = 0; row < 300; row++) {
      const distances = sizes.map((_, c) =>
        Math.hypot(points[2 * row]! - centres[2 * c]!, points[2 * row + 1]! - centres[2 * c + 1]!),
      )
      const nearest = distances.indexOf(Math.min(...distances))
      sizes[nearest]!++
      for (const j of [0, 1]) sums[2 * nearest + j]! += points[2 * row + j]!
    }
    centres.forEach((value, at) => {
      expect(value).toBeCloseTo(sums[at]! / sizes[at >> 1]!, 12)
    })
  })

  it('gives as many centres as there are different points, at most', () => {
    expect([...kMeans([1, 1, 1, 4, 4], 1, 3, seededStream(0, 'cells'))].sort()).toEqual([1, 4])
    expect(kMeans([], 2, 3, seededStream(0, 'cells'))).toHaveLength(0)
  })
})
