import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { publishedReportPage } from '../report/publishedPage.ts'
import { auditPublished } from './auditPublished.ts'
import { publishedReportSchema } from './reportSchema.ts'
import { rowsOf, tableOf } from './testing.ts'

/** Four towns of 60 people each, whose illness has nothing to do with town or age; published by decades, shuffled. */
function town(
  ill: (person: number) => string,
  published: { shuffled?: boolean; age?: (age: number) => string } = {},
) {
  const source = seededStream(3, 'town')
  const people = Array.from({ length: 1200 }, (_, i) => ({
    age: 20 + source.below(40),
    sex: source.below(2),
    ill: ill(i),
  }))
  const original = tableOf({
    age: people.map((p) => p.age),
    sex: people.map((p) => p.sex),
    ill: people.map((p) => p.ill),
  })
  const {
    shuffled = true,
    age = (years: number) => `${Math.floor(years / 20) * 20}-${Math.floor(years / 20) * 20 + 19}`,
  } = published
  const labels = tableOf({
    age: people.map((p) => age(p.age)),
    sex: people.map((p) => p.sex),
    ill: people.map((p) => p.ill),
  })
  const order = Array.from(
    { length: people.length },
    (_, i) => [shuffled ? source.uniform() : i, i] as const,
  ).sort((a, b) => a[0] - b[0])
  return {
    original,
    published: rowsOf(
      labels,
      order.map(([, i]) => i),
    ),
    quasi: ['age', 'sex'],
    sensitive: ['ill'],
  }
}

/** Its first rows alone. */
const few = (evidence: ReturnType<typeof town>): ReturnType<typeof town> => {
  const some = Array.from({ length: 200 }, (_, i) => i)
  return {
    ...evidence,
    original: rowsOf(evidence.published, some),
    published: rowsOf(evidence.published, some),
  }
}

const mixed = (i: number) => ['flu', 'gout', 'hiv', 'none', 'none'][(i * 7 + Math.floor(i / 3)) % 5]!
const options = { name: 'town.csv', seed: 1 }

describe('the audit of a published table', () => {
  it('holds where classes are large and as mixed as the table', async () => {
    const report = await auditPublished(town(mixed), options)
    expect(report.verdict.status, report.verdict.sentence).toBe('held')
    expect(report.audited).toMatchObject({ rows: 1200, published: 1200, classes: 6 - 2 })
    expect(report.audited.columns[0]).toMatchObject({
      name: 'age',
      values: 40,
      labels: 2,
      loss: expect.closeTo(19 / 39, 12),
    })
    expect(report.untested.map(({ attack }) => attack)).toEqual([
      'linkage-with-list',
      'linkage-other-columns',
      'known-values',
      'hidden-values-other-columns',
      'intersection',
      'minimality',
      'local-recoding',
    ])
    expect(publishedReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  it.each([
    ['the table as it was', few(town(mixed, { age: String })), 'linkage'],
    ['rows in the order of the original', town(mixed, { shuffled: false }), 'row-order'],
    [
      'an illness that goes with sex',
      { ...town(mixed), ...town((i) => (i % 2 === 0 ? 'flu' : 'gout')) },
      undefined,
    ],
  ])('breaks, or not, for %s', async (_, evidence, attack) => {
    const report = await auditPublished(evidence, options)
    expect(report.verdict.status).toBe(attack === undefined ? 'held' : 'broken')
    const broken = report.judgements.flatMap((judgement) =>
      judgement.status === 'broken' ? [report.findings[judgement.finding]!.attack] : [],
    )
    if (attack !== undefined) expect(broken).toContain(attack)
  })

  it('breaks for a class that has one illness alone', async () => {
    const base = town(mixed)
    const hiv = (table: typeof base.original, young: (label: string) => boolean) => {
      const [age, sex, ill] = table.columns
      const cells = Array.from({ length: table.rows }, (_, i) =>
        young(age!.values[age!.codes[i]!]!) ? 'hiv' : ill!.values[ill!.codes[i]!]!,
      )
      return { ...table, columns: [age!, sex!, ...tableOf({ ill: cells }).columns] }
    }
    const evidence = {
      ...base,
      original: hiv(base.original, (label) => Number(label) < 40),
      published: hiv(base.published, (label) => label === '20-39'),
    }
    const report = await auditPublished(evidence, options)
    expect(report.verdict.status).toBe('broken')
    expect(report.advice.map(({ action }) => action).join()).toContain('l-diversity')
  })

  it('rests rules on hidden values on what kept columns tell, too', async () => {
    const { original, published, quasi, sensitive } = town(mixed, { shuffled: false })
    const kept = (table: typeof original) => {
      const visit = { visit: Array.from({ length: table.rows }, (_, i) => `v${i}`) }
      return { ...table, columns: [...table.columns, ...tableOf(visit).columns] }
    }
    const source = seededStream(4, 'visits')
    const order = Array.from({ length: 1200 }, (_, i) => [source.uniform(), i] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, i]) => i)
    const report = await auditPublished(
      { original: kept(original), published: rowsOf(kept(published), order), quasi, sensitive },
      options,
    )
    for (const metric of ['certain', 'attribute', 'belief'])
      expect(
        report.judgements.find(({ rule }) => report.policy.rules[rule]!.metric === metric)!.status,
        metric,
      ).toBe('broken')
    const told = report.findings.find(({ attack }) => attack === 'hidden-values-other-columns')!
    expect(told.metrics.map(({ name, value }) => [name, value])).toEqual([
      ['certain', 1],
      ['attribute', 1],
      ['belief', 1],
    ])
  })

  it('does not apply rules on hidden values where none left, and does not excuse a column that nobody named', async () => {
    const { original, published, quasi } = town(mixed)
    const unnamed = await auditPublished({ original, published, quasi, sensitive: [] }, options)
    expect(unnamed.verdict.status).toBe('not measured')
    const bare = { ...published, columns: published.columns.slice(0, 2) }
    const report = await auditPublished({ original, published: bare, quasi, sensitive: [] }, options)
    expect(report.judgements.filter(({ status }) => status === 'does not apply').length).toBe(4)
    expect(report.verdict.status).toBe('held')
  })

  it('refuses a table of somebody else, and columns that are not there', async () => {
    const evidence = town(mixed)
    const other = { ...evidence, published: tableOf({ age: ['100-119'], sex: [1], ill: ['flu'] }) }
    await expect(auditPublished(other, options)).rejects.toThrow('fit nobody in the original')
    await expect(auditPublished({ ...evidence, quasi: ['age', 'weight'] }, options)).rejects.toThrow(
      "no column 'weight'",
    )
    await expect(auditPublished({ ...evidence, sensitive: ['age'] }, options)).rejects.toThrow(
      'as a quasi-identifier and as sensitive',
    )
  })

  it('has a page with every number of its report, and no value of the table', async () => {
    const report = await auditPublished(town(mixed), { ...options, name: '<b>town</b>.csv' })
    const page = publishedReportPage(report)
    expect(page).toContain('The policy holds')
    expect(page).not.toContain('<b>town</b>')
    expect(page).not.toContain('gout')
    for (const [, pointer] of page.matchAll(/data-json="([^"]+)"/g)) expect(pointer).toMatch(/^\//)
  })
})
