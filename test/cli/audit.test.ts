import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type LeakReport, reportSchema } from '../../src/audit/index.ts'
import { csv, ended, refused, wheat, wheatWith, working, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const audit = 'audit p.csv --original wheat.csv --key k.key --known 20 --out'
const lenient = {
  format: 'frostglass-policy',
  version: 1,
  name: 'anything goes',
  rules: [{ name: 'all', against: 'any', metric: 'cells5', most: 1 }],
}

beforeAll(async () => {
  put('wheat.csv', csv(wheat))
  await works(place, 'key create wheat.csv --label variety --layers 2 --unsealed --audit off --out k.key')
  await works(place, 'key create wheat.csv --label variety --layers 2 --unsealed --audit off --out other.key')
  await works(place, 'protect wheat.csv --key k.key --out p.csv')
  put('queries.csv', csv(wheat.slice(0, 30).map((line) => line.split(',').slice(0, 7).join(','))))
  await works(place, 'encode queries.csv --key k.key --out e.csv')
})

describe('an audit', () => {
  it('of known rows breaks the default policy: exit 3, and the report is written all the same', async () => {
    const result = await place.run(`${audit} report.html`)
    expect(result.code).toBe(3)
    expect(result.err).toBe(
      "error (policy) the policy 'default' is broken\n  Read what to change in report.html.\n",
    )
    expect(result.out).toMatch(
      /^[\d.]+% of the (cells|rows) were (recovered|linked) .*\.\nDo not release this file: /,
    )
    expect(result.out).toMatch(/Known rows do not give away half of the others .*│ +broken │/)
    expect(result.out).toMatch(/No single column is given away .*│ +broken │/)
    expect(result.out).toMatch(
      /taken for a table: frostglass audit table p\.csv\nwrote report\.html and report\.json\n$/,
    )
    const text = place.read('report.json')
    const report = reportSchema.parse(JSON.parse(text))
    expect(report.audited).toMatchObject({
      file: 'p.csv',
      rows: 210,
      auditedRows: 210,
      columns: 7,
      layers: 2,
    })
    expect(report.audited.sha256).toBe(createHash('sha256').update(place.read('p.csv')).digest('hex'))
    expect(report.curves!.reference.map(({ known }) => known)).toEqual([2, 5, 8, 10, 20, 50])
    expect(place.read('report.html')).toContain(report.verdict.sentence)
    for (const name of ['report.html', 'report.json'])
      expect(statSync(place.at(name)).mode & 0o777).toBe(0o600)
    // What it says of the known rows is what the attack says by itself, not worse and not better.
    const line = report.findings.find(({ attack }) => attack === 'linear-inversion')!
    expect(line.metrics[0]).toMatchObject({ name: 'cells5' })
    expect(line.metrics[0]!.value).toBeGreaterThan(0.8)
  })

  it('leaves a manifest that says so, sealed, and data that restore, train and decode as before', async () => {
    const manifest = JSON.parse(place.read('p.csv.manifest.json'))
    const report: LeakReport = JSON.parse(place.read('report.json'))
    const { finding: at, metric: which } = report.verdict.worst!
    const { attack, standpoint, metrics } = report.findings[at]!
    const { name, value } = metrics[which]!
    expect(manifest.leakReport).toEqual({
      verdict: 'broken',
      // Keys are drawn: some leave the blind attacks below a constant guess.
      policy: expect.stringMatching(/^default( \(not measured: \d of 8 rules\))?$/),
      known: 20,
      best: expect.objectContaining({ attack, standpoint, metric: name, value }),
      sha256: createHash('sha256')
        .update(readFileSync(place.at('report.json')))
        .digest('hex'),
      time: report.run.date,
    })
    await works(place, 'restore p.csv --key k.key --out back.csv')
    expect(place.cells('back.csv')).toHaveLength(211)
    await works(place, 'train p.csv --label label --folds 0 --epochs 2 --out m.onnx')
    await works(place, 'predict m.onnx e.csv --out a.csv')
    await works(place, 'decode a.csv --key k.key --out labels.csv')
    // The seal holds the summary: nobody but the owner writes a better one.
    manifest.leakReport.verdict = 'held'
    put('edited.csv', place.read('p.csv'))
    manifest.parts[0].path = 'edited.csv'
    put('edited.csv.manifest.json', JSON.stringify(manifest))
    await refused(place, 'restore edited.csv --key k.key --out x.csv', 2, [
      /was edited: its seal does not fit/,
    ])
  })
})

describe('refused, with nothing written', () => {
  it.each<[string, string, number, RegExp]>([
    [
      'a folder to audit',
      'audit folder --original wheat.csv --key k.key --out x.html',
      2,
      /folder is a folder/,
    ],
    ['a folder as the original', 'audit p.csv --original folder --key k.key --out x.html', 2, /folder/],
    [
      'no such file',
      'audit no.csv --original wheat.csv --key k.key --out x.html',
      2,
      /no\.csv: there is no such file/,
    ],
    [
      'an empty file',
      'audit empty.csv --original wheat.csv --key k.key --out x.html',
      2,
      /no manifest beside empty/,
    ],
    [
      'an empty original',
      'audit p.csv --original empty.csv --key k.key --out x.html',
      2,
      /empty\.csv is empty/,
    ],
    [
      'a file never protected',
      'audit wheat.csv --original wheat.csv --key k.key --out x.html',
      2,
      /no manifest beside/,
    ],
    [
      'queries',
      'audit e.csv --original queries.csv --key k.key --out x.html',
      2,
      /holds encoded-queries, not a/,
    ],
    ['another key', 'audit p.csv --original wheat.csv --key other.key --out x.html', 4, /made with the key/],
    [
      'a table of fewer rows',
      'audit p.csv --original fewer.csv --key k.key --out x.html',
      2,
      /p\.csv is not fewer\.csv/,
    ],
    [
      'a table with another cell',
      'audit p.csv --original cell.csv --key k.key --out x.html',
      2,
      /row 7 of the original/,
    ],
    [
      'a table with other labels',
      'audit p.csv --original labels.csv --key k.key --out x.html',
      2,
      /p\.csv is not labels\.csv protected: the label variety of row \d+ of the original/,
    ],
    [
      'an edited file',
      'audit cut.csv --original wheat.csv --key k.key --out x.html',
      2,
      /not the file that its manifest/,
    ],
    ['too many known rows', `${audit} x.html --known 106`, 2, /of 210 audited rows at most 105 can be known/],
    ['another ending', `${audit} report.pdf`, 2, /report\.pdf does not end in \.html/],
    ['an existing page', `${audit} there.html`, 2, /there\.html exists already/],
    ['an existing JSON beside the page', `${audit} beside.html`, 2, /beside\.json exists already/],
    ['no such folder', `${audit} nowhere/x.html`, 2, /there is no folder/],
    [
      'a policy in the way of the JSON',
      `${audit} policy.html --policy policy.json --force`,
      2,
      /would replace the input policy/,
    ],
    ['no such policy', `${audit} x.html --policy no.json`, 2, /no\.json: the policy cannot be read/],
    ['a policy that is no JSON', `${audit} x.html --policy empty.csv`, 2, /empty\.csv is not JSON/],
    ['a misspelt field', `${audit} x.html --policy field.json`, 2, /field\.json: rules\.0: .*atMost/],
    [
      'a policy on a column that is not there',
      `${audit} x.html --policy column.json`,
      2,
      /asks about an attribute 'aera' in its rule 'all', but wheat\.csv has 'area', 'perimeter'/,
    ],
  ])('%s', async (_, args, code, words) => {
    if (!place.has('folder')) {
      place.make('folder')
      put('empty.csv', '')
      put('fewer.csv', csv(wheat.slice(0, 200)))
      put('cell.csv', wheatWith(7, 2, '0.9'))
      // Every label is in the table, but another row's.
      const cut = (line: string) => line.lastIndexOf(',')
      put(
        'labels.csv',
        csv(
          wheat.map(
            (line, r) =>
              line.slice(0, cut(line)) +
              (r === 0 ? line : wheat[211 - r]!).slice(cut(r === 0 ? line : wheat[211 - r]!)),
          ),
        ),
      )
      put('cut.csv', place.read('p.csv').slice(0, -40))
      put('cut.csv.manifest.json', place.read('p.csv.manifest.json'))
      put('there.html', 'there')
      put('beside.json', 'there')
      put('policy.json', JSON.stringify(lenient))
      put(
        'column.json',
        JSON.stringify({ ...lenient, rules: [{ ...lenient.rules[0], of: { attribute: 'aera' } }] }),
      )
      put('field.json', JSON.stringify({ ...lenient, rules: [{ ...lenient.rules[0], atMost: 1 }] }))
    }
    await refused(place, args, code, [words])
  })

  it.skipIf(process.getuid?.() !== 0)('a folder that cannot be written to', async () => {
    place.make('readonly', 0o555)
    chmodSync(place.at('k.key'), 0o644)
    await refused(place, `${audit} readonly/x.html`, 2, [/the folder .*readonly cannot be written to/], {
      uid: 65534,
    })
    // Nor is a report of a file whose manifest cannot be renewed.
    place.make('open', 0o777)
    await refused(place, `${audit} open/x.html`, 2, [/the folder .* cannot be written to/], { uid: 65534 })
  })

  it('Ctrl-C, with 130', async () => {
    const rows = wheat.slice(1).join('\n')
    put('big.csv', `${wheat[0]}\n${`${rows}\n`.repeat(24)}`)
    await works(place, 'protect big.csv --key k.key --out big-p.csv')
    const before = place.listing()
    const args = 'audit big-p.csv --original big.csv --key k.key --effort full --known 500 --out long.html'
    const child = place.start(args.split(' '))
    const done = ended(child)
    await working(child, 1.2)
    child.kill('SIGINT')
    const { code, signal, out } = await done
    // A machine so slow that the program had not yet begun ends it by the signal itself.
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(out).toBe('')
    expect(place.listing()).toEqual(before)
  })
})
