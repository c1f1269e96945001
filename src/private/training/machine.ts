// The compiled programs of a private training: clipped sums at two sizes of batch, the update, the evaluation.
// Source: ARCHITECTURE, "The engine"; graphs of known size run faster, and a Poisson sample has none: rows that are missing
// to a size are zeros that count for nothing. A row whose gradient is no finite number counts for nothing either.

import { FrostglassError } from '../../errors.ts'
import {
  chooseExecutor,
  compile,
  type Graph,
  type Program,
  sizeOf,
  type Tensor,
  type Tensors,
  toFloat64,
  type Value,
} from '../../graph/index.ts'
import type { Prepared } from '../../learn/dataset.ts'
import { type Batch, batchOf } from '../../learn/feeder.ts'
import type { Loss, Model, ModelType, Optimizer, Random, Weights } from '../../learn/index.ts'
import type { Machine, Programs } from '../../learn/programs.ts'
import { evaluationGraph } from '../../learn/trainingGraph.ts'
import { clippedGraph, sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import { slopeOf, updateGraph } from './updateGraph.ts'

/** Rows that are in memory at once. More gain nothing: products are wide enough by then. */
const mostRows = 512

/** A program for so many rows, and its feeds. */
export interface Sized {
  readonly program: Program
  readonly batch: Batch
  /** [rows]: 1 for a row that counts. */
  readonly taken: Float32Array | Float64Array
  /** The feeds of a run. */
  readonly feeds: Tensors
}

/** What a private training computes with. */
export interface PrivateMachine {
  readonly trained: readonly Value[]
  readonly largest: Sized
  readonly evaluation: Pick<Programs, 'dtype' | 'evaluate' | 'refresh'>
  /**
   * Adds the clipped gradients of some rows to `sums`, one array a weight.
   * @param order the rows' numbers
   * @param noise for dropout and such
   */
  addUp(order: Int32Array, data: Prepared, noise: Random, sums: readonly Float64Array[]): Promise<void>
  /** Moves the weights by gradients, one array a weight. */
  update(slopes: readonly Float64Array[]): Promise<void>
  /** All weights and statistics (copied). */
  weights(): Weights
  close(): Promise<void>
}

/** Compiles it. @param options.held whether rows to measure are bytes; undefined where there are none */
export async function openMachine(
  model: Model,
  weights: Weights,
  options: Machine & {
    loss: Loss
    optimizer: Optimizer
    batch: number
    clip: number
    clipping: Clipping
    pixels: boolean
    held: boolean | undefined
  },
): Promise<PrivateMachine> {
  const { batch, loss, optimizer, pixels, held } = options
  const main = Math.ceil(batch / Math.ceil(batch / mostRows))
  // The deviation of a sample's size: what a sample has beyond what is expected mostly fits one or two of these.
  const tail = Math.min(main, Math.max(8, Math.ceil(Math.sqrt(batch))))
  const build = (dtype: ModelType, rows: number, share?: ReturnType<typeof clippedGraph>) =>
    clippedGraph(model, weights, { ...options, dtype, rows, ...(share ? { share } : {}) })
  let clipped = build(options.executor === 'plain' ? 'float64' : 'float32', main)
  const executor = options.executor ?? chooseExecutor(clipped.graph)
  const dtype: ModelType = executor === 'plain' ? 'float64' : 'float32'
  if (executor === 'plain' && options.executor === undefined) clipped = build(dtype, main)
  const { trained, parameters, noise, penalties } = clipped

  const opened: Program[] = []
  const open = async (g: Graph, keepMemory: boolean): Promise<Program> => {
    const program = await compile(g, { ...options, executor, keepMemory })
    opened.push(program)
    return program
  }
  const sized = async (g: Graph, rows: number, keepMemory: boolean): Promise<Sized> => {
    const own = batchOf(model, rows, dtype, noise, { pixels })
    const data = dtype === 'float64' ? new Float64Array(rows) : new Float32Array(rows)
    const taken: Tensor = { dtype, shape: [rows], data }
    const program = await open(g, keepMemory)
    return { program, batch: own, taken: data, feeds: { ...own.feeds, taken } }
  }
  const largest = await sized(clipped.graph, main, true)
  const smaller = tail < main ? await sized(build(dtype, tail, clipped).graph, tail, true) : largest
  const sizes = [...new Set([largest, smaller])]
  const mover = await open(updateGraph(optimizer, trained, penalties, dtype), true)
  const measurer =
    held === undefined
      ? undefined
      : await open(evaluationGraph(model, weights, { loss, dtype, parameters, pixels: held }), true)

  /** Adds up the rows that the feeds hold, of which the first `count` are rows and the rest zeros. */
  const addBatch = async (own: Sized, count: number, sums: readonly Float64Array[]): Promise<void> => {
    own.taken.fill(0)
    own.taken.fill(1, 0, count)
    clearRows(own, count, own.batch.rows)
    for (;;) {
      const out = await own.program.run(own.feeds)
      const { data } = out['norms'] as Tensor
      const wild = Array.from(own.taken.keys()).filter((i) => !Number.isFinite(data[i] as number))
      if (wild.length === 0) {
        trained.forEach((w, i) => {
          addTo(sums[i] as Float64Array, (out[sumOf(w)] as Tensor).data as Float32Array)
        })
        return
      }
      if (wild.every((i) => own.taken[i] === 0)) diverged()
      for (const i of wild) {
        own.taken[i] = 0
        clearRows(own, i, i + 1)
      }
    }
  }

  const slopes = trained.map((w) => ({
    name: slopeOf(w),
    content: {
      dtype,
      shape: w.shape as number[],
      data: new (dtype === 'float64' ? Float64Array : Float32Array)(sizeOf(w.shape as number[])),
    },
  }))
  const feeds = Object.fromEntries(slopes.map(({ name, content }) => [name, content]))

  return {
    trained,
    largest,
    evaluation: {
      dtype,
      evaluate(rows) {
        if (!measurer) throw new TypeError('nothing was compiled for evaluation')
        return measurer.run(rows)
      },
      refresh() {
        for (const w of trained) measurer?.write(w, mover.read(w))
      },
    },
    async addUp(order, data, random, sums) {
      for (let at = 0; at < order.length; ) {
        const left = order.length - at
        const own = Math.ceil(left / tail) * tail < main ? smaller : largest
        const count = Math.min(left, own.batch.rows)
        const padded = new Int32Array(own.batch.rows)
        padded.set(order.subarray(at, at + count))
        own.batch.fill(data, padded, 0)
        if (noise.length > 0) own.batch.draw(random)
        await addBatch(own, count, sums)
        at += count
      }
    },
    async update(means) {
      slopes.forEach(({ content }, i) => void content.data.set(means[i] as Float64Array))
      await mover.run(feeds)
      for (const w of trained) {
        const now = mover.read(w)
        for (const { program } of sizes) program.write(w, now)
      }
    },
    weights() {
      const now: Record<string, Tensor> = { ...weights }
      for (const w of trained) {
        const content = mover.read(w)
        if (!toFloat64(content).every(Number.isFinite)) diverged()
        now[w.name as string] = content
      }
      return now
    },
    async close() {
      for (const program of opened) await program.close()
    },
  }
}

function addTo(sum: Float64Array, part: ArrayLike<number>): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (part[i] as number)
}

/** Makes rows [from, to) of the feeds zeros. */
function clearRows({ batch }: Sized, from: number, to: number): void {
  for (const name of ['input', 'target']) {
    const { data } = batch.feeds[name] as Tensor
    const width = data.length / batch.rows
    ;(data as Float32Array).fill(0, from * width, to * width)
  }
}

function diverged(): never {
  throw new FrostglassError('usage', 'training diverged: weights are no longer finite', {
    hint: 'lower the learning rate, or scale the inputs to about −1 to 1',
  })
}
