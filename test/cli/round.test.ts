import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, json, refused, sharedData, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)

/** Largest difference of two tables' numbers relative to the column's range; other cells must be equal. */
function distance(found: readonly string[][], wanted: readonly string[][]): number {
  expect(found.length).toBe(wanted.length)
  expect(found[0]).toEqual(wanted[0])
  let largest = 0
  for (const [j] of wanted[0]!.entries()) {
    const numbers = wanted.slice(1).map((row) => Number(row[j]))
    const range = Math.max(...numbers) - Math.min(...numbers)
    for (const [i, row] of wanted.slice(1).entries()) {
      if (!(range > 0)) expect(found[i + 1]![j]).toBe(row[j])
      else largest = Math.max(largest, Math.abs(Number(found[i + 1]![j]) - Number(row[j])) / range)
    }
  }
  return largest
}

const split = (lines: readonly string[]) => lines.map((line) => line.split(','))

beforeAll(async () => {
  put('wheat.csv', csv(wheat))
  const train = wheat.filter((_, r) => r === 0 || r % 5 !== 0)
  put('known.csv', csv(train))
  put(
    'queries.csv',
    csv(wheat.filter((_, r) => r % 5 === 0).map((line) => line.split(',').slice(0, 7).join(','))),
  )
})

describe.each(['csv', 'parquet'])('the whole round on wheat in %s, with --json', (kind) => {
  it('protects, trains, encodes, predicts, decodes and restores', async () => {
    const created = await json(place, `key create known.csv --label variety --unsealed --out ${kind}.key`)
    expect(created).toMatchObject({
      key: `${kind}.key`,
      scheme: 'keyed',
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      classes: 3,
    })
    expect(created.roundTripError).toBeLessThan(1e-9)
    const { fingerprint } = created

    const guarded = await json(place, `protect known.csv --key ${kind}.key --out p.${kind}`)
    expect(guarded).toEqual({ out: `p.${kind}`, rows: 168, fingerprint, warnings: [] })
    expect(JSON.parse(place.read(`p.${kind}.manifest.json`))).toMatchObject({
      kind: 'protected-table',
      rows: 168,
      columns: 7,
      keyFingerprint: fingerprint,
    })

    const trained = await json(
      place,
      `train p.${kind} --label label --out ${kind}.onnx --folds 3 --epochs 60`,
    )
    expect(trained).toMatchObject({ out: `${kind}.onnx`, rows: 168, warnings: [] })
    expect(trained.folds).toHaveLength(3)
    for (const { accuracy } of trained.folds) expect(accuracy).toBeGreaterThan(0.8)

    const encoded = await json(place, `encode queries.csv --key ${kind}.key --out e.${kind}`)
    expect(encoded).toMatchObject({ out: `e.${kind}`, rows: 42, fingerprint })
    for (const warning of encoded.warnings) expect(warning).toContain('outside the range')
    expect(await json(place, `predict ${kind}.onnx e.${kind} --out a.${kind}`)).toEqual({
      out: `a.${kind}`,
      rows: 42,
      warnings: [],
    })
    expect(await json(place, `decode a.${kind} --key ${kind}.key --out labels-${kind}.csv`)).toMatchObject({
      rows: 42,
      fingerprint,
    })
    const truth = wheat.filter((_, r) => r > 0 && r % 5 === 0).map((line) => line.split(',')[7])
    const labels = place.cells(`labels-${kind}.csv`)
    expect(labels[0]![0]).toBe('variety')
    expect([...labels[0]!.slice(1)].sort()).toEqual(['Canadian', 'Kama', 'Rosa'])
    const right = truth.filter((label, i) => labels[i + 1]![0] === label).length
    expect(right / truth.length).toBeGreaterThan(0.8)

    expect(await json(place, `restore p.${kind} --key ${kind}.key --out back-${kind}.csv`)).toMatchObject({
      rows: 168,
    })
    expect(distance(place.cells(`back-${kind}.csv`), place.cells('known.csv'))).toBeLessThan(1e-9)
    const pane = await json(place, `key export ${kind}.key --out pane-${kind}.onnx`)
    expect(pane).toEqual({ pane: `pane-${kind}.onnx`, fingerprint, secret: true })
  })

  it('gives away no secret, range, column or class in what leaves', async () => {
    const record = JSON.parse(place.read(`${kind}.key`))
    const left = [
      `p.${kind}`,
      `p.${kind}.manifest.json`,
      `e.${kind}`,
      `e.${kind}.manifest.json`,
      `${kind}.onnx`,
      `a.${kind}`,
      `a.${kind}.manifest.json`,
    ]
    const bytes = left.map((name) => readFileSync(place.at(name)).toString('latin1')).join('\n')
    const names = [...record.columns.map((c: { name: string }) => c.name), 'variety', ...record.label.classes]
    const ranges = record.columns.flatMap((c: { minimum: number; maximum: number }) => [c.minimum, c.maximum])
    for (const secret of [record.secret, Buffer.from(record.secret, 'hex').toString('latin1'), ...names])
      expect(bytes).not.toContain(secret)
    for (const value of ranges) {
      expect(bytes).not.toMatch(new RegExp(`(^|[,\\s])${String(value).replace('.', '\\.')}([,\\s]|$)`, 'm'))
      expect(bytes).not.toContain(Buffer.from(new Float64Array([value]).buffer).toString('latin1'))
    }
  })
})

