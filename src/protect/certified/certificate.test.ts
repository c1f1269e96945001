// Certificates as files: what they say is computed again, and what was edited is refused.

import { describe, expect, it } from 'vitest'
import {
  type CertificateStatement,
  certificateText,
  checkCertificate,
  issueCertificate,
  requireSources,
} from './certificate.ts'
import { issueFromRecords } from './issueFromRecords.ts'

const hash = (digit: string) => digit.repeat(64)
const part = (counts: number[][]) => ({ codes: 2, attributes: ['a', 'b'], counts })
/** So many windows of each code, dealt in turn to users of eight. */
function usersOf(attribute: number, [none, one]: readonly [number, number]) {
  const users = (none + one) / 8
  const share = (of: number, user: number) =>
    Math.floor((of * (user + 1)) / users) - Math.floor((of * user) / users)
  return Array.from({ length: users }, (_, user) => {
    const zeros = share(none, user)
    return { attribute, counts: [zeros, 8 - zeros] }
  })
}
const statement: CertificateStatement = {
  attribute: 'sex',
  unit: 'person',
  delta: 1e-3,
  candidates: 2,
  attributesCertified: 1,
  sampling: 'iid',
  table: part([
    [310, 110],
    [50, 530],
  ]),
  given: {
    labels: ['no', 'yes'],
    tables: [
      part([
        [250, 60],
        [30, 60],
      ]),
      part([
        [60, 50],
        [20, 470],
      ]),
    ],
  },
  rule: [0, 1],
  policy: { limit: 0.999 },
  bundles: {
    of: 'user',
    reading: 'windows',
    most: 2,
    groups: {
      codes: 2,
      attributes: ['a', 'b'],
      groups: [...usersOf(0, [310, 50]), ...usersOf(1, [110, 530])],
    },
  },
  sources: { calibration: hash('a'), pane: hash('b'), codebook: hash('c'), madeFrom: { train: hash('d') } },
}
const text = certificateText(issueCertificate(statement))

