// The certificate's numbers against the design's vectors, and what must hold of every table.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binomialTail } from '../../statistics/binomial.ts'
import { type CertifyOptions, certify } from './certify.ts'
import { binomialLower, binomialUpper, klUpper, strataLimits } from './limits.ts'

const small = {
  codes: 2,
  attributes: ['a', 'b'],
  counts: [
    [30, 10],
    [5, 55],
  ],
}
const of = (options: Partial<CertifyOptions> = {}) =>
  certify(small, { delta: 0.05, unit: 'person', ...options })

describe('limits', () => {
  it('are those of the tables', () => {
    expect(binomialUpper(10_975, 25_000, 1e-3)).toBeCloseTo(0.448735, 6)
    expect(klUpper(10_975 / 25_000, 25_000, 1e-3)).toBeCloseTo(0.450687, 6)
    expect(binomialUpper(1428, 10_000, 1e-3)).toBeCloseTo(0.153901, 6)
    expect(klUpper(0.1428, 10_000, 1e-3)).toBeCloseTo(0.156131, 6)
    expect(binomialUpper(124, 1623, 1e-3)).toBeCloseTo(0.098874, 6)
    // .10331254…: the design's table cuts the digits off.
    expect(klUpper(124 / 1623, 1623, 1e-3)).toBeCloseTo(0.1033125, 6)
  })

  it('are closed forms at the ends, and hold for tiny δ', () => {
    expect(binomialUpper(0, 50, 1e-3)).toBeCloseTo(1 - 1e-3 ** (1 / 50), 12)
    expect(klUpper(0, 50, 1e-3)).toBeCloseTo(1 - 1e-3 ** (1 / 50), 12)
    expect([binomialUpper(50, 50, 1e-3), klUpper(1, 50, 1e-3), binomialLower(0, 50, 1e-3)]).toEqual([1, 1, 0])
    expect(binomialLower(50, 50, 1e-3)).toBeCloseTo(1e-3 ** (1 / 50), 12)
    expect([binomialUpper(1, 1, 1e-300), klUpper(0.5, 1, 1e-300)]).toEqual([1, 1])
    expect(binomialUpper(10, 1000, 1e-300)).toBeLessThan(1)
    expect(binomialUpper(10, 1000, 1e-300)).toBeGreaterThan(binomialUpper(10, 1000, 1e-30))
  })

  it('invert their tails: against us, and no further', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1e-9, max: 0.4, noNaN: true }),
        (trials, share, delta) => {
          const hits = Math.floor(share * trials)
          const upper = binomialUpper(hits, trials, delta)
          // P[Bin(trials, p) ≤ hits], by the misses: one minus the other tail would lose the digits of a small δ.
          const tail = (p: number) => binomialTail(trials, 1 - p, trials - hits)
          if (upper < 1 - 1e-6) expect(Math.abs(tail(upper) / delta - 1)).toBeLessThan(1e-4)
          const chernoff = klUpper(hits / trials, trials, delta)
          // Chernoff's is the weaker one, and at its limit the divergence is what was asked.
          expect(chernoff).toBeGreaterThanOrEqual(upper - 1e-12)
          const a = hits / trials
          const kl = a * Math.log(a / chernoff || 1) + (1 - a) * Math.log((1 - a) / (1 - chernoff) || 1)
          if (chernoff < 1 - 1e-6) expect(kl * trials).toBeCloseTo(Math.log(1 / delta), 4)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of strata err no more often than they say, whatever the chances of the units are', () => {
    // The exact law of a sum of unlike trials, term by term.
    const lawOf = (chances: readonly number[]) => {
      const law = new Array<number>(chances.length + 1).fill(0)
      law[0] = 1
      for (const p of chances)
        for (let k = chances.length; k >= 0; k--) law[k] = law[k]! * (1 - p) + (k === 0 ? 0 : law[k - 1]! * p)
      return law
    }
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 1e-6, max: 0.9, noNaN: true }),
        (chances, delta) => {
          const units = chances.length
          const v = chances.reduce((a, b) => a + b, 0) / units
          const { upper, lower } = strataLimits(units)
          const wrong = (isWrong: (hits: number) => boolean) =>
            lawOf(chances).reduce((sum, mass, hits) => sum + (isWrong(hits) ? mass : 0), 0)
          // Rounding apart: a limit that is V itself holds.
          expect(wrong((hits) => upper(hits, delta) < v - 1e-9)).toBeLessThanOrEqual(delta + 1e-9)
          expect(wrong((hits) => lower(hits, delta) > v + 1e-9)).toBeLessThanOrEqual(delta + 1e-9)
        },
      ),
      { numRuns: 500 },
    )
    // Nearer than a unit to the mean the binomial tail is no bound: all but one trial sure, and one never.
    const { upper } = strataLimits(2)
    expect(binomialUpper(1, 2, 0.9)).toBeLessThan(0.5)
    expect(upper(1, 0.9)).toBe(1)
  })

  it.each([0, 1, -1, Number.NaN, 2])('refuse δ = %d', (delta) => {
    expect(() => of({ delta })).toThrow(/δ is a probability/)
  })
})

