import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createLedger, openLedger } from '../../src/private/index.ts'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()
const rows = Array.from(
  { length: 300 },
  (_, i) => `${i % 150},${i % 3 === 0 ? 'Ulm' : 'Bonn'},${20 + (i % 50)}\n`,
)
writeFileSync(place.at('people.csv'), `person,town,age\n${rows.join('')}`)

const byTown = 'SELECT town, COUNT(*) AS n, AVG(age) FROM data GROUP BY town'
const query = (sql: string, rest: string) => ['query', 'people.csv', sql, ...rest.split(' ')]
const asked = '--epsilon 0.5 --privacy-unit person --bounds age=0:120'

const made = async (name: string, unit = 'person') =>
  (await createLedger(place.at(name), { dataset: 'people', unit, epsilon: 1, delta: 1e-6 })).close()

function entries(name: string): number {
  const ledger = openLedger(place.at(name))
  const { length } = ledger.entries()
  ledger.close()
  return length
}

describe('frostglass query', () => {
  it('answers with bars, says what was spent and left, and what bars do not cover', async () => {
    await made('people.ledger')
    const first = await works(
      place,
      query(byTown, `${asked} --keys town=Bonn,Ulm,Trier --ledger people.ledger --out towns.csv`),
    )
    expect(first.err).toBe('')
    expect(first.out).toMatch(/town .* n \(95% bar\) .* avg_age \(95% bar\)/)
    expect(first.out).toMatch(/Bonn .*Trier .*Ulm /s)
    expect(first.out).toContain(
      'spent ε = 0.5 (protects all rows of one person); left in people.ledger: ε = 0.5, δ = 0.000001',
    )
    expect(first.out).toContain(
      'of each person at most 1 row counts in each of at most 1 group, chosen at random',
    )
    expect(first.out).toContain('bars speak of the noise alone')
    const [head, ...lines] = place.cells('towns.csv')
    expect(head).toEqual(['town', 'n', 'n_low', 'n_high', 'avg_age', 'avg_age_low', 'avg_age_high'])
    expect(lines.map(([town]) => town)).toEqual(['Bonn', 'Trier', 'Ulm'])
    // A count may come back negative; its bar starts at 0.
    for (const [, n, low, high] of lines) {
      expect(Number(n)).toBeLessThanOrEqual(Number(high))
      expect(Number(low)).toBeLessThanOrEqual(Math.max(0, Number(n)))
    }
    // δ is for private keys, and the rest of ε goes with them.
    const second = await works(place, query(byTown, `${asked} --delta 1e-6 --ledger people.ledger --json`))
    const answer = JSON.parse(second.out)
    expect(answer).toMatchObject({
      epsilon: 0.5,
      delta: 1e-6,
      ledger: { entry: 2, left: { epsilon: expect.closeTo(0, 8), delta: 0 } },
      releases: [{ answers: ['n', 'avg_age'], epsilon: 0.5 }],
      warnings: [],
    })
    for (const row of answer.rows)
      expect(row).toEqual({
        town: expect.stringMatching(/^(Ulm|Bonn)$/),
        n: { value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
        avg_age: { value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
      })
    await refusedByLedger()
  })

  async function refusedByLedger() {
    const over = await place.run(
      query('SELECT COUNT(*) FROM data', '--epsilon 0.1 --privacy-unit person --ledger people.ledger'),
    )
    expect(over).toMatchObject({ code: 3, out: '' })
    expect(over.err).toMatch(/^error \(policy\) the budget of people.ledger does not allow this/)
    expect(entries('people.ledger')).toBe(2)
  }

  it('explains with --dry-run, without a ledger warns, and never spends for a refusal', async () => {
    const plan = await works(place, query(byTown, `${asked} --delta 1e-6 --dry-run`))
    expect(plan.out).toMatch(/^would spend ε = 0.5, δ = 0.000001 \(protects all rows of one person\)\n/)
    expect(plan.out).toMatch(/groups are told from a noisy count of \d+ rows on/)
    const { err } = await works(place, query('SELECT COUNT(*) FROM people', '--epsilon 1'))
    expect(err).toMatch(/warning each row is protected, not each person/)
    expect(err).toMatch(/warning nothing adds up what is spent/)
  })

  it.each<readonly [string, string, readonly (string | RegExp)[]]>([
    ['SELECT * FROM data', '--epsilon 1', ['SELECT *']],
    ['SELECT AVG(age) FROM data', '--epsilon 1', ['column age has no bounds', '--bounds age=0:100']],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --bounds age=9:3', ['two numbers in order']],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --noise gaussian', ['needs a δ', '--delta 1e-6']],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --columns person,town', ['first line names its columns']],
    [
      'SELECT COUNT(*) FROM data',
      '--epsilon 1 --time-limit 100000',
      ['the time limit is 86400 seconds at most'],
    ],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --public-table towns', ['name=file']],
    [
      'SELECT COUNT(*) FROM data JOIN towns USING (town)',
      '--epsilon 1',
      ['JOIN', '--public-table name=file'],
    ],
    [
      'SELECT COUNT(*) FROM data JOIN towns USING (town)',
      '--epsilon 1 --public-table towns=none.csv',
      ['none.csv: there is no such file'],
    ],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --keys town', ['column=key']],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --ledger none.ledger', ['none.ledger']],
    ['SELECT COUNT(*) FROM data', '--epsilon 1 --out people.csv', ['would replace the input']],
    [byTown, `${asked} --keys town=@none.txt`, ['cannot be read from none.txt']],
  ])('refuses %s with %s', async (sql, rest, words) => {
    await refused(place, query(sql, rest), 2, words)
  })

  it('joins a public table, chooses by noisy answers, and adds Gaussian noise', async () => {
    writeFileSync(place.at('towns.csv'), 'town,region\nUlm,south\nBonn,west\n')
    await made('wide.ledger')
    const { out } = await works(
      place,
      query(
        'SELECT region, COUNT(*) AS n FROM data JOIN towns USING (town) GROUP BY region HAVING n > -1000 AND AVG(age) < 121',
        `${asked} --delta 1e-6 --noise gaussian --groups-per-unit 9 --public-table towns=towns.csv --keys region=south,west --ledger wide.ledger`,
      ),
    )
    expect(out).toMatch(/region .* n \(95% bar\).*south .*west /s)
    expect(out).toMatch(/n, avg_age: ρ = 0.00\d+, discrete Gaussian of σ/)
    expect(out).toContain('spent ε = 0.5, δ = 0.000001')
    const shown = await works(place, ['ledger', 'show', 'wide.ledger', '--json'])
    expect(JSON.parse(shown.out).spends).toMatchObject([{ delta: 1e-6, losses: [{ kind: 'concentrated' }] }])
  })

  it('reads fields that are stated, and keeps the price of what it could not read in time', async () => {
    writeFileSync(place.at('people.jsonl'), '{"person":1,"age":3}\n{"other":1}\n{"person":2,"age":\n')
    const json = (rest: string) => [
      'query',
      'people.jsonl',
      'SELECT COUNT(age) FROM data',
      '--epsilon',
      '1',
      ...rest.split(' '),
    ]
    await refused(place, json('--level 0.9'), 2, ['fields of JSON are to be stated', '--columns'])
    const { out } = await works(place, json('--columns person,age --json'))
    expect(JSON.parse(out).rows).toHaveLength(1)
    await made('late.ledger', 'row')
    execFileSync('mkfifo', [place.at('pipe.data')])
    const held = openSync(place.at('pipe.data'), constants.O_RDWR)
    await refused(
      place,
      'query pipe.data|SELECT COUNT(*) FROM data|--epsilon 0.5 --columns a --time-limit 0.5 --ledger late.ledger'
        .split('|')
        .flatMap((part, i) => (i === 1 ? [part] : part.split(' '))),
      2,
      ['not answered in 0.5 seconds, or its table cannot be read', 'the price stays spent'],
    )
    closeSync(held)
    expect(entries('late.ledger')).toBe(1)
  })

  it('refuses a damaged ledger, and waits for one that another process holds, saying so', async () => {
    await made('cut.ledger')
    await made('held.ledger')
    truncateSync(place.at('cut.ledger'), 1000)
    await refused(place, query('SELECT COUNT(*) FROM data', '--epsilon 0.1 --ledger cut.ledger'), 2, [
      'cut.ledger',
    ])
    const other = new DatabaseSync(place.at('held.ledger'))
    other.exec('BEGIN IMMEDIATE')
    const held = place.start(
      query('SELECT COUNT(*) FROM data', '--epsilon 0.1 --privacy-unit person --ledger held.ledger'),
    )
    let [out, err] = ['', '']
    held.stdout?.on('data', (text) => {
      out += text
    })
    const code = new Promise((done) => held.on('close', done))
    await new Promise<void>((told) =>
      held.stderr?.on('data', (text) => {
        err += text
        if (err.includes('waiting for held.ledger: 1 before us')) told()
      }),
    )
    expect(out).toBe('')
    expect(entries('held.ledger')).toBe(0)
    other.close()
    expect(await code).toBe(0)
    expect(out).toMatch(/spent ε = 0.1/)
    expect(entries('held.ledger')).toBe(1)
  })

  it('warns of a δ that is not below one over the people', async () => {
    const { err } = await works(
      place,
      query('SELECT town, COUNT(*) FROM data GROUP BY town', '--epsilon 2 --delta 0.01'),
    )
    expect(err).toMatch(/warning δ = 0.01 is not below one over the number of people/)
  })
})

it('reads a CSV by the separator that is said, with a line of names and without; of JSON it is refused', async () => {
  const rows = '30;a\n40;b\n50;a\n'
  writeFileSync(place.at('named.csv'), `age;town\n${rows}`)
  writeFileSync(place.at('bare.data'), rows)
  writeFileSync(place.at('lines.jsonl'), '{"town":"a"}\n')
  const asked = (file: string, ...more: string[]) => [
    'query',
    file,
    "SELECT COUNT(*) FROM data WHERE town = 'a'",
    ...'--epsilon 20 --delimiter ;'.split(' '),
    ...more,
  ]
  for (const command of [asked('named.csv'), asked('bare.data', '--columns', 'age,town')])
    expect((await json(place, command)).rows).toEqual([{ count: expect.objectContaining({ value: 2 }) }])
  await refused(place, asked('lines.jsonl', '--columns', 'town'), 2, [/--delimiter is about CSV files/])
})
