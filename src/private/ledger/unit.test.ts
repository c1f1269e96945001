// One ledger counts one unit: rows are charged as what they cost somebody who has several, or refused.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { deltaOf } from '../accounting/lossDistribution.ts'
import { discreteLaplaceLoss, gaussianLoss } from '../accounting/release.ts'
import { discreteLaplace } from '../mechanisms/noise.ts'
import { priceOf } from './composition.ts'
import { forUnit } from './contributions.ts'
import { fingerprintOf } from './fingerprint.ts'
import { createLedger, openLedger } from './ledger.ts'
import { renyiOf, type Spend, tightEpsilon } from './spend.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-unit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const free = (name = 'ledger') => join(folder, `${++files}.${name}`)
const budget = { dataset: 'people', epsilon: 1, delta: 1e-6 }
const pure = (epsilon: number): Spend => ({ kind: 'priced', epsilon, delta: 0 })
const refusedAs = (code: string) => expect.objectContaining({ code, hint: expect.any(String) })

describe('a row of a person with m rows', () => {
  it('costs mε, m²ρ, σ/m, and δ grows with e^ε', () => {
    expect(forUnit([pure(0.1)], 6)).toEqual([{ kind: 'priced', epsilon: expect.closeTo(0.6, 12), delta: 0 }])
    expect(forUnit([{ kind: 'concentrated', rho: 0.01 }], 3)).toEqual([{ kind: 'concentrated', rho: 0.09 }])
    expect(forUnit([{ kind: 'gaussian', noiseMultiplier: 6 }], 3)).toEqual([
      { kind: 'gaussian', noiseMultiplier: 2 },
    ])
    const [leaky] = forUnit([{ kind: 'priced', epsilon: 0.5, delta: 1e-8 }], 4) as [Spend & { delta: number }]
    expect(leaky.delta).toBeCloseTo(1e-8 * (1 + Math.exp(0.5) + Math.exp(1) + Math.exp(1.5)), 20)
    expect(() => forUnit([{ kind: 'priced', epsilon: 5, delta: 1e-6 }], 10)).toThrow(/nothing for 10 rows/)
    expect(forUnit([pure(0.1)], 1)).toEqual([pure(0.1)])
    for (const rows of [0, 1.5, -1, Number.NaN, 1e9, '6' as unknown as number])
      expect(() => forUnit([pure(0.1)], rows)).toThrow(refusedAs('usage'))
  })

  it('by its definition: integer noise under answers that m rows move', () => {
    const spend: Spend = { kind: 'discrete-laplace', scale: 8, sensitivity: 2 }
    const [all] = forUnit([spend], 3)
    expect(all).toEqual({ ...spend, sensitivity: 6 })
    const r = Math.exp(-1 / 8)
    const mass = (x: number) => ((1 - r) / (1 + r)) * r ** Math.abs(x)
    let truth = 0
    for (let x = -400; x <= 400; x++) truth += Math.max(0, mass(x) - Math.exp(0.3) * mass(x - 6))
    expect(deltaOf([{ release: discreteLaplaceLoss(8, 6), times: 1 }], 0.3)).toBeCloseTo(truth, 9)
    expect(deltaOf([{ release: gaussianLoss(2), times: 1 }], 0.3)).toBeGreaterThan(
      deltaOf([{ release: gaussianLoss(6), times: 1 }], 0.3),
    )
  })

  it('of a training costs less than generic group privacy, and more than one row', () => {
    const training: Spend = { kind: 'sampled-gaussian', noiseMultiplier: 2, rate: 0.01, times: 400 }
    const [one, six] = [[training], forUnit([training], 6)].map((losses) => tightEpsilon(losses, 1e-5)) as [
      number,
      number,
    ]
    expect(six).toBeGreaterThan(3 * one)
    expect(six).toBeLessThan(8 * one)
    const divergence = (losses: readonly Spend[]) => renyiOf(losses, 8).divergence
    expect(divergence(forUnit([training], 6))).toBeGreaterThan(divergence([training]) * 6)
    expect(forUnit(forUnit([training], 2), 3)).toEqual(forUnit([training], 6))
  })
})

