import { describe, expect, it } from 'vitest'
import { abs, compile, gradients, graph, type Tensor, tensor, type Value } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { forwardPass } from '../../learn/forwardPass.ts'
import {
  activation,
  averagePool2d,
  conv2d,
  dense,
  embedding,
  flatten,
  functionLayer,
  initialWeights,
  type Layer,
  type LossName,
  lstm,
  type Model,
  maxPool2d,
  reshapeTo,
  sequential,
  type Weights,
} from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { seededStream } from '../../random/seeded.ts'
import { clippedGraph, sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'

const rows = 5

const networks: Readonly<
  Record<string, { layers: readonly Layer[]; input: readonly number[]; loss: LossName }>
> = {
  'dense layers': {
    layers: [dense({ units: 7, activation: 'tanh' }), dense({ units: 3 })],
    input: [4],
    loss: 'categoricalCrossEntropy',
  },
  'dense layers over sequences, few and many numbers': {
    layers: [
      dense({ units: 30, activation: 'tanh' }),
      dense({ units: 40, bias: false }),
      flatten(),
      dense({ units: 1 }),
    ],
    input: [3, 20],
    loss: 'meanSquaredError',
  },
  'convolutions, whose filters are few beside their windows': {
    layers: [
      conv2d({ filters: 4, kernel: 3, stride: 2, padding: 'same', activation: 'tanh' }),
      maxPool2d({ size: 2, stride: 1 }),
      flatten(),
      dense({ units: 2 }),
    ],
    input: [2, 9, 9],
    loss: 'categoricalCrossEntropy',
  },
  'convolutions, whose filters are many beside their windows': {
    layers: [
      conv2d({ filters: 6, kernel: 3, activation: 'relu', groups: 2 }),
      conv2d({ filters: 20, kernel: 3, stride: 3, bias: false }),
      averagePool2d({ size: 2 }),
      flatten(),
      dense({ units: 2 }),
    ],
    input: [4, 10, 10],
    loss: 'binaryCrossEntropy',
  },
  'convolutions of wide kernels, then of many channels': {
    layers: [
      conv2d({ filters: 8, kernel: [4, 5], stride: 2, padding: [1, 2], activation: 'tanh' }),
      conv2d({ filters: 9, kernel: 2, activation: 'tanh' }),
      conv2d({ filters: 10, kernel: 3, activation: 'tanh' }),
      flatten(),
      dense({ units: 2 }),
    ],
    input: [2, 10, 9],
    loss: 'categoricalCrossEntropy',
  },
  'an embedding, of words that come twice': {
    layers: [
      functionLayer([6], (x) => abs(x)),
      embedding({ words: 4, units: 3 }),
      flatten(),
      dense({ units: 2 }),
    ],
    input: [6],
    loss: 'categoricalCrossEntropy',
  },
  'an LSTM': {
    layers: [reshapeTo([4, 3]), lstm({ units: 5 }), activation('tanh'), dense({ units: 2 })],
    input: [12],
    loss: 'meanAbsoluteError',
  },
}

function randomTensor(shape: readonly number[], name: string): Tensor {
  const source = seededStream(3, name)
  return tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => source.normal()),
    shape,
    'float64',
  )
}

const one = (t: Tensor, row: number): Tensor => {
  const size = t.data.length / t.shape[0]!
  return tensor(
    (t.data as Float64Array).slice(row * size, (row + 1) * size),
    [1, ...t.shape.slice(1)],
    'float64',
  )
}

/** Each row's gradient by each weight, each by a backward pass of its own. */
async function oneByOne(model: Model, weights: Weights, loss: LossName, x: Tensor, y: Tensor) {
  const pass = forwardPass(model, weights, { loss: lossOf(loss), dtype: 'float64', rows: 1 })
  const slopes = gradients(lossOf(loss).build(pass.parts[0]?.value as Value, pass.target), pass.trained)
  const program = await compile(
    graph({
      inputs: [pass.x, pass.target],
      outputs: Object.fromEntries(pass.trained.map((w, i) => [`d ${w.name}`, slopes[i]!])),
    }),
    { executor: 'plain' },
  )
  const found = []
  for (let row = 0; row < rows; row++) {
    const out = await program.run({ input: one(x, row), target: one(y, row) })
    found.push(pass.trained.map((w) => toFloat64(out[`d ${w.name}`]!).slice()))
  }
  return found
}

const norm = (parts: readonly Float64Array[]) => Math.hypot(...parts.map((p) => Math.hypot(...p)))

describe('the clipped sum of all rows’ gradients', () => {
  it.each(
    Object.entries(networks).flatMap(([name, network]) =>
      (['flat', 'per-layer', 'automatic'] as const).map((clipping) => [name, clipping, network] as const),
    ),
  )(
    'is what one backward pass a row gives: %s, %s',
    async (_, clipping: Clipping, { layers, input, loss }) => {
      const model = sequential(layers, { input })
      const weights = initialWeights(model, 1)
      const x = randomTensor([rows, ...input], 'x')
      const y = randomTensor([rows, ...model.output], 'y')
      const alone = await oneByOne(model, weights, loss, x, y)
      const clip = 0.9 * norm(alone[1] as Float64Array[])
      const built = clippedGraph(model, weights, {
        loss: lossOf(loss),
        dtype: 'float64',
        examples: rows,
        rowsEach: 1,
        clip,
        clipping,
        grid: 2 ** -60,
        pixels: false,
      })
      const program = await compile(built.graph, { executor: 'plain', inexactIntegers: 'round' })
      const taken = tensor(Float64Array.of(1, 1, 0, 1, 1), [rows], 'float64')
      const out = await program.run({ input: x, target: y, taken })
      // Less what roundings of norms may come to, some 2^-24 for each.
      const bound = clip
      const layersOf = built.trained.map((w) => w.name!.split('.').slice(0, 2).join('.'))
      const names = [...new Set(layersOf)]
      const factor = (gradient: readonly Float64Array[], i: number): number => {
        if (clipping === 'flat') return Math.min(1, bound / norm(gradient))
        if (clipping === 'automatic') return bound / (norm(gradient) + 0.01)
        const part = gradient.filter((_, j) => layersOf[j] === layersOf[i])
        return Math.min(1, bound / Math.sqrt(names.length) / norm(part))
      }
      const norms = toFloat64(out['norms']!)
      alone.forEach((gradient, row) => {
        expect(norms[row]! / norm(gradient)).toBeCloseTo(1, 9)
      })
      built.trained.forEach((w, i) => {
        const sum = toFloat64(out[sumOf(w)]!).map((v) => v * built.steps[i]!)
        const expected = sum.map((_, j) =>
          alone.reduce(
            (s, gradient, row) =>
              row === 2 ? s : s + factor(gradient, i) * (gradient[i] as Float64Array)[j]!,
            0,
          ),
        )
        // Four examples, each cut off to whole steps: a factor of a product has sixteen bits.
        sum.forEach((v, j) => {
          expect(Math.abs(v - expected[j]!)).toBeLessThan(4 * clip * 2 ** -14)
        })
      })
      await program.close()
    },
  )
})
