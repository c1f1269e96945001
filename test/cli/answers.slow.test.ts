// Answers come back under the right names, to the right rows, from the right key: from outside, by the command line.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitRecord } from '../../src/data/csvRecord.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)

/** Cells of a small CSV, quotes and all. */
const records = (name: string): string[][] =>
  readFileSync(place.at(name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => splitRecord(line, ','))

const create = (table: string, label: string, key: string) => [
  ...['key', 'create', table, '--label', label, '--unsealed', '--audit', 'off', '--out', key],
]

describe('names that meet', () => {
  const ours = ['label', 'Label', 'c0', 'C1', 'a0']
  const name = fc.constantFrom('good', 'Good', 'bad', 'Yes', 'yes', 'no', 'good (class 2)', ...ours)
  let runs = 0

  it('leave every probability with its class in decoded answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), name, async (classes, label) => {
        const own = `meet${runs++}`
        put(
          `${own}.csv`,
          csv([`value,${label}`, ...classes.flatMap((c, i) => [`${i},${c}`, `${i + 0.5},${c}`])]),
        )
        await works(place, create(`${own}.csv`, label, `${own}.key`))
        const shares = classes.map((_, j) => `c${j}`)
        const likely = (j: number) => shares.map((_, i) => (i === j ? 0.75 : 0.01 * i))
        const answers = shares.map((hidden, j) => `${hidden},${likely(j).join()}`)
        put(`${own}-a.csv`, csv([`label,${shares.join()}`, ...answers]))
        await place.run(`decode ${own}-a.csv --key ${own}.key --out ${own}-l.csv`)
        const [head, ...rows] = records(`${own}-l.csv`)
        expect(head![0]).toBe(label)
        expect(new Set(head!.map((cell) => cell.trim().toLowerCase())).size).toBe(head!.length)
        expect(rows.map((row) => row[0]).sort()).toEqual([...classes].sort())
        for (const row of rows) {
          const likeliest = head![row.indexOf('0.75')]!
          if (classes.includes(likeliest)) expect(likeliest).toBe(row[0])
          else expect(likeliest.startsWith(`${row[0]} (class `)).toBe(true)
        }
      }),
      { seed: 4, numRuns: 8 },
    )
  })

  it.each(['csv', 'tsv', 'parquet'])('say so where a class bears the label’s name, in .%s', async (kind) => {
    put(
      'risk.csv',
      csv(['x,good', ...Array.from({ length: 20 }, (_, i) => `${i},${i % 3 ? 'good' : 'bad'}`)]),
    )
    await works(place, create('risk.csv', 'good', `risk-${kind}.key`))
    put('risk-a.csv', 'label,c0,c1\nc0,0.6526,0.3474\nc1,0.25,0.75\n')
    const { code, err } = await place.run(`decode risk-a.csv --key risk-${kind}.key --out risk-l.${kind}`)
    expect(code).toBe(0)
    expect(err).toContain(
      "probabilities whose class would have another column's name are in 'good (class 2)' for 'good'",
    )
    if (kind === 'parquet') return
    const rows = place
      .read(`risk-l.${kind}`)
      .trim()
      .split('\n')
      .map((line) => line.split(kind === 'csv' ? ',' : '\t'))
    const [head, first, second] = rows as [string[], string[], string[]]
    expect([...head].sort()).toEqual(['bad', 'good', 'good (class 2)'])
    const share = (row: string[], own: string) => row[head.indexOf(own === 'good' ? 'good (class 2)' : own)]
    expect(share(first, first[0]!)).toBe('0.6526')
    expect(share(second, second[0]!)).toBe('0.75')
    expect(first[0]).not.toBe(second[0])
  })

  it('are kept apart by predict, too, for a class that is called label', async () => {
    put(
      'words.csv',
      csv(['x,y', ...Array.from({ length: 40 }, (_, i) => `${i},${['label', 'Label', 'zip'][i % 3]}`)]),
    )
    await works(place, 'train words.csv --label y --out words.onnx --folds 0 --epochs 2')
    const { err } = await place.run('predict words.onnx words.csv --out words-a.csv')
    expect(err).toContain("'Label (class 1)' for 'Label', 'label (class 2)' for 'label'")
    const [head, ...rows] = records('words-a.csv')
    expect(head).toEqual(['label', 'Label (class 1)', 'label (class 2)', 'zip'])
    for (const row of rows) {
      const shares = row.slice(1).map(Number)
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      expect(['Label', 'label', 'zip'][shares.indexOf(Math.max(...shares))]).toBe(row[0])
    }
  })

  it('are refused where the service adds a column of the label’s name', async () => {
    put('added-a.csv', 'label,c0,c1,GOOD\nc0,0.5,0.5,1\n')
    await refused(place, 'decode added-a.csv --key risk-csv.key --out x.csv', 2, [
      /added-a.csv has a column GOOD, which is the label's own name/,
    ])
  })
})

