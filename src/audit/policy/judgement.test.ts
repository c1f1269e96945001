import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding, Metric } from '../finding.ts'
import { countRules, isRested, judgePolicy, policyHolds } from './judgement.ts'
import { metricAt } from './place.ts'
import type { Policy } from './policy.ts'
import { verdictOf } from './verdict.ts'
import { tooWeak } from './weakness.ts'

const policy = (...rules: Policy['rules']): Policy => ({
  format: 'frostglass-policy',
  version: 2,
  name: 'test',
  unmeasured: 'fails',
  rules,
})

function finding(standpoint: Finding['standpoint'], ...metrics: Metric[]): Finding {
  return {
    attack: `${standpoint}-attack`,
    title: '',
    standpoint,
    known: 0,
    rows: 10,
    metrics,
    notes: [],
    seconds: 0,
  }
}

const metric = (
  name: Metric['name'],
  value: number,
  upper: number,
  chance = 0.1,
  baseline?: number,
): Metric => ({
  name,
  value,
  interval: [0, upper],
  chance,
  baseline,
})

describe('a rule on the labels of a table with several', () => {
  const hidden = policy({ name: 'hidden', against: 'any', metric: 'labels', mostAboveBaseline: 0.1 })
  const of = (about: string, value: number, chance = 0.5): Finding => ({
    ...finding('blind', { name: 'labels', value, interval: [value, value], chance }),
    rows: 400,
    about,
  })
  const judged = (rule: Policy, ...findings: Finding[]) =>
    judgePolicy(rule, findings, [], { labels: ['ill', 'days'] })[0]

  it('is judged by the worst of them', () => {
    expect(judged(hidden, of('ill', 0.52), of('days', 0.9))).toMatchObject({ status: 'broken', finding: 1 })
    expect(judged(hidden, of('ill', 0.52), of('days', 0.55))).toMatchObject({ status: 'held' })
  })

  it('has not held where nothing was run on one of them, and says on which', () => {
    expect(judged(hidden, of('ill', 0.52))).toEqual({ rule: 0, status: 'not measured', untold: ['days'] })
    expect(policyHolds(hidden, [judged(hidden, of('ill', 0.52))!])).toBe(false)
    // What is broken is broken, whatever was not looked at.
    expect(judged(hidden, of('ill', 0.9))).toMatchObject({ status: 'broken' })
  })

  it('has not held where all that was run on one of them is too weak to tell', () => {
    expect(judged(hidden, of('ill', 0.52), of('days', 0))).toMatchObject({
      status: 'too weak',
      untold: ['days'],
    })
  })

  it('asks of one attack what that attack is for', () => {
    const one = policy({ name: 'one', against: 'blind-attack', metric: 'labels', most: 0.6 })
    expect(judged(one, of('ill', 0.52))).toMatchObject({ status: 'held' })
  })
})

