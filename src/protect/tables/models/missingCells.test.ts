// Missing sensitive cells: no values that the known ones hide among, held to the definitions over the rows that have one.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alphaAnonymity } from './alphaAnonymity.ts'
import { distinctDiversity } from './distinctDiversity.ts'
import { entropyDiversity } from './entropyDiversity.ts'
import { recursiveDiversity } from './recursiveDiversity.ts'
import { type CountedClasses, countedTables, factsOf, passing } from './testing.ts'

const sensitive = 'ill'
/** The value in the middle is the missing one: codes need not put it first. */
const names = (width: number) => Array.from({ length: width }, (_, v) => (v === 1 ? '' : `v${v}`))
const factsWith = (classes: CountedClasses) => factsOf(classes, { names: names(classes[0]!.length) })
const known = (classes: CountedClasses) => classes.map((counts) => counts.map((n, v) => (v === 1 ? 0 : n)))

const models = [
  (missing?: 'counted') => distinctDiversity({ l: 2, sensitive, missing }),
  (missing?: 'counted') => entropyDiversity({ l: 1.7, sensitive, missing }),
  (missing?: 'counted') => entropyDiversity({ l: 2, sensitive, missing, estimator: 'Grassberger' }),
  (missing?: 'counted') => recursiveDiversity({ c: 1.5, l: 2, sensitive, missing }),
  (missing?: 'counted') => alphaAnonymity({ alpha: 0.6, k: 1, sensitive, missing }),
]

describe('a missing sensitive cell', () => {
  it.each(models)('is no value of %# unless it is asked to be one', (make) => {
    fc.assert(
      fc.property(countedTables, (classes) => {
        const facts = factsWith(classes)
        fc.pre(known(classes).some((counts) => counts.filter((n) => n > 0).length > 1))
        // Classes without a known value apart: those that have one are as they would be without the others.
        const some = classes.filter((_, c) => known(classes)[c]!.some((n) => n > 0))
        expect(passing(make().prepare(facts), some)).toEqual(
          passing(make().prepare(factsOf(known(classes))), known(some)),
        )
        expect(passing(make('counted').prepare(facts), classes)).toEqual(
          passing(make('counted').prepare(factsOf(classes)), classes),
        )
      }),
    )
  })

  it('hides nobody: three of one illness and two without are not 2-diverse, and neither is nobody’s', () => {
    const facts = factsOf(
      [
        [3, 2, 0],
        [0, 4, 0],
        [1, 0, 1],
      ],
      { names: ['HIV', '', 'flu'] },
    )
    const passes = (l: number, missing?: 'counted') =>
      passing(distinctDiversity({ l, sensitive, missing }).prepare(facts), [
        [3, 2, 0],
        [0, 4, 0],
        [1, 0, 1],
      ])
    expect(passes(2)).toEqual([false, false, true])
    expect(passes(1)).toEqual([true, true, true])
    expect(passes(2, 'counted')).toEqual([true, false, true])
    expect(() => distinctDiversity({ l: 3, sensitive }).prepare(facts)).toThrow(
      'a class of 3 different values of "ill" is asked for, and the whole table has 2, missing cells aside',
    )
    expect(distinctDiversity({ l: 2, sensitive, missing: 'counted' }).says).toBe(
      'distinct 2-diversity of ill, missing cells counted',
    )
  })
})