describe('missing cells', () => {
  const gaps = csv([
    'x,kind,y',
    ...Array.from(
      { length: 30 },
      (_, i) => `${i % 7 ? i + 0.5 : ''},${['u', 'v', 'u'][i % 3]},${i % 2 ? 'a' : 'b'}`,
    ),
  ])

  it.each(['mean', 'median'])('become the %s of the key’s table, whoever else is asked', async (how) => {
    put('gaps.csv', gaps)
    await works(place, [
      'key',
      'create',
      'gaps.csv',
      '--label',
      'y',
      '--missing',
      how,
      '--unsealed',
      '--audit',
      'off',
      '--out',
      `${how}.key`,
    ])
    put('one.csv', 'x,kind\n,u\n')
    put('low.csv', 'x,kind\n,u\n-900,v\n-901,v\n')
    put('high.csv', 'x,kind\n900,v\n,u\n901,\n')
    for (const name of ['one', 'low', 'high'])
      await place.run(`encode ${name}.csv --key ${how}.key --missing ${how} --out ${how}-${name}.csv`)
    // Not to the bit: where a row stands in a block decides in which order products are added up.
    const row = (name: string, r: number) =>
      records(`${how}-${name}.csv`)[r]!.map((cell) => expect.closeTo(Number(cell), 12))
    const alone = records(`${how}-one.csv`)[1]!.map(Number)
    expect(alone).toEqual(row('low', 1))
    expect(alone).toEqual(row('high', 2))
    await works(place, `restore ${how}-one.csv --key ${how}.key --out ${how}-b.csv`)
    const known = Array.from({ length: 30 }, (_, i) => i)
      .filter((i) => i % 7)
      .map((i) => i + 0.5)
    const wanted = how === 'mean' ? known.reduce((a, b) => a + b) / known.length : known[12]!
    expect(Number(records(`${how}-b.csv`)[1]![0])).toBeCloseTo(wanted, 9)
  })

  it('are refused where the key says otherwise, or nothing', async () => {
    const words =
      /missing cells are to become the median, and what it is held to was made with --missing mean\n {2}Say --missing mean/
    for (const command of ['protect', 'encode'])
      await refused(place, `${command} gaps.csv --key mean.key --missing median --out x.csv`, 2, [words])
    put('full.csv', csv(['x,y', ...Array.from({ length: 20 }, (_, i) => `${i},${i % 2 ? 'a' : 'b'}`)]))
    put('asked.csv', 'x\n1\n\n3\n')
    await works(place, create('full.csv', 'y', 'full.key'))
    for (const how of ['mean', 'median'])
      await refused(place, `encode asked.csv --key full.key --missing ${how} --out x.csv`, 2, [
        /knows none: it was made without --missing/,
      ])
  })

  it('are filled by the model’s table in predict, and refused where it says otherwise', async () => {
    await works(place, 'train gaps.csv --label y --missing median --out gaps.onnx --folds 0 --epochs 5')
    for (const name of ['one', 'low', 'high'])
      await works(place, `predict gaps.onnx ${name}.csv --missing median --out ${name}-a.csv`)
    expect(records('low-a.csv')[1]).toEqual(records('one-a.csv')[1])
    expect(records('high-a.csv')[2]).toEqual(records('one-a.csv')[1])
    await refused(place, 'predict gaps.onnx one.csv --missing mean --out x.csv', 2, [
      /made with --missing median/,
    ])
    await works(place, 'train full.csv --label y --out full.onnx --folds 0 --epochs 2')
    await refused(place, 'predict full.onnx asked.csv --missing mean --out x.csv', 2, [
      /made without --missing mean/,
    ])
  })

  it('that drop their rows are said, and answers tell which rows they are of', async () => {
    const said =
      /gaps.csv: 5 of 30 rows left out for missing cells, namely row 1 \(x\), 8 \(x\), 15 \(x\), 22 \(x\), 29 \(x\)/
    const made = await place.run(
      'key create gaps.csv --label y --missing drop --unsealed --audit off --out drop.key',
    )
    expect(made.err).toMatch(said)
    for (const command of [
      'protect gaps.csv --key drop.key --missing drop --out drop-p.csv',
      'train gaps.csv --label y --missing drop --out drop.onnx --folds 0 --epochs 2',
    ])
      expect((await place.run(command)).err).toMatch(said)
    put('some.csv', 'x,kind\n1,u\n,v\n3,\n4,v\n')
    const { err } = await place.run('encode some.csv --key drop.key --missing drop --out some-e.csv')
    expect(err).toContain('some.csv: 2 of 4 rows left out for missing cells, namely row 2 (x), 3 (kind)')
    await works(place, 'train drop-p.csv --label label --out drop-p.onnx --folds 0 --epochs 2')
    await works(place, 'predict drop-p.onnx some-e.csv --out some-a.csv')
    await works(place, 'decode some-a.csv --key drop.key --out some-l.csv --queries some-e.csv')
    expect(records('some-l.csv').map((row) => row.slice(0, 2).join())).toEqual([
      'row,y',
      expect.stringMatching(/^1,[ab]$/),
      expect.stringMatching(/^4,[ab]$/),
    ])
    const raw = await place.run('predict drop.onnx some.csv --missing drop --out raw-a.csv')
    expect(raw.err).toContain('some.csv: 2 of 4 rows left out')
    expect(records('raw-a.csv').map((row) => row[0])).toEqual(['row', '1', '4'])
  })
})