describe('a judgement', () => {
  const half = policy({ name: 'half', against: 'leak', metric: 'cells5', most: 0.5 })

  it('takes the upper end of the interval: a value below the ceiling is not enough', () => {
    const judged = judgePolicy(half, [finding('leak', metric('cells5', 0.45, 0.51))])
    expect(judged).toEqual([
      { rule: 0, status: 'broken', finding: 0, metric: 0, upper: 0.51, ceiling: 0.5, weak: 0 },
    ])
    expect(judgePolicy(half, [finding('leak', metric('cells5', 0.45, 0.5))])[0]).toMatchObject({
      status: 'held',
    })
  })

  it('takes the attack nearest to breaking the rule, and only those that the rule is about', () => {
    const findings = [
      finding('blind', metric('cells5', 1, 1)),
      finding('leak', metric('cells1', 1, 1), metric('cells5', 0.2, 0.3)),
      finding('leak', metric('cells5', 0.3, 0.4)),
    ]
    expect(judgePolicy(half, findings)[0]).toMatchObject({ status: 'held', finding: 2, metric: 0 })
    const any = policy({ name: 'any', against: 'any', metric: 'cells5', most: 0.5 })
    expect(judgePolicy(any, findings)[0]).toMatchObject({ status: 'broken', finding: 0 })
    const one = policy({ name: 'one', against: 'blind-attack', metric: 'cells5', most: 0.5 })
    expect(judgePolicy(one, findings)[0]).toMatchObject({ status: 'broken', finding: 0 })
  })

  it('measures excess above the larger of chance and baseline, and of two ceilings takes the lower', () => {
    const above = { name: 'above', against: 'any', metric: 'cells5', mostAboveBaseline: 0.2 } as const
    const judged = (rule: Policy['rules'][number], m: Metric) =>
      judgePolicy(policy(rule), [finding('leak', m)])[0]
    expect(judged(above, metric('cells5', 0.6, 0.75, 0.1, 0.6))).toMatchObject({
      status: 'held',
      ceiling: 0.8,
    })
    expect(judged(above, metric('cells5', 0.6, 0.75, 0.3, 0.2))).toMatchObject({
      status: 'broken',
      ceiling: 0.5,
    })
    expect(judged(above, metric('cells5', 0.2, 0.31))).toMatchObject({ status: 'broken' })
    expect(judged({ ...above, most: 0.7 }, metric('cells5', 0.6, 0.75, 0.1, 0.6))).toMatchObject({
      status: 'broken',
      ceiling: 0.7,
    })
  })

  it('counts half of the rest from chance on, so that what is guessed anyway breaks nothing', () => {
    const rest = policy({ name: 'rest', against: 'any', metric: 'cells5', mostOfRest: 0.5 })
    const [guessed] = judgePolicy(rest, [finding('leak', metric('cells5', 0.75, 0.79, 0.6))])
    expect(guessed).toMatchObject({ status: 'held', ceiling: 0.8 })
    expect(judgePolicy(rest, [finding('leak', metric('cells5', 0.75, 0.79, 0))])[0]).toMatchObject({
      status: 'broken',
      ceiling: 0.5,
    })
  })

  it('says what was not measured, which has not held', () => {
    const none = judgePolicy(half, [finding('blind', metric('cells5', 0, 0))])
    expect(none).toEqual([{ rule: 0, status: 'not measured' }])
    const held = judgePolicy(half, [finding('leak', metric('cells5', 0.2, 0.3))])
    const broken = judgePolicy(half, [finding('leak', metric('cells5', Number.NaN, Number.NaN))])
    expect(broken[0]!.status).toBe('broken')
    const allowed: Policy = { ...half, unmeasured: 'allowed' }
    expect(policyHolds(half, held)).toBe(true)
    expect(policyHolds(half, [...none, ...held])).toBe(false)
    expect(policyHolds(allowed, [...none, ...held])).toBe(true)
    expect(policyHolds(allowed, none)).toBe(false)
    expect(policyHolds(allowed, [...held, ...broken])).toBe(false)
    expect(countRules([...none, ...held, ...broken])).toEqual({
      held: 1,
      broken: 1,
      tooWeak: 0,
      notMeasured: 1,
      notApplicable: 0,
    })
  })

  it('tells what does not apply from what was not measured', () => {
    const classes = policy({ name: 'classes', against: 'any', metric: 'labels', most: 0.5 })
    const judged = judgePolicy(classes, [finding('leak', metric('cells5', 0.2, 0.3))], ['labels'])
    expect(judged).toEqual([{ rule: 0, status: 'does not apply' }])
    expect(policyHolds(classes, judged)).toBe(false)
    const held = judgePolicy(half, [finding('leak', metric('cells5', 0.2, 0.3))])
    expect(policyHolds(classes, [...judged, ...held])).toBe(true)
  })

  it('rests on no attack that a constant guess beats', () => {
    const [weak, able] = [
      finding('leak', metric('cells5', 0.09, 0.12)),
      finding('leak', metric('cells5', 0.11, 0.12)),
    ]
    expect(judgePolicy(half, [weak])).toEqual([{ rule: 0, status: 'too weak', weak: 1 }])
    expect(policyHolds(half, judgePolicy(half, [weak]))).toBe(false)
    expect(judgePolicy(half, [weak, able])[0]).toMatchObject({ status: 'held', finding: 1, weak: 1 })
    // Weak in one metric is not weak in another.
    const mixed = finding('leak', metric('cells5', 0.09, 0.12), metric('explained', 0.9, 0.95, 0))
    const explained = policy({ name: 'e', against: 'any', metric: 'explained', most: 0.5 })
    expect(judgePolicy(explained, [mixed])[0]).toMatchObject({ status: 'broken', weak: 0 })
  })
})

