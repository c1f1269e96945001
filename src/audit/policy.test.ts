import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Finding, Metric } from './attack.ts'
import { linearInversion } from './index.ts'
import {
  defaultImagePolicy,
  defaultPolicy,
  judgePolicy,
  type Policy,
  parsePolicy,
  policyHolds,
} from './policy.ts'

const policy = (...rules: Policy['rules']): Policy => ({
  format: 'frostglass-policy',
  version: 1,
  name: 'test',
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
  ...(baseline === undefined ? {} : { baseline }),
})

describe('a judgement', () => {
  const half = policy({ name: 'half', against: 'leak', metric: 'cells5', most: 0.5 })

  it('takes the upper end of the interval: a value below the ceiling is not enough', () => {
    const judged = judgePolicy(half, [finding('leak', metric('cells5', 0.45, 0.51))])
    expect(judged).toEqual([{ rule: 0, status: 'broken', finding: 0, metric: 0, ceiling: 0.5 }])
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

  it('says what was not measured, and holds only if something was', () => {
    const none = judgePolicy(half, [finding('blind', metric('cells5', 0, 0))])
    expect(none).toEqual([{ rule: 0, status: 'not measured' }])
    expect(policyHolds(none)).toBe(false)
    const held = judgePolicy(half, [finding('leak', metric('cells5', 0, 0))])
    expect(policyHolds([...none, ...held])).toBe(true)
    const broken = judgePolicy(half, [finding('leak', metric('cells5', Number.NaN, Number.NaN))])
    expect(policyHolds([...held, ...broken])).toBe(false)
  })
})

describe('a policy file', () => {
  const read = (value: unknown) => parsePolicy(JSON.stringify(value), 'p.json', [linearInversion])
  const rule = { name: 'r', against: 'leak', metric: 'cells5', most: 0.5 }
  const whole = { format: 'frostglass-policy', version: 1, name: 'p', rules: [rule] }

  it('is read', () => {
    expect(read(whole)).toEqual(whole)
    expect(read({ ...whole, rules: [{ ...rule, against: 'linear-inversion' }] }).rules[0]?.against).toBe(
      'linear-inversion',
    )
    expect(read(defaultPolicy)).toEqual(defaultPolicy)
  })

  it.each<[string, unknown, RegExp]>([
    ['another format', { ...whole, format: 'x' }, /p\.json: format: /],
    ['another version', { ...whole, version: 2 }, /p\.json: version: /],
    ['no rules', { ...whole, rules: [] }, /p\.json: rules: /],
    ['an unknown metric', { ...whole, rules: [rule, { ...rule, metric: 'cells9' }] }, /rules\.1\.metric: /],
    ['a percentage for a share', { ...whole, rules: [{ ...rule, most: 50 }] }, /rules\.0\.most: /],
    ['no ceiling', { ...whole, rules: [{ ...rule, most: undefined }] }, /rules\.0: a rule needs a ceiling/],
    ['a field that is not one', { ...whole, rules: [{ ...rule, atMost: 1 }] }, /rules\.0: .*atMost/],
    [
      'an attack that is not one',
      { ...whole, rules: [{ ...rule, against: 'linear' }] },
      /rules\.0\.against: 'linear' is none of any, server, outsider, blind, leak, linear-inversion/,
    ],
    ['a list', [], /p\.json: the whole: /],
  ])('with %s is refused by its field', (_, value, words) => {
    expect(() => read(value)).toThrow(words)
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'input' }))
  })

  it('that is not JSON is refused', () => {
    expect(() => parsePolicy('{', 'p.json', [])).toThrow(/p\.json is not JSON/)
  })
})

describe('the default policies', () => {
  it('are those in docs/audit.md, word for word', () => {
    const guide = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8')
    const shown = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!))
    expect(shown).toEqual([defaultPolicy, defaultImagePolicy])
  })

  it('allow of seven colours what the study calls not compromised: 30%', () => {
    const colours = { name: 'attribute', value: 0.2, interval: [0.15, 0.29], chance: 1 / 7 } as const
    const finding = (metric: Metric) =>
      ({ attack: 'noisynet', standpoint: 'outsider', metrics: [metric] }) as unknown as Finding
    const judged = (metric: Metric) =>
      judgePolicy(defaultImagePolicy, [finding(metric)]).find(({ rule }) => rule === 1)
    expect(judged(colours)).toMatchObject({ status: 'held', ceiling: expect.closeTo(0.3, 3) })
    expect(judged({ ...colours, interval: [0.15, 0.31] })).toMatchObject({ status: 'broken' })
  })

  it('give every rule a reason', () => {
    for (const { why } of [...defaultPolicy.rules, ...defaultImagePolicy.rules])
      expect(why?.length).toBeGreaterThan(40)
  })
})