describe('answers, queries and their keys', () => {
  const table = (n: number) =>
    csv(['x,z,y', ...Array.from({ length: n }, (_, i) => `${i},${(i * 7) % 11},${i % 3 ? 'a' : 'b'}`)])
  const gone = (name: string) => rmSync(place.at(`${name}.manifest.json`))

  it('are made', async () => {
    put('own.csv', table(40))
    put('ids.csv', 'x,patient,z\n1,00017,2\n5, NA,3\n9,"a,b",4\n')
    put('others.csv', 'x,patient,z\n1,7,2\n5,8,3\n9,9,4\n')
    for (const key of ['own', 'other']) await works(place, create('own.csv', 'y', `${key}.key`))
    await works(place, 'protect own.csv --key own.key --out own-p.csv')
    await works(place, 'train own-p.csv --label label --out own.onnx --folds 0 --epochs 3')
  })

  it.each(['csv', 'parquet'])('carry an id as it is, in .%s', async (kind) => {
    for (const name of ['ids', 'others']) {
      const { err } = await place.run(`encode ${name}.csv --key own.key --id patient --out ${name}-e.${kind}`)
      expect(err).toContain(`column 'patient' goes along as it is: whoever gets ${name}-e.${kind} reads it`)
      expect(err).not.toContain('ignored')
      await works(place, `predict own.onnx ${name}-e.${kind} --out ${name}-a.${kind}`)
    }
    await works(place, `decode ids-a.${kind} --key own.key --queries ids-e.${kind} --out ids-l-${kind}.csv`)
    const rows = records(`ids-l-${kind}.csv`)
    expect(rows[0]!.slice(0, 2)).toEqual(['patient', 'y'])
    expect(rows.map((row) => row[0])).toEqual(['patient', '00017', ' NA', 'a,b'])
    await works(place, `restore ids-e.${kind} --key own.key --out ids-b-${kind}.csv`)
    expect(records(`ids-b-${kind}.csv`).map((row) => row[0])).toEqual(['patient', '00017', ' NA', 'a,b'])
  })

  it('are refused when they are of other queries, with a manifest or by their ids', async () => {
    await refused(place, 'decode others-a.csv --key own.key --queries ids-e.csv --out x.csv', 2, [
      /others-a.csv answers other queries than ids-e.csv/,
    ])
    put('swapped.csv', place.read('others-a.csv'))
    await refused(place, 'decode swapped.csv --key own.key --queries ids-e.csv --out x.csv', 2, [
      /swapped.csv, row 1, column patient: "7" stands where ids-e.csv has "00017"/,
    ])
    put('short.csv', place.read('ids-a.csv').trim().split('\n').slice(0, 3).join('\n'))
    await refused(place, 'decode short.csv --key own.key --queries ids-e.csv --out x.csv', 2, [
      /short.csv has 2 rows, and ids-e.csv has 3/,
    ])
    await works(place, 'encode ids.csv --key other.key --id patient --out foreign-e.csv')
    await refused(place, 'decode ids-a.csv --key own.key --queries foreign-e.csv --out x.csv', 4, [
      /foreign-e.csv was made with the key/,
    ])
  })

  it('are never taken without a word where a manifest is missing', async () => {
    put('bare-a.csv', place.read('ids-a.csv'))
    const decoded = await place.run('decode bare-a.csv --key other.key --out bare-l.csv')
    expect(decoded).toMatchObject({
      code: 0,
      err: expect.stringContaining(
        'bare-a.csv has no manifest beside it: nothing tells whether these are answers',
      ),
    })
    gone('foreign-e.csv')
    const asked = await place.run('predict own.onnx foreign-e.csv --out foreign-a.csv')
    expect(asked.err).toContain(
      'foreign-e.csv has no manifest beside it: nothing tells whether it was encoded with the key',
    )
    const laundered = await place.run('decode foreign-a.csv --key own.key --out foreign-l.csv')
    expect(laundered.err).toContain('foreign-a.csv does not say which queries it answers')
    gone('own-p.csv')
    const trained = await place.run('train own-p.csv --label label --out bare.onnx --folds 0 --epochs 2')
    expect(trained.err).toContain('own-p.csv looks like a protected table and has no manifest beside it')
    const unsure = await place.run('predict bare.onnx ids-e.csv --out bare2-a.csv')
    expect(unsure.err).toContain('bare.onnx does not say which key its table was protected with')
    await place.run('decode bare2-a.csv --key own.key --out bare2-l.csv')
    expect(records('bare2-l.csv')[1]![0]).toBe('00017')
  })

  it('are refused where they are none, and a protected table that is asked about is said to be out of order', async () => {
    await works(place, 'protect own.csv --key own.key --out again-p.csv')
    await refused(place, 'decode again-p.csv --key own.key --out x.csv', 2, [
      /again-p.csv holds protected table, not answers/,
    ])
    const { err } = await place.run('predict own.onnx again-p.csv --out again-a.csv')
    expect(err).toContain(
      'again-p.csv is a protected table: its rows, and so the answers, stand in a secret order',
    )
  })

  it.each([
    ['x', /the column x cannot be carried as it is: it is one of those that are learned from/],
    ['none', /ids.csv has no column none/],
  ])('refuse the id %s', async (id, words) => {
    await refused(place, `encode ids.csv --key own.key --id ${id} --out x.csv`, 2, [words])
  })

  it.each(['a0', 'label', 'C1', 'Y'])('refuse an id that is named %s', async (id) => {
    put('named.csv', `x,z,${id}\n1,2,3\n`)
    await refused(place, `encode named.csv --key own.key --id ${id} --out x.csv`, 2, [
      /has the name of another column/,
    ])
  })
})

