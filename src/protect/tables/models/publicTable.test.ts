// Models that compare with a public table.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PrivacyModel } from '../model.ts'
import { deltaPresence } from './deltaPresence.ts'
import { kMap } from './kMap.ts'
import { factsOf, viewOf } from './testing.ts'

/** Classes of a public table: how many of its people are published, how many are not; never none of both. */
const publicClasses = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 9 }))
    .filter(([published, others]) => published + others > 0),
  { minLength: 1, maxLength: 6 },
)

type People = readonly [published: number, others: number]
const passesOf = (model: PrivacyModel, classes: readonly People[]) => {
  const populationRows = classes.reduce((sum, [published, others]) => sum + published + others, 0)
  const prepared = model.prepare(
    factsOf(
      classes.map(([published]) => [published]),
      { populationRows },
    ),
  )
  return classes.map(([published, others]) => prepared.classPasses!(viewOf([published], published + others)))
}
const joined = (a: People, b: People): People => [a[0] + b[0], a[1] + b[1]]

describe('k-map', () => {
  it('is what its definition says: whoever is published is one of k people', () => {
    fc.assert(
      fc.property(publicClasses, fc.integer({ min: 1, max: 15 }), (classes, k) => {
        const people = classes.flatMap(([published, others], c) => [
          ...Array.from({ length: published }, () => ({ c, published: true })),
          ...Array.from({ length: others }, () => ({ c, published: false })),
        ])
        const expected = classes.map((_, c) =>
          people
            .filter((p) => p.c === c && p.published)
            .every(() => people.filter((p) => p.c === c).length >= k),
        )
        expect(passesOf(kMap({ k }), classes)).toEqual(expected)
      }),
    )
  })

  it('absorbs every other class', () => {
    expect(kMap({ k: 5 }).absorbing).toBe(true)
    fc.assert(
      fc.property(publicClasses, fc.integer({ min: 1, max: 15 }), (classes, k) => {
        const passes = passesOf(kMap({ k }), classes)
        classes.forEach((a, i) => {
          // Of a class without rows nothing is published that could pass or not.
          if (!passes[i] || a[0] === 0) return
          classes.forEach((b, j) => {
            if (i === j) return
            const rest = classes.filter((_, c) => c !== i && c !== j)
            expect(passesOf(kMap({ k }), [joined(a, b), ...rest])[0]).toBe(true)
          })
        })
      }),
    )
  })
})

describe('δ-presence', () => {
  it('is what its definition says of every person of the public table', () => {
    fc.assert(
      fc.property(
        publicClasses,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (classes, one, other) => {
          const [least, most] = [Math.min(one, other), Math.max(one, other)]
          const expected = classes.map(([published, others]) => {
            const probability = published / (published + others)
            return least <= probability && probability <= most
          })
          expect(passesOf(deltaPresence({ least, most }), classes)).toEqual(expected)
        },
      ),
    )
  })

  it('passes at both ends, and fails a class that only the public table has', () => {
    expect(
      passesOf(deltaPresence({ least: 1 / 3, most: 0.75 }), [
        [1, 2],
        [3, 1],
        [4, 1],
        [0, 5],
      ]),
    ).toEqual([true, true, false, false])
    expect(passesOf(deltaPresence({ least: 0, most: 0.75 }), [[0, 5]])).toEqual([true])
  })

  it('is monotone, and does not absorb', () => {
    const model = deltaPresence({ least: 0.2, most: 0.6 })
    expect(model.monotone).toBe(true)
    expect('absorbing' in model).toBe(false)
    fc.assert(
      fc.property(publicClasses, (classes) => {
        const passes = passesOf(model, classes)
        classes.forEach((a, i) => {
          classes.forEach((b, j) => {
            if (i === j || !passes[i] || !passes[j]) return
            const rest = classes.filter((_, c) => c !== i && c !== j)
            expect(passesOf(model, [joined(a, b), ...rest])[0]).toBe(true)
          })
        })
      }),
    )
    expect(
      passesOf(model, [
        [5, 5],
        [0, 90],
      ]),
    ).toEqual([true, false])
    expect(passesOf(model, [[5, 95]])).toEqual([false])
  })
})

describe('both', () => {
  it('pass every weaker threshold', () => {
    fc.assert(
      fc.property(
        publicClasses,
        fc.integer({ min: 2, max: 15 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (classes, k, by) => {
          const pairs = [
            [kMap({ k }), kMap({ k: k - 1 })],
            [
              deltaPresence({ least: 0.5 - by / 2, most: 0.5 + by / 2 }),
              deltaPresence({ least: 0.5 - by, most: 0.5 + by }),
            ],
          ] as const
          for (const [strong, weak] of pairs) {
            const weakly = passesOf(weak, classes)
            passesOf(strong, classes).forEach((passes, c) => {
              if (passes) expect(weakly[c]).toBe(true)
            })
          }
        },
      ),
    )
  })

  it('refuse a table without a public one, or with one that cannot hold it, and ends out of order', () => {
    for (const model of [kMap({ k: 2 }), deltaPresence({ least: 0, most: 1 })]) {
      expect(() => model.prepare(factsOf([[5]]))).toThrow('needs a public table')
      expect(() => model.prepare(factsOf([[5]], { populationRows: 4 }))).toThrow(
        'the public table has 4 rows, and the table to publish 5',
      )
    }
    expect(() => deltaPresence({ least: 0.5, most: 0.2 })).toThrow(
      'delta-min is 0.5, and delta-max 0.2 is below it',
    )
    expect(() => kMap({ k: 0 })).toThrow('k is 0, and must be a whole number from 1')
  })
})
