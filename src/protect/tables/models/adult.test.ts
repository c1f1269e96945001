// Adult, as others measure it: pycanon at fifteen nodes (fixtures/pycanon.json, made by scripts/pycanon_golden.py), and ARX's own tests.

import { describe, expect, it } from 'vitest'
import golden from '../fixtures/pycanon.json' with { type: 'json' }
import {
  alphaOf,
  basicLikenessOf,
  deltaDisclosureOf,
  distinctDiversityOf,
  enhancedLikenessOf,
  entropyDiversityOf,
  kOf,
  recursiveDiversityOf,
  tClosenessOf,
} from '../measures.ts'
import type { ClassView, TableView } from '../model.ts'
import { fitPitman } from '../population/pitman.ts'
import { type Sample, sampleOf } from '../population/sample.ts'
import { expectedOnes, fitSlideNegativeBinomial } from '../population/slideNegativeBinomial.ts'
import { estimateUniques, type PopulationModel } from '../population/uniques.ts'
import { adultClasses, adultColumns, hasAdult, withoutSmall } from './adultTesting.ts'
import { averageRisk, sampleUniques } from './sampleRisk.ts'
import { tableOf } from './testing.ts'

/** pycanon's c: it takes the rarest value for the most frequent one, and sums from the l-th rarest on. */
const pycanonsC = (view: ClassView, l: number) => {
  const rising = [...view.counts].sort((a, b) => a - b)
  return Math.floor(rising[0]! / rising.slice(l - 1).reduce((sum, count) => sum + count, 0) + 1)
}

describe.skipIf(!hasAdult)('pycanon’s answers (skipped without ../shared/data)', () => {
  const answers = golden.answers.map((answer) => ({
    answer,
    published: withoutSmall(adultClasses(answer.quasi, answer.node, answer.sensitive), answer.leastRows),
  }))

  it.each(answers)('$answer.sensitive at $answer.node', ({ answer, published }) => {
    const { views, facts } = published
    const column = answer.sensitive
    expect(facts.rows).toBe(answer.rows)
    expect(kOf(views)).toBe(answer.k)
    if (column === 'age') {
      expect(tClosenessOf(views, facts, column, { kind: 'ordered', order: 'numbers' })).toBeCloseTo(
        answer.t,
        12,
      )
      return
    }
    expect(tClosenessOf(views, facts, column)).toBeCloseTo(answer.t, 12)
    expect(alphaOf(views)).toBe(answer.alpha)
    expect(distinctDiversityOf(views)).toBe(answer.distinct)
    expect(basicLikenessOf(views, facts, column) / answer.basic!).toBeCloseTo(1, 12)
    // In nats, over the values that a class has.
    expect(deltaDisclosureOf(views, facts, column, false) * Math.LN2).toBeCloseTo(answer.delta!, 12)
    // Its l is rounded down.
    expect(Math.floor(entropyDiversityOf(views) + 1e-9)).toBe(answer.entropy)
  })

  it('differ where they are wrong: recursive diversity by the rarest value, enhanced likeness without its refusals', () => {
    for (const { answer, published } of answers) {
      if (answer.sensitive === 'age') continue
      const { views, facts } = published
      const [c, l] = answer.recursive!
      if (typeof c === 'number') {
        // It answers c = 1, which says that the most frequent value is rarer than the sum of the rarest.
        expect(Math.max(...views.map((view) => pycanonsC(view, l!)))).toBe(c)
        expect(recursiveDiversityOf(views, l!)).toBeGreaterThan(c)
      }
      // It answers min(β, −ln p) of the rarest value; the gains of frequent ones are beyond what their p allows.
      expect(Number.isFinite(answer.enhanced)).toBe(true)
      expect(enhancedLikenessOf(views, facts, answer.sensitive)).toBe(Number.POSITIVE_INFINITY)
    }
  })
})