describe('a certificate’s file', () => {
  it('is read as it was issued', () => {
    expect(checkCertificate(text, 'c.json')).toEqual(issueCertificate(statement))
    expect(issueCertificate(statement).result.deltaEach).toBe(5e-4)
    expect(issueCertificate(statement).bundleLimits!.map(({ k }) => k)).toEqual([1, 2])
  })

  it('has no number that can be changed', () => {
    // Every number of the file, one after the other; a text with a whole seal, too.
    const numbers = [...text.matchAll(/(?<=[\s:[])(\d+(\.\d+)?(e-?\d+)?)(?=[,\s\]}])/g)]
    expect(numbers.length).toBeGreaterThan(50)
    for (const { 0: number, index } of numbers) {
      const edited = `${text.slice(0, index)}${Number(number) + 1}${text.slice(index + number.length)}`
      expect(() => checkCertificate(edited, 'c.json')).toThrow(/c\.json/)
    }
  })

  it('says nothing twice: readers would differ on which is meant', () => {
    const twice = (before: string, also: string) => text.replace(before, `${also}, ${before}`)
    for (const [before, also] of [
      ['"attribute":', '"attribute": "income"'],
      ['"upper":', '"upper": 0.01'],
      ['"upper":', '"\\u0075pper": 0.01'],
    ] as const)
      expect(() => checkCertificate(twice(before, also), 'c.json')).toThrow(/stands there twice/)
    // What looks like a name within a text is none.
    const quoted = { ...statement, attribute: '{"a": 1, "a": "\\"}' }
    expect(checkCertificate(certificateText(issueCertificate(quoted)), 'c.json').statement.attribute).toBe(
      quoted.attribute,
    )
  })

  it('is held by its tables where the seal is made anew', async () => {
    const { createHash } = await import('node:crypto')
    const sorted = (value: unknown): unknown =>
      typeof value !== 'object' || value === null
        ? value
        : Array.isArray(value)
          ? value.map(sorted)
          : Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([name, of]) => [name, sorted(of)]),
            )
    /** The certificate with one field changed, and sealed as if it had been issued so. */
    const resealed = (path: string, value: unknown) => {
      const { sha256: _, ...file } = JSON.parse(text)
      const names = path.split('.')
      const owner = names.slice(0, -1).reduce((of, name) => of[name], file)
      owner[names.at(-1)!] = value
      const sha256 = createHash('sha256')
        .update(JSON.stringify(sorted(file)))
        .digest('hex')
      return JSON.stringify({ ...file, sha256 })
    }
    expect(checkCertificate(resealed('attribute', 'sex'), 'c.json')).toEqual(issueCertificate(statement))
    const edits: readonly [path: string, value: unknown, message: RegExp][] = [
      ['result.upper', 0.85, /'result\.upper' is not what its tables give/],
      ['result.theorem', 'B', /'result\.theorem'/],
      ['result.floor.lower', 0.84, /'result\.floor\.lower'/],
      ['result.verdict.words', 'holds', /'result\.verdict\.words'/],
      ['result.warnings', ['x'], /'result\.warnings\.0'/],
      ['bundleLimits.1.upper', 0.7, /'bundleLimits\.1\.upper'/],
      ['bundleLimits', undefined, /'bundleLimits'/],
      ['candidates', 1, /'result\./],
      ['delta', 0.05, /'result\./],
      ['table.counts.0.0', 311, /not of the same units/],
      ['sources.madeFrom.train', hash('a'), /'train' that the codes were made from/],
      ['whatever', 1, /[Uu]nrecognized key/],
      ['result.codes.each', { ...(JSON.parse(text).result.codes.each as object[]) }, /'result\.codes\.each'/],
      ['attribute', 'sex\u001b[2K', /no control characters/],
      ['given.labels', ['no', 'no'], /not of the same units/],
      ['bundles.groups.groups.0.counts', [5, 3], /groups of several releases are not of the units/],
      ['bundles.groups.attributes', ['a', 'c'], /groups of several releases are not of the units/],
      ['bundles.groups.groups.0.counts', [9e15, 30], /groups of several/],
    ]
    for (const [path, value, message] of edits)
      expect(() => checkCertificate(resealed(path, value), 'c.json')).toThrow(message)
  })

  it.each(['', '{}', '[]', 'null', text.slice(0, -9), text.replace('"version": 1', '"version": 2')])(
    'is none: %#',
    (bad) => {
      expect(() => checkCertificate(bad, 'c.json')).toThrow(/c\.json/)
    },
  )

  it('names the pane that it is about', () => {
    const certificate = checkCertificate(text, 'c.json')
    requireSources(certificate, { pane: hash('b'), codebook: hash('c') })
    expect(() => requireSources(certificate, { pane: hash('c') })).toThrow(/the pane is not the one/)
    expect(() => requireSources(certificate, { channel: hash('c') })).toThrow(/the channel is not the one/)
  })
})

describe('issuing', () => {
  it('gives no certificate of what does not hold', () => {
    expect(() => issueCertificate({ ...statement, policy: { limit: 0.85 } })).toThrow(
      expect.objectContaining({ code: 'policy', message: expect.stringMatching(/^exceeded/) }),
    )
    const few = part([
      [5, 3],
      [2, 6],
    ])
    const { given: _, rule: __, policy: ___, bundles: ____, ...rest } = statement
    expect(() => issueCertificate({ ...rest, table: few })).toThrow(/not certifiable: 16 people/)
    expect(() => issueCertificate({ ...rest, delta: 0 })).toThrow(/δ/)
    expect(() => issueCertificate({ ...rest, candidates: 0 })).toThrow(/candidates/)
  })

  it('holds a policy against several releases, too, and certifies no more than there are', () => {
    // One release, of .876, is within the policy; two of one user are not.
    const together = { ...statement, policy: { limit: 0.93 } }
    expect(() => issueCertificate(together)).toThrow(
      expect.objectContaining({
        code: 'policy',
        message: expect.stringMatching(/^exceeded: 2 releases of one user/),
      }),
    )
    const { bundles, ...single } = together
    expect(issueCertificate(single).result.verdict.kind).toBe('holds')
    expect(() => issueCertificate({ ...statement, bundles: { ...bundles!, most: 9 } })).toThrow(
      /9 releases of one user cannot be certified: none has more than 8 rows/,
    )
  })

  it('gives none on units that the codes were made from', () => {
    const sources = { ...statement.sources, madeFrom: { train: hash('d'), merged: hash('a') } }
    expect(() => issueCertificate({ ...statement, sources })).toThrow(
      /list 'merged' that the codes were made from/,
    )
  })
})