describe('a rule on a part', () => {
  const own = (name: string, value: number, upper: number, chance = 0.1) => ({
    name,
    explained: 0,
    within1: 0,
    within5: value,
    medianError: 0,
    largestError: 1,
    metrics: [metric('cells5', value, upper, chance)],
  })
  // On average nothing; of one column, and of some people, all.
  const averaged: Finding = {
    ...finding('leak', metric('cells5', 0.2, 0.22)),
    attributes: [own('age', 0.11, 0.12), own('diagnosis', 0.95, 0.97), own('size', 0.02, 0.03)],
    people: [metric('cells5', 0.9, 0.95, 0.3)],
  }
  const rule = { name: 'r', against: 'any', metric: 'cells5', mostOfRest: 0.5 } as const
  const judged = (of: Policy['rules'][number]['of']) =>
    judgePolicy(policy({ ...rule, ...(of === undefined ? {} : { of }) }), [
      finding('blind', metric('cells5', 0.3, 0.4)),
      averaged,
    ])[0]

  it('sees what the average hides: the worst attribute, the worst tenth of the people, one attribute', () => {
    expect(judged(undefined)).toMatchObject({ status: 'held', finding: 0 })
    expect(judged('worst-attribute')).toEqual({
      rule: 0,
      status: 'broken',
      finding: 1,
      attribute: 1,
      metric: 0,
      upper: 0.97,
      ceiling: 0.55,
      weak: 1,
    })
    expect(judged('worst-decile')).toMatchObject({ status: 'broken', finding: 1, people: true, upper: 0.95 })
    expect(judged({ attribute: 'diagnosis' })).toMatchObject({ status: 'broken', attribute: 1 })
    expect(judged({ attribute: 'age' })).toMatchObject({ status: 'held', attribute: 0, upper: 0.12 })
    expect(judged({ attribute: 'size' })).toMatchObject({ status: 'too weak' })
    expect(judged({ attribute: 'shoes' })).toMatchObject({ status: 'not measured' })
  })

  it('of every column has not held where all that is known of one column is too weak', () => {
    const lax = (finding: Finding) =>
      judgePolicy(policy({ ...rule, of: 'worst-attribute', mostOfRest: 0.97 }), [finding])[0]
    expect(lax(averaged)).toEqual({ rule: 0, status: 'too weak', weak: 1, untold: ['size'] })
    // Another attack that tells of it fills the gap.
    const other = { ...finding('blind', metric('cells5', 0.1, 0.2)), attributes: [own('size', 0.2, 0.25)] }
    expect(
      judgePolicy(policy({ ...rule, of: 'worst-attribute', mostOfRest: 0.97 }), [averaged, other])[0],
    ).toMatchObject({ status: 'held', weak: 1 })
  })

  it('takes findings of images by the attribute that they are about', () => {
    const glasses = { ...finding('server', metric('attribute', 0.9, 0.95, 0.5)), about: 'glasses' }
    const named = (attribute: string) =>
      judgePolicy(
        policy({ name: 'g', against: 'any', metric: 'attribute', of: { attribute }, mostAboveBaseline: 0.1 }),
        [glasses],
      )[0]
    expect(named('glasses')).toMatchObject({ status: 'broken', finding: 0, metric: 0 })
    expect(named('hat')).toEqual({ rule: 0, status: 'not measured' })
  })

  it('counts from chance by what lies above chance, where both are of the same rows', () => {
    // Nearly everybody has one value, and the attack says just that: the doubt about the share is no leak.
    const rare: Metric = { ...metric('cells5', 0.98, 0.995, 0.98), beyond: [0, 0] }
    const one = (more: object) => judgePolicy(policy({ ...rule, ...more }), [finding('leak', rare)])[0]
    expect(one({})).toEqual({ rule: 0, status: 'too weak', weak: 1 })
    expect(one({ most: 0.99 })).toEqual({ rule: 0, status: 'too weak', weak: 1 })
    const judged = (beyond: object) =>
      judgePolicy(policy(rule), [
        { ...finding('leak', { ...metric('cells5', 0.981, 0.995, 0.98), ...beyond }), rows: 1000 },
      ])[0]
    expect(judged({})).toMatchObject({ status: 'broken', upper: 0.995 })
    expect(judged({ beyond: [-0.002, 0.004] })).toMatchObject({
      status: 'held',
      upper: expect.closeTo(0.984),
      ceiling: expect.closeTo(0.99),
    })
  })
})

