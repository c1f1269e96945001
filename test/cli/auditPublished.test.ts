// frostglass audit published: what anonymize made, audited with the hierarchies that it was made by, and without; and files of no use.

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workplace } from './harness.ts'

const { at, run } = workplace()
const illnesses = ['flu', 'gout', 'cough', 'measles']
const people = Array.from({ length: 240 }, (_, i) => ({
  born: `${1940 + ((i * 7) % 60)}-0${1 + (i % 9)}-1${i % 10}`,
  age: 20 + ((i * 7) % 60),
  sex: i % 2 ? 'f' : 'm',
  illness: illnesses[(i * i + (i >> 2)) % 4]!,
}))
const lines = people.map(({ born, age, sex, illness }) => [born, age, sex, illness].join(','))
writeFileSync(at('people.csv'), `born,age,sex,illness\n${lines.join('\n')}\n`)
writeFileSync(at('lacking.csv'), `age,town\n20,Aa\n30,Bb\n`)
writeFileSync(at('apart.csv'), `sex,town\nf,Aa\nm,Bb\n`)

const decades = ['--hierarchy', 'age=interval:20,10,20', '--hierarchy', 'born=date:decade']
const hidden = ['--quasi', 'age,sex,born', '--sensitive', 'illness', '--json']
const audit = (out: string, table = 'out.csv') => [
  ...['audit', 'published', table, '--original', 'people.csv', '--out', out, ...hidden],
]

interface Report {
  readonly verdict: { readonly status: string }
  readonly findings: readonly { readonly attack: string; readonly metrics: object }[]
  readonly untested: readonly { readonly attack: string; readonly why: string }[]
}

const metricsOf = ({ findings }: Report, but: string) =>
  findings
    .filter(({ attack }) => attack !== but)
    .map(({ attack, metrics }) => [attack, metrics] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))

describe('frostglass audit published', () => {
  it('measures with the hierarchies what the report of anonymize measured, and without them says what is wanting', async () => {
    const made = await run([
      ...['anonymize', 'people.csv', ...hidden, ...decades, '--k', '4', '--l', '2', '--suppress', '10%'],
      ...['--out', 'out.csv', '--report', 'out.html'],
    ])
    const { report } = JSON.parse(made.out) as { readonly report: Report }
    expect(report.findings.map(({ attack }) => attack)).toContain('minimality')
    const again = JSON.parse((await run([...audit('again.html'), ...decades])).out) as Report
    // Rows stand in another order than the rows of the original: what is read off that is not drawn by the seed.
    expect(metricsOf(again, 'row-order')).toEqual(metricsOf(report, 'row-order'))
    const blind = await run(audit('blind.html'))
    expect(blind.code).toBe(3)
    const { untested, verdict } = JSON.parse(blind.out) as Report
    expect(untested.find(({ attack }) => attack === 'minimality')!.why).toContain('--hierarchy')
    expect(verdict.status).not.toBe('held')
    const fewer = await run(audit('fewer.html').map((word) => (word === 'age,sex,born' ? 'age,sex' : word)))
    const told = JSON.parse(fewer.out) as Report
    expect(told.untested.find(({ attack }) => attack === 'minimality')!.why).toContain('“born”')
    expect([fewer.code, told.verdict.status]).toEqual([3, expect.not.stringMatching('held')])
  })

  it.each([
    [
      'a list without the quasi-identifiers',
      ['--public', 'lacking.csv'],
      "the public list has no column 'sex'",
    ],
    ['an earlier release that shares nothing', ['--previous', 'apart.csv'], 'share no column'],
    ['a hierarchy of another column', ['--hierarchy', 'illness=prefix'], 'no quasi-identifier'],
  ])('refuses %s', async (_, more, says) => {
    const ended = await run([...audit('none.html', 'people.csv'), ...more])
    expect(ended.code).toBe(2)
    expect(ended.err).toContain(says)
  })

  it('says of a partition what cannot be asked of it, on the terminal, too', async () => {
    const args = ['anonymize', 'people.csv', '--quasi', 'age,sex', '--sensitive', 'illness', '--k', '20']
    const ended = await run([...args, '--method', 'mondrian', '--out', 'cut.csv', '--report', 'cut.html'])
    expect(ended.out).toMatch(
      /not tried:\n(.*\n)* {2}Hidden values by what the algorithm .*: It is about tables/,
    )
    expect(ended.out).toMatch(/by a public list: No public list was given/)
  })
})