describe('models and answers', () => {
  it('refuses queries encoded with another key than the model’s', async () => {
    await works(place, 'encode queries.csv --key parquet.key --out other.csv')
    await refused(place, 'predict csv.onnx other.csv --out x.csv', 2, [
      /other.csv was encoded with the key [0-9a-f]{32}, and csv.onnx learned/,
    ])
  })

  it('refuses to decode answers with another key, though their classes have the same names', async () => {
    await refused(place, 'decode a.csv --key parquet.key --out x.csv', 4, [
      /a.csv was made with the key [0-9a-f]{32}, and this key is/,
    ])
    put('strange.csv', place.read('a.csv').replace(/\nc[0-2],/, '\nc7,'))
    await refused(place, 'decode strange.csv --key csv.key --out x.csv', 2, [
      /strange.csv, row 1, column label: 'c7' is not a class/,
    ])
    await refused(place, 'restore a.csv --key csv.key --out x.csv', 2, [/a.csv holds answers/])
  })

  it.each<[string, () => string | Uint8Array, RegExp]>([
    ['text', () => 'no model', /is not an ONNX model, or it is cut short/],
    [
      'cut short',
      () => readFileSync(place.at('csv.onnx')).subarray(0, 700),
      /is not an ONNX model, or it is cut short/,
    ],
    ['empty', () => '', /is not an ONNX model/],
    ['without a card', () => readFileSync(place.at('pane-csv.onnx')), /does not say what its inputs are/],
  ])('refuses a model that is %s', async (_, contents, words) => {
    put('bad.onnx', contents())
    await refused(place, 'predict bad.onnx e.csv --out x.csv', 2, [words])
  })

  it('refuses raw rows for a model of protected ones, and a model that is not there', async () => {
    await refused(place, 'predict csv.onnx queries.csv --out x.csv', 2, [/queries.csv has no column a0/])
    await refused(place, 'predict none.onnx e.csv --out x.csv', 2, [
      /cannot read the model none.onnx: there is no such file/,
    ])
  })
})

/** The first rows of a table without a header line, under names. */
function subset(file: string, rows: number, names: readonly string[]): string[] {
  const lines = readFileSync(join(sharedData, file), 'utf8').split('\n').slice(0, rows)
  return [names.join(','), ...lines.map((line) => line.replaceAll(', ', ','))]
}

const adultNames =
  'age,workclass,fnlwgt,education,education_num,marital,occupation,relationship,race,sex,gain,loss,hours,country,income'
