// Tables with several labels, from outside: hidden, restored, learned and decoded each by itself, and none taken for another.

import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type LeakReport, reportSchema } from '../../src/audit/index.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const labels = ['ward', 'days', 'recovered']
const create = [
  'key create patients.csv --label ward --label days --label recovered --task days=number --layers 1',
  '--unsealed --audit off --out',
].join(' ')

/** 90 people: whoever recovered stayed few days, the wards are of unlike sizes, and age tells a little of the rest. */
const patients = Array.from({ length: 90 }, (_, i) => {
  const age = 20 + ((i * 37) % 61)
  const recovered = i % 2 === 0 ? 'yes' : 'no'
  const days = recovered === 'yes' ? i % 5 : 10 + (i % 7)
  const ward = i % 6 === 0 ? 'A' : i % 6 < 3 ? 'B' : 'C'
  return `${recovered},${age},${((i * 53) % 97) / 10},${days},${['Bath', 'Hull', 'York'][(i * 7) % 3]},${ward}`
})
const header = 'recovered,age,dose,days,town,ward'

beforeAll(async () => {
  put('patients.csv', csv([header, ...patients]))
  put('queries.csv', csv([header, ...patients.slice(0, 30)]))
  await works(place, `${create} k.key`)
  await works(place, 'protect patients.csv --key k.key --out p.csv')
  await works(place, 'encode queries.csv --key k.key --out e.csv')
})

describe('a table with three labels', () => {
  it('leaves with each of them hidden, and comes back to the byte', async () => {
    const [head, ...rows] = place.cells('p.csv')
    expect(head!.slice(-3)).toEqual(['label', 'label_2', 'label_3'])
    expect(new Set(rows.map((row) => row.at(-3)))).toEqual(new Set(['c0', 'c1', 'c2']))
    expect(new Set(rows.map((row) => row.at(-1)))).toEqual(new Set(['c0', 'c1']))
    for (const row of rows) expect(Number.isInteger(Number(row.at(-2)))).toBe(false)
    for (const own of ['p.csv', 'p.csv.manifest.json'])
      for (const word of [...labels, 'yes', 'Bath', 'age']) expect(place.read(own)).not.toContain(word)
    expect(JSON.parse(place.read('p.csv.manifest.json'))).toMatchObject({
      version: 3,
      label: 'class',
      moreLabels: ['number', 'class'],
      columns: 5,
    })
    await works(place, 'restore p.csv --key k.key --out back.csv')
    expect(place.read('back.csv')).toBe(place.read('patients.csv'))
    await works(place, 'protect patients.csv --key k.key --out p.parquet')
    await works(place, 'restore p.parquet --key k.key --out from-parquet.csv')
    expect(place.read('from-parquet.csv')).toBe(place.read('patients.csv'))
  })

  it('has queries without any of them, whichever the file has', async () => {
    expect(place.cells('e.csv')[0]).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
    put(
      'fewer.csv',
      csv([
        'town,age,dose,days',
        ...patients.map((line) => line.split(',')).map((c) => `${c[4]},${c[1]},${c[2]},?`),
      ]),
    )
    await works(place, 'encode fewer.csv --key k.key --out fewer-e.csv')
    expect(place.cells('fewer-e.csv')[0]).toHaveLength(5)
  })

  it('is shown with all of them, as text and as JSON, in key create, show and preview', async () => {
    const shown = await json(place, 'key show k.key')
    expect(shown).toMatchObject({
      version: 3,
      label: 'class',
      classes: 3,
      moreLabels: [
        { task: 'number', classes: 0 },
        { task: 'class', classes: 2 },
      ],
    })
    const { out } = await works(place, 'key show k.key')
    expect(out).toMatch(/label +│ +class, 3 of them/)
    expect(out).toMatch(/label_2 +│ +number/)
    expect(out).toMatch(/label_3 +│ +class, 2 of them/)
    const options = '--label ward --label days --label recovered --task days=number --out columns.json'
    const { columns } = await json(place, `key preview patients.csv ${options}`)
    expect(
      columns.flatMap((c: { kind: string; column: string }) => (c.kind === 'label' ? [c.column] : [])),
    ).toEqual(labels)
    await works(
      place,
      'key create patients.csv --schema columns.json --layers 2 --unsealed --audit off --out s.key',
    )
    expect(await json(place, 'key show s.key')).toMatchObject({ moreLabels: shown.moreLabels })
  })

  it('is refused where labels are said wrongly', async () => {
    const make = 'key create patients.csv --unsealed --audit off --out x.key'
    await refused(place, `${make} --label ward --label ward`, 2, [/the label ward is named twice/])
    await refused(place, `${make} --label ward --label days --task class`, 2, [/of 2 labels it is not said/])
    await refused(place, `${make} --label ward --task days=number`, 2, [/days is said to be a label/])
    await refused(place, `${make} --label ward --label days --task days=number --task days=class`, 2, [
      /said twice/,
    ])
    await refused(place, `${make} --label ward --label days --ignore days`, 2, [/said to be two things/])
    await refused(place, `${make} --label ward --label dais`, 2, [/Rename days, if that is meant/])
    put('two.json', place.read('columns.json').replace('"version": 2', '"version": 2,\n  "label": "ward"'))
    await refused(place, 'key create patients.csv --unsealed --out x.key --schema two.json', 2, [/two.json/])
    const all = header.split(',').flatMap((name) => ['--label', name])
    await refused(place, [...make.split(' '), ...all], 2, [/no column is left to learn from/])
  })

  it('is refused where a label does not fit, before anything is written, naming it', async () => {
    put('odd.csv', csv([header, ...patients.slice(1), 'yes,30,1.5,three,Bath,A']))
    await refused(place, 'protect odd.csv --key k.key --out odd-p.csv', 2, [/row 90, column days/])
    put('new.csv', csv([header, ...patients.slice(1), 'perhaps,30,1.5,3,Bath,A']))
    await refused(place, 'protect new.csv --key k.key --out new-p.csv', 2, [
      /column recovered: "perhaps" is none/,
    ])
    put('lacks.csv', csv([header, ...patients].map((line) => line.split(',').slice(0, 5).join(','))))
    await refused(place, 'protect lacks.csv --key k.key --out lacks-p.csv', 2, [
      /lacks.csv has no column ward/,
    ])
  })
})