describe.skipIf(!hasAdult)('what k = 5 leaves open (skipped without ../shared/data)', () => {
  const quasi = adultColumns.filter((name) => name !== 'occupation')
  const attained = (node: readonly number[]) => {
    const { views, facts } = withoutSmall(adultClasses(quasi, node, 'occupation'), 5)
    const told = views.filter((view) => view.distinct === 1).reduce((sum, view) => sum + view.rows, 0)
    const t = tClosenessOf(views, facts, 'occupation')
    const beta = basicLikenessOf(views, facts, 'occupation')
    return [
      views.length,
      facts.rows,
      kOf(views),
      distinctDiversityOf(views),
      told,
      t.toFixed(3),
      beta.toFixed(1),
    ]
  }

  it('is the table of docs/tables.md', () => {
    expect(attained([0, 3, 0, 0, 1, 0, 0, 0])).toEqual([626, 26_248, 5, 1, 73, '0.893', '702.1'])
    expect(attained([1, 1, 1, 1, 3, 2, 2, 1])).toEqual([30, 30_162, 16, 7, 0, '0.432', '16.6'])
  })
})

describe.skipIf(!hasAdult)('ARX’s estimates (skipped without ../shared/data)', () => {
  let classes: TableView | undefined
  const raw = () => {
    classes ??= tableOf(
      adultClasses(
        adultColumns,
        adultColumns.map(() => 0),
        undefined,
      ).views.map((view) => view.rows),
    )
    return classes
  }
  const rows = 30_162
  const sampled = (share: number): Sample => sampleOf(raw(), Math.round(rows / share))
  const share = (of: Sample, model: PopulationModel) => estimateUniques(of, model).uniques! / of.population

  it('average risk and sample uniqueness to the digit', () => {
    expect(averageRisk(raw())).toBe(0.6465751607983555)
    expect(sampleUniques(raw())).toBe(0.5142895033485844)
  })

  it('uniques of the population by Pitman and by Zayatz', () => {
    // ARX stops its iteration at 1e-6; its tests compare four digits.
    expect(share(sampled(0.01), 'Dankar')).toBeCloseTo(0.1446083531167384, 9)
    expect(share(sampled(0.1), 'Dankar')).toBeCloseTo(0.27684993883653597, 9)
    expect(share(sampled(0.1), 'Zayatz')).toBeCloseTo(0.3207402393466189, 14)
    expect(share(sampled(0.2), 'Zayatz')).toBeCloseTo(0.3577099234829125, 14)
    expect(share(sampled(1), 'Dankar')).toBe(0.5142895033485844)
    const fit = fitPitman(sampled(0.1))!
    expect(fit.theta).toBeCloseTo(3176.23352, 4)
    expect(fit.alpha).toBeCloseTo(0.71794895, 8)
  })

  it('differ by SNB: its equations have no solution with ARX’s number of classes, and one with Shlosser’s', () => {
    const sample = sampled(0.2)
    // ARX's Dankar answers Zayatz's 0.3577 here, for its SNB finds nothing; the lower of the two is SNB's.
    expect(estimateUniques(sample, 'Dankar').by).toBe('SNB')
    // By Newton's method in Python, on means summed term by term.
    expect(share(sample, 'Dankar')).toBeCloseTo(0.31945937539897745, 12)
    expect(fitSlideNegativeBinomial(sample)).toHaveLength(1)
    const q = 0.2
    let [inSquare, both, missed, alone] = [0, 0, 0, 0]
    sample.sizes.forEach((size, i) => {
      const count = sample.counts[i]!
      inSquare += count * size * q * q * (1 - q * q) ** (size - 1)
      both += count * (1 - q) ** size * (1 + q) ** size - 1
      missed += count * (1 - q) ** size
      alone += count * size * q * (1 - q) ** (size - 1)
    })
    const ones = sample.counts[0]!
    const arxClasses = sample.classes + ones * (inSquare / both) * (missed / alone) ** 2
    expect(arxClasses).toBeLessThan(rows)
    // However classes are distributed, so few have no 15,512 of one drawn row: the mean of f₁ stays below it.
    let most = 0
    for (let b = 1; b < 200; b++) {
      for (let a = -6; a <= 6; a += 0.1) most = Math.max(most, expectedOnes(arxClasses, q, 10 ** a, b / 200))
    }
    expect(most).toBeLessThan(ones)
  })
})