describe('a ledger of persons', () => {
  it('refuses rows, unless it is said how many a person has, and says so ever after', async () => {
    const ledger = await createLedger(free(), { ...budget, unit: 'person_id' })
    const asked = { what: 'count', losses: [pure(0.1)] }
    expect(() => ledger.spend({ ...asked, unit: 'row' })).toThrow(refusedAs('usage'))
    expect(() => ledger.spend({ ...asked, unit: 'household' })).toThrow(refusedAs('usage'))
    expect(() => ledger.spend({ ...asked, unit: 'household', contributions: 2 })).toThrow(refusedAs('usage'))
    expect(() => ledger.spend({ ...asked, unit: 'person_id', contributions: 2 })).toThrow(refusedAs('usage'))
    expect(() => ledger.spend({ ...asked } as never)).toThrow(refusedAs('usage'))
    expect(ledger.spend({ ...asked, unit: 'row', contributions: 6 }).epsilon).toBeCloseTo(0.6, 12)
    expect(ledger.spend({ ...asked, unit: 'person_id' }).epsilon).toBe(0.1)
    expect(() => ledger.spend({ ...asked, unit: 'row', contributions: 4 })).toThrow(/would come to 1.1 of 1/)
    ledger.close()
    const again = openLedger(ledger.path)
    expect(again.state()).toMatchObject({ unit: 'person_id', spent: { epsilon: expect.closeTo(0.7, 12) } })
    expect(again.entries()).toMatchObject([
      { unit: 'row', contributions: 6, losses: [pure(0.1)] },
      { unit: 'person_id', losses: [pure(0.1)], spent: { epsilon: expect.closeTo(0.7, 12) } },
    ])
    again.close()
  })

  it('of rows refuses persons: what a person costs a row is another question', async () => {
    const ledger = await createLedger(free(), budget)
    expect(ledger.unit).toBe('row')
    expect(() => ledger.spend({ what: 'count', losses: [pure(0.1)], unit: 'person_id' })).toThrow(
      refusedAs('usage'),
    )
    ledger.close()
  })

  it('of before there were units is read, and not spent on', async () => {
    const ledger = await createLedger(free(), budget)
    ledger.close()
    // As version 1 wrote it: without a unit, and its chain begun anew from that header.
    const database = new DatabaseSync(ledger.path)
    const { createHash } = await import('node:crypto')
    const header = JSON.stringify({ ...budget, composition: 'sum', created: '2026-01-01T00:00:00.000Z' })
    const hash = (before: string, text: string) =>
      createHash('sha256').update(`${before}\n${text}`).digest('hex')
    const genesis = hash('frostglass ledger', header)
    const record = JSON.stringify({
      at: '2026-01-02T00:00:00.000Z',
      what: 'count',
      losses: [pure(0.4)],
      epsilon: 0.4,
      delta: 0,
    })
    database.prepare('INSERT INTO records VALUES (1, ?, ?)').run(record, hash(genesis, record))
    database.prepare('UPDATE ledger SET header = ?, records = 1, head = ?').run(header, hash(genesis, record))
    database.exec('PRAGMA user_version = 1')
    database.close()
    const old = openLedger(ledger.path)
    expect(old.state()).toMatchObject({ unit: undefined, entries: 1, spent: { epsilon: 0.4 } })
    expect(() => old.spend({ what: 'count', losses: [pure(0.1)], unit: 'row' })).toThrow(
      /before ledgers had a unit/,
    )
    old.close()
  })
})

describe('a ledger tied to a file', () => {
  it('refuses other data and silence, until its owner says that these are the data', async () => {
    const [table, corrected] = [free('csv'), free('csv')]
    writeFileSync(table, 'age\n41\n')
    writeFileSync(corrected, 'age\n42\n')
    const ledger = await createLedger(free(), { ...budget, table })
    const asked = { what: 'count', unit: 'row', losses: [pure(0.1)] }
    const [right, wrong] = await Promise.all([table, corrected].map((path) => ledger.sourceOf(path)))
    expect(right).toEqual({ fingerprint: await fingerprintOf(table) })
    expect(() => ledger.spend(asked)).toThrow(/does not say what it reads/)
    expect(() => ledger.spend({ ...asked, source: wrong })).toThrow(/reads another/)
    expect(() => ledger.spend({ ...asked, source: { fingerprint: 'sha256:1' } })).toThrow(refusedAs('usage'))
    expect(ledger.spend({ ...asked, source: right })).toMatchObject({ number: 1, source: right })
    expect(await ledger.tie(corrected)).toMatchObject({ number: 2, data: wrong })
    expect(() => ledger.spend({ ...asked, source: right })).toThrow(/reads another/)
    expect(ledger.spend({ ...asked, source: wrong }).number).toBe(3)
    expect(ledger.state()).toMatchObject({ entries: 2, data: wrong, spent: { epsilon: 0.2 } })
    expect(ledger.sources()).toMatchObject([{ number: 2, data: wrong }])
    ledger.close()
  })

  it('is not tied unless that was said, and may be later', async () => {
    const table = free('csv')
    writeFileSync(table, 'age\n41\n')
    const ledger = await createLedger(free(), budget)
    expect(await ledger.sourceOf(table)).toBeUndefined()
    ledger.spend({ what: 'count', unit: 'row', losses: [pure(0.1)] })
    await ledger.tie(table)
    expect(() => ledger.spend({ what: 'count', unit: 'row', losses: [pure(0.1)] })).toThrow(
      refusedAs('usage'),
    )
    await expect(createLedger(free(), { ...budget, table: join(folder, 'none') })).rejects.toThrow(
      refusedAs('input'),
    )
    ledger.close()
  })
})