describe('a rule that nothing can break', () => {
  const judged = (rule: object, found: Metric, rows = 1000) =>
    judgePolicy(policy({ name: 'r', against: 'any', metric: found.name, ...rule }), [
      { ...finding('leak', found), rows },
    ])[0]
  const tooWeakToTell = { rule: 0, status: 'too weak', weak: 1 }

  it('has not held, whichever ceiling it has and whatever it is about', () => {
    for (const name of ['cells5', 'cells1', 'labels', 'attribute', 'ssim'] as const) {
      expect(judged({ most: 1 }, metric(name, 0.3, 0.4))).toEqual(tooWeakToTell)
      expect(judged({ mostOfRest: 1 }, metric(name, 0.3, 0.4))).toEqual(tooWeakToTell)
    }
  })

  it('on many classes does not rest on attacks that know no row: none searches all their names', () => {
    const found = metric('labels', 0.067, 0.07, 0.033)
    const judge = (standpoint: 'blind' | 'leak', against: string, manyClasses: readonly string[]) =>
      judgePolicy(
        policy({ name: 'r', against, metric: 'labels', mostAboveBaseline: 0.1 }),
        [{ ...finding(standpoint, found), rows: 1000 }],
        [],
        { manyClasses },
      )[0]
    expect(judge('blind', 'blind', [])).toMatchObject({ status: 'held' })
    for (const against of ['blind', 'any'])
      expect(judge('blind', against, ['dx'])).toMatchObject({ status: 'too weak', untold: ['dx'] })
    expect(judge('leak', 'any', ['dx'])).toMatchObject({ status: 'held' })
  })

  it('above a baseline leaves half of the rest, however little that is', () => {
    const tenPoints = { mostAboveBaseline: 0.1 }
    for (const name of ['cells5', 'cells1', 'labels', 'attribute', 'ssim'] as const) {
      expect(judged(tenPoints, metric(name, 0.96, 1, 0.95))).toMatchObject({
        status: 'broken',
        ceiling: 0.975,
      })
      expect(judged(tenPoints, metric(name, 0.96, 0.97, 0.95))).toMatchObject({ status: 'held' })
      // Ten points above would be nine tenths of the rest.
      expect(judged(tenPoints, metric(name, 0.96, 0.98, 0.89))).toMatchObject({
        status: 'broken',
        ceiling: expect.closeTo(0.945),
      })
    }
    // Of images: a class that five of six have, and the default rule's 15.7 points.
    const image = metric('attribute', 0.9, 0.93, 0.85)
    expect(judged({ mostAboveBaseline: 0.157 }, image)).toMatchObject({
      status: 'broken',
      ceiling: expect.closeTo(0.925),
    })
  })

  it('is judged by another ceiling of it, where there is one', () => {
    const both = { mostAboveBaseline: 0.1, mostOfRest: 0.5 }
    expect(judged(both, metric('cells5', 0.96, 0.97, 0.95))).toMatchObject({ status: 'held', ceiling: 0.975 })
    expect(judged(both, metric('cells5', 0.99, 1, 0.95))).toMatchObject({ status: 'broken' })
  })

  it('has not held where too few rows are left to guess, and is broken where they were named', () => {
    const one = (upper: number) => metric('cells5', 0.9982, upper, 0.998)
    expect(judged({ mostOfRest: 0.5 }, one(0.9985), 1000)).toEqual(tooWeakToTell)
    expect(judged({ mostOfRest: 0.5 }, one(0.9985), 10_000)).toMatchObject({ status: 'held' })
    expect(judged({ mostOfRest: 0.5 }, one(1), 1000)).toMatchObject({ status: 'broken' })
  })

  it('on a hidden number is judged on the rows that the constant guess misses', () => {
    const number = (value: number, missed: NonNullable<Metric['missed']>): Metric => ({
      ...metric('labels', value, 1, 0.96),
      missed,
    })
    const rule = { mostAboveBaseline: 0.1 }
    const all = { rows: 40, value: 1, interval: [0.91, 1] as const }
    expect(judged(rule, number(1, all))).toMatchObject({ status: 'broken', upper: 1, ceiling: 0.1 })
    const none = { rows: 40, value: 0.025, interval: [0, 0.09] as const }
    expect(judged(rule, number(0.961, none))).toMatchObject({ status: 'held', upper: 0.09, ceiling: 0.1 })
    expect(judged(rule, number(0.961, { ...none, rows: 2 }))).toEqual(tooWeakToTell)
    expect(judged(rule, number(0.96, all))).toEqual(tooWeakToTell)
  })
})

