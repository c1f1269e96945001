// A step in pieces against the same step whole: loss, predictions and every variable after it.
// Source: pieces.ts promises that nothing changes but the order of sums.

import { expect, it } from 'vitest'
import type { Graph } from '../graph/contract.ts'
import {
  bindDims,
  compile,
  constant,
  graph,
  input,
  mul,
  relu,
  sizeOf,
  type Tensors,
  tensor,
} from '../graph/index.ts'
import { seededStream } from '../random/seeded.ts'
import {
  adam,
  batchNorm,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  graphLayer,
  initialWeights,
  type Layer,
  maxPool2d,
  sequential,
} from './index.ts'
import { freezeLayers, nameLayers } from './layers/index.ts'
import { lossOf } from './losses.ts'
import { runsOf } from './pieces.ts'
import { trainingGraph } from './trainingGraph.ts'

const rows = 200
const pixels = input('p', ['N', 2, 40, 40], 'float32')
const scaled = graph({ inputs: [pixels], outputs: { y: relu(mul(pixels, constant(0.5))) } })

const front = [
  graphLayer(scaled, { name: 'scale' }),
  conv2d({ filters: 16, kernel: 3, activation: 'relu', l2: 0.01 }),
  maxPool2d({ size: 2 }),
  dropout(0.25),
  gaussianNoise(0.1),
  batchNorm(),
]
const back = nameLayers('back', [
  conv2d({ filters: 8, kernel: 3, activation: 'relu' }),
  dropout(0.5),
  batchNorm(),
  flatten(),
  dense({ units: 3 }),
])

it.each<[string, Layer[], number]>([
  ['all of it trained', [...front, ...back], 3],
  [
    'a frozen end with its dropout on',
    [...front, conv2d({ filters: 64, kernel: 3 }), ...freezeLayers(back, { dropout: true })],
    3,
  ],
])('a step in pieces is the step, with %s', async (_, layers, least) => {
  const model = sequential(layers, { input: [2, 40, 40] })
  const weights = initialWeights(model, 4)
  const options = {
    loss: lossOf('categoricalCrossEntropy'),
    optimizer: adam(),
    dtype: 'float32',
    pixels: true,
  } as const
  const whole = trainingGraph(model, weights, options)
  const pieces = trainingGraph(model, weights, { ...options, rows, share: whole })
  expect(pieces.graph.nodes.length).toBeGreaterThan(1.1 * whole.graph.nodes.length)
  const runs = runsOf(
    layers.map((l, i) => ({ ...l, name: l.name ?? String(i) })),
    input('x', [rows, 2, 40, 40]),
  )
  expect(Math.max(...runs.map((r) => r.pieces.length))).toBeGreaterThanOrEqual(least)
  for (const { pieces: parts } of runs) {
    expect(parts[0]?.[0]).toBe(0)
    expect(parts.at(-1)?.[1]).toBe(rows)
    parts.slice(1).forEach(([from], i) => {
      expect(from).toBe(parts[i]?.[1])
    })
  }

  const source = seededStream(1, 'feeds')
  const feeds: Record<string, Tensors[string]> = {}
  for (const v of bindDims(whole.graph, { N: rows }).inputs) {
    const shape = v.shape as number[]
    const draw = () =>
      v.name === 'target'
        ? 1 / 3
        : v.dtype === 'uint8'
          ? Number(source.uniform() < 0.6)
          : 0.1 * source.normal()
    feeds[v.name!] = tensor(Array.from({ length: sizeOf(shape) }, draw), shape, v.dtype)
  }
  const run = async (g: Graph) => {
    const program = await compile(g, { executor: 'native', dims: { N: rows } })
    const outputs = await program.run(feeds)
    const after = [...whole.parameters, ...whole.memory].map(
      ([name, v]) => [name, program.read(v).data as Float32Array] as const,
    )
    const result = { loss: outputs['loss']?.data.slice(), prediction: outputs['prediction']?.data.slice() }
    await program.close()
    return new Map<string, ArrayLike<number>>([
      ...(Object.entries(result) as [string, Float32Array][]),
      ...after,
    ])
  }
  const expected = await run(whole.graph)
  const got = await run(pieces.graph)
  for (const [name, values] of expected) {
    const other = got.get(name)!
    // Adam's first step has the size of the rate wherever a gradient is not 0: a sign of rounding may turn there.
    const far = Array.from(values).filter((v, i) => Math.abs(v - other[i]!) > 1e-4 + 1e-3 * Math.abs(v))
    expect(far.length / values.length, name).toBeLessThan(0.002)
  }
})
