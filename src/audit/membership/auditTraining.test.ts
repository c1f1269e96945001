import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../graph/index.ts'
import {
  type Dataset,
  dense,
  initialWeights,
  predict,
  sequential,
  sgd,
  type Weights,
} from '../../learn/index.ts'
import { noiseMultiplierFor } from '../../private/index.ts'
import { trainPrivately } from '../../private/training/trainPrivately.ts'
import { seededStream } from '../../random/seeded.ts'
import { auditTraining, canaryScores, judgeTraining } from './auditTraining.ts'
import { drawCanaries, withCanaries } from './canaries.ts'

const source = seededStream(1, 'rows')
const [rows, width] = [50, 3000]
const data: Dataset = {
  x: tensor(
    Float64Array.from({ length: rows * width }, () => source.normal()),
    [rows, width],
    'float64',
  ),
  y: tensor(
    Int32Array.from({ length: rows }, () => Number(source.uniform() < 0.5)),
    [rows],
    'int32',
  ),
}
const claimed = { epsilon: 1.5, delta: 1e-5 }
const model = sequential([dense({ units: 2 })], { input: [width] })
const answersOf = (weights: Weights) => (x: Tensor) =>
  predict(model, weights, x, { loss: 'categoricalCrossEntropy' })

/** Twenty steps on all rows, at the noise that the claim needs, or at a part of it. */
const training = (fault: number) => async (all: Dataset) => {
  const steps = 20
  const noiseMultiplier = noiseMultiplierFor({ ...claimed, rate: 1, steps }) / fault
  const before = initialWeights(model, 0)
  let weights = before
  for await (const epoch of trainPrivately(model, all, {
    loss: 'categoricalCrossEntropy',
    optimizer: sgd({ learningRate: 0.2 }),
    batch: all.x.shape[0]!,
    epochs: steps,
    clip: 1,
    delta: claimed.delta,
    noiseMultiplier,
  }))
    if (epoch.last) weights = epoch.weights()
  return { answers: answersOf(weights), before: answersOf(before), claimed }
}

describe('an audit of private training', () => {
  it('finds honest training below its claim, and catches noise that is too small by a factor of ten', async () => {
    const options = { count: 200, classes: 2 }
    const honest = await auditTraining(training(1), data, options)
    expect(honest.caught).toBe(false)
    expect(honest.bound.epsilon).toBeLessThan(1)
    // Of 200 canaries the bound is below 1.5 in one run of a hundred.
    const faulty = await auditTraining(training(10), data, { ...options, count: 400 })
    expect(faulty.caught).toBe(true)
    expect(faulty.bound.epsilon).toBeGreaterThan(1.5)
    expect(faulty).toMatchObject({ claimed, canaries: 400, rows })
    expect(faulty.auc.value).toBeGreaterThan(honest.auc.value)
  })

  it('judges scores by their claim', () => {
    const included = Uint8Array.from({ length: 100 }, (_, i) => i % 2)
    const scores = Float64Array.from(included)
    const found = judgeTraining(scores, included, { epsilon: 1, delta: 0 })
    // Of 100 guesses all are right: q^100 = 0.05 / the four numbers of guesses that were tried.
    const q = 0.0125 ** 0.01
    expect(found.bound.epsilon).toBeCloseTo(Math.log(q / (1 - q)), 6)
    expect(found).toMatchObject({ caught: true, included: 50, rows: null })
    expect(judgeTraining(scores, included, { epsilon: 5, delta: 0 }).caught).toBe(false)
  })
})