describe.each([
  ['label', 'ward', ['A', 'B', 'C']],
  ['label_2', 'days', undefined],
  ['label_3', 'recovered', ['no', 'yes']],
] as const)('a model of %s', (column, name, classes) => {
  const train = (table: string) =>
    `train ${table} --label ${column} --epochs 30 --folds 0 --out ${table}-${column}.onnx`

  it('learns from no other label, and its answers are decoded as those of its own', async () => {
    await works(place, train('p.csv'))
    // Queries have no label at all: whoever learned from one could not answer them.
    await works(place, `predict p.csv-${column}.onnx e.csv --out a-${column}.csv`)
    expect(place.cells(`a-${column}.csv`)[0]![0]).toBe(column)
    await works(place, `decode a-${column}.csv --key k.key --queries e.csv --out d-${column}.csv`)
    const [head, ...rows] = place.cells(`d-${column}.csv`)
    expect([...head!].sort()).toEqual([name, ...(classes ?? [])].sort())
    expect(rows).toHaveLength(30)
    for (const [own] of rows)
      if (classes) expect(classes).toContain(own)
      else expect(Number.isInteger(Number(own))).toBe(true)
  })

  it('does the same where the manifest is gone, and says so', async () => {
    copyFileSync(place.at('p.csv'), place.at('bare.csv'))
    const others = ['label', 'label_2', 'label_3'].filter((other) => other !== column)
    const { err } = await works(place, train('bare.csv'))
    expect(err).toContain(
      `has no manifest beside it: ${others.join(', ')} look like labels of it and are left out`,
    )
    await works(place, `predict bare.csv-${column}.onnx e.csv --out bare-${column}.csv`)
    const decoded = await works(place, `decode bare-${column}.csv --key k.key --force --out bare-d.csv`)
    expect(decoded.err).toContain(`the name of its column ${column} alone says that it answers ${name}`)
    expect(place.cells('bare-d.csv')[0]![0]).toBe(name)
  })
})

