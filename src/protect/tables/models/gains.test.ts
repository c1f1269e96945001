// Models that bound how much a value's frequency in a class differs from the table's, or how large it is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PrivacyModel } from '../model.ts'
import { alphaAnonymity } from './alphaAnonymity.ts'
import { betaLikeness } from './betaLikeness.ts'
import { deltaDisclosure } from './deltaDisclosure.ts'
import { brokenUnion, countedTables, factsOf, passing, rowsOf, shareOf } from './testing.ts'

const sensitive = 'illness'
/** Thresholds that no quotient of counts of up to 6 of 36 meets: the twins' roundings do not matter there. */
const threshold = fc.double({ min: 0.05, max: 3.9, noNaN: true }).map((at) => at + 1 / (100 * Math.PI))

/** Each value of the table, with its share of it and of a class. */
function shares(classes: readonly (readonly number[])[], counts: readonly number[]) {
  const table = classes.flatMap(rowsOf)
  const rows = rowsOf(counts)
  return [...new Set(table)].map((value) => ({ p: shareOf(table, value), q: shareOf(rows, value) }))
}

function agrees(
  model: (at: number) => PrivacyModel,
  definition: (at: number, values: { p: number; q: number }[]) => boolean,
) {
  fc.assert(
    fc.property(countedTables, threshold, (classes, at) => {
      const expected = classes.map((counts) => definition(at, shares(classes, counts)))
      expect(passing(model(at).prepare(factsOf(classes)), classes)).toEqual(expected)
    }),
  )
}

describe('β-likeness', () => {
  it('is what its definitions say, row by row', () => {
    agrees(
      (beta) => betaLikeness({ beta, sensitive }),
      (beta, values) => values.every(({ p, q }) => (q - p) / p <= beta),
    )
    agrees(
      (beta) => betaLikeness({ beta, sensitive, enhanced: true }),
      (beta, values) => values.every(({ p, q }) => q <= p || (q - p) / p <= Math.min(beta, -Math.log(p))),
    )
  })

  it('passes at β itself, and enhanced refuses what the table’s own frequency forbids', () => {
    // p = 1/4, q = 3/4: a gain of 2, where −ln(1/4) is 1.386.
    const classes = [
      [3, 1],
      [0, 8],
    ]
    const facts = factsOf(classes)
    const passes = (beta: number, enhanced: boolean) =>
      passing(betaLikeness({ beta, sensitive, enhanced }).prepare(facts), classes)
    expect(passes(2, false)).toEqual([true, true])
    expect(passes(2 - 2 ** -51, false)).toEqual([false, true])
    expect(passes(100, true)).toEqual([false, false])
    expect(() => betaLikeness({ beta: 0, sensitive })).toThrow('beta is 0, and must be a number above 0')
  })
})

describe('δ-disclosure privacy', () => {
  it('is what its definition says, row by row, of all values and of those that a class has', () => {
    agrees(
      (delta) => deltaDisclosure({ delta, sensitive }),
      (delta, values) => values.every(({ p, q }) => Math.abs(Math.log2(q / p)) < delta),
    )
    agrees(
      (delta) => deltaDisclosure({ delta, sensitive, allValues: false }),
      (delta, values) => values.every(({ p, q }) => q === 0 || Math.abs(Math.log2(q / p)) < delta),
    )
  })

  it('is strict: twice as frequent is not 1-disclosure private', () => {
    const classes = [
      [2, 2],
      [0, 4],
    ]
    const passes = (delta: number) =>
      passing(deltaDisclosure({ delta, sensitive, allValues: false }).prepare(factsOf(classes)), classes)
    expect(passes(1)).toEqual([false, true])
    expect(passes(1 + 2 ** -52)).toEqual([true, true])
  })

  it('is monotone of all values, and not of those that a class has', () => {
    expect(deltaDisclosure({ delta: 1, sensitive }).monotone).toBe(true)
    const lenient = deltaDisclosure({ delta: 1.5, sensitive, allValues: false })
    expect(lenient.monotone).toBe(false)
    // Half of the table is of each value. One class is half and half, one lacks the first: together it is too rare.
    const classes = [
      [1, 1],
      [0, 9],
      [9, 0],
    ]
    expect(brokenUnion(lenient, classes)).toEqual([
      [1, 1],
      [0, 9],
    ])
  })
})

describe('(α, k)-anonymity', () => {
  it('is what its definition says, row by row', () => {
    fc.assert(
      fc.property(
        countedTables,
        fc.double({ min: 0.05, max: 0.99, noNaN: true }).map((at) => at + 1 / (100 * Math.PI)),
        fc.integer({ min: 1, max: 9 }),
        (classes, alpha, k) => {
          const expected = classes.map((counts) => {
            const rows = rowsOf(counts)
            return rows.length >= k && rows.every((value) => shareOf(rows, value) <= alpha)
          })
          expect(passing(alphaAnonymity({ alpha, k, sensitive }).prepare(factsOf(classes)), classes)).toEqual(
            expected,
          )
        },
      ),
    )
  })

  it('passes at α itself, and refuses what is no share', () => {
    const passes = (alpha: number) =>
      passing(alphaAnonymity({ alpha, k: 3, sensitive }).prepare(factsOf([[1, 2]])), [[1, 2]])[0]
    expect(passes(2 / 3)).toBe(true)
    expect(passes(2 / 3 - 2 ** -53)).toBe(false)
    expect(() => alphaAnonymity({ alpha: 1.01, k: 3, sensitive })).toThrow(
      'alpha is 1.01, and must be a number above 0 and up to 1',
    )
  })
})

describe('all of them', () => {
  const models = (at: number): PrivacyModel[] => [
    betaLikeness({ beta: at, sensitive }),
    betaLikeness({ beta: at, sensitive, enhanced: true }),
    deltaDisclosure({ delta: at, sensitive }),
    deltaDisclosure({ delta: at, sensitive, allValues: false }),
    alphaAnonymity({ alpha: at / 4, k: 2, sensitive }),
  ]

  it('a union of classes that pass passes, where a model says so', () => {
    fc.assert(
      fc.property(countedTables, threshold, (classes, at) => {
        for (const model of models(at)) {
          if (model.monotone) expect(brokenUnion(model, classes)).toBeUndefined()
        }
      }),
    )
  })

  it('what passes passes every weaker threshold', () => {
    fc.assert(
      fc.property(countedTables, threshold, threshold, (classes, one, other) => {
        const facts = factsOf(classes)
        const weaker = models(Math.max(one, other))
        models(Math.min(one, other)).forEach((model, i) => {
          const weakly = passing(weaker[i]!.prepare(facts), classes)
          passing(model.prepare(facts), classes).forEach((passes, c) => {
            if (passes) expect(weakly[c]).toBe(true)
          })
        })
      }),
    )
  })

  it('a class without rows passes, and so does a table of one value', () => {
    for (const model of models(1)) {
      expect(passing(model.prepare(factsOf([[1, 1]])), [[0, 0]])).toEqual([true])
    }
    for (const model of models(4))
      expect(passing(model.prepare(factsOf([[7]])), [[7], [3]])).toEqual([true, true])
  })
})
