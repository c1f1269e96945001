// frostglass audit of bundles of codes, as a user runs it: what holds, what is refused, and a certificate that lies.

import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { certificateText, checkCertificate } from '../../src/protect/certified/certificate.ts'
import { issueFromRecords } from '../../src/protect/certified/issueFromRecords.ts'
import type { CodeRecord } from '../../src/protect/certified/table.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const audit = 'audit bundle --original people.csv --label answer --out'

/** The lines of a table of people of two kinds, of which the answer tells 85%. */
function people(): string[] {
  const draw = seededStream(1, 'people')
  return [
    'person,height,weight,kind,answer',
    ...Array.from({ length: 1600 }, (_, person) => {
      const kind = draw.uniform() < 0.5 ? 1 : 0
      const lean = draw.uniform() < 0.85 ? kind : 1 - kind
      const cell = (mean: number) => (mean + draw.normal()).toFixed(4)
      return `p${person},${cell(6 * lean)},${cell(3 * kind)},kind ${kind},${lean ? 'yes' : 'no'}`
    }),
  ]
}

/** A rule on what attackers may get. */
const policy = (most: number) =>
  JSON.stringify({
    format: 'frostglass-policy',
    version: 2,
    name: 'mine',
    unmeasured: 'fails',
    rules: [{ name: 'kind', against: 'any', metric: 'attribute', of: { attribute: 'kind' }, most }],
  })

beforeAll(async () => {
  writeFileSync(place.at('people.csv'), csv(people()))
  writeFileSync(place.at('strict.json'), policy(0.6))
  writeFileSync(place.at('lenient.json'), policy(0.95))
  writeFileSync(place.at('one.json'), policy(0.95).replace('"any"', '"fresh-table"'))
  await works(
    place,
    'obfuscate train --kind code --epochs 8 --batch 64 --learning-rate 0.01 --data people.csv --unit person --label answer --hide kind --out bundle',
  )
})

describe('a bundle as it was written', () => {
  it('is within what is certified: page and JSON, and exit 0', async () => {
    const report = await json(place, `${audit} report.html`)
    expect(report).toMatchObject({
      format: 'frostglass-leak-report',
      version: 7,
      audited: { kind: 'codes', name: 'bundle', codes: 2, units: { learned: 160, judged: 160 } },
      verdict: { status: 'held' },
      policy: null,
    })
    expect(JSON.parse(place.read('report.json'))).toEqual(report)
    const certificate = checkCertificate(place.read('bundle/certificate.json'), 'certificate.json')
    expect(report.brackets[0].certified.upper).toBe(certificate.result.upper)
    expect(place.read('report.html')).toContain('Attacks from below, the certificate from above')
  })

  it('breaks a policy that is stricter than its certificate, with exit 3 and a report', async () => {
    const strict = await place.run(`${audit} above.html --policy strict.json`)
    expect(strict.err).toContain("the policy 'mine' is broken")
    expect(strict.code).toBe(3)
    expect(strict.out).toContain('taken for a bundle of codes')
    expect(place.read('above.html')).toContain('✗ broken')
    await works(place, `audit codes ${audit.slice(6)} within.html --policy lenient.json`)
  })
})

describe('refused, with nothing written', () => {
  it.each<[string, string, RegExp]>([
    [
      'other people',
      'audit bundle --original fewer.csv --label answer --out x.html',
      /train part is not the list/,
    ],
    ['another label', 'audit bundle --original people.csv --label kind --out x.html', /Name the label that/],
    ['no label', 'audit bundle --original people.csv --out x.html', /which column the service asks/],
    ['other rows of a table', `${audit} x.html --attacked people.csv`, /held out by the split/],
    ['as images', 'audit images bundle --original people.csv --out x.html', /bundle of codes\n.*audit codes/],
    [
      'as a table',
      'audit table bundle --original people.csv --key k --out x.html',
      /bundle of codes\n.*audit codes/,
    ],
    ['a policy on one attack', `${audit} x.html --policy one.json`, /'fresh-table' is none of/],
    ['another ending', `${audit} x.pdf`, /does not end in \.html/],
    ['what is no bundle', 'audit codes people.csv --original people.csv --out x.html', /no bundle of codes/],
    ['a damaged pane', 'audit cut --original people.csv --label answer --out x.html', /not what was written/],
  ])('%s', async (_, args, words) => {
    writeFileSync(place.at('fewer.csv'), csv(people().slice(0, 1500)))
    if (!place.has('cut')) {
      cpSync(place.at('bundle'), place.at('cut'), { recursive: true })
      writeFileSync(place.at('cut/pane.onnx'), readFileSync(place.at('bundle/pane.onnx')).subarray(0, -9))
    }
    await refused(place, args, 2, [words])
  })
})

it('a certificate that was counted from codes without the attribute is caught by attack and recount: exit 3', async () => {
  cpSync(place.at('bundle'), place.at('lying'), { recursive: true })
  const { statement } = checkCertificate(place.read('bundle/certificate.json'), 'certificate.json')
  const { table, given, sources } = statement as {
    table: { attributes: string[]; counts: number[][] }
    given: { labels: string[]; tables: { counts: number[][] }[] }
    sources: typeof statement.sources
  }
  // The same units with their codes and labels; whose kind is whose was lost on the way.
  const rows = given.tables.flatMap(({ counts }, y) =>
    counts.flatMap((row, code) =>
      row.flatMap((count) => Array.from({ length: count }, () => ({ code, label: given.labels[y]! }))),
    ),
  )
  const kinds = table.attributes.flatMap((name, s) =>
    Array.from({ length: table.counts.reduce((sum, row) => sum + row[s]!, 0) }, () => name),
  )
  const records: CodeRecord[] = rows.map((row, i) => ({
    ...row,
    unit: `p${i}`,
    attribute: kinds[(i * 7) % kinds.length]!,
  }))
  const { delta, candidates, attributesCertified, sampling, attribute, unit } = statement
  const lie = issueFromRecords(records, {
    ...{ delta, candidates, attributesCertified, sampling, attribute, unit },
    labelled: true,
    sources,
  })
  expect(lie.result.upper).toBeLessThan(0.65)
  const text = certificateText({ ...lie, statement: { ...lie.statement, sources } })
  const bytes = new TextEncoder().encode(text)
  writeFileSync(place.at('lying/certificate.json'), bytes)
  const manifest = JSON.parse(place.read('lying/manifest.json'))
  const part = manifest.parts.find(({ file }: { file: string }) => file === 'certificate.json')
  Object.assign(part, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  writeFileSync(place.at('lying/manifest.json'), JSON.stringify(manifest))
  const caught = await place.run('audit lying --original people.csv --label answer --out caught.html')
  expect(caught.code).toBe(3)
  expect(caught.err).toContain('an attack got more than the certificate allows')
  expect(place.read('caught.html')).toContain('✗ above')
  const { checks } = JSON.parse(place.read('caught.json'))
  expect(checks.find(({ name }: { name: string }) => name === 'recount').held).toBe(false)
})
