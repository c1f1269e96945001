// The whole round on tables that nobody here made, and the demo.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { csv, distance, json, refused, sharedData, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const split = (lines: readonly string[]) => lines.map((line) => line.split(','))

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
  const round = await json(place, 'demo --repetitions 1 --seed 3', { apart: true })
  expect(round).toMatchObject({ rows: 210, columns: 7, repetitions: 1, seed: 3 })
  expect(round.measured.map((m: { layers?: number | undefined }) => m.layers)).toEqual([undefined, 1, 3])
  expect(round.asked.queries).toBe(210)
  expect(round.broken[0]).toMatchObject({ layers: 1, rows: 8 })
})