describe('canaries', () => {
  it('are drawn from the ends of each column, or from rows with another class', () => {
    const table: Dataset = {
      x: tensor(Uint8Array.of(0, 9, 5, 200, 7, 5), [2, 3], 'uint8'),
      y: tensor(Int32Array.of(0, 2), [2], 'int32'),
    }
    const { rows: made, included } = drawCanaries(table, { count: 200, classes: 3, seed: 1 })
    expect([made.x.dtype, made.x.shape, made.y.shape]).toEqual(['uint8', [200, 3], [200]])
    const columns = [0, 1, 2].map(
      (c) => new Set(Array.from({ length: 200 }, (_, i) => made.x.data[3 * i + c])),
    )
    expect(columns.map((values) => [...values].sort())).toEqual([[0, 200], [7, 9], [5]])
    expect(new Set(Array.from(made.y.data as Int32Array, Number))).toEqual(new Set([0, 1, 2]))
    const inside = included.reduce((sum, coin) => sum + coin, 0)
    expect(Math.abs(inside - 100)).toBeLessThan(30)
    const whole = withCanaries(table, { rows: made, included })
    expect(whole.x.shape).toEqual([2 + inside, 3])
    expect(Array.from(whole.x.data as Uint8Array).slice(0, 6)).toEqual([0, 9, 5, 200, 7, 5])
    const wrong = drawCanaries(table, { count: 50, classes: 3, kind: 'mislabelled', seed: 1 }).rows
    for (let i = 0; i < 50; i++) expect(wrong.y.data[i]).not.toBe(wrong.x.data[3 * i] === 0 ? 0 : 2)
  })

  it('stand alone in the columns that the rows use least, a class at most once in each', () => {
    // Columns 1 and 3 are hardly used; 0 is out of the range of column 2.
    const table: Dataset = {
      x: tensor(Float32Array.of(5, 0, 3, 0, 9, 0, 4, 0.1), [2, 4]),
      y: tensor(Int32Array.of(0, 1), [2], 'int32'),
    }
    const { x, y } = drawCanaries(table, { count: 10, classes: 10, kind: 'lone', seed: 2 }).rows
    const seen = new Set<string>()
    for (let i = 0; i < 10; i++) {
      const row = Array.from(x.data as Float32Array).slice(4 * i, 4 * i + 4)
      const at = row.indexOf(9)
      expect([1, 3]).toContain(at)
      expect(row).toEqual([5, 0, 3, 0].map((ground, j) => (j === at ? 9 : ground)))
      seen.add(`${at} ${y.data[i]}`)
    }
    expect(seen.size).toBe(10)
  })

  it('have coins of their own for each audit, and repeat for a seed', () => {
    const options = { count: 100, classes: 2 }
    const small: Dataset = {
      x: tensor(Float64Array.of(0, 1), [2, 1], 'float64'),
      y: tensor(Int32Array.of(0, 1), [2], 'int32'),
    }
    expect(drawCanaries(small, options).included).not.toEqual(drawCanaries(small, options).included)
    const [one, same] = [3, 3].map((seed) => drawCanaries(small, { ...options, seed }))
    expect(one).toEqual(same)
  })

  it('are scored beside those of their class, and by what training changed', async () => {
    const canaries: Dataset = {
      x: tensor(new Float64Array(4), [4, 1], 'float64'),
      y: tensor(Int32Array.of(0, 0, 1, 1), [4], 'int32'),
    }
    const sure = (logits: readonly number[]) => async () =>
      tensor(
        Float64Array.from(
          logits.flatMap((z, i) => (i < 2 ? [z, -z] : [-z, z]).map((v) => 1 / (1 + Math.exp(-v)))),
        ),
        [4, 2],
        'float64',
      )
    const after = sure([3, 1, 10, 8])
    const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9))
    expect(Array.from(await canaryScores(after, canaries))).toEqual(close([1, -1, 1, -1]))
    expect(Array.from(await canaryScores(after, canaries, sure([2, 0, 1, 3])))).toEqual(close([0, 0, 2, -2]))
  })

  it('are refused where they say nothing', () => {
    expect(() => drawCanaries(data, { count: 7, classes: 2 })).toThrow(/7 canaries are too few/)
    expect(() => drawCanaries(data, { count: 100, classes: 1 })).toThrow(/canaries of 1 classes/)
    const y = tensor(new Float32Array(2 * rows), [rows, 2])
    expect(() => drawCanaries({ ...data, y }, { count: 100, classes: 2 })).toThrow(/not class numbers/)
  })
})
