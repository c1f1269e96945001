import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, distance, json, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)

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
