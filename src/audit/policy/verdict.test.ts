import { describe, expect, it } from 'vitest'
import type { Metric, MetricName } from '../finding.ts'
import { judgePolicy } from './judgement.ts'
import { defaultPolicy, type Policy } from './policy.ts'
import type { ReportFinding } from './reportParts.ts'
import { verdictOf } from './verdict.ts'

const metric = (
  name: MetricName,
  value: number,
  chance: number,
  high = value,
): ReportFinding['metrics'][0] => ({
  name,
  value,
  interval: [value, high],
  chance,
})

function finding(
  standpoint: ReportFinding['standpoint'],
  metrics: ReportFinding['metrics'],
  more: Partial<ReportFinding> = {},
): ReportFinding {
  return {
    attack: 'planted',
    title: 'Planted',
    standpoint,
    needs: '',
    source: '',
    known: standpoint === 'leak' ? 20 : 0,
    rows: 79,
    metrics,
    notes: [],
    seconds: 0,
    ...more,
  }
}

const verdict = (findings: readonly ReportFinding[], policy: Policy = defaultPolicy) =>
  verdictOf({ policy, findings, judgements: judgePolicy(policy, findings) })

const one = (rule: Partial<Policy['rules'][number]>): Policy => ({
  ...defaultPolicy,
  name: 'mine',
  rules: [{ name: 'R', against: 'any', metric: 'cells5', ...rule }],
})

describe('the headline', () => {
  // What an audit of wine behind three layers found: cells hardly, classes by their sizes, people nearly all.
  const wine = [
    finding('blind', [metric('cells5', 0.134, 0.118, 0.2), metric('correlation', 0.61, 0.2)]),
    finding('blind', [metric('labels', 1, 1 / 3)]),
    finding('leak', [metric('rank1', 0.848, 0.0127)]),
  ]

  it('is the worst finding in the words of whom it harms, not the first broken rule', () => {
    const { headline, sentence, status, worst, judgement } = verdict(wine)
    expect(headline).toBe('84.8% of the rows were linked to the people whom they are about.')
    expect(sentence).toMatch(
      /^Do not release this file: someone who knows 20 of its rows .* finds the protected row of 84\.8% of the people on a list at the first guess, where guessing gets 1\.3%\. Rules of the policy “default”: 4 broken, 4 not measured, of 8\.$/,
    )
    expect(status).toBe('broken')
    expect(worst).toEqual({ finding: 2, metric: 0 })
    expect(defaultPolicy.rules[judgement!]!.metric).toBe('rank1')
  })

  it('is the same whatever the order of rules and findings', () => {
    const turned = { ...defaultPolicy, rules: defaultPolicy.rules.toReversed() }
    expect(verdict(wine.toReversed(), turned).headline).toBe(verdict(wine).headline)
  })

  it('is what no rule asks about, where that is worse', () => {
    const lenient = one({ against: 'blind', most: 0.99 })
    const { status, headline, sentence, judgement } = verdict(wine, lenient)
    expect(status).toBe('held')
    expect(headline).toBe('At worst, 84.8% of the rows were linked to the people whom they are about.')
    expect(sentence).toContain('which no rule of the policy asks about')
    expect(judgement).toBeNull()
    expect(verdict(wine, one({ against: 'blind', most: 0.1 })).headline).toMatch(/^84\.8% of the rows/)
  })

  it('names the column, or the people, that an average hides', () => {
    const hidden = finding('leak', [metric('cells5', 0.2, 0.15)], {
      attributes: [
        {
          name: 'HIV \u001b[2J\u202e',
          explained: 1,
          within1: 1,
          within5: 1,
          medianError: 0,
          largestError: 0,
          metrics: [metric('cells5', 0.97, 0.6)],
        },
      ],
      people: [metric('cells5', 0.8, 0.3)],
    })
    expect(verdict([hidden]).headline).toBe(
      '“HIV �[2J�” was recovered for 97.0% of the people to within 5% of its range.',
    )
    // What no rule asks about speaks all the same.
    const links = verdict([hidden], one({ metric: 'rank1', most: 0.5 }))
    expect(links.headline).toMatch(/could not be measured/)
    expect(links.sentence).toContain('“HIV �[2J�” of 97.0% of the people')
    expect(verdict([hidden], one({ of: 'worst-decile', most: 0.5 })).headline).toMatch(/^“HIV/)
    const people = { ...hidden, attributes: [] }
    expect(verdict([people], one({ most: 0.5 })).headline).toMatch(/tenth of the people who fare worst/)
    expect(verdict([people], one({ of: 'worst-decile', most: 0.5 })).headline).toBe(
      '80.0% of the cells of the tenth of the people who fare worst were recovered to within 5% of their range.',
    )
  })

  it('says so where nothing did better than a guess', () => {
    const calm = [finding('leak', [metric('rank1', 0.01, 0.0127, 0.04)])]
    expect(verdict(calm, one({ metric: 'rank1', most: 0.09 })).headline).toBe(
      'No attack that was run did better than a guess.',
    )
  })

  it('says so where no rule applies', () => {
    const labels = one({ metric: 'labels', most: 0.5 })
    const { status, headline } = verdictOf({
      policy: labels,
      findings: [],
      judgements: judgePolicy(labels, [], ['labels']),
    })
    expect([status, headline]).toEqual(['not measured', 'No rule of the policy applies.'])
  })

  it.each<[MetricName, RegExp]>([
    ['cells5', /^90\.0% of the cells were recovered to within 5% of their range\.$/],
    ['cells1', /^90\.0% of the cells were recovered almost exactly \(within 1% of their range\)\.$/],
    ['explained', /^90\.0% of the variance of the cells was found out\.$/],
    ['correlation', /^It was told who is above whom: .* to 90\.0%\.$/],
    ['rank1', /^90\.0% of the rows were linked to the people whom they are about\.$/],
    ['rank5', /^90\.0% of the rows were linked .* within five guesses\.$/],
    ['labels', /^The hidden label of 90\.0% of the rows was named\.$/],
    ['ssim', /^The images were reconstructed .* 90\.0%\.$/],
    ['attribute', /^A sensitive attribute of 90\.0% of the samples was told\.$/],
    ['purity', /^90\.0% of all neighbours were of one class\.$/],
    ['pane', /^The pane that made 90\.0% of the samples was told\.$/],
    ['member', /^It was told who had been in the training data, rightly in 90\.0% of all pairs\.$/],
  ])('has words for %s', (name, words) => {
    const found = verdict([finding('blind', [metric(name, 0.9, 0.1)])], one({ metric: name, most: 0.2 }))
    expect(found.headline).toMatch(words)
  })
})

