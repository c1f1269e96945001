// The large step: one Adam step of an obfuscator of ObfNet2's size, bare and before a frozen LeNet.
// Source: issue 8. Its share of the peak counts the multiply-adds of products and convolutions alone, twice each.
// Ours is measured through the training loop that ships, batches gathered and all; peers get one batch in memory.

import { bindDims } from '../src/graph/graph.ts'
import { type Graph, tensor } from '../src/graph/index.ts'
import { adam, type Dataset, train } from '../src/learn/index.ts'
import {
  type Contender,
  type Context,
  compare,
  type Goal,
  type Measurement,
  median,
  type Row,
  race,
  timed,
} from './measurement.ts'
import { type Arrays, batch, type LargeModel, largeArrays, largeModel } from './models.ts'
import { openPeak, peakFlops } from './peak.ts'
import { startPeer, withArrays } from './peers.ts'
import { largeWasmStep, useWasm } from './tensorflowjs.ts'

/** Steps of one sample. */
const steps = 8
const floor: Goal = { of: 'ratio', bound: 'at most', value: 1 }
const products = new Set(['Gemm', 'MatMul', 'Conv', 'ConvTranspose'])

async function run(context: Context): Promise<Row[]> {
  const arrays = largeArrays()
  if (!context.peers) return both(arrays, context, undefined)
  return withArrays(arrays, (folder) => both(arrays, context, folder))
}

async function both(arrays: Arrays, context: Context, folder: string | undefined): Promise<Row[]> {
  const bare = await measure(arrays, 'nothing', context, folder)
  return [...bare, ...(await measure(arrays, 'lenet', context, folder))]
}

async function measure(
  arrays: Arrays,
  behind: LargeModel['behind'],
  context: Context,
  folder: string | undefined,
): Promise<Row[]> {
  const large = largeModel(arrays, behind)
  const lenet = behind === 'lenet'
  const what = `784-1000-784 step, batch ${batch}${lenet ? ', before a frozen LeNet' : ''}`
  const contenders: Contender[] = [
    trainer('Frostglass', large, false),
    trainer('its threads spinning', large, true),
  ]
  try {
    contenders.push(await openPeak('peak product'))
    if (folder !== undefined) {
      context.say('starting the peers')
      const job = { job: 'large', folder, lenet }
      contenders.push(await startPeer('torch', 'PyTorch', job, steps))
      if (lenet)
        contenders.push(await startPeer('torch', 'PyTorch, compiled', { ...job, compiled: true }, steps))
      contenders.push(await startPeer('tensorflow', 'TensorFlow', job, steps))
      if (!lenet)
        contenders.push(await startPeer('tensorflow', 'TensorFlow, XLA', { ...job, compiled: true }, steps))
    }
    const { 'peak product': product, ...samples } = await race(contenders, { rounds: context.quick ? 7 : 15 })
    const ours = samples['Frostglass']!
    const flops = productFlops(large.graph)
    const share = flops / median(ours) / (peakFlops / median(product!))
    const goals = Object.fromEntries(contenders.map((c) => [c.name, floor]))
    const { 'its threads spinning': _, ...floors } = goals
    return [
      {
        what: `share of the peak: ${what}`,
        unit: '',
        ours: share,
        ...(lenet ? {} : { goal: { of: 'ours', bound: 'at least', value: 0.6 } as const }),
        note: `${(flops / 1e9).toFixed(3)} GFLOP a step`,
      },
      ...compare(what, 'ms', samples, lenet ? floors : {}),
      ...(lenet ? [] : await againstWasm(arrays, ours, what)),
    ]
  } finally {
    for (const contender of contenders) await contender.close()
  }
}

/** One step through `train`, averaged over an epoch. Spinning wins half a millisecond on a free machine and loses on a shared one. */
function trainer(name: string, { model, arrays, loss, data }: LargeModel, spin: boolean): Contender {
  const rows: Dataset = {
    x: repeated(data.x, steps),
    y: repeated(data.y, steps),
  }
  const epochs = train(model, rows, {
    loss,
    optimizer: adam(),
    batch,
    epochs: 1_000_000,
    weights: arrays,
    executor: 'native',
    spin,
  })
  return {
    name,
    sample: async () => (await timed(1, () => epochs.next())) / steps,
    close: async () => void (await epochs.return()),
  }
}

// Some seconds a step for it: three samples, outside the race.
async function againstWasm(arrays: Arrays, ours: readonly number[], what: string): Promise<Row[]> {
  await useWasm()
  const wasm = largeWasmStep(arrays)
  try {
    await timed(1, wasm.step)
    const theirs: number[] = []
    for (let i = 0; i < 3; i++) theirs.push(await timed(1, wasm.step))
    return compare(what, 'ms', { Frostglass: [...ours], 'TensorFlow.js': theirs })
  } finally {
    wasm.close()
  }
}

const repeated = ({ data, shape }: Dataset['x'], times: number): Dataset['x'] => {
  const out = new Float32Array(data.length * times)
  for (let i = 0; i < times; i++) out.set(data as Float32Array, i * data.length)
  return tensor(out, [shape[0]! * times, ...shape.slice(1)])
}

/** Floating-point operations of a run's products and convolutions, at this batch. */
function productFlops(g: Graph): number {
  return bindDims(g, { N: batch })
    .nodes.filter((node) => products.has(node.operator.name))
    .reduce((sum, node) => sum + (node.operator.flops?.(node.inputs, node.outputs, node.attributes) ?? 0), 0)
}

export const large: Measurement = {
  name: 'large',
  about: 'the 784-1000-784 training step, bare and before a frozen LeNet, and its share of the peak',
  run,
}
