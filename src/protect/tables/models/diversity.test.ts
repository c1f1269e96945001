import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctDiversity } from './distinctDiversity.ts'
import { classEntropy, entropyDiversity, grassbergerG } from './entropyDiversity.ts'
import { recursiveDiversity } from './recursiveDiversity.ts'
import { brokenUnion, countedTables, factsOf, passing, rowsOf, shareOf, union, viewOf } from './testing.ts'

const sensitive = 'illness'
const widthOf = (classes: readonly (readonly number[])[]) => classes[0]!.length

describe('distinct l-diversity', () => {
  it('is what its definition says, row by row', () => {
    fc.assert(
      fc.property(countedTables, fc.integer({ min: 1, max: 5 }), (classes, l) => {
        fc.pre(l <= widthOf(classes))
        const prepared = distinctDiversity({ l, sensitive }).prepare(factsOf(classes))
        expect(passing(prepared, classes)).toEqual(classes.map((counts) => new Set(rowsOf(counts)).size >= l))
      }),
    )
  })

  it('absorbs: a class that passes still does when any class joins it', () => {
    const model = distinctDiversity({ l: 2, sensitive })
    expect(model.absorbing).toBe(true)
    fc.assert(
      fc.property(countedTables, (classes) => {
        fc.pre(widthOf(classes) > 1)
        const prepared = model.prepare(factsOf(classes))
        for (const a of classes) {
          if (!prepared.classPasses!(viewOf(a))) continue
          for (const b of classes) expect(prepared.classPasses!(viewOf(union(a, b)))).toBe(true)
        }
      }),
    )
  })

  it('refuses an l that no class of the table reaches, and one out of range', () => {
    expect(() => distinctDiversity({ l: 3, sensitive }).prepare(factsOf([[1, 4]]))).toThrow(
      'a class of 3 different values of "illness" is asked for, and the whole table has 2',
    )
    expect(() => distinctDiversity({ l: 2.5, sensitive })).toThrow(
      'l is 2.5, and must be a whole number from 1',
    )
    expect(() => distinctDiversity({ l: 1, sensitive }).prepare({ ...factsOf([]), rows: 5 })).toThrow(
      'was read without it',
    )
  })
})

describe('entropy l-diversity', () => {
  /** The definition, over shares of rows. */
  const entropy = (rows: readonly number[]) => {
    let sum = 0
    for (const value of new Set(rows)) sum -= shareOf(rows, value) * Math.log(shareOf(rows, value))
    return sum
  }

  it('is what its definition says, row by row', () => {
    fc.assert(
      fc.property(countedTables, fc.double({ min: 1, max: 5, noNaN: true }), (classes, l) => {
        fc.pre(Math.ceil(l) <= widthOf(classes))
        // Where the two computations of an entropy may differ in their last digits, neither is the judge.
        fc.pre(classes.every((counts) => Math.abs(entropy(rowsOf(counts)) - Math.log(l)) > 1e-9))
        const prepared = entropyDiversity({ l, sensitive }).prepare(factsOf(classes))
        expect(passing(prepared, classes)).toEqual(
          classes.map((counts) => entropy(rowsOf(counts)) >= Math.log(l)),
        )
      }),
    )
  })

  it('l values of one frequency are l-diverse, and not a billionth more', () => {
    for (let l = 1; l <= 60; l++) {
      for (const each of [1, 3, 7, 1009]) {
        const classes = [
          [...Array.from({ length: l }, () => each), 0],
          Array.from({ length: l + 1 }, () => 1),
        ]
        const [passes] = passing(entropyDiversity({ l, sensitive }).prepare(factsOf(classes)), classes)
        expect(passes).toBe(true)
        const [more] = passing(
          entropyDiversity({ l: l * (1 + 1e-9), sensitive }).prepare(factsOf(classes)),
          classes,
        )
        expect(more).toBe(false)
      }
    }
  })

  it('Grassberger’s G is its recurrence, at counts in the table and beyond it', () => {
    const gamma = 0.5772156649015329
    expect(grassbergerG(1)).toBeCloseTo(-gamma - Math.LN2, 14)
    expect(grassbergerG(2)).toBeCloseTo(2 - gamma - Math.LN2, 14)
    for (const count of [2, 8, 100, 126, 128, 130, 132, 1000, 30_162]) {
      const even = count - (count % 2)
      expect(grassbergerG(count + 1 - (count % 2))).toBe(grassbergerG(even))
      expect(grassbergerG(even + 2) - grassbergerG(even)).toBeCloseTo(2 / (even + 1), 12)
    }
    // As ARX tabulates it.
    expect(grassbergerG(100)).toBeCloseTo(4.605186851488337, 13)
    expect(grassbergerG(47)).toBeCloseTo(3.8287201354238913, 13)
  })

  it('Grassberger’s estimate needs the values, too: two rows of two values have an estimate of 2 nats', () => {
    expect(Math.exp(classEntropy(viewOf([1, 1]), 'Grassberger'))).toBeCloseTo(Math.exp(2), 10)
    const classes = [
      [1, 1, 0],
      [3, 3, 3],
    ]
    const prepared = entropyDiversity({ l: 3, sensitive, estimator: 'Grassberger' }).prepare(factsOf(classes))
    expect(passing(prepared, classes)).toEqual([false, true])
  })

  it('Grassberger’s sum is looked at when it is whole: of counts 2, 1, 1 it is above its bound first and below it in the end', () => {
    const bound = 4 * (grassbergerG(4) - Math.log(3))
    expect(2 * grassbergerG(2)).toBeGreaterThan(bound)
    expect(2 * grassbergerG(2) + 2 * grassbergerG(1)).toBeLessThan(bound)
    // ARX stops at the first, where its hash table has the 2 before the ones, and suppresses the class.
    const prepared = entropyDiversity({ l: 3, sensitive, estimator: 'Grassberger' }).prepare(
      factsOf([[2, 1, 1]]),
    )
    expect(
      passing(prepared, [
        [2, 1, 1],
        [1, 1, 2],
      ]),
    ).toEqual([true, true])
  })

  it('is monotone for Shannon’s entropy, and not for Grassberger’s', () => {
    expect(entropyDiversity({ l: 2, sensitive }).monotone).toBe(true)
    const grassberger = entropyDiversity({ l: 2, sensitive, estimator: 'Grassberger' })
    expect(grassberger.monotone).toBe(false)
    // Two rows of two values count as 7.4 values, four as 1.95.
    expect(Math.exp(classEntropy(viewOf([1, 1]), 'Grassberger'))).toBeCloseTo(7.389, 3)
    expect(Math.exp(classEntropy(viewOf([2, 2]), 'Grassberger'))).toBeCloseTo(1.948, 3)
    expect(
      brokenUnion(grassberger, [
        [1, 1],
        [1, 1],
      ]),
    ).toEqual([
      [1, 1],
      [1, 1],
    ])
  })
})