describe('a rule on all columns', () => {
  const own = (name: string, value: number, chance: number, beyond: [number, number]) => ({
    name,
    explained: 0,
    within1: 0,
    within5: value,
    medianError: 0,
    largestError: 1,
    metrics: [{ ...metric('cells5', value, value + 0.01, chance), beyond } as Metric],
  })
  const numbers: Finding = {
    ...finding('blind', metric('cells5', 0.12, 0.13)),
    rows: 500,
    attributes: [own('age', 0.12, 0.1, [-0.01, 0.03])],
    people: [metric('cells5', 0.35, 0.4, 0.3)],
  }
  const judged = (of: Policy['rules'][number]['of'], ...findings: Finding[]) =>
    judgePolicy(
      policy({ name: 'r', against: 'blind', metric: 'cells5', mostOfRest: 0.5, of }),
      findings,
      [],
      { attributes: ['age', 'hiv'] },
    )[0]

  it.each([undefined, 'worst-attribute', 'worst-decile'] as const)(
    'has not held where nobody tried to guess one of them: of %s',
    (of) => {
      expect(judged(of, numbers)).toEqual({ rule: 0, status: 'not measured', untold: ['hiv'] })
      const constant = {
        ...numbers,
        attributes: [...numbers.attributes!, own('hiv', 0.85, 0.85, [0, 0])],
      }
      expect(judged(of, constant)).toMatchObject({ status: 'too weak', untold: ['hiv'] })
      const tried = {
        ...numbers,
        attributes: [...numbers.attributes!, own('hiv', 0.86, 0.85, [-0.02, 0.04])],
      }
      expect(judged(of, tried)).toMatchObject({ status: 'held' })
      expect(judged(of, numbers, tried)).toMatchObject({ status: 'held' })
    },
  )

  it('asks of one attack what that attack guesses, and of one attribute that one', () => {
    const one = { name: 'r', against: 'blind-attack', metric: 'cells5', mostOfRest: 0.5 } as const
    const asked = { attributes: ['age', 'hiv'] }
    expect(judgePolicy(policy(one), [numbers], [], asked)[0]).toMatchObject({ status: 'held' })
    expect(judged({ attribute: 'age' }, numbers)).toMatchObject({ status: 'held' })
    expect(judged({ attribute: 'hiv' }, numbers)).toEqual({ rule: 0, status: 'not measured' })
  })
})

