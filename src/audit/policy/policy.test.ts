import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Finding, Metric } from '../finding.ts'
import { linearInversion } from '../tables/attacks/linear.ts'
import { judgePolicy } from './judgement.ts'
import {
  defaultImagePolicy,
  defaultModelPolicy,
  defaultPolicy,
  readPolicy,
  requireAttributes,
} from './policy.ts'

describe('a policy file', () => {
  const read = (value: unknown) => readPolicy(JSON.stringify(value), 'p.json', [linearInversion])
  const rule = { name: 'r', against: 'leak', metric: 'cells5', most: 0.5 }
  const whole = { format: 'frostglass-policy', version: 2, name: 'p', unmeasured: 'fails', rules: [rule] }
  const scoped = (of: unknown, metric = 'cells5') => ({ ...whole, rules: [{ ...rule, metric, of }] })

  it('is read', () => {
    expect(read(whole)).toEqual(whole)
    for (const of of ['worst-attribute', 'worst-decile', { attribute: 'income' }])
      expect(read(scoped(of)).rules[0]!.of).toEqual(of)
    expect(read({ ...whole, rules: [{ ...rule, against: 'linear-inversion' }] }).rules[0]?.against).toBe(
      'linear-inversion',
    )
    expect(read(defaultPolicy)).toEqual(defaultPolicy)
  })

  it('of version 1 is read as what it meant: what is not measured breaks nothing', () => {
    const { unmeasured: _, ...before } = { ...whole, version: 1 }
    expect(read(before)).toEqual({ ...whole, unmeasured: 'allowed' })
    expect(() => read({ ...before, unmeasured: 'fails' })).toThrow(/unmeasured/)
  })

  it('is held to the attributes that there are: a misspelt name would measure nothing', () => {
    const asking = read(scoped({ attribute: 'incme' }))
    expect(() => requireAttributes(asking, ['age', 'income'], 'people.csv')).toThrow(
      /asks about an attribute 'incme' in its rule 'r', but people\.csv has 'age', 'income'/,
    )
    expect(() => requireAttributes(asking, [], 'model.onnx')).toThrow(/model\.onnx has none/)
    requireAttributes(read(scoped({ attribute: 'income' })), ['age', 'income'], 'people.csv')
    requireAttributes(read(scoped('worst-attribute')), [], 'people.csv')
  })

  it.each<[string, unknown, RegExp]>([
    ['another format', { ...whole, format: 'x' }, /p\.json: format: /],
    ['another version', { ...whole, version: 3 }, /p\.json: version: /],
    ['no word on what is not measured', { ...whole, unmeasured: undefined }, /p\.json: unmeasured: /],
    ['people of a metric that has none', scoped('worst-decile', 'rank1'), /rules\.0\.of: 'rank1' is not/],
    ['an attribute of one that has none', scoped({ attribute: 'x' }, 'labels'), /rules\.0\.of: 'labels'/],
    ['a part that is none', scoped('worst'), /rules\.0\.of: /],
    [
      'the same in version 1',
      { ...whole, version: 1, unmeasured: undefined, rules: [{ ...rule, most: 50 }] },
      /rules\.0\.most: /,
    ],
    ['no rules', { ...whole, rules: [] }, /p\.json: rules: /],
    ['an unknown metric', { ...whole, rules: [rule, { ...rule, metric: 'cells9' }] }, /rules\.1\.metric: /],
    ['a percentage for a share', { ...whole, rules: [{ ...rule, most: 50 }] }, /rules\.0\.most: /],
    ['no ceiling', { ...whole, rules: [{ ...rule, most: undefined }] }, /rules\.0: a rule needs a ceiling/],
    ['a field that is not one', { ...whole, rules: [{ ...rule, atMost: 1 }] }, /rules\.0: .*atMost/],
    [
      'an attack that is not one',
      { ...whole, rules: [{ ...rule, against: 'linear' }] },
      /rules\.0\.against: 'linear' is none of any, server, outsider, blind, leak, participant, linear-inversion/,
    ],
    ['a list', [], /p\.json: the whole: /],
  ])('with %s is refused by its field', (_, value, words) => {
    expect(() => read(value)).toThrow(words)
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'input' }))
  })

  it('that is not JSON is refused', () => {
    expect(() => readPolicy('{', 'p.json', [])).toThrow(/p\.json is not JSON/)
  })
})

describe('the default policies', () => {
  it('are those in docs/reference/default-policies.md, word for word', () => {
    const guide = readFileSync(
      new URL('../../../docs/reference/default-policies.md', import.meta.url),
      'utf8',
    )
    const shown = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!))
    expect(shown).toEqual([defaultPolicy, defaultImagePolicy])
  })

  it('allow of seven colours what the study calls not compromised: 30%', () => {
    const colours = { name: 'attribute', value: 0.2, interval: [0.15, 0.29], chance: 1 / 7 } as const
    const finding = (metric: Metric) =>
      ({ attack: 'noisynet', standpoint: 'outsider', rows: 500, metrics: [metric] }) as unknown as Finding
    const judged = (metric: Metric) =>
      judgePolicy(defaultImagePolicy, [finding(metric)]).find(({ rule }) => rule === 1)
    expect(judged(colours)).toMatchObject({ status: 'held', ceiling: expect.closeTo(0.3, 3) })
    expect(judged({ ...colours, interval: [0.15, 0.31] })).toMatchObject({ status: 'broken' })
  })

  it('fail on what they could not measure, and ask about columns and people', () => {
    for (const { unmeasured } of [defaultPolicy, defaultImagePolicy, defaultModelPolicy])
      expect(unmeasured).toBe('fails')
    const parts = defaultPolicy.rules.map(({ of }) => of)
    expect(parts).toEqual(expect.arrayContaining(['worst-attribute', 'worst-decile']))
  })

  it('give every rule a reason', () => {
    for (const { why } of [...defaultPolicy.rules, ...defaultImagePolicy.rules])
      expect(why?.length).toBeGreaterThan(40)
  })
})