describe('a certificate', () => {
  it('is that of the table', () => {
    expect(of()).toMatchObject({ theorem: 'A', estimate: 0.85, blind: 0.65, units: 100, floor: null })
    expect(of().upper).toBeCloseTo(0.905206, 6)
    expect(of({ delta: 1e-3 }).upper).toBeCloseTo(0.939514, 6)
    expect(of({ sampling: 'stratified' }).theorem).toBe('A')
    expect(of({ sampling: 'stratified' }).upper).toBeCloseTo(0.905206, 6)
    expect(klUpper(0.85, 100, 0.05)).toBeCloseTo(0.922968, 6)
    expect(klUpper(0.85, 100, 1e-3)).toBeCloseTo(0.949439, 6)
  })

  it('splits δ over candidates and attributes', () => {
    const split = of({ delta: 0.05 * 6, candidates: 3, attributesCertified: 2 })
    expect(split.deltaEach).toBeCloseTo(0.05, 12)
    expect(split.upper).toBeCloseTo(0.905206, 6)
    expect(() => of({ candidates: 0 })).toThrow(/candidates/)
    expect(() => of({ delta: 0.999 })).toThrow(/more often than not/)
    expect(() => of({ attributesCertified: 1.5 })).toThrow(/attributesCertified/)
  })

  it('is of what a channel releases, by theorem B', () => {
    const found = of({
      channel: [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
    })
    // Output 0: .9·(30, 10) + .2·(5, 55) = (28, 20); output 1: (7, 45).
    expect(found).toMatchObject({ theorem: 'B', estimate: expect.closeTo(0.73, 12) })
    expect(found.upper).toBeCloseTo(klUpper(0.73, 100, 0.05), 12)
    expect(found.codes.each[0]).toMatchObject({ units: expect.closeTo(48, 9), attribute: 'a' })
    for (const channel of [
      [[1, 0]],
      [
        [1, 0],
        [0.5, 0.4],
      ],
      [
        [1, 0],
        [1.5, -0.5],
      ],
      [[1], [1, 0]],
    ])
      expect(() => of({ channel })).toThrow(/a channel has one law/)
  })

  it('takes labels that are of its own table alone', () => {
    const part = (counts: number[][]) => ({ codes: 2, attributes: ['a', 'b'], counts })
    const whole = [
      part([
        [30, 10],
        [5, 55],
      ]),
    ]
    const beside = (counts: number[][]) => ({ labels: ['no', 'yes'], tables: [...whole, part(counts)] })
    for (const given of [
      // A row, a column, less than nothing, shares for counts, a label of nobody.
      {
        labels: ['no'],
        tables: [
          part([
            [30, 10],
            [5, 55],
            [100, 0],
          ]),
        ],
      },
      {
        labels: ['no'],
        tables: [
          part([
            [30, 10, 50],
            [5, 55, 50],
          ]),
        ],
      },
      {
        labels: ['no', 'yes'],
        tables: [
          part([
            [40, 10],
            [5, 55],
          ]),
          part([
            [-10, 0],
            [0, 0],
          ]),
        ],
      },
      {
        labels: ['no'],
        tables: [
          {
            codes: 2,
            attributes: ['a', 'b'],
            weights: [
              [30, 10],
              [5, 55],
            ],
          },
        ],
      },
      beside([
        [0, 0],
        [0, 0],
      ]),
    ])
      expect(() => of({ given })).toThrow(/not of the same units/)
    expect(of({ given: { labels: ['no'], tables: whole } }).floor!.estimate).toBe(0.65)
  })

  it('has the floor, what is known with the label, and the excess', () => {
    const part = (counts: number[][]) => ({ codes: 2, attributes: ['a', 'b'], counts })
    const given = {
      labels: ['no', 'yes'],
      tables: [
        part([
          [25, 5],
          [3, 7],
        ]),
        part([
          [5, 5],
          [2, 48],
        ]),
      ],
    }
    const { floor } = of({ given, rule: [0, 1] })
    // By label (28, 12) and (7, 53); refined 25 + 7 + 5 + 48; decided: code 0 is 'no' (30), code 1 'yes' (50).
    expect(floor).toMatchObject({ estimate: 0.81, accuracy: 0.8, determined: false })
    expect(floor!.lower).toBe(binomialLower(81, 100, 0.05))
    expect(floor!.labelKnown).toEqual({ estimate: 0.85, upper: binomialUpper(85, 100, 0.05) })
    expect(floor!.excess.estimate).toBeCloseTo(0.04, 12)
    expect(floor!.excess.upper).toBe(binomialUpper(85, 100, 0.025) - binomialLower(81, 100, 0.025))
    // Chernoff's lower limit is the upper one of the misses.
    const channel = [
      [1, 0],
      [0, 1],
    ]
    const random = of({ given, rule: [0, 1], channel }).floor!
    expect(random.lower).toBe(1 - klUpper(1 - 0.81, 100, 0.05))
    expect(random.lower).toBeLessThan(floor!.lower!)
    expect(of({ given, rule: [0, 1], sampling: 'stratified' }).floor!.lower).toBe(floor!.lower)
    expect(of({ given }).floor).toMatchObject({ lower: null, excess: { upper: null } })
    expect(() => of({ given, rule: [0] })).toThrow(/the rule of the floor/)
    expect(() => of({ given, rule: [0, 2] })).toThrow(/the rule of the floor/)
    const other = { ...given, tables: [given.tables[0]!, given.tables[0]!] }
    expect(() => of({ given: other })).toThrow(/not of the same units/)
  })

  it('has the gain factor of strata', () => {
    // P(0|a) = 30/35, P(1|b) = 55/65.
    const { gain } = of()
    expect(gain!.estimate).toBeCloseTo(30 / 35 + 55 / 65, 12)
    const hoeffding = (30 / 35 + 55 / 65) / 2 + Math.sqrt((Math.log(20) / 2) * (1 / 140 + 1 / 260))
    expect(gain!.upper).toBeLessThanOrEqual(2 * Math.min(1, hoeffding) + 1e-12)
    const equal = {
      ...small,
      counts: [
        [40, 10],
        [10, 40],
      ],
    }
    expect(certify(equal, { delta: 0.05, unit: 'person' }).gain!.upper).toBeCloseTo(
      2 * klUpper(0.8, 100, 0.05),
      9,
    )
    const empty = {
      ...small,
      attributes: ['a', 'b', 'c'],
      counts: [
        [30, 10, 0],
        [5, 55, 0],
      ],
    }
    expect(certify(empty, { delta: 0.05, unit: 'person' }).gain).toBeNull()
  })

  it('tells of single codes', () => {
    const table = {
      codes: 4,
      attributes: ['a', 'b'],
      counts: [
        [95, 5],
        [60, 60],
        [3, 0],
        [0, 0],
      ],
    }
    const { codes } = certify(table, { delta: 0.05, unit: 'person' })
    expect(codes).toMatchObject({ largestPosterior: 0.95, thin: [2, 3] })
    expect(codes.exposed).toEqual({ above: 0.9, share: 103 / 223 })
    expect(codes.each[0]).toEqual({ units: 100, posterior: 0.95, attribute: 'a' })
    expect(codes.each[3]!.posterior).toBe(0)
  })

  it('is never below what any rule gets in the table, nor below its own estimate', () => {
    const row = fc.array(fc.nat(60), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        (rows, rule) => {
          const counts = rows.map((cells) => cells.map((x, i) => (i === 0 ? x + 1 : x)))
          const table = { codes: counts.length, attributes: ['a', 'b', 'c'], counts }
          const { estimate, upper, blind, units } = certify(table, { delta: 0.01, unit: 'person' })
          const hits = counts.reduce((sum, cells, c) => sum + cells[rule[c]!]!, 0)
          expect(hits / units).toBeLessThanOrEqual(estimate + 1e-12)
          expect(blind).toBeLessThanOrEqual(estimate + 1e-12)
          expect(estimate).toBeLessThanOrEqual(upper)
          // Merging codes releases less (data processing).
          const merged = {
            ...table,
            codes: 1,
            counts: [counts[0]!.map((_, s) => counts.reduce((sum, r) => sum + r[s]!, 0))],
          }
          expect(certify(merged, { delta: 0.01, unit: 'person' }).upper).toBeLessThanOrEqual(upper + 1e-12)
        },
      ),
    )
  })
})