describe('any policy on any findings', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const someMetric = fc
    .record({
      name: fc.constantFrom('cells5', 'cells1', 'rank1', 'labels'),
      value: share,
      more: share,
      chance: share,
    })
    .map(
      ({ name, value, more, chance }): Metric => ({
        name: name as Metric['name'],
        value,
        interval: [value / 2, value + more * (1 - value)],
        chance,
      }),
    )
  const someFinding = fc
    .record({
      standpoint: fc.constantFrom('leak', 'blind'),
      metrics: fc.array(someMetric, { minLength: 1, maxLength: 3 }),
      columns: fc.array(someMetric, { maxLength: 3 }),
      people: fc.array(someMetric, { maxLength: 1 }),
    })
    .map(
      ({ standpoint, metrics, columns, people }): Finding => ({
        ...finding(standpoint, ...metrics),
        attributes: columns.map((own, c) => ({
          name: `column ${c}`,
          explained: 0,
          within1: 0,
          within5: 0,
          medianError: 0,
          largestError: 0,
          metrics: [own],
        })),
        people,
      }),
    )
  const somePolicy = fc
    .record({
      unmeasured: fc.constantFrom('fails' as const, 'allowed' as const),
      rules: fc.array(
        fc.record({
          name: fc.constant('r'),
          against: fc.constantFrom('any', 'leak', 'blind', 'server'),
          metric: fc.constantFrom('cells5' as const, 'cells1' as const, 'rank1' as const, 'labels' as const),
          mostOfRest: share,
          of: fc.constantFrom(undefined, 'worst-attribute' as const, 'worst-decile' as const),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    })
    .map(
      ({ unmeasured, rules }): Policy => ({
        ...policy(...rules.map(({ of, ...rule }) => (of ? { ...rule, of } : rule))),
        unmeasured,
      }),
    )

  it('holds on measurements alone, rests on none that is too weak, and is mended by no further attack', () => {
    fc.assert(
      fc.property(
        somePolicy,
        fc.array(someFinding, { maxLength: 4 }),
        someFinding,
        (rules, findings, more) => {
          const judged = judgePolicy(rules, findings)
          const holds = policyHolds(rules, judged)
          const statuses = judged.map(({ status }) => status)
          if (holds) expect(statuses).not.toContain('broken')
          if (holds && rules.unmeasured === 'fails') expect(new Set(statuses)).toEqual(new Set(['held']))
          for (const judgement of judged) {
            if (!isRested(judgement)) continue
            const at = metricAt(findings, judgement)
            expect(tooWeak(at, 10)).toBe(false)
            expect(judgement.upper > judgement.ceiling).toBe(judgement.status === 'broken')
          }
          const after = judgePolicy(rules, [...findings, more])
          statuses.forEach((status, r) => {
            if (status === 'broken') expect(after[r]!.status).toBe('broken')
            if (status !== 'not measured') expect(after[r]!.status).not.toBe('not measured')
          })
          // The verdict speaks of what was found, of nothing too weak, and counts every rule.
          const { worst, rules: counts } = verdictOf({
            policy: rules,
            judgements: judged,
            findings: findings as never,
          })
          if (worst) expect(tooWeak(metricAt(findings, worst), 10)).toBe(false)
          expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBe(rules.rules.length)
        },
      ),
      { numRuns: 500 },
    )
  })
})
