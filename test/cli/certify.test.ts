import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, lines: readonly string[]) => writeFileSync(place.at(name), csv(lines))

/** Units whose label is the attribute of six in ten, and whose code is the label of nine in ten. */
const codes = (units: number, prefix: string) =>
  Array.from({ length: units }, (_, i) => {
    const sex = i % 2
    const label = i % 10 < 6 ? sex : 1 - sex
    const code = Math.floor(i / 20) % 10 === 0 ? 1 - label : label
    return `${prefix}${i},${code},${'mf'[sex]},${['no', 'yes'][label]}`
  })
const released = codes(900, 'l').map((line) => line.split(',')[1]!)
const head = 'person,code,sex,income'
put('codes.csv', [head, ...codes(4000, 'p')])
put('learned.csv', [head, ...codes(1000, 'q')])
put('few.csv', [head, ...codes(16, 'r')])
put('twice.csv', [head, ...codes(400, 'p'), 'p1,0,m,no'])
put('ids.csv', [head, ...codes(400, 'p'), 'z,900000000,m,no'])
put('alike.csv', [head, ...codes(400, 'p'), 'P 1,0,m,no'])
put('live.csv', ['code', ...released])
put('other.csv', ['code', ...released.map((code, i) => (i % 7 === 0 ? '1' : code))])
put('windows.csv', [
  `session,${head}`,
  ...Array.from({ length: 6 }, (_, w) => codes(100, 'u').map((line, i) => `s${i}${w % 2},${line}`)).flat(),
])
const issue = (more: string, table = 'codes.csv') => `certify issue ${table} --hide sex ${more}`