describe('answers of which it cannot be told which label they answer', () => {
  it('are refused: with two such columns, with none, and where the manifest says another', async () => {
    put('both.csv', 'label,label_3\nc0,c1\nc1,c0\n')
    await refused(place, 'decode both.csv --key k.key --out x.csv', 2, [/label, label_3, and no manifest/])
    put('none.csv', 'answer\nc0\nc1\n')
    await refused(place, 'decode none.csv --key k.key --out x.csv', 2, [/no such column/])
    // Three wards, and two who recovered or did not.
    put('wards.csv', place.read('a-label.csv').replace('label', 'label_3'))
    await refused(place, 'decode wards.csv --key k.key --out x.csv', 2, [
      /column c2, which is no class of label_3/,
    ])
    const renamed = place.read('a-label_3.csv').replace('label_3', 'label_2')
    put('renamed.csv', renamed)
    await refused(place, 'decode renamed.csv --key k.key --out x.csv', 2, [
      /column c0, which is no class of label_2/,
    ])
    const manifest = JSON.parse(place.read('a-label_3.csv.manifest.json'))
    copyFileSync(place.at('a-label_3.csv'), place.at('other.csv'))
    const part = { ...manifest.parts[0], path: 'other.csv' }
    for (const edit of [
      { answered: 'label' },
      { answered: 'label_4' },
      { answered: 'label_2', label: 'number' },
    ]) {
      put('other.csv.manifest.json', JSON.stringify({ ...manifest, ...edit, parts: [part] }))
      await refused(place, 'decode other.csv --key k.key --out x.csv', 2, [/cannot be told/])
    }
    const { answered: _, ...unsaid } = manifest
    put('other.csv.manifest.json', JSON.stringify({ ...unsaid, parts: [part] }))
    await refused(place, 'decode other.csv --key k.key --out x.csv', 2, [
      /says that it answers label: .*cannot be told/,
    ])
  })

  it('are refused by a key with one label, where they answer a second', async () => {
    const manifest = JSON.parse(place.read('a-label_3.csv.manifest.json'))
    await works(
      place,
      'key create patients.csv --label recovered --ignore ward days --layers 1 --unsealed --audit off --out one.key',
    )
    const { fingerprint } = await json(place, 'key show one.key')
    copyFileSync(place.at('a-label_3.csv'), place.at('third.csv'))
    const part = { ...manifest.parts[0], path: 'third.csv' }
    put(
      'third.csv.manifest.json',
      JSON.stringify({ ...manifest, keyFingerprint: fingerprint, parts: [part] }),
    )
    await refused(place, 'decode third.csv --key one.key --out x.csv', 2, [/cannot be told/])
  })

  it('and what is no label of a protected table is not learned', async () => {
    await refused(place, 'train p.csv --label label_4 --out x.onnx', 2, [/it has label, label_2, label_3/])
    await refused(place, 'train p.csv --label a0 --out x.onnx', 2, [/it has label, label_2, label_3/])
  })

  it('and encrypted training leaves the others out, too', async () => {
    const { features } = await json(place, 'encrypt train p.csv --label label_3 --plan')
    expect(features).toBe(5)
    await refused(place, 'encrypt train p.csv --label a0 --plan', 2, [/it has label, label_2, label_3/])
  })

  it('and answers to a key of several labels are not decoded from standard input', async () => {
    await refused(place, 'decode - --key k.key --out fromInput.csv', 2, [
      /standard input is read once.*\n {2}Save the answers beside their manifest/,
    ])
  })

  it('and private training takes no other label among what is stated', async () => {
    const stated = ['--bounds', 'a0=-1:1', '--categories', 'label_3=c0,c1', '--classes', 'c0,c1,c2']
    const train = 'private train p.csv --label label --epsilon 1 --delta 1e-4 --out x.onnx'.split(' ')
    await refused(place, [...train, ...stated], 2, [/label_3 is another label/])
    copyFileSync(place.at('p.csv'), place.at('bare.csv'))
    await refused(place, [...train.with(2, 'bare.csv'), ...stated], 2, [/label_3 is another label/])
  })
})

