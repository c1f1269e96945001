import { expect, it, vi } from 'vitest'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()

it('lists what there is', async () => {
  const { out } = await works(place, 'audit exhibits --list')
  expect(out).toMatch(/^rounded-pieces: .+\n {2}claimed: /m)
  const [one] = await json(place, 'audit exhibits rounded-pieces --list')
  expect(one).toEqual({
    name: 'rounded-pieces',
    title: expect.any(String),
    claim: expect.stringContaining('privateDampening'),
    source: expect.any(String),
    mended: expect.any(String),
  })
})

it('attacks both forms, and writes page and JSON', async () => {
  const { out } = await works(place, 'audit exhibits rounded-pieces --quick --out shown.html')
  expect(out).toMatch(/rounded-pieces +│ +1 │ +1\.05658 │ +0\.998\d* │ +held against/)
  expect(out).toContain('wrote shown.html and shown.json')
  const report = JSON.parse(place.read('shown.json'))
  expect(report).toMatchObject({ format: 'frostglass-exhibits', verdict: { status: 'held' } })
  expect(place.read('shown.html')).toContain(report.verdict.sentence)
  await refused(place, 'audit exhibits rounded-pieces --out shown.html', 2, [/shown\.html/])
})

it('attacks one form alone', async () => {
  const report = await json(place, 'audit exhibits rounded-pieces --quick --form before')
  expect(report.exhibits[0]).toMatchObject({ today: null, verdict: 'broken before' })
  expect(report.verdict.status).toBe('undecided')
})

it.each<[string, RegExp]>([
  ['audit exhibits rounded', /there is no exhibit 'rounded'\n {2}Take .*rounded-pieces/],
  ['audit exhibits --form tomorrow', /Allowed choices are today, before, both/],
  ['audit exhibits --out shown.pdf', /does not end in \.html/],
])('refuses %s', async (args, words) => {
  await refused(place, args, 2, [words])
})

it('says what it takes, within 100 columns', async () => {
  const { out } = await works(place, 'audit exhibits --help')
  expect(out).toContain('Usage: frostglass audit exhibits ')
  expect(out).toMatch(/Examples:\n {2}\$ frostglass audit exhibits/)
  expect(out).toContain('--json')
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

it('ends with 3 where an attack breaks the form of today', async () => {
  // So that the front of the exhibits is read anew, with an attack that succeeds.
  vi.resetModules()
  const run = async () => ({ allowed: 1, measured: 2, unit: 'bits' })
  vi.doMock('../../src/audit/exhibits/roundedPieces.ts', () => ({
    roundedPieces: { name: 'rounded-pieces', title: 't', claim: 'c', source: 's', mended: 'm', run },
  }))
  const written = { out: '', err: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream === 'stdout' ? 'out' : 'err'] += text
      return true
    }),
  )
  const { main } = await import('../../src/cli/main.ts')
  const code = await main(['node', 'frostglass', 'audit', 'exhibits', 'rounded-pieces'])
  for (const spy of spies) spy.mockRestore()
  vi.doUnmock('../../src/audit/exhibits/roundedPieces.ts')
  // Modules are shared with the files that follow: what was read with the made-up attack must go.
  vi.resetModules()
  expect(code).toBe(3)
  expect(written.out).toContain('Broken today: 1 of 1 (rounded-pieces).')
  expect(written.err).toMatch(/a claim is broken by an attack that is known/)
})
