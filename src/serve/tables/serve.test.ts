import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { readTable, wheatPath } from '../../data/index.ts'
import { constant, graph, input, matmul, writeOnnx } from '../../graph/index.ts'
import { adam } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { foldsOf, paperRecipe, predictTable, rowsOf, trainRows, trainTable } from '../index.ts'
import { featuresOf, standardise, standardOf } from './features.ts'
import { answerRows } from './trainRows.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const recipe = { ...paperRecipe, optimizer: adam({ learningRate: 0.1 }), seed: 1 }

describe('features', () => {
  it('puts a category on a column of its own and standardises by the training rows alone', () => {
    const columns = [
      { name: 'a', kind: 'numeric', integer: false },
      { name: 'b', kind: 'categorical', categories: ['x', 'y'] },
    ] as const
    const x = featuresOf(columns, [Float64Array.of(1, 3, 100), Int32Array.of(0, 1, 1)], 3)
    expect(Array.from(x)).toEqual([1, 1, 0, 3, 0, 1, 100, 0, 1])
    const standard = standardOf(x, 3, Int32Array.of(0, 1))
    expect(standard.mean[0]).toBe(2)
    expect(standard.deviation[0]).toBe(1)
    expect(standardise(x, standard)[6]).toBe(98)
  })

  it('leaves a constant column at 0', () => {
    const standard = standardOf(Float64Array.of(5, 5, 5), 1, Int32Array.of(0, 1, 2))
    expect(Array.from(standardise(Float64Array.of(5, 5), standard))).toEqual([0, 0])
  })
})

describe('training on a table', () => {
  it('ships a model that ONNX Runtime runs alone, with the answers of the training code', async () => {
    const trained = await trainTable(wheatPath(), { label: 'variety', folds: 0, recipe })
    expect(trained.card.label).toEqual({
      name: 'variety',
      task: 'class',
      classes: ['Canadian', 'Kama', 'Rosa'],
    })
    const table = await readTable(wheatPath(), { label: 'variety' })
    const rows = rowsOf(table, 'wheat')
    const all = Int32Array.from({ length: table.rows }, (_, i) => i)
    const own = await answerRows(rows, all, await trainRows(rows, { train: all }, recipe))
    const session = await InferenceSession.create(trained.bytes)
    const out = await session.run({ input: new Tensor('float64', rows.x, [table.rows, 7]) })
    const shipped = out['probabilities']!.data as Float32Array
    expect(Math.max(...own.map((p, i) => Math.abs(p - shipped[i]!)))).toBeLessThan(1e-4)
    const right = all.filter((r) =>
      [0, 1, 2].every((c) => shipped[3 * r + rows.y[r]!]! >= shipped[3 * r + c]!),
    )
    expect(right.length / table.rows).toBeGreaterThan(0.93)
    await session.release()
  })

  it('learns a number, and predicts it for rows in another order of columns', async () => {
    const draw = seededStream(3, 'rows')
    const lines = Array.from({ length: 200 }, () => {
      const [a, b] = [draw.uniform() * 100, draw.uniform()]
      return `${a},${b},${3 * a - 50 * b + 1000}`
    })
    writeFileSync(at('number.csv'), `a,b,y\n${lines.join('\n')}\n`)
    const trained = await trainTable(at('number.csv'), {
      label: 'y',
      folds: 3,
      recipe: {
        ...recipe,
        optimizer: adam({ learningRate: 0.05 }),
        hidden: [16],
        activation: 'relu',
        epochs: 300,
      },
    })
    // The targets' mean is 1,125 and their deviation about 88.
    expect(Math.max(...trained.folds.map((f) => f.rootMeanSquaredError!))).toBeLessThan(10)
    writeFileSync(at('number.onnx'), trained.bytes)
    writeFileSync(at('rows.csv'), 'b,a,other\n0.5,50,1\n0.25,10,2\n')
    const done = await predictTable(at('number.onnx'), at('rows.csv'), at('numbers.csv'))
    expect(done.rows).toBe(2)
    expect(done.warnings.join()).toMatch(/other/)
    const [, first, second] = readFileSync(at('numbers.csv'), 'utf8').trim().split('\n').map(Number)
    expect(Math.abs(first! - 1125)).toBeLessThan(15)
    expect(Math.abs(second! - 1017.5)).toBeLessThan(15)
  })

  it('is repeatable, and differs with the seed', async () => {
    const bytes = async (seed: number) =>
      (await trainTable(wheatPath(), { label: 'variety', folds: 0, recipe: { ...recipe, seed, epochs: 5 } }))
        .bytes
    expect(await bytes(1)).toEqual(await bytes(1))
    expect(await bytes(1)).not.toEqual(await bytes(2))
  })

  it('spreads classes evenly over folds that share no test row', async () => {
    const rows = rowsOf(await readTable(wheatPath(), { label: 'variety' }), 'wheat')
    const folds = foldsOf(rows, 5, 9)
    expect(new Set(folds.flatMap((f) => [...f.test])).size).toBe(210)
    for (const fold of folds) {
      expect([0, 1, 2].map((c) => fold.test.filter((r) => rows.y[r] === c).length)).toEqual([14, 14, 14])
    }
  })

  it('refuses a table with one class, too few rows, or no such label', async () => {
    writeFileSync(at('one.csv'), `a,y\n${Array.from({ length: 20 }, (_, i) => `${i},same`).join('\n')}\n`)
    writeFileSync(at('few.csv'), 'a,y\n1,p\n2,q\n')
    const train = (file: string, label: string) => trainTable(at(file), { label, folds: 0, recipe })
    await expect(train('one.csv', 'y')).rejects.toMatchObject({
      code: 'input',
      message: /all rows have the label 'same'/,
    })
    await expect(train('few.csv', 'y')).rejects.toMatchObject({ code: 'input', message: /2 rows/ })
    await expect(train('few.csv', 'z')).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('predicting', () => {
  it('refuses a model without a card, and one that is none', async () => {
    const x = input('input', ['N', 7])
    const g = graph({ inputs: [x], outputs: { y: matmul(x, constant(new Float32Array(7), [7, 1])) } })
    writeFileSync(at('bare.onnx'), writeOnnx(g))
    writeFileSync(at('junk.onnx'), 'junk')
    const ask = (model: string) => predictTable(at(model), wheatPath(), at('out.csv'))
    await expect(ask('bare.onnx')).rejects.toMatchObject({ code: 'input', message: /does not say/ })
    await expect(ask('junk.onnx')).rejects.toMatchObject({ code: 'input', message: /not an ONNX model/ })
    await expect(ask('absent.onnx')).rejects.toMatchObject({ code: 'input' })
  })
})