describe('the head', () => {
  it('is in what continues it, and not in a ledger that was put back or begun anew', async () => {
    const ledger = await createLedger(free(), budget)
    const heads = [ledger.head()]
    for (let i = 0; i < 3; i++) {
      ledger.spend({ what: 'count', unit: 'row', losses: [pure(0.1)] })
      heads.push(ledger.head())
    }
    for (const head of heads) expect(ledger.continues(head)).toBe(true)
    expect(heads.map(({ entries, spent }) => [entries, spent.epsilon])).toEqual([
      [0, 0],
      [1, 0.1],
      [2, 0.2],
      [3, expect.closeTo(0.3, 12)],
    ])
    const other = await createLedger(free(), budget)
    for (const head of heads) expect(other.continues(head)).toBe(false)
    for (const head of [undefined, {}, { entries: -1, hash: '' }, { entries: 1, hash: 'x' }, 'a head'])
      expect(() => ledger.continues(head as never)).toThrow(refusedAs('usage'))
    ledger.close()
    other.close()
  })
})

describe('what is spent', () => {
  it('never falls, and a divergence is never below 0', async () => {
    expect(renyiOf([{ ...pure(1e-13), times: 1e9 }], 23).divergence).toBeGreaterThanOrEqual(0)
    const ledger = await createLedger(free(), { ...budget, composition: 'renyi' })
    ledger.spend({
      what: 'count',
      unit: 'row',
      losses: [{ kind: 'discrete-laplace', scale: 20, sensitivity: 1, times: 20 }],
    })
    const { spent } = ledger.state()
    expect(() =>
      ledger.spend({ what: 'refund', unit: 'row', losses: [{ ...pure(1e-13), times: 4e15 }] }),
    ).toThrow(refusedAs('usage'))
    ledger.spend({ what: 'nothing much', unit: 'row', losses: [{ ...pure(1e-13), times: 1e9 }] })
    expect(ledger.state().spent.epsilon).toBeGreaterThanOrEqual(spent.epsilon)
    ledger.close()
  })

  it('what spend accepts, a ledger reads again; what it refuses leaves no trace', async () => {
    const path = free()
    const ledger = await createLedger(path, { ...budget, epsilon: 1e5, delta: 0.5, unit: 'who' })
    const number = fc.oneof(
      { arbitrary: fc.double({ min: 0.5, max: 0.9, noNaN: true }), weight: 8 },
      fc.constantFrom(
        Number.NaN,
        -1,
        1e-320,
        1e308,
        Number.POSITIVE_INFINITY,
        1e-7,
        '1e-7',
        '1',
        null,
        undefined,
        2,
        1e5,
      ),
    )
    const request = fc.record({
      what: fc.oneof({ arbitrary: fc.string(), weight: 4 }, fc.constantFrom('count', 7, null)),
      unit: fc.constantFrom('who', 'who', 'who', 'who', 'row', 'other', undefined, 3),
      contributions: fc.constantFrom(undefined, undefined, undefined, 2, 0, '3'),
      delta: fc.oneof(fc.constant(undefined), number),
      losses: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('priced'), epsilon: number, delta: number }),
          fc.record({ kind: fc.constant('gaussian'), noiseMultiplier: number }),
          fc.record({
            kind: fc.constant('sampled-gaussian'),
            noiseMultiplier: number,
            rate: number,
            times: number,
          }),
          fc.record({ kind: fc.constant('laplace'), scale: number }),
          fc.record({ kind: fc.constant('discrete-laplace'), scale: number, sensitivity: number }),
          fc.record({ kind: fc.constant('concentrated'), rho: number }),
        ),
        { maxLength: 2 },
      ),
    })
    const sound = { kind: 'laplace' as const, scale: 0.7 }
    let accepted = 0
    fc.assert(
      fc.property(request, (one) => {
        try {
          ledger.spend(one as never)
          accepted++
        } catch (error) {
          expect(error).toMatchObject({
            name: 'FrostglassError',
            code: expect.stringMatching(/^(usage|policy)$/),
          })
        }
        const again = openLedger(path)
        expect(again.entries()).toHaveLength(accepted)
        expect(again.state().spent.epsilon).toBeLessThanOrEqual(1e5 * (1 + 1e-9))
        again.close()
      }),
      {
        numRuns: 150,
        // Most draws are refused, and once in many runs all of them: one that must be accepted is always among them.
        examples: [
          [{ what: 'count', unit: 'who', contributions: undefined, delta: undefined, losses: [sound] }],
        ],
      },
    )
    expect(accepted).toBeGreaterThan(0)
    ledger.close()
  })

  it('a spend of absurd noise is refused at once', () => {
    for (const scale of [1e-320, 1e308, 1e-7, Number.MAX_VALUE])
      expect(() => forUnit([{ kind: 'laplace', scale }], 1)).toThrow(refusedAs('usage'))
    expect(() => discreteLaplace({ scale: '1' as never })).toThrow(refusedAs('usage'))
    expect(priceOf([{ kind: 'laplace', scale: 1e-6 }]).epsilon).toBe(1e6)
  })
})