describe('issuing from records', () => {
  const records = Array.from({ length: 600 }, (_, i) => ({
    unit: `p${i}`,
    code: i % 2,
    attribute: i % 3 === 0 ? 'm' : 'f',
    label: i % 2 === 0 ? 'no' : 'yes',
  }))
  const learned = records.map((record) => ({ ...record, unit: `q${record.unit}`, code: 1 - record.code }))
  const options = {
    attribute: 'sex',
    unit: 'person',
    delta: 1e-3,
    candidates: 1,
    attributesCertified: 1,
    sampling: 'iid' as const,
    labelled: true,
    sources: { madeFrom: {} },
  }

  it('counts, learns the floor’s rule elsewhere, and names both lists', () => {
    const { statement: issued, result } = issueFromRecords(records, { ...options, learned })
    expect(issued.table).toMatchObject({
      counts: [
        [200, 100],
        [200, 100],
      ],
    })
    expect(issued.rule).toEqual([0, 0])
    expect(result.floor!.lower).toBeGreaterThan(0.6)
    expect(issued.sources.madeFrom['learned']).not.toBe(issued.sources.calibration)
  })

  it('refuses units, and tables, that were learned from', () => {
    const overlap = [...learned.slice(1), { ...learned[0]!, unit: 'p7' }]
    expect(() => issueFromRecords(records, { ...options, learned: overlap })).toThrow(
      /unit 'p7' is in the calibration/,
    )
    const renamed = records.map((record) => ({ ...record, unit: `learned ${record.unit}` }))
    for (const again of [renamed, renamed.toReversed()])
      expect(() => issueFromRecords(records, { ...options, learned: again })).toThrow(
        /are those that were learned from/,
      )
  })

  it('knows a value of the attribute that calibration happens to lack, and says nothing of priors that have it', () => {
    expect(issueFromRecords(records, { ...options, learned }).result.gain).not.toBe(null)
    const other = [...learned, { ...learned[0]!, unit: 'other', attribute: 'x' }]
    const { statement: issued, result } = issueFromRecords(records, { ...options, learned: other })
    expect(issued.table.attributes).toEqual(['f', 'm', 'x'])
    expect(result.gain).toBe(null)
    expect(result.upper).toBe(issueFromRecords(records, { ...options, learned }).result.upper)
  })

  it('refuses a unit that comes twice, unless its rows share its weight', () => {
    const sessions = records.map((record, i) => ({
      ...record,
      unit: `s${i % 200}`,
      attribute: i % 200 < 90 ? 'm' : 'f',
    }))
    expect(() => issueFromRecords(sessions, options)).toThrow(/more than one record/)
    const { result, statement: issued } = issueFromRecords(sessions, {
      ...options,
      share: true,
      releases: { most: 2, of: 'session' },
    })
    expect(result).toMatchObject({ theorem: 'B', units: 200 })
    expect(issued.bundles).toMatchObject({ reading: 'sessions', most: 2 })
    const persons = sessions.map(({ attribute }, i) => `${attribute}${i % 5}`)
    const windows = issueFromRecords(
      records.map((r, i) => ({ ...r, attribute: sessions[i]!.attribute })),
      {
        ...options,
        releases: { most: 3, of: 'person', persons },
      },
    )
    expect(windows.statement.bundles).toMatchObject({ reading: 'windows' })
    expect(windows.bundleLimits![2]!.bundles).toBeLessThanOrEqual(200)
  })
})