describe('recursive (c, l)-diversity', () => {
  /** The definition: frequencies sorted falling, r₁ < c·(r_l + … + r_m). */
  const diverse = (rows: readonly number[], c: number, l: number) => {
    const frequencies = [...new Set(rows)].map((value) => rows.filter((row) => row === value).length)
    frequencies.sort((a, b) => b - a)
    return frequencies[0]! < c * frequencies.slice(l - 1).reduce((sum, count) => sum + count, 0)
  }

  it('is what its definition says, row by row', () => {
    fc.assert(
      fc.property(
        countedTables,
        fc.integer({ min: 1, max: 5 }),
        // Quotients whose products with small counts are exact, so that ties are ties in both.
        fc.constantFrom(0.25, 0.5, 0.75, 1, 1.5, 2, 4),
        (classes, l, c) => {
          fc.pre(l <= widthOf(classes))
          const prepared = recursiveDiversity({ c, l, sensitive }).prepare(factsOf(classes))
          expect(passing(prepared, classes)).toEqual(classes.map((counts) => diverse(rowsOf(counts), c, l)))
        },
      ),
    )
  })

  it('is strict: twice a tail of 3 is not more than 6, nor a third of 3 more than 1', () => {
    const passes = (counts: number[], c: number, l: number) =>
      passing(recursiveDiversity({ c, l, sensitive }).prepare(factsOf([counts])), [counts])[0]
    expect(passes([6, 3], 2, 2)).toBe(false)
    expect(passes([5, 3], 2, 2)).toBe(true)
    expect(passes([1, 1, 1, 1], 1 / 3, 2)).toBe(false)
    expect(passes([1, 1, 1, 1, 1], 1 / 3, 2)).toBe(true)
  })

  it('refuses c and l out of range', () => {
    expect(() => recursiveDiversity({ c: 0, l: 2, sensitive })).toThrow(
      'c is 0, and must be a number above 0',
    )
    expect(() => recursiveDiversity({ c: 1, l: 0, sensitive })).toThrow(
      'l is 0, and must be a whole number from 1',
    )
  })
})

describe('all of them', () => {
  const models = [
    distinctDiversity({ l: 2, sensitive }),
    entropyDiversity({ l: 1.7, sensitive }),
    recursiveDiversity({ c: 1.5, l: 2, sensitive }),
  ]

  it('a union of classes that pass passes', () => {
    for (const model of models) {
      expect(model.monotone).toBe(true)
      fc.assert(
        fc.property(countedTables, (classes) => {
          fc.pre(widthOf(classes) > 1)
          expect(brokenUnion(model, classes)).toBeUndefined()
        }),
      )
    }
  })

  it('what passes passes every weaker threshold', () => {
    fc.assert(
      fc.property(
        countedTables,
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (classes, l, weaken) => {
          fc.pre(Math.ceil(l) <= widthOf(classes))
          const weaker = 1 + (l - 1) * weaken
          const facts = factsOf(classes)
          const pairs = [
            [
              distinctDiversity({ l: Math.floor(l), sensitive }),
              distinctDiversity({ l: Math.floor(weaker), sensitive }),
            ],
            [entropyDiversity({ l, sensitive }), entropyDiversity({ l: weaker, sensitive })],
            [
              entropyDiversity({ l, sensitive, estimator: 'Grassberger' }),
              entropyDiversity({ l: weaker, sensitive, estimator: 'Grassberger' }),
            ],
            [
              recursiveDiversity({ c: weaker, l: Math.floor(l), sensitive }),
              recursiveDiversity({ c: l, l: Math.floor(weaker), sensitive }),
            ],
          ] as const
          for (const [strong, weak] of pairs) {
            const strongly = passing(strong.prepare(facts), classes)
            const weakly = passing(weak.prepare(facts), classes)
            strongly.forEach((passes, i) => {
              if (passes) expect(weakly[i]).toBe(true)
            })
          }
        },
      ),
    )
  })

  it('a class without rows passes, and a table of one value is 1-diverse', () => {
    for (const model of [...models, entropyDiversity({ l: 2, sensitive, estimator: 'Grassberger' })]) {
      expect(passing(model.prepare(factsOf([[1, 1]])), [[0, 0]])).toEqual([true])
    }
    for (const model of [distinctDiversity({ l: 1, sensitive }), entropyDiversity({ l: 1, sensitive })]) {
      expect(passing(model.prepare(factsOf([[7]])), [[7], [1]])).toEqual([true, true])
    }
  })
})
