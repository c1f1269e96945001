// frostglass risk, audit published and audit synthetic: files in, words, JSON and exit codes out.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../src/random/seeded.ts'
import { workplace } from './harness.ts'

const { at, run } = workplace()
const source = seededStream(9, 'people of the command line')
const people = Array.from({ length: 400 }, (_, i) => ({
  name: `Person Number${i}`,
  age: 20 + source.below(40),
  sex: 'mf'[source.below(2)]!,
  illness: ['flu', 'gout', 'asthma', 'none', 'hiv'][source.below(5)]!,
}))
const write = (name: string, rows: readonly object[]) =>
  writeFileSync(
    at(name),
    `${[Object.keys(rows[0]!), ...rows.map(Object.values)].map((cells) => cells.join(',')).join('\n')}\n`,
  )
const shuffled = [...people]
  .map((person) => [source.uniform(), person] as const)
  .sort((a, b) => a[0] - b[0])
  .map(([, person]) => person)
write('people.csv', people)
write(
  'published.csv',
  shuffled.map(({ age, sex, illness }) => ({ age: age < 40 ? '20-39' : '40-59', sex, illness })),
)
write(
  'raw.csv',
  shuffled.map(({ age, sex, illness }) => ({ age, sex, illness })),
)

describe('risk', () => {
  it('says who is found, what identifies, and no value', async () => {
    const { code, out } = await run('risk people.csv')
    expect(code).toBe(0)
    expect(out).toContain('400 rows')
    expect(out).toContain('names')
    expect(out).not.toContain('Person Number7')
    const { risk, roles } = JSON.parse((await run('risk people.csv --quasi age,sex --json')).out)
    expect(risk).toMatchObject({ rows: 400, quasi: ['age', 'sex'], marketer: risk.classes / 400 })
    expect(roles.map(({ role }: { role: string }) => role)).toEqual([
      'identifying',
      'quasi',
      'quasi',
      'sensitive',
    ])
  })

  it('says what columns look like where none is a quasi-identifier, and when cells were not parted', async () => {
    write(
      'plain.csv',
      Array.from({ length: 60 }, (_, i) => ({ flag: i % 2, mail: `a${i}@x.org` })),
    )
    const none = await run('risk plain.csv')
    expect(none.code).toBe(2)
    expect(none.out).toContain('(F) e-mail addresses')
    expect(none.err).toContain('--quasi flag,mail')
    const { code, err } = await run('risk people.csv --delimiter ;')
    expect(code).toBe(2)
    expect(err).toContain('one column as it was read: name,age,sex,illness')
    expect(err).toContain("--delimiter ','")
  })

  it('shows the smallest sets that single people out, and counts one as one', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ age: i, sex: 'mf'[i % 2], ward: i % 3 }))
    write('alone.csv', rows)
    const { out } = await run('risk alone.csv --quasi age,sex,ward')
    expect(out).toMatch(/│ age +│ +100.0%/)
    expect(out).not.toContain('age, sex ')
    writeFileSync(at('one.csv'), 'age,sex\n30,m\n')
    expect((await run('risk one.csv')).out).toContain('1 row, 1 class by')
  })

  it('refuses what is not there', async () => {
    expect(await run('risk people.csv --quasi agee')).toMatchObject({
      code: 2,
      err: expect.stringContaining("no column 'agee'"),
    })
    expect(await run('risk people.csv --population 10')).toMatchObject({
      code: 2,
      err: expect.stringContaining('population'),
    })
    expect((await run('risk missing.csv')).code).toBe(2)
  })
})

describe('audit published', () => {
  const audit = (table: string, more = '') =>
    run(
      `audit published ${table} --original people.csv --quasi age,sex --sensitive illness --out ${table}.html ${more}`.trim(),
    )

  it('holds for large mixed classes and breaks for the table as it was', async () => {
    const held = await audit('published.csv')
    expect(held.out).toContain('No attack that was run got more')
    expect(held.code).toBe(0)
    expect(JSON.parse(readFileSync(at('published.csv.json'), 'utf8'))).toMatchObject({
      version: 10,
      verdict: { status: 'held' },
    })
    expect(await audit('raw.csv')).toMatchObject({ code: 3 })
    expect(readFileSync(at('raw.csv.html'), 'utf8')).toContain('✗ The policy is broken')
  })

  it('writes nothing for what it cannot read', async () => {
    write('other.csv', [{ age: 'x7', sex: 'm', illness: 'flu' }])
    expect(await audit('other.csv')).toMatchObject({ code: 2, err: expect.stringContaining('fit nobody') })
    expect(existsSync(at('other.csv.html'))).toBe(false)
    expect((await audit('published.csv')).code).toBe(2)
    expect((await audit('published.csv', '--force')).code).toBe(0)
  })
})

describe('audit synthetic', () => {
  it('breaks for rows that are the original', async () => {
    write(
      'train.csv',
      people.slice(0, 200).map(({ name: _, ...rest }, i) => ({ ...rest, wage: 1000 + 7 * i })),
    )
    write(
      'rest.csv',
      people.slice(200).map(({ name: _, ...rest }, i) => ({ ...rest, wage: 1003 + 7 * i })),
    )
    const { code, out } = await run(
      'audit synthetic train.csv --original train.csv --control rest.csv --attacks 100 --out s.html',
    )
    // The file is its own original: an input is named twice, and that is no fault.
    expect(out).toContain('Membership')
    expect(code).toBe(3)
  })
})
