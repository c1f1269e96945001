import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alphaOf,
  basicLikenessOf,
  deltaDisclosureOf,
  distinctDiversityOf,
  enhancedLikenessOf,
  entropyDiversityOf,
  kMapOf,
  kOf,
  presenceOf,
  recursiveDiversityOf,
  tClosenessOf,
} from './measures.ts'
import type { ModelFacts, PrivacyModel } from './model.ts'
import { alphaAnonymity } from './models/alphaAnonymity.ts'
import { betaLikeness } from './models/betaLikeness.ts'
import { deltaDisclosure } from './models/deltaDisclosure.ts'
import { deltaPresence } from './models/deltaPresence.ts'
import { distinctDiversity } from './models/distinctDiversity.ts'
import { entropyDiversity } from './models/entropyDiversity.ts'
import { kMap } from './models/kMap.ts'
import { recursiveDiversity } from './models/recursiveDiversity.ts'
import { tCloseness } from './models/tCloseness.ts'
import { countedTables, factsOf, viewOf } from './models/testing.ts'

const sensitive = 'illness'
const order = ['v0', 'v1', 'v2', 'v3', 'v4']

describe('what a table attains', () => {
  it('is where its models begin to pass, and none a hair stricter', () => {
    fc.assert(
      fc.property(countedTables, fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }), (classes, others) => {
        const views = classes.map((counts, c) =>
          viewOf(counts, counts.reduce((a, b) => a + b, 0) + others[c]!),
        )
        const facts = factsOf(classes, {
          populationRows: views.reduce((sum, view) => sum + view.population, 0),
        })
        const passes = (model: PrivacyModel, of: ModelFacts = facts) => {
          const prepared = model.prepare(of)
          return views.every((view) => prepared.classPasses!(view))
        }
        const [more, fewer] = [1 + 1e-9, 1 - 1e-9]

        const l = distinctDiversityOf(views)
        expect(passes(distinctDiversity({ l, sensitive }))).toBe(true)
        if (l < classes[0]!.length) expect(passes(distinctDiversity({ l: l + 1, sensitive }))).toBe(false)

        const entropic = entropyDiversityOf(views)
        expect(passes(entropyDiversity({ l: Math.max(1, entropic * fewer), sensitive }))).toBe(true)
        if (entropic * more < classes[0]!.length) {
          expect(passes(entropyDiversity({ l: entropic * more, sensitive }))).toBe(false)
        }

        const c = recursiveDiversityOf(views, l)
        expect(passes(recursiveDiversity({ c: c * more, l, sensitive }))).toBe(true)
        expect(passes(recursiveDiversity({ c, l, sensitive }))).toBe(false)

        const alpha = alphaOf(views)
        expect(passes(alphaAnonymity({ alpha, k: kOf(views), sensitive }))).toBe(true)
        expect(passes(alphaAnonymity({ alpha, k: kOf(views) + 1, sensitive }))).toBe(false)
        expect(passes(alphaAnonymity({ alpha: alpha * fewer, k: 1, sensitive }))).toBe(false)

        for (const ground of [{ kind: 'equal' }, { kind: 'ordered', order }] as const) {
          const t = tClosenessOf(views, facts, sensitive, ground)
          expect(passes(tCloseness({ t, sensitive, ground }))).toBe(true)
          if (t > 0) expect(passes(tCloseness({ t: t * fewer, sensitive, ground }))).toBe(false)
        }

        const basic = basicLikenessOf(views, facts, sensitive)
        if (basic > 0) {
          expect(passes(betaLikeness({ beta: basic, sensitive }))).toBe(true)
          expect(passes(betaLikeness({ beta: basic * fewer, sensitive }))).toBe(false)
        }
        const enhanced = enhancedLikenessOf(views, facts, sensitive)
        if (enhanced === Number.POSITIVE_INFINITY) {
          expect(passes(betaLikeness({ beta: 1e12, sensitive, enhanced: true }))).toBe(false)
        } else if (enhanced > 0) {
          expect(enhanced).toBe(basic)
          expect(passes(betaLikeness({ beta: enhanced, sensitive, enhanced: true }))).toBe(true)
        }

        for (const allValues of [true, false]) {
          const delta = deltaDisclosureOf(views, facts, sensitive, allValues)
          if (delta === 0) continue
          if (delta < Number.POSITIVE_INFINITY) {
            expect(passes(deltaDisclosure({ delta, sensitive, allValues }))).toBe(false)
            expect(passes(deltaDisclosure({ delta: delta * more, sensitive, allValues }))).toBe(true)
          } else {
            expect(passes(deltaDisclosure({ delta: 1e12, sensitive, allValues }))).toBe(false)
          }
        }

        expect(passes(kMap({ k: kMapOf(views) }))).toBe(true)
        expect(passes(kMap({ k: kMapOf(views) + 1 }))).toBe(false)
        const [low, high] = presenceOf(views)
        expect(passes(deltaPresence({ least: low, most: high }))).toBe(true)
        if (low < high)
          expect(passes(deltaPresence({ least: low, most: Math.max(low, high * fewer) }))).toBe(false)
        if (low < high)
          expect(passes(deltaPresence({ least: Math.min(high, low * more + 1e-9), most: high }))).toBe(false)
      }),
    )
  })

  it('classes without rows count for presence alone, and no class at all attains everything', () => {
    const classes = [viewOf([3, 1], 9), viewOf([0, 0], 5)]
    expect(kOf(classes)).toBe(4)
    expect(kMapOf(classes)).toBe(9)
    expect(distinctDiversityOf(classes)).toBe(2)
    expect(presenceOf(classes)).toEqual([0, 4 / 9])
    expect([kOf([]), distinctDiversityOf([]), alphaOf([]), recursiveDiversityOf([], 2)]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      0,
      0,
    ])
  })
})
