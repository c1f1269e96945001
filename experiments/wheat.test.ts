import { beforeAll, describe, expect, it } from 'vitest'
import { tensor } from '../src/graph/index.ts'
import { dense, fit, measureAccuracy, sequential, stratifiedKFold, takeRows } from '../src/learn/index.ts'
import { secretMatrix } from '../src/protect/keyed/layers.ts'
import { seededSecret } from '../src/random/seededSecret.ts'
import {
  type ClassifiedRows,
  datasetOf,
  paperModel,
  paperTraining,
  protectedWheat,
  type Stages,
  trials,
  wheatRows,
} from './wheat.ts'

const glorot: Omit<Stages, 'layers'> = {
  activation: 'tanh',
  matrix: 'glorot',
  bias: false,
  columnOrder: false,
  relabelling: false,
  rowOrder: false,
}
const all: Omit<Stages, 'layers'> = {
  activation: 'tanh',
  matrix: 'bounded',
  relabelling: true,
  rowOrder: true,
}
let raw: ClassifiedRows

beforeAll(async () => {
  raw = await wheatRows()
})

describe('protected wheat', () => {
  it('is normalised without layers', () => {
    const { rows } = protectedWheat(raw, { ...glorot, layers: 0 }, 1)
    for (const column of rows.columns) {
      expect(Math.min(...column)).toBe(-0.5)
      expect(Math.max(...column)).toBe(0.5)
    }
    expect(rows.labels).toEqual(raw.labels)
  })

  it('tests the same rows wherever their order and names have gone', () => {
    const inOrder = protectedWheat(raw, { ...all, layers: 2, rowOrder: false, relabelling: false }, 3)
    const moved = protectedWheat(raw, { ...all, layers: 2 }, 3)
    expect(moved.rows.labels).not.toEqual(inOrder.rows.labels)
    inOrder.folds.forEach((fold, i) => {
      const other = moved.folds[i]!
      for (const part of ['train', 'test'] as const) {
        const numbers = (at: typeof moved, rows: Int32Array) =>
          Array.from(rows, (r) => at.rows.columns.map((c) => c[r]).join()).sort()
        expect(numbers(moved, other[part])).toEqual(numbers(inOrder, fold[part]))
      }
    })
  })

  it('renames classes one to one', () => {
    const { rows } = protectedWheat(raw, { ...all, layers: 1, rowOrder: false }, 5)
    const pairs = new Set(Array.from(rows.labels, (code, r) => `${raw.labels[r]} ${code}`))
    expect(pairs.size).toBe(3)
  })
})

describe('trials', () => {
  it('are the same with frozen layers in the model as with rows protected beforehand', async () => {
    const [layers, seed] = [3, 4]
    const guarded = protectedWheat(raw, { ...glorot, layers }, seed)
    const plain = protectedWheat(raw, { ...glorot, layers: 0 }, seed)
    const fold = guarded.folds.slice(0, 1)
    const beforehand = await trials(guarded.rows, fold, 'none', {
      layers: paperModel,
      ...paperTraining,
      seed,
    })
    expect(beforehand[0]!.accuracy).toBeGreaterThan(0.7)

    // The same matrices in the model; a dense layer multiplies from the other side.
    const model = [
      ...Array.from({ length: layers }, (_, i) =>
        dense({ units: 7, activation: 'tanh', bias: false, frozen: true, name: `frozen.${i}` }),
      ),
      ...paperModel,
    ]
    const weights = Object.fromEntries(
      Array.from({ length: layers }, (_, i) => {
        const a = secretMatrix(seededSecret(seed, 'wheat'), i + 1, 7, 'glorot').forward
        const transposed = a.map((_, at) => a[(at % 7) * 7 + Math.floor(at / 7)]!)
        return [`frozen.${i}.kernel`, tensor(transposed, [7, 7], 'float64')]
      }),
    )
    const data = datasetOf(plain.rows, fold[0]!, 'none')
    const built = sequential(model, { input: [7] })
    const fitted = await fit(built, takeRows(data, fold[0]!.train), { ...paperTraining, seed, weights })
    const accuracy = await measureAccuracy(built, fitted.weights, takeRows(data, fold[0]!.test), {
      loss: 'categoricalCrossEntropy',
    })
    expect(accuracy).toBeCloseTo(beforehand[0]!.accuracy, 1)
    expect(Math.abs(fitted.history.length - beforehand[0]!.epochs)).toBeLessThanOrEqual(5)
  })

  it('count what diverges as a guess, and stop for a signal', async () => {
    const folds = stratifiedKFold(raw.labels, 5, { seed: 0 }).slice(0, 1)
    const overflowed = { ...raw, columns: raw.columns.map((c) => c.map(() => Number.POSITIVE_INFINITY)) }
    const configuration = { layers: paperModel, ...paperTraining, seed: 0 }
    const lost = [{ accuracy: 1 / 3, epochs: 0, diverged: true }]
    expect(await trials(overflowed, folds, 'none', configuration)).toEqual(lost)
    // Finite rows, but sums that are not.
    const huge = { ...raw, columns: raw.columns.map((c) => c.map((x) => x * 1e307)) }
    const linear = [dense({ units: 3, name: 'classes' })]
    expect(await trials(huge, folds, 'none', { ...configuration, layers: linear })).toEqual(lost)
    const stopped = trials(raw, folds, 'standard', configuration, AbortSignal.abort())
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  })
})
