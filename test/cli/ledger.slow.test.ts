import {
  chmodSync,
  copyFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { expect, it } from 'vitest'
import { openLedger } from '../../src/private/index.ts'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()
const budget = '--dataset census --epsilon 0.5 --delta 1e-6'

it('makes a ledger and shows what is spent and left', async () => {
  const { out } = await works(place, `ledger create a.ledger ${budget}`)
  expect(out).toMatch(/census[\s\S]*0.5: 0 spent, 0.5 left[\s\S]*sum[\s\S]*spends +│ +0 │/)
  const ledger = openLedger(place.at('a.ledger'))
  ledger.spend({
    what: 'SELECT COUNT(*)\n\u001b[2JFROM data',
    unit: 'row',
    losses: [{ kind: 'priced', epsilon: 0.2, delta: 0 }],
  })
  ledger.close()
  const shown = await works(place, 'ledger show a.ledger')
  expect(shown.out).toMatch(
    /SELECT COUNT\(\*\) \[2JFROM data[\s\S]*0.5: 0.2 spent, 0.3 left[\s\S]*spends +│ +1 │/,
  )
  expect(shown.out).not.toContain('\u001b')
  expect(shown.err).toBe('')
  expect(await json(place, 'ledger show a.ledger')).toMatchObject({
    dataset: 'census',
    composition: 'sum',
    entries: 1,
    left: { epsilon: 0.3, delta: 1e-6 },
    spends: [{ number: 1, epsilon: 0.2, losses: [{ kind: 'priced', epsilon: 0.2, delta: 0 }] }],
  })
})

it('never replaces a ledger, and refuses what is none', async () => {
  await works(place, `ledger create b.ledger ${budget} --composition renyi`)
  await refused(place, `ledger create b.ledger ${budget}`, 2, [
    /exists already\n {2}Choose another name: a ledger is never replaced/,
  ])
  await refused(place, `ledger create c.ledger --dataset d --epsilon 1 --delta 1`, 2, [
    /δ must be between 0 and 1/,
  ])
  await refused(place, 'ledger show none.ledger', 2, [/there is no ledger none.ledger/])
  writeFileSync(place.at('empty.ledger'), '')
  await refused(place, 'ledger show empty.ledger', 2, [/empty.ledger is not a ledger/])
  truncateSync(place.at('b.ledger'), 5000)
  await refused(place, 'ledger show b.ledger', 2, [/b.ledger is damaged/])
})

it('has one unit, and says whose data its budget and each spend are about', async () => {
  const { out } = await works(place, `ledger create u.ledger ${budget} --unit person_id`)
  expect(out).toMatch(/protects +│ +a person_id/)
  const ledger = openLedger(place.at('u.ledger'))
  const losses = [{ kind: 'priced', epsilon: 0.02, delta: 0 }] as const
  expect(() => ledger.spend({ what: 'rows', unit: 'row', losses })).toThrow(
    /counts what is given away of a person_id/,
  )
  ledger.spend({ what: 'rows', unit: 'row', contributions: 6, losses })
  ledger.spend({ what: 'people', unit: 'person_id', losses })
  ledger.close()
  const shown = await works(place, 'ledger show u.ledger')
  expect(shown.out).toMatch(/rows +│ +row × 6 │ +0.12 │/)
  expect(shown.out).toMatch(/people +│ +person_id │ +0.02 │/)
  expect(shown.out).toMatch(/0.5: 0.14 spent, 0.36 left/)
  expect(await json(place, 'ledger show u.ledger')).toMatchObject({
    unit: 'person_id',
    spends: [{ unit: 'row', contributions: 6 }, { unit: 'person_id' }],
  })
})

it('is tied to a file, and says so when the data are in another one', async () => {
  writeFileSync(place.at('people.csv'), 'age\n41\n')
  writeFileSync(place.at('corrected.csv'), 'age\n42\n')
  const { out } = await works(place, `ledger create t.ledger ${budget} --table people.csv`)
  expect(out).toMatch(/data +│ +people.csv \(sha256:/)
  const tied = await works(place, 'ledger data t.ledger --table corrected.csv')
  expect(tied.out).toMatch(/t.ledger is tied to corrected.csv \(sha256:[0-9a-f]{64}\) by entry 1/)
  const shown = await works(place, 'ledger show t.ledger')
  expect(shown.out).toMatch(/data: corrected.csv \(sha256:/)
  await refused(place, `ledger create n.ledger ${budget} --table none.csv`, 2, [/none.csv/])
})

it('tells its head, and notices a copy that was put back', async () => {
  await works(place, `ledger create h.ledger ${budget}`)
  const spend = () => {
    const ledger = openLedger(place.at('h.ledger'))
    ledger.spend({ what: 'count', unit: 'row', losses: [{ kind: 'priced', epsilon: 0.1, delta: 0 }] })
    ledger.close()
  }
  spend()
  copyFileSync(place.at('h.ledger'), place.at('copy'))
  spend()
  const { out } = await works(place, 'ledger head h.ledger')
  expect(out).toMatch(/^2:[0-9a-f]{64}\nh.ledger: 2 entries, ε = 0.2 and δ = 0 spent\n$/)
  writeFileSync(place.at('saved'), out)
  spend()
  const after = await works(place, 'ledger head h.ledger --compare saved')
  expect(after.out).toMatch(/3 entries.* all 2 of before are there/)
  expect(await json(place, 'ledger head h.ledger')).toMatchObject({ entries: 3, spent: { delta: 0 } })
  copyFileSync(place.at('copy'), place.at('h.ledger'))
  const head = out.split('\n')[0]!
  for (const what of ['saved', head])
    await refused(place, `ledger head h.ledger --compare ${what}`, 3, [
      /does not have what it had at 2 entries/,
    ])
  // Two other entries: as many, and not the same.
  spend()
  await refused(place, `ledger head h.ledger --compare ${head}`, 3, [/they are others or fewer/])
  await refused(place, 'ledger head h.ledger --compare 2:abc', 2, [/there is no head in this/])
  await refused(place, 'ledger head h.ledger --compare nothing', 2, [/the file nothing cannot be read/])
})

it.skipIf(process.getuid?.() !== 0)(
  'shows a ledger that may not be written, and does not spend there',
  async () => {
    await works(place, `ledger create d.ledger ${budget}`)
    chmodSync(place.at('d.ledger'), 0o444)
    const shown = await works(place, 'ledger show d.ledger', { uid: 65534 })
    expect(shown.out).toMatch(/0.5 left/)
  },
)

it('says of a path that leads nowhere what is wrong with it', async () => {
  symlinkSync('loop.ledger', place.at('loop.ledger'))
  writeFileSync(place.at('people.csv'), 'age\n41\n')
  const long = `${'n'.repeat(300)}.ledger`
  // Its own name is short enough, and there is only the journal's to be too long for.
  for (const [path, words] of [
    ['loop.ledger', /its links lead in a circle/],
    [long, /the name is too long/],
    [`${'n'.repeat(245)}.ledger`, /\.ledger/],
    ['people.csv/x.ledger', /people\.csv/],
  ] as const)
    for (const command of ['show PATH', 'head PATH', 'data PATH --table people.csv', `create PATH ${budget}`])
      if (!(command.startsWith('create') && path.length < 260 && path.startsWith('n')))
        await refused(place, `ledger ${command.replace('PATH', path)}`, 2, [words])
  const query = ['query', 'people.csv', 'SELECT COUNT(*) FROM data', '--epsilon', '0.1', '--ledger']
  for (const path of ['loop.ledger', long])
    await refused(place, [...query, path], 2, [/ledger: opening failed/])
})

it.skipIf(process.getuid?.() !== 0)('says that a folder may not be entered', async () => {
  place.make('locked', 0o700)
  await works(place, `ledger create locked/l.ledger ${budget}`)
  for (const command of ['show locked/l.ledger', 'head locked/l.ledger', `create locked/m.ledger ${budget}`])
    await refused(place, `ledger ${command}`, 2, [/locked\/.\.ledger: opening failed: permission denied/], {
      uid: 65534,
    })
})

it('keeps an answer that was paid for and could not be printed', async () => {
  writeFileSync(place.at('people.csv'), `age\n${'41\n'.repeat(100)}`)
  await works(place, `ledger create f.ledger ${budget}`)
  const query = [
    'query',
    'people.csv',
    'SELECT COUNT(*) FROM data',
    '--epsilon',
    '0.1',
    '--ledger',
    'f.ledger',
  ]
  const kept = () => readdirSync(place.folder).filter((name) => name.startsWith('f.ledger.answer-'))
  const told = await works(place, query, { apart: true })
  expect(kept()).toEqual([])
  const full = await place.run(query, { shell: 'exec "$@" > /dev/full' })
  expect(full.code).toBe(2)
  expect(full.err).toMatch(
    /error \(io\) the result could not be printed: no space .*\n {2}Name .*kept in f\.ledger\.answer-2-[0-9a-f]{8}\.txt\.\n$/,
  )
  expect(kept()).toHaveLength(1)
  const shape = (text: string) => text.replace(/[\d.]+|─+|═+| +/g, '')
  expect(shape(place.read(kept()[0]!))).toBe(shape(told.out))
  expect(place.read(kept()[0]!)).toContain('left in f.ledger: ε = 0.3')
  expect(statSync(place.at(kept()[0]!)).mode & 0o777).toBe(0o600)
  rmSync(place.at(kept()[0]!))
  // A reader that leaves before it has read anything.
  const left = await place.run([...query, '--json'], { shell: 'set -o pipefail; "$@" | true' })
  expect([left.code, left.err]).toEqual([
    0,
    expect.stringMatching(
      /the result was not read to its end; what it says is kept in f\.ledger\.answer-3-.*\.json/,
    ),
  ])
  const [saved] = kept()
  expect(JSON.parse(place.read(saved!))).toMatchObject({ rows: [{}], ledger: { entry: 3 } })
})

it('writes answers to their file also where they could not be printed', async () => {
  writeFileSync(place.at('people.csv'), `age\n${'41\n'.repeat(100)}`)
  const query = [
    'query',
    'people.csv',
    'SELECT COUNT(*) FROM data',
    '--epsilon',
    '0.1',
    '--out',
    'counts.csv',
  ]
  expect((await place.run(query, { shell: 'exec "$@" > /dev/full' })).code).toBe(2)
  expect(place.read('counts.csv')).toMatch(/^count,count_low,count_high\n\d+,/)
})
