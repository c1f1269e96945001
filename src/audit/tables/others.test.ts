import { EigenvalueDecomposition, Matrix, solve } from 'ml-matrix'
import { beforeAll, describe, expect, it } from 'vitest'
import { readEmbedded } from '../../data/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { guessFromOthers } from './others.ts'
import { expectedError, penalties } from './ridge.ts'

let columns: Float64Array[]
const some = (from: number, to: number) => columns.map((c) => c.slice(from, to))
const meanOf = (c: Float64Array) => c.reduce((sum, x) => sum + x / c.length, 0)
const deviationOf = (c: Float64Array) => {
  const mean = meanOf(c)
  return Math.sqrt(c.reduce((sum, x) => sum + (x - mean) ** 2 / c.length, 0))
}

beforeAll(async () => {
  columns = (await readEmbedded('heart-disease')).columns as Float64Array[]
})

describe('guessing from the other attributes', () => {
  it.each([20, 100])('is a regression of each attribute on the others, solved apart: %i rows', (rows) => {
    const [known, truth] = [some(0, rows), some(rows, 300)]
    const blocks = columns.map((_, first) => ({ first, count: 1 }))
    const guesses = guessFromOthers(known, truth, blocks)
    const x = new Matrix(rows, columns.length)
    known.forEach((column, j) => {
      for (const [r, v] of column.entries()) x.set(r, j, (v - meanOf(column)) / (deviationOf(column) || 1))
    })
    const gram = x.transpose().mmul(x)
    const largest = Math.max(...new EigenvalueDecomposition(gram).realEigenvalues)
    columns.forEach((_, f) => {
      const rest = columns.map((__, j) => j).filter((j) => j !== f)
      const inputs = x.subMatrixColumn(rest)
      const target = x.subMatrixColumn([f])
      const own = inputs.transpose().mmul(inputs)
      let best: { expected: number; slopes: Matrix } | undefined
      for (const penalty of penalties.filter((p) => p >= 1e-10)) {
        const loaded = Matrix.add(own, Matrix.eye(rest.length).mul(penalty * largest))
        const slopes = solve(loaded, inputs.transpose().mmul(target))
        const squares = Matrix.sub(target, inputs.mmul(slopes)).pow(2).sum()
        const expected = expectedError(squares, rows, 1 + solve(loaded, own).trace())
        if (!best || expected < best.expected) best = { expected, slopes }
      }
      const [mean, deviation] = [meanOf(known[f]!), deviationOf(known[f]!)]
      for (let r = 0; r < truth[f]!.length; r++) {
        const z = rest.map((j) => (truth[j]![r]! - meanOf(known[j]!)) / (deviationOf(known[j]!) || 1))
        const y = z.reduce((sum, v, i) => sum + v * best!.slopes.get(i, 0), 0)
        expect((guesses[f]![r]! - mean) / (deviation || 1)).toBeCloseTo(y, 4)
      }
    })
  })

  it('takes the features of one attribute for one: they do not give each other away', () => {
    const random = seededStream(1, 'others')
    const coin = Float64Array.from({ length: 200 }, () => (random.uniform() < 0.5 ? 1 : 0))
    const hidden = [coin, coin.map((x) => 1 - x), coin.map(() => random.normal())]
    const part = (from: number, to: number) => hidden.map((c) => c.slice(from, to))
    const blocks = [
      { first: 0, count: 2 },
      { first: 2, count: 1 },
    ]
    const apart = guessFromOthers(part(0, 100), part(100, 200), blocks)
    const mean = coin.slice(0, 100).reduce((sum, x) => sum + x / 100, 0)
    for (const y of apart[0]!) expect(Math.abs(y - mean)).toBeLessThan(0.2)
    const split = [0, 1, 2].map((first) => ({ first, count: 1 }))
    const together = guessFromOthers(part(0, 100), part(100, 200), split)
    for (const [r, y] of together[0]!.entries()) expect(y).toBeCloseTo(coin[100 + r]!, 3)
  })

  it('bears constant columns, and two rows', () => {
    const known = [Float64Array.of(1, 2), Float64Array.of(5, 5), Float64Array.of(2, 4)]
    const blocks = [0, 1, 2].map((first) => ({ first, count: 1 }))
    for (const guess of guessFromOthers(known, known, blocks)) {
      for (const y of guess) expect(Number.isFinite(y)).toBe(true)
    }
  })
})
