// The large steps: one Adam step of an obfuscator of ObfNet2's size, bare and before a frozen LeNet, and of ObfNet-CNN(128)
// before a frozen InfNet-CNN. Its share of the peak counts the multiply-adds of products and convolutions alone, twice each.
// Ours is measured through the training loop that ships, batches gathered and all; peers get one batch in memory.

import type { Graph } from '../src/graph/contract.ts'
import { bindDims } from '../src/graph/graph.ts'
import { tensor } from '../src/graph/index.ts'
import { adam, type Dataset, train } from '../src/learn/index.ts'
import { median } from '../src/statistics/median.ts'
import { infnetArrays, infnetModel } from './infnet.ts'
import {
  type Contender,
  type Context,
  compare,
  type Goal,
  type Measurement,
  type Row,
  race,
  timed,
} from './measurement.ts'
import { type Arrays, batch, type LargeModel, largeArrays, largeModel } from './models.ts'
import { openPeak, peakFlops } from './peak.ts'
import { type PeerName, startPeer, withArrays } from './peers.ts'
import { largeWasmStep, useWasm } from './tensorflowjs.ts'

/** Steps of one sample. */
const steps = 8
const floor: Goal = { of: 'ratio', bound: 'at most', value: 1 }
const products = new Set(['Gemm', 'MatMul', 'Conv', 'ConvTranspose'])

async function run(context: Context): Promise<Row[]> {
  const dense = largeArrays()
  const cnn = infnetArrays()
  const models = [largeModel(dense, 'nothing'), largeModel(dense, 'lenet'), infnetModel(cnn)]
  const rows: Row[] = []
  for (const model of models) {
    const found = context.peers
      ? await withArrays(model.arrays, (folder) => measure(model, context, folder))
      : await measure(model, context, undefined)
    rows.push(...found)
  }
  return rows
}

// Tried with version 4.22: what it answers to the gradient by a filter. By a convolution's input and of pooling it has them.
const wasmRefuses = "TensorFlow.js cannot: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'"

const names: Readonly<Record<LargeModel['behind'], string>> = {
  nothing: `784-1000-784 step, batch ${batch}`,
  lenet: `784-1000-784 step, batch ${batch}, before a frozen LeNet`,
  infnet: `ObfNet-CNN(128) step, batch ${batch}, before a frozen InfNet-CNN`,
}

/** What the peers are asked to do. */
type Job = readonly [peer: PeerName, label: string, job: Readonly<Record<string, unknown>>]

function jobsOf(behind: LargeModel['behind'], folder: string): Job[] {
  const job = { job: behind === 'infnet' ? 'infnet' : 'large', folder, lenet: behind === 'lenet' }
  const compiled = { ...job, compiled: true }
  const jobs: Job[] = [
    ['torch', 'PyTorch', job],
    ['tensorflow', 'TensorFlow', job],
  ]
  if (behind === 'lenet') jobs.push(['torch', 'PyTorch, compiled', compiled])
  if (behind === 'nothing') jobs.push(['tensorflow', 'TensorFlow, XLA', compiled])
  return jobs
}

async function measure(large: LargeModel, context: Context, folder: string | undefined): Promise<Row[]> {
  const { behind, arrays } = large
  const what = names[behind]
  const contenders: Contender[] = [
    trainer('Frostglass', large, false),
    trainer('its threads spinning', large, true),
  ]
  try {
    contenders.push(await openPeak('peak product'))
    if (folder !== undefined) {
      context.say('starting the peers')
      for (const [peer, label, job] of jobsOf(behind, folder)) {
        contenders.push(await startPeer(peer, label, job, steps))
      }
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
        goal: behind === 'nothing' ? ({ of: 'ours', bound: 'at least', value: 0.6 } as const) : undefined,
        note: `${(flops / 1e9).toFixed(3)} GFLOP a step${behind === 'infnet' ? `; ${wasmRefuses}` : ''}`,
      },
      ...compare(what, 'ms', samples, behind === 'nothing' ? {} : floors),
      ...(behind === 'infnet' ? [] : await againstWasm(arrays, behind, ours, what)),
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
async function againstWasm(
  arrays: Arrays,
  behind: 'nothing' | 'lenet',
  ours: readonly number[],
  what: string,
): Promise<Row[]> {
  await useWasm()
  const wasm = largeWasmStep(arrays, behind)
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
  about:
    'training steps of 784-1000-784, bare and before a frozen LeNet, and of ObfNet-CNN before InfNet-CNN',
  run,
}