describe('a look at a table before there is a key', () => {
  it('says what every column is, as a file to edit that a key is made by', async () => {
    const kinds = ['u', 'v', 'w']
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${i + 1},${i % 7 ? i / 4 : ''},${kinds[i % 3]},${i % 5},${i % 2 ? 'a' : 'b'}`,
    )
    put('look.csv', csv(['patient,x,kind,grade,y', ...rows]))
    const { columns, warnings } = await json(place, 'key preview look.csv --label y --out look.json')
    expect(columns).toEqual([
      { column: 'patient', kind: 'numeric', values: '1 … 30, whole', missing: 0, becomes: 'one number' },
      {
        column: 'x',
        kind: 'numeric',
        values: '0.25 … 7.25',
        missing: 5,
        becomes: 'refused: missing cells (--missing)',
      },
      {
        column: 'kind',
        kind: 'categorical',
        values: '3: u, v, w',
        missing: 0,
        becomes: '3 numbers, or one (--encoding ordinal)',
      },
      { column: 'grade', kind: 'numeric', values: '0 … 4, whole', missing: 0, becomes: 'one number' },
      { column: 'y', kind: 'label', values: '2: a, b', missing: 0, becomes: 'a hidden class' },
    ])
    expect(warnings).toEqual([expect.stringContaining("column 'patient' looks like an id")])
    const file = JSON.parse(place.read('look.json'))
    file.columns.grade = 'categorical'
    delete file.columns.patient
    put('look.json', JSON.stringify(file))
    const made = await json(
      place,
      'key create look.csv --schema look.json --missing mean --unsealed --audit off --out look.key',
    )
    expect(made).toMatchObject({ numericColumns: 1, categoricalColumns: 2, classes: 2 })
    expect(made.warnings).toContain('look.csv: columns that look.json does not name are left out: patient')
  })

  it('takes some columns alone, and none for two things', async () => {
    const only = await json(
      place,
      'key create look.csv --label y --only kind grade --categorical grade --unsealed --audit off --out only.key',
    )
    expect(only).toMatchObject({ numericColumns: 0, categoricalColumns: 2, label: 'class' })
    for (const options of [
      '--ignore y',
      '--ignore grade --categorical grade',
      '--numeric grade --categorical grade',
    ])
      await refused(place, `key create look.csv --label y ${options} --unsealed --out x.key`, 2, [
        /is said to be two things/,
      ])
    await refused(place, 'key create look.csv --schema look.json --label y --unsealed --out x.key', 2, [
      /says what every column is, and an option says it again/,
    ])
    put('bad.json', '{"format":"frostglass-columns","version":1,"columns":{"x":"number"}}')
    await refused(place, 'key create look.csv --schema bad.json --unsealed --out x.key', 2, [
      /'columns.x' is not as a schema/,
    ])
  })
})
