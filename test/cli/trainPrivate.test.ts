import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readOnnx } from '../../src/graph/index.ts'
import { readCard } from '../../src/serve/index.ts'
import { json, program, refused, workplace, works } from './harness.ts'

const place = workplace()

// The weights of the census stay out, so that all bounds are such as everybody knows.
const lines = readFileSync(new URL('../src/data/embedded/adult-numeric.csv', `file://${program}`), 'utf8')
const people = lines
  .trim()
  .split('\n')
  .map((line) => line.split(',').filter((_, i) => i !== 1))
writeFileSync(place.at('people.csv'), `${people.map((row) => row.join(',')).join('\n')}\n`)
const plain = 'train people.csv --label income --out model.onnx --epochs 15'
const bounds =
  '--bounds age=0:100 --bounds education_num=0:16 --bounds capital_gain=0:20000 --bounds capital_loss=0:4000 --bounds hours_per_week=0:100'
const all = `${plain} --epsilon 2 --delta 1e-5 ${bounds}`

describe('frostglass train --epsilon', () => {
  it('learns within its budget, pays first, and says in the model what it spent', async () => {
    await works(place, 'ledger create people.ledger --dataset people --epsilon 3 --delta 2e-5')
    const found = await json(place, `${all} --ledger people.ledger --clip 0.5 --clipping automatic`)
    const { spent, left } = found as { spent: Record<string, number>; left: Record<string, number> }
    expect(spent['epsilon']).toBeLessThanOrEqual(2)
    expect(spent['epsilon']).toBeGreaterThan(1.99)
    expect(left['epsilon']).toBeCloseTo(3 - (spent['epsilon'] as number), 6)
    const { graph, metadata } = readOnnx(readFileSync(place.at('model.onnx')))
    expect(readCard(metadata, 'model.onnx').private).toEqual({
      ...spent,
      clip: 0.5,
      clipping: 'automatic',
      unit: 'row',
    })
    expect(graph.inputs[0]?.shape.at(-1)).toBe(5)
    await works(place, 'predict model.onnx people.csv --out answers.csv')
    const answers = readFileSync(place.at('answers.csv'), 'utf8').trim().split('\n').slice(1)
    const right = answers.filter((line, i) => line.split(',')[0] === people[i + 1]?.at(-1)).length
    // Always the larger class would be right in 76% of them.
    expect(right / answers.length).toBeGreaterThan(0.77)
    await refused(place, `${all} --ledger people.ledger --force --out second.onnx`, 3, [
      /people.ledger|budget/,
    ])
    expect(existsSync(place.at('second.onnx'))).toBe(false)
    expect(((await json(place, 'ledger show people.ledger')) as { entries: number }).entries).toBe(1)
  })

  it('says what it does not protect', async () => {
    const { err } = await works(place, `${all.replace('1e-5', '1e-3')} --out loud.onnx`)
    expect(err).toMatch(/one over the number of rows or more/)
    expect(err).toMatch(/without a ledger/)
    expect(err).toMatch(/carries the classes of 'income'/)
  })

  it('refuses what it cannot keep a promise about', async () => {
    const out = '--out none.onnx'
    await refused(place, `${plain} ${out} --epsilon 2`, 2, [/δ as well as ε/])
    await refused(place, `${plain} ${out} --clip 1`, 2, [/--clip is for private training/])
    await refused(place, `${plain} ${out} --public-categories`, 2, [/--public-categories is for private/])
    await refused(place, `${plain} ${out} --epsilon 2 --delta 1e-5 --bounds age=0:100`, 2, [
      /no bounds are stated for education_num, capital_gain/,
    ])
    await refused(place, `${all} ${out} --bounds incomes=0:1`, 2, [
      /'incomes', which is no column of numbers/,
    ])
    await refused(place, `${all} ${out} --missing mean`, 2, [/a column’s mean is a number about the rows/])
    await refused(place, `${all} ${out} --folds 5`, 2, [/cross-validation looks at the rows once more/])
    await refused(place, `${all} ${out} --ledger none.ledger`, 2, [/there is no ledger/])
    writeFileSync(place.at('towns.csv'), `town,sick\n${'A,yes\nB,no\n'.repeat(20)}`)
    await refused(place, `train towns.csv --label sick ${out} --epsilon 1 --delta 1e-5`, 2, [
      /categories of town.*single person/,
    ])
    expect(existsSync(place.at('none.onnx'))).toBe(false)
  })
})
