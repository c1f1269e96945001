// One image through a code pane with 320 cells, on Node: the code that leaves.
// Source: at most 1 ms. The time of a pane does not depend on its weights, so these are the first ones, untrained.
// Time of `release` alone, after warm-up.

import { initialWeights } from '../src/learn/model.ts'
import { codeGraph } from '../src/protect/certified/codeGraph.ts'
import { codeNetwork } from '../src/protect/certified/codeNetwork.ts'
import { openCodePane, writeCodePane } from '../src/protect/certified/codePane.ts'
import { seededStream } from '../src/random/seeded.ts'
import { median } from '../src/statistics/median.ts'
import type { Context, Measurement, Row } from './measurement.ts'

const what = 'the code of one 28×28 image'
const labels = 10
const perLabel = 32

function paneFile(): Uint8Array {
  const shape = [1, 28, 28]
  const network = codeNetwork(shape, labels)
  const weights = { ...initialWeights(network.encoder, 0), ...initialWeights(network.head, 0) }
  const width = network.encoder.output[0]!
  const cells = labels * perLabel
  const draw = seededStream(0, 'cells')
  const labelOf = Int32Array.from({ length: cells }, (_, cell) => Math.floor(cell / perLabel))
  const centres = Float32Array.from({ length: cells * width }, () => draw.normal())
  const codes = [...labelOf.keys()]
  return writeCodePane(codeGraph({ network, weights }, { width, centres, labelOf }, codes), {
    format: 'frostglass-code-pane',
    version: 1,
    input: shape,
    columns: null,
    labels: Array.from({ length: labels }, (_, i) => `${i}`),
    labelOf: [...labelOf],
    training: {
      data: 'none',
      rows: 0,
      epochs: 0,
      batch: 0,
      learningRate: 0,
      deviation: 0,
      shift: 0,
      seed: 0,
      leak: null,
    },
    cells,
    beta: null,
  })
}

async function run({ quick }: Context): Promise<Row[]> {
  const pane = await openCodePane(paneFile(), { threads: 1 })
  const image = {
    dtype: 'uint8' as const,
    shape: [1, 1, 28, 28],
    data: Uint8Array.from({ length: 784 }, (_, i) => i % 256),
  }
  for (let i = 0; i < 20; i++) await pane.release(image)
  const samples: number[] = []
  for (let i = 0; i < (quick ? 200 : 2000); i++) {
    const start = performance.now()
    await pane.release(image)
    samples.push(performance.now() - start)
  }
  await pane.close()
  const late = samples.toSorted((a, b) => a - b)[Math.floor(0.99 * samples.length)]!
  return [
    {
      what,
      unit: 'ms',
      ours: median(samples),
      goal: { of: 'ours', bound: 'at most', value: 1 },
      note: `99th percentile ${late.toPrecision(3)} ms`,
      samples: { ours: samples },
    },
  ]
}

export const codes: Measurement = { name: 'codes', about: `${what}, on Node`, run }
