// The ledger of releases: one output a session, so many sessions a person, by the rules of one certificate.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chiSquareTail } from '../../statistics/chiSquare.ts'
import { issueCertificate } from './certificate.ts'
import { openReleaseLedger, type ReleaseRules, releaseRules } from './releaseLedger.ts'
import { sampleOutput } from './sampleOutput.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-releases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
const rules: ReleaseRules = { most: 2, fixed: 'pane codebook' }
let files = 0
const fresh = () => join(folder, `${files++}.releases`)

describe('a ledger of releases', () => {
  it('gives a session one output, by vote, and keeps to it', () => {
    const path = fresh()
    const ledger = openReleaseLedger(path, rules, secret)
    expect(ledger.release({ person: 'p', session: '1', codes: [3, 1, 1, 0] })).toBe(1)
    // Whatever the windows are now; and a person may have sessions of the same name as another's.
    expect(ledger.release({ person: 'p', session: '1', codes: [3, 3, 3] })).toBe(1)
    expect(ledger.release({ person: 'q', session: '1', codes: [3, 0, 3, 0] })).toBe(0)
    expect([ledger.released('p'), ledger.released('q'), ledger.released('r')]).toEqual([1, 1, 0])
    ledger.close()
    const again = openReleaseLedger(path, rules, secret)
    expect(again.release({ person: 'p', session: '1', codes: [5] })).toBe(1)
    again.close()
  })

  it('refuses a person who has had all, but not what was released before', () => {
    const ledger = openReleaseLedger(fresh(), rules, secret)
    const release = (session: string) => ledger.release({ person: 'p', session, codes: [4] })
    expect([release('1'), release('2')]).toEqual([4, 4])
    expect(() => release('3')).toThrow(
      expect.objectContaining({ code: 'policy', message: expect.stringContaining('has had 2 releases') }),
    )
    expect([release('2'), ledger.released('p')]).toEqual([4, 2])
    ledger.close()
  })

  it('refuses by the ledger alone: before it looks at a code', () => {
    const ledger = openReleaseLedger(fresh(), { ...rules, most: 1 }, secret)
    ledger.release({ person: 'p', session: '1', codes: [0] })
    expect(() => ledger.release({ person: 'p', session: '2', codes: [] })).toThrow(/has had 1 release,/)
    expect(() => ledger.release({ person: 'q', session: '1', codes: [] })).toThrow(/nothing to release/)
    expect(() => ledger.release({ person: 'q', session: '1', codes: [0.5] })).toThrow(/whole number/)
    expect(ledger.released('q')).toBe(0)
    ledger.close()
  })

  it('has no name in its file', () => {
    const path = fresh()
    const ledger = openReleaseLedger(path, rules, secret)
    ledger.release({ person: 'Ada Lovelace', session: 'monday', codes: [0] })
    ledger.close()
    expect(readFileSync(path, 'latin1')).not.toMatch(/Ada|monday/)
  })

  it('is of one certificate, and of no other file', () => {
    const path = fresh()
    openReleaseLedger(path, rules, secret).close()
    expect(() => openReleaseLedger(path, { ...rules, most: 3 }, secret)).toThrow(
      /another certificate, or of another device's secret: 2 releases/,
    )
    expect(() => openReleaseLedger(path, { ...rules, fixed: 'x' }, secret)).toThrow(/another certificate/)
    // Under another secret everybody would have a name that has had nothing.
    expect(() =>
      openReleaseLedger(
        path,
        rules,
        secret.map((byte) => byte ^ 1),
      ),
    ).toThrow(/another device's secret/)
    expect(() => openReleaseLedger(path, { ...rules, most: 0 }, secret)).toThrow(/at least 1 release/)
    writeFileSync(
      join(folder, 'text'),
      'years of work, longer than the header of any database that there is'.repeat(9),
    )
    expect(() => openReleaseLedger(join(folder, 'text'), rules, secret)).toThrow(/no ledger of releases/)
    expect(() => openReleaseLedger(join(folder, 'nowhere', 'x'), rules, secret)).toThrow(/nowhere/)
  })

  it('takes its rules from a certificate', () => {
    const hash = (digit: string) => digit.repeat(64)
    const certificate = issueCertificate({
      attribute: 'x',
      unit: 'person',
      delta: 0.01,
      candidates: 1,
      attributesCertified: 1,
      sampling: 'iid',
      table: {
        codes: 2,
        attributes: ['a', 'b'],
        counts: [
          [300, 100],
          [100, 300],
        ],
      },
      channel: [
        [0.9, 0.1],
        [0.1, 0.9],
      ],
      sources: { calibration: hash('a'), pane: hash('b'), codebook: hash('c'), madeFrom: {} },
    })
    expect(releaseRules(certificate)).toEqual({
      most: 1,
      fixed: `${hash('b')} ${hash('c')} `,
      channel: [
        [0.9, 0.1],
        [0.1, 0.9],
      ],
    })
  })
})

describe('outputs of a channel', () => {
  const channel = [
    [0.5, 0.3, 0.2, 0],
    [0, 0, 1, 0],
  ]

  it('come as their laws say, and the same for the same session and code', () => {
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 6000; i++) counts[sampleOutput(channel, 0, secret, `session ${i}`)]! += 1
    const expected = [3000, 1800, 1200]
    const statistic = expected.reduce((sum, e, o) => sum + (counts[o]! - e) ** 2 / e, 0)
    expect(counts[3]).toBe(0)
    expect(chiSquareTail(statistic, 2)).toBeGreaterThan(1e-4)
    expect(sampleOutput(channel, 1, secret, 'x')).toBe(2)
    const other = Uint8Array.from(secret, (x) => x ^ 1)
    const of = (key: Uint8Array) =>
      Array.from({ length: 40 }, (_, i) => sampleOutput(channel, 0, key, `session ${i}`))
    expect(of(secret)).toEqual(of(secret))
    expect(of(other)).not.toEqual(of(secret))
    expect(() => sampleOutput(channel, 2, secret, 'x')).toThrow(/code 2 is none/)
  })

  it('are what a ledger releases, and are kept', () => {
    const ledger = openReleaseLedger(fresh(), { ...rules, most: 400, channel }, secret)
    const outputs = Array.from({ length: 200 }, (_, i) =>
      ledger.release({ person: 'p', session: `${i}`, codes: [0, 0, 1] }),
    )
    expect(new Set(outputs)).toEqual(new Set([0, 1, 2]))
    expect(
      Array.from({ length: 200 }, (_, i) => ledger.release({ person: 'p', session: `${i}`, codes: [1] })),
    ).toEqual(outputs)
    ledger.close()
  })
})