describe('a verdict', () => {
  const table = (scale: number) => ({
    ...small,
    counts: small.counts.map((row) => row.map((x) => x * scale)),
  })
  const verdict = (options: Partial<CertifyOptions>, scale = 10) =>
    certify(table(scale), { delta: 0.05, unit: 'person', ...options }).verdict
  const given = (scale: number) => ({
    labels: ['no', 'yes'],
    tables: [
      {
        codes: 2,
        attributes: ['a', 'b'],
        counts: [
          [30 * scale, 10 * scale],
          [0, 0],
        ],
      },
      {
        codes: 2,
        attributes: ['a', 'b'],
        counts: [
          [0, 0],
          [5 * scale, 55 * scale],
        ],
      },
    ],
  })

  it('says what holds', () => {
    expect(verdict({})).toEqual({ kind: 'stated', words: 'at most 86.9%' })
    expect(verdict({ policy: { limit: 0.9 } })).toMatchObject({ kind: 'holds' })
    expect(verdict({ policy: { limit: 0.86 } })).toMatchObject({ kind: 'exceeded' })
    expect(verdict({ policy: { limit: 0.6 } }).words).toMatch(
      /^infeasible: without any release a guess is right in 65\.0%/,
    )
  })

  it('says what no pane can do', () => {
    // The label alone tells 85%, and these codes have it all: accuracy 1.
    expect(verdict({ given: given(10), policy: { limit: 0.84 } }).words).toMatch(
      /^infeasible: the label alone tells 85\.0%/,
    )
    expect(verdict({ given: given(10), policy: { limit: 0.84, accuracy: 0.95 } }).kind).toBe('exceeded')
    expect(verdict({ given: given(10), policy: { limit: 0.79, accuracy: 0.95 } }).kind).toBe('infeasible')
    const same = {
      labels: ['a', 'b'],
      tables: [
        {
          codes: 2,
          attributes: ['a', 'b'],
          counts: [
            [300, 0],
            [50, 0],
          ],
        },
        {
          codes: 2,
          attributes: ['a', 'b'],
          counts: [
            [0, 100],
            [0, 550],
          ],
        },
      ],
    }
    expect(verdict({ given: same })).toMatchObject({
      kind: 'infeasible',
      words: expect.stringContaining('100.0%'),
    })
    // But a release that answers so rarely that it is within the policy is within it.
    expect(verdict({ given: same, channel: [[1], [1]], policy: { limit: 0.7 } }).kind).toBe('holds')
  })

  it('says when there is too little to say', () => {
    const people = {
      ...small,
      counts: [
        [6, 2],
        [1, 7],
      ],
    }
    expect(certify(people, { delta: 0.05, unit: 'person' }).verdict).toEqual({
      kind: 'not certifiable',
      words: 'not certifiable: 16 people',
    })
    expect(verdict({}, 1).kind).toBe('too few units')
    expect(verdict({ given: given(1) }, 1).kind).not.toBe('too few units')
    expect(of().warnings).toEqual([expect.stringContaining('2 codes on 100 people')])
    expect(() => of({ policy: { limit: 45 } })).toThrow(/share in 0 … 1, not 45/)
  })
})
