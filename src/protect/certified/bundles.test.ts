// Bundles against the design's vectors, the definition, and themselves.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { certifyBundles } from './bundles.ts'
import { klUpper } from './limits.ts'

const two = {
  codes: 2,
  attributes: ['0', '1'],
  groups: [
    { attribute: 0, counts: [6, 2] },
    { attribute: 1, counts: [3, 5] },
  ],
}

describe('bundles of independent windows', () => {
  it('are those of the table', () => {
    // Each of three limits has a third of δ: .05 here.
    const limits = certifyBundles(two, { reading: 'windows', most: 3, delta: 0.15 })
    const wanted = [
      [16, 0.6875, 0.906605],
      [8, 0.714286, 0.963547],
      [4, 0.803571, 0.998214],
    ] as const
    for (const [i, [bundles, estimate, upper]] of wanted.entries()) {
      expect(limits[i]).toMatchObject({ k: i + 1, bundles, draws: 0 })
      expect(limits[i]!.estimate).toBeCloseTo(estimate, 6)
      expect(limits[i]!.upper).toBeCloseTo(upper, 6)
    }
  })

  it('have groups of one attribute together', () => {
    const three = { ...two, groups: [...two.groups, { attribute: 1, counts: [2, 8] }] }
    const [, pair] = certifyBundles(three, { reading: 'windows', most: 2, delta: 0.05 })
    expect(pair!.bundles).toBe(13)
    expect(pair!.estimate).toBeCloseTo(0.815629, 6)
  })

  it('end where no group has windows for them', () => {
    expect(certifyBundles(two, { reading: 'windows', most: 20, delta: 0.05 }).length).toBe(8)
  })

  it('split δ over candidates, attributes and every k', () => {
    const [one] = certifyBundles(two, { reading: 'windows', most: 1, delta: 0.005 })
    const [split] = certifyBundles(two, {
      reading: 'windows',
      most: 3,
      delta: 0.005 * 3 * 4 * 5,
      candidates: 4,
      attributesCertified: 5,
    })
    expect(split!.upper).toBeCloseTo(one!.upper, 9)
  })
})

describe('bundles of whole sessions', () => {
  it('weigh every session alike, and count sessions', () => {
    const sessions = { ...two, groups: [...two.groups, { attribute: 1, counts: [0, 40] }] }
    const [one] = certifyBundles(sessions, { reading: 'sessions', most: 1, delta: 0.05 })
    expect(one!.bundles).toBe(3)
    // (6/8 of the first) and (5/8 + 1 of the others), a third each.
    expect(one!.estimate).toBeCloseTo((6 / 8 + 5 / 8 + 1) / 3, 12)
  })
})

describe('bundles that are drawn', () => {
  const random = seededStream(5, 'bundles test')
  const groups = Array.from({ length: 12 }, (_, g) => ({
    attribute: g % 3,
    counts: Array.from({ length: 9 }, (_, c) => random.below(9) + (c === g % 9 ? 9 : 0)),
  }))
  const many = { codes: 9, attributes: ['a', 'b', 'c'], groups }

  it('come near to those that are counted, with a limit for the draws', () => {
    const options = { reading: 'windows', most: 6, delta: 0.05 } as const
    const counted = certifyBundles(many, options)[5]!
    // Codes that nobody has change nothing but the number of histograms: 9 + 40 codes have too many to count.
    const wide = {
      ...many,
      codes: 49,
      groups: groups.map((group) => ({
        ...group,
        counts: [...group.counts, ...new Array<number>(40).fill(0)],
      })),
    }
    const drawn = certifyBundles(wide, options)[5]!
    expect([counted.draws, drawn.draws]).toEqual([0, 4000])
    expect(Math.abs(drawn.estimate - counted.estimate)).toBeLessThan(0.02)
    // Half of this k's δ for the draws, half for the bundles.
    const half = 0.05 / 6 / 2
    expect(drawn.upper).toBe(klUpper(klUpper(drawn.estimate, 4000, half), drawn.bundles, half))
    expect(drawn.upper).toBeGreaterThan(counted.upper)
    expect(certifyBundles(wide, options)[5]).toEqual(drawn)
    // Who orders people, codes and values otherwise, or names them so, gets the same draws: there is nothing to choose by.
    const [codes, values] = [Array.from({ length: 49 }, (_, c) => (c * 20 + 3) % 49), [2, 0, 1]]
    const turned = {
      ...wide,
      groups: wide.groups.toReversed().map(({ attribute, counts }) => ({
        attribute: values[attribute]!,
        counts: codes.map((c) => counts[c]!),
      })),
    }
    const again = certifyBundles(turned, options)[5]!
    expect(again.estimate).toBeCloseTo(drawn.estimate, 9)
  })
})

describe('groups that are none', () => {
  it('are refused', () => {
    const options = { reading: 'windows', most: 2, delta: 0.05 } as const
    expect(() => certifyBundles({ ...two, groups: [] }, options)).toThrow(/groups/)
    expect(() => certifyBundles({ ...two, groups: [{ attribute: 2, counts: [1, 1] }] }, options)).toThrow(
      /groups/,
    )
    expect(() => certifyBundles({ ...two, groups: [{ attribute: 0, counts: [1, 0.5] }] }, options)).toThrow(
      /groups/,
    )
    expect(() => certifyBundles(two, { ...options, most: 0 })).toThrow(/at least 1 window/)
    expect(() => certifyBundles(two, { ...options, delta: 1 })).toThrow(/δ/)
  })
})
