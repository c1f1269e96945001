import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import type { PrivacyModel } from '../../protect/tables/model.ts'
import { seededStream } from '../../random/seeded.ts'
import { auditPublished } from './auditPublished.ts'
import type { PublishedEvidence } from './contract.ts'
import { inFixedOrder } from './fixedOrder.ts'
import { shuffled, tableOf } from './testing.ts'

const ages = Array.from({ length: 12 }, (_, i) => String(20 + i))
const hierarchy: Hierarchy = {
  leaves: ages,
  levels: [
    { labels: ages, groupOf: Uint32Array.from(ages.keys()) },
    { labels: ['20-25', '26-31'], groupOf: Uint32Array.from(ages, (_, i) => Math.floor(i / 6)) },
    { labels: ['*'], groupOf: new Uint32Array(12) },
  ],
}

/** At most this share of a class has one value. */
const atMost = (share: number): PrivacyModel => ({
  name: 'alpha',
  says: `no value has more than ${share} of a class`,
  sensitive: 'ill',
  monotone: true,
  prepare: () => ({
    classPasses: ({ rows, counts, distinct }) => Math.max(...counts.slice(0, distinct)) <= share * rows,
  }),
})

/** People of two sexes and twelve ages, published with ages as halves. */
function town(model: PrivacyModel, rows = 1200): PublishedEvidence {
  const source = seededStream(5, 'ordered town')
  const made = Array.from({ length: rows }, () => ({
    age: source.below(12),
    sex: source.below(2),
    ill: source.below(2) === 0 ? 'gout' : 'flu',
  }))
  const columns = { sex: made.map(({ sex }) => sex), ill: made.map(({ ill }) => ill) }
  return {
    original: tableOf({ age: made.map(({ age }) => ages[age]!), ...columns }),
    published: shuffled(
      tableOf({ age: made.map(({ age }) => (age < 6 ? '20-25' : '26-31')), ...columns }),
      9,
    ),
    quasi: ['age', 'sex'],
    sensitive: ['ill'],
    hierarchies: new Map([['age', hierarchy]]),
    algorithm: { levels: [1, 0], models: [model], suppression: 0 },
  }
}

const options = { name: 'town.csv', seed: 0 }

describe('a seed', () => {
  it('draws the same whatever order the rows have in the files', async () => {
    const base = town(atMost(0.8), 240)
    const reports = []
    for (const seed of [1, 2, 3])
      reports.push(
        await auditPublished(
          {
            ...base,
            original: shuffled(base.original, seed),
            published: shuffled(base.published, seed + 10),
          },
          options,
        ),
      )
    // Who reads the order of the rows is told something else by another order.
    const measured = reports.map(({ findings }) =>
      findings
        .filter(({ attack }) => attack !== 'row-order')
        .map(({ seconds: _, ...rest }) => rest)
        .sort((a, b) => (a.attack < b.attack ? -1 : 1)),
    )
    expect(measured[0]!.map(({ attack }) => attack)).toContain('minimality')
    expect(measured[1]).toEqual(measured[0])
    expect(measured[2]).toEqual(measured[0])
    expect(reports[1]!.untested).toEqual(reports[0]!.untested)
  })

  it('sorts rows by their texts, and knows where each one stands', () => {
    const table = tableOf({ a: ['y', 'x', 'y', 'x'], b: [2, 10, 1, 9] })
    const { sorted, given, place } = inFixedOrder(table)
    const cells = ({ columns }: CodedTable) =>
      columns.map(({ values, codes }) => Array.from(codes, (c) => values[c]!))
    expect(cells(sorted)).toEqual([
      ['x', 'x', 'y', 'y'],
      ['10', '9', '1', '2'],
    ])
    expect(cells(given)).toEqual(cells(table))
    expect([...place]).toEqual([3, 0, 2, 1])
  })
})

describe('an attack that anybody could have run', () => {
  const ruleOf = (report: Awaited<ReturnType<typeof auditPublished>>, name: string) =>
    report.judgements.find(({ rule }) => report.policy.rules[rule]!.name === name)

  it('leaves its rules open where too few deals are kept to tell anything', async () => {
    // No deal of hidden values makes a finer table fail, so that none explains why this one was chosen.
    const report = await auditPublished(town(atMost(1)), options)
    expect(report.untested.find(({ attack }) => attack === 'minimality')!.why).toContain(' 0 were kept')
    for (const name of ['Hidden values are not known for certain', 'Hidden values are not named'])
      expect(ruleOf(report, name)).toMatchObject({
        status: 'too weak',
        leftOut: ['Hidden values by what the algorithm would have done otherwise: ill'],
      })
    expect(report.verdict.status).toBe('not measured')
  })

  it('leaves them open where hierarchies are kept from the auditor alone', async () => {
    const { hierarchies: _, ...without } = town(atMost(0.8))
    const report = await auditPublished(without, options)
    expect(report.untested.find(({ attack }) => attack === 'minimality')!.why).toContain('--hierarchy')
    expect(ruleOf(report, 'Hidden values are not named')).toMatchObject({ status: 'too weak' })
    const { algorithm: __, ...unknown } = without
    const other = await auditPublished(unknown, options)
    expect(ruleOf(other, 'Hidden values are not known for certain')).toMatchObject({ status: 'held' })
  })
})