describe('an audit', () => {
  const audit = 'audit p.csv --original patients.csv --key k.key --known 5 --out report.html --force'
  /** Asks of one attack that the first label alone withstands. */
  const policy = (name: string, against: string, most: number) => {
    const rules = [{ name, against, metric: 'labels', most }]
    put(
      'policy.json',
      JSON.stringify({ format: 'frostglass-policy', version: 2, name, unmeasured: 'fails', rules }),
    )
  }

  it('attacks every label, and its verdict speaks of the worst', async () => {
    policy('numbers', 'target-pairs', 0.5)
    // A small table: what is measured on it is not the point.
    put('few.csv', csv([header, ...patients.slice(0, 24)]))
    await works(place, create.replace('patients', 'few') + ' few.key')
    await works(place, 'protect few.csv --key few.key --out few-p.csv')
    const { code, out } = await place.run(
      'audit few-p.csv --original few.csv --key few.key --known 5 --out report.html --policy policy.json',
    )
    expect(code).toBe(3)
    expect(out).toMatch(/Hidden number by known rows: days +│ +5 │ +labels named │ +100\.0%/)
    const report: LeakReport = reportSchema.parse(JSON.parse(place.read('report.json')))
    const of = (attack: string) =>
      report.findings.filter((finding) => finding.attack === attack).map(({ about, title }) => about ?? title)
    for (const attack of ['class-naming', 'class-geometry', 'label-frequency', 'label-names'])
      expect(of(attack).sort()).toEqual(['recovered', 'ward'])
    for (const attack of ['target-pairs', 'target-people', 'target-shape'])
      expect(of(attack)).toEqual(['days'])
    for (const attack of ['alternating-linkage', 'alternating-inversion']) {
      const titles = of(attack)
      expect(titles).toHaveLength(4)
      for (const name of labels)
        expect(titles.some((title) => title.endsWith(`, by ${name} alone`))).toBe(true)
    }
    expect(of('label-linkage')).toEqual(['Linkage by all labels together'])
    expect(of('target-linkage')).toEqual(['Linkage by the hidden number, by days alone'])
    expect(report.untested).toContainEqual({
      attack: 'label-names',
      title: 'Hidden classes by all labels together',
      why: 'It does not apply to the label “days”.',
    })
    expect(report.audited.labels).toEqual([
      { name: 'ward', classes: 3 },
      { name: 'days', classes: 0 },
      { name: 'recovered', classes: 2 },
    ])
    expect(report.coverage.parts.every(({ left }) => left)).toBe(true)
    for (const name of labels) expect(place.read('report.html')).toMatch(new RegExp(`: ${name}</`))
    const [judgement] = report.judgements as readonly { status: string; finding: number }[]
    expect(judgement!.status).toBe('broken')
    expect(report.findings[judgement!.finding]).toMatchObject({ attack: 'target-pairs', about: 'days' })
    expect(report.advice.map(({ reason }) => reason).join()).toContain('“Hidden number by known rows: days”')
    // The summary that travels names no column.
    const { leakReport } = JSON.parse(place.read('few-p.csv.manifest.json'))
    for (const name of labels) expect(JSON.stringify(leakReport)).not.toContain(name)
  })

  it.each([
    ['a class', patients[3]!.replace(/[ABC]$/, (ward) => (ward === 'A' ? 'B' : 'A')), 'ward'],
    ['a number', patients[3]!.replace(/,\d+,(?=[A-Z])/, ',4,'), 'days'],
  ])('refuses a table that differs in %s that is a label', async (_, line, name) => {
    expect(line).not.toBe(patients[3])
    put('changed.csv', csv([header, ...patients.slice(0, 3), line, ...patients.slice(4)]))
    await refused(place, audit.replace('patients.csv', 'changed.csv'), 2, [
      new RegExp(`p.csv is not changed.csv protected: the label ${name} of row 4`),
    ])
  })

  it('refuses a table with another label than the only one of the key', async () => {
    rmSync(place.at('changed.csv'))
    await works(
      place,
      'key create patients.csv --label recovered --layers 1 --unsealed --audit off --out own.key',
    )
    await works(place, 'protect patients.csv --key own.key --out own.csv')
    put('changed.csv', csv([header, `${patients[0]!.replace('yes', 'no')}`, ...patients.slice(1)]))
    await refused(place, 'audit own.csv --original changed.csv --key own.key --known 5 --out r.html', 2, [
      /the label recovered of row 1/,
    ])
  })
})