describe('frostglass certify issue', () => {
  it('prints the limit, the floor and what a code tells, and writes the certificate', async () => {
    const made = await works(
      place,
      issue(
        '--unit person --label income --learned-from learned.csv --policy 65 --candidates 2 --out c.json',
      ),
    )
    expect(made.out).toMatch(/^sex: holds: at most 6\d\.\d%, 65\.0% allowed/)
    expect(made.out).toMatch(/the true label alone \(floor\) *│ *60\.00%/)
    expect(made.out).toMatch(/of that, more than the label/)
    expect(made.out).toContain(
      '4000 units (person), 2 codes; each limit is wrong with a chance of 5e-4 (theorem A)',
    )
    expect(place.has('c.json')).toBe(true)
    const again = await works(place, 'certify check c.json')
    const lines = (text: string) => text.trim().split('\n')
    expect(lines(again.out).slice(0, -1)).toEqual(lines(made.out).slice(0, -1))
    expect(lines(made.out).at(-1)).toBe('wrote c.json')
    expect(lines(again.out).at(-1)).toBe('c.json was computed again: every number follows from its tables')
    expect(await json(place, 'certify check c.json')).toMatchObject({
      units: 4000,
      theorem: 'A',
    })
  })

  it.each([
    [
      '--unit person --label income --policy 57 --accuracy 99 --out no.json',
      3,
      /infeasible: the label alone tells 60\.0%/,
    ],
    [
      '--unit person --label sex --out no.json',
      3,
      /the label determines the attribute, the floor is 100\.0%/,
    ],
    ['--unit person --policy 57 --out no.json', 3, /exceeded: up to/],
    ['--unit person --delta 1 --out no.json', 2, /δ is a probability between 0 and 1, not 1/],
    [
      '--unit person --learned-from codes.csv --out no.json',
      2,
      /in the calibration codes and in the codes that were learned from/,
    ],
    ['--unit row --learned-from codes.csv --out no.json', 2, /are those that were learned from/],
    ['--unit nobody --out no.json', 2, /nobody/],
    ['--unit person --code sex --out no.json', 2, /sex/],
    ['--unit person --releases 3 --out no.json', 2, /what is independent/],
    ['--unit person --person person --out no.json', 2, /--releases is not there/],
    ['--unit person --accuracy 90 --out no.json', 2, /--policy, too/],
    ['--unit person --policy 145 --out no.json', 2, /percentage from 0 to 100/],
    ['--unit person --policy 0.7 --out no.json', 2, /less than one in a hundred. For 0\.7 of all give 70/],
    ['--unit person --channel codes.csv --out no.json', 2, /not JSON/],
  ])('writes nothing: %s', async (options, code, words) => {
    await refused(place, issue(options), code, [words])
  })

  it('writes nothing of too few people, or of people that come twice', async () => {
    await refused(place, issue('--unit person --out no.json', 'few.csv'), 3, [/not certifiable: 16 people/])
    await refused(place, issue('--unit person --out no.json', 'twice.csv'), 2, [
      /unit 'p1' has more than one record/,
    ])
  })

  it('refuses a column of ids where codes are expected', async () => {
    await refused(place, issue('--unit person --out no.json', 'ids.csv'), 2, [/there is a code 900000000/])
  })

  it('warns of units that may be one', async () => {
    const { err } = await works(place, issue('--unit person --out alike.json', 'alike.csv'))
    expect(err).toContain("'p1' and 'P 1' are two units of person here")
  })

  it('counts sessions as units, and bounds several releases of one person', async () => {
    const sessions = await json(
      place,
      issue('--unit session --shared --releases 2 --out s.json', 'windows.csv'),
    )
    expect(sessions).toMatchObject({ theorem: 'B', units: 200, gain: null })
    expect(sessions.bundleLimits.map(({ bundles }: { bundles: number }) => bundles)).toEqual([200, 200])
    const persons = await json(
      place,
      issue('--unit row --stratified --releases 2 --person person --out w.json', 'windows.csv'),
    )
    expect(persons).toMatchObject({ theorem: 'A', units: 600 })
    expect(persons.bundleLimits.map(({ bundles }: { bundles: number }) => bundles)).toEqual([600, 300])
  })

  it('has the codes of its codebook, which must not be made from these units', async () => {
    const { sources } = JSON.parse(place.read('c.json')) as { sources: { calibration: string } }
    const book = (madeFrom: object) =>
      writeFileSync(place.at('book.json'), JSON.stringify({ codes: [{}, {}, {}], madeFrom }))
    book({ train: 'd'.repeat(64), validation: sources.calibration })
    await refused(place, issue('--unit person --codebook book.json --out no.json'), 2, [
      /the calibration list is the list 'validation' that the codes were made from/,
    ])
    book({ train: 'd'.repeat(64) })
    expect(
      (await json(place, issue('--unit person --codebook book.json --out book.c.json'))).codes.thin,
    ).toEqual([2])
  })

  it('certifies what a channel releases', async () => {
    writeFileSync(
      place.at('channel.json'),
      JSON.stringify({
        channel: [
          [0.7, 0.3],
          [0.3, 0.7],
        ],
      }),
    )
    const plain = await json(place, issue('--unit person --out plain.json'))
    const random = await json(place, issue('--unit person --channel channel.json --out random.json'))
    expect(random.theorem).toBe('B')
    expect(random.upper).toBeLessThan(plain.upper)
    await works(place, 'certify check random.json --channel channel.json')
    await refused(place, 'certify check random.json --channel codes.csv', 2, [
      /the channel is not the one that was certified/,
    ])
  })
})

describe('frostglass certify check', () => {
  it('refuses a certificate with another number', async () => {
    await works(place, issue('--unit person --out edited.json'))
    writeFileSync(
      place.at('edited.json'),
      place.read('edited.json').replace('"candidates": 1', '"candidates": 2'),
    )
    await refused(place, 'certify check edited.json', 2, [/changed after it was issued/])
    await refused(place, 'certify check codes.csv', 2, [/not JSON/])
  })
})

describe('frostglass certify drift', () => {
  it('exits 3 where codes come otherwise, and says what to do', async () => {
    await works(place, issue('--unit person --out d.json'))
    expect((await works(place, 'certify drift d.json live.csv')).out).toMatch(/^the codes come as they did/)
    const other = await place.run('certify drift d.json other.csv')
    expect(other.code).toBe(3)
    expect(other.out).toMatch(/^the codes do not come as they did in calibration: certify again/)
    expect(other.err).toContain('Take the certificate for spent')
    expect((await place.run('certify drift d.json other.csv --json')).out).toContain('"drifted": true')
  })
})