const heartNames = 'age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num'

describe.skipIf(!existsSync(join(sharedData, 'adult')))('other tables (../shared/data)', () => {
  it('Adult: mixed columns, missing values dropped or filled', async () => {
    const lines = subset('adult/adult.data', 400, adultNames.split(','))
    put('adult.csv', csv(lines))
    await refused(place, 'key create adult.csv --label income --unsealed --out adult.key', 2, [
      /adult.csv, row 15, column country: the value is missing \(found "\?"\)/,
    ])
    const created = await json(
      place,
      'key create adult.csv --label income --missing drop --layers 5 --unsealed --out adult.key',
    )
    expect(created).toMatchObject({ numericColumns: 6, categoricalColumns: 8, classes: 2 })
    await works(place, 'protect adult.csv --key adult.key --missing drop --out adult.parquet')
    await works(place, 'restore adult.parquet --key adult.key --out adult-back.csv')
    const whole = lines.filter((line) => !line.includes('?'))
    expect(distance(place.cells('adult-back.csv'), split(whole))).toBeLessThan(1e-9)
    await works(place, 'train adult.parquet --label label --folds 0 --epochs 3 --out adult.onnx')
    put('adult-q.csv', csv(whole))
    await works(place, 'encode adult-q.csv --key adult.key --out adult-e.parquet')
    await works(place, 'predict adult.onnx adult-e.parquet --out adult-a.csv')
    await works(place, 'decode adult-a.csv --key adult.key --out adult-l.csv')
    expect(
      new Set(
        place
          .cells('adult-l.csv')
          .slice(1)
          .map((row) => row[0]),
      ),
    ).toEqual(new Set(['<=50K', '>50K']))
    expect(place.cells('adult-l.csv')).toHaveLength(whole.length)
  })

  it('heart disease: a label of whole numbers, as class and as number', async () => {
    const lines = subset('heart-disease/processed.cleveland.data', 150, heartNames.split(',')).filter(
      (line) => !line.includes('?'),
    )
    put('heart.csv', csv(lines))
    await works(
      place,
      'key create heart.csv --label num --activation asinh --categorical cp thal --encoding ordinal --unsealed --out heart.key',
    )
    await works(place, 'protect heart.csv --key heart.key --out heart-p.csv')
    await works(place, 'restore heart-p.csv --key heart.key --out heart-b.csv')
    expect(distance(place.cells('heart-b.csv'), split(lines))).toBeLessThan(1e-9)
    await works(place, 'key create heart.csv --label num --task number --unsealed --out heart-n.key')
    await works(place, 'protect heart.csv --key heart-n.key --out heart-n.csv')
    const trained = await json(
      place,
      'train heart-n.csv --label label --folds 2 --epochs 5 --out heart-n.onnx',
    )
    for (const fold of trained.folds) expect(fold.rootMeanSquaredError).toBeGreaterThan(0)
    await works(place, 'encode heart.csv --key heart-n.key --out heart-e.csv')
    await works(place, 'predict heart-n.onnx heart-e.csv --out heart-a.csv')
    await works(place, 'decode heart-a.csv --key heart-n.key --out heart-l.csv')
    const answers = place
      .cells('heart-l.csv')
      .slice(1)
      .map((row) => Number(row[0]))
    expect(answers).toHaveLength(lines.length - 1)
    for (const answer of answers) expect(Number.isInteger(answer)).toBe(true)
  })
})

it('runs the demo, with --json', async () => {
  const round = await json(place, 'demo --repetitions 1 --seed 3')
  expect(round).toMatchObject({ rows: 210, columns: 7, repetitions: 1, seed: 3 })
  expect(round.measured.map((m: { layers?: number }) => m.layers)).toEqual([undefined, 1, 3])
  expect(round.asked.queries).toBe(210)
  expect(round.broken[0]).toMatchObject({ layers: 1, rows: 8 })
})