describe('the sentence', () => {
  it.each<[ReportFinding['standpoint'], ReportFinding['holds'], RegExp]>([
    ['leak', ['pairs'], /someone who knows 20 of its rows and which protected rows they became recovers/],
    [
      'leak',
      ['pairs', 'people'],
      /became, and has raw rows of half of the people, not knowing whose is whose, recovers/,
    ],
    [
      'leak',
      ['ranks', 'distributions'],
      /knows of 20 of its rows who is above whom, and .* has public distributions, /,
    ],
    [
      'blind',
      ['people'],
      /has the released file and raw rows of half of the people, .* but no known row, recovers/,
    ],
    [
      'blind',
      ['strangers'],
      /has the released file and raw rows of other people, but no known row, recovers/,
    ],
    ['blind', [], /someone who has the released file and nothing else recovers/],
  ])('says of %s what it has: %j', (standpoint, holds, words) => {
    const found = finding(standpoint, [metric('cells5', 0.9, 0.1)], { holds: holds! })
    expect(verdict([found], one({ most: 0.5 })).sentence).toMatch(words)
  })

  it('says so where only the uncertainty breaks the policy', () => {
    const doubtful: Metric = { name: 'cells5', value: 0.3, interval: [0.1, 0.62], chance: 0.2 }
    const { sentence } = verdict(
      [finding('leak', [{ ...doubtful, interval: [0.1, 0.62] }])],
      one({ most: 0.6 }),
    )
    expect(sentence).toMatch(/^Do not release this file on this evidence: .* it may be 62\.0%, where /)
  })

  it('does not say of the policy what only a part of it says', () => {
    const both: Policy = { ...one({ most: 0.5 }), unmeasured: 'allowed' }
    const twice = { ...both, rules: [...both.rules, { ...both.rules[0]!, against: 'server' }] }
    const { status, sentence } = verdict([finding('leak', [metric('cells5', 0.2, 0.1)])], twice)
    expect(status).toBe('held')
    expect(sentence).toMatch(/1 not measured, 1 held, of 2\. That is no proof of safety\.$/)
  })
})
