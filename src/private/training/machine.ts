// The compiled programs of a private training: clipped sums at two sizes of batch, the update, the evaluation.
// Source: docs/architecture.md, "The engine"; graphs of known size run faster, and a Poisson sample has none: examples that are
// missing to a size are zeros that count for nothing. It adds whole numbers, of which no order or place changes the sum.

import { FrostglassError } from '../../errors.ts'
import {
  chooseExecutor,
  compile,
  type Graph,
  graph,
  type Program,
  sizeOf,
  type Tensor,
  type Tensors,
  type Value,
} from '../../graph/index.ts'
import { type Batch, batchOf } from '../../learn/feeder.ts'
import type { Loss, Model, ModelType, Optimizer, Random, Weights } from '../../learn/index.ts'
import type { Machine, Programs } from '../../learn/programs.ts'
import { evaluationGraph } from '../../learn/trainingGraph.ts'
import { type ClippedGraph, clippedGraph, sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import type { Examples } from './examples.ts'
import { slopeOf, updateGraph } from './updateGraph.ts'
import { withinTables } from './withinTables.ts'

/** Examples that are in memory at once. More gain nothing: products are wide enough by then. */
const mostExamples = 512

/** Numbers of one weight's gradients by example that are in memory at once, unless one example has more. */
const mostNumbers = 2 ** 23

/** A program for so many examples, and its feeds. */
export interface Sized {
  readonly program: Program
  readonly batch: Batch
  readonly examples: number
  /** [examples]: 1 for one that counts. */
  readonly taken: Float32Array | Float64Array
  /** [examples · rowsEach]: how much of its example's loss is a row's; absent where an example is a row. */
  readonly share: Float32Array | Float64Array | undefined
  /** The feeds of a run. */
  readonly feeds: Tensors
  /** What 1 means in each weight's sum: powers of two times the grid that was asked for. */
  readonly steps: readonly number[]
  /** How much shorter than clipped a sum may be, since it is cut off to whole numbers. */
  readonly cut: number
}

/** What a private training computes with. */
export interface PrivateMachine {
  readonly trained: readonly Value[]
  /** The programs, the largest first. */
  readonly sizes: readonly Sized[]
  readonly evaluation: Pick<Programs, 'dtype' | 'evaluate' | 'refresh'>
  /**
   * Adds the clipped gradients of some examples to `sums`, one array of whole grid steps a weight.
   * @param drawn their numbers
   * @param noise for dropout and such
   */
  addUp(drawn: Int32Array, examples: Examples, noise: Random, sums: readonly Float64Array[]): Promise<void>
  /** Moves the weights by gradients, one array a weight. */
  update(slopes: readonly Float64Array[]): Promise<void>
  /** All weights and statistics (copied). */
  weights(): Weights
  /** What the optimiser remembers besides (copied). */
  moments(): Weights
  /** Puts both back. */
  restore(state: { weights: Weights; moments: Weights }): void
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
    rowsEach: number
    clip: number
    clipping: Clipping
    grid: number
    pixels: boolean
    held: boolean | undefined
  },
): Promise<PrivateMachine> {
  const { batch, rowsEach, loss, optimizer, pixels, held, grid } = options
  const build = (dtype: ModelType, examples: number, share?: ClippedGraph) =>
    clippedGraph(model, weights, { ...options, dtype, examples, ...(share ? { share } : {}) })
  let main = Math.ceil(batch / Math.ceil((batch * rowsEach) / mostExamples))
  let clipped = build(options.executor === 'plain' ? 'float64' : 'float32', main)
  if (clipped.largest > mostNumbers && main > 1) {
    main = Math.max(1, Math.floor((main * mostNumbers) / clipped.largest))
    clipped = build(options.executor === 'plain' ? 'float64' : 'float32', main)
  }
  // The deviation of a sample's size: what a sample has beyond what is expected mostly fits one or two of these.
  const tail = Math.min(main, Math.max(8, Math.ceil(Math.sqrt(batch))))
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
  const numbers = (size: number) => (dtype === 'float64' ? new Float64Array(size) : new Float32Array(size))
  const sized = async (own: ClippedGraph, examples: number): Promise<Sized> => {
    const rows = examples * rowsEach
    const feeds = batchOf(model, rows, dtype, noise, { pixels })
    const taken = numbers(examples)
    const share = rowsEach > 1 ? numbers(rows) : undefined
    const program = await open(own.graph, true)
    return {
      program,
      batch: feeds,
      examples,
      taken,
      share,
      feeds: {
        ...feeds.feeds,
        taken: { dtype, shape: [examples], data: taken },
        ...(share ? { share: { dtype, shape: [rows], data: share } } : {}),
      },
      steps: own.steps,
      cut: own.cut,
    }
  }
  const largest = await sized(clipped, main)
  const smaller = tail < main ? await sized(build(dtype, tail, clipped), tail) : largest
  const sizes = [...new Set([largest, smaller])]
  const update = updateGraph(optimizer, trained, penalties, dtype)
  const mover = await open(update, true)
  const remembered = update.variables.filter((v) => !trained.includes(v))
  const measurer =
    held === undefined
      ? undefined
      : await open(tolerant(evaluationGraph(model, weights, { loss, dtype, parameters, pixels: held })), true)
  const shareWeights = () => {
    for (const w of trained) {
      const now = mover.read(w)
      for (const { program } of sizes) program.write(w, now)
    }
  }

  const slopes = trained.map((w) => ({
    name: slopeOf(w),
    content: {
      dtype,
      shape: w.shape as number[],
      data: numbers(sizeOf(w.shape as number[])),
    },
  }))
  const feeds = Object.fromEntries(slopes.map(({ name, content }) => [name, content]))

  return {
    trained,
    sizes,
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
    async addUp(drawn, examples, random, sums) {
      for (let at = 0; at < drawn.length; ) {
        const left = drawn.length - at
        const own = Math.ceil(left / tail) * tail < main ? smaller : largest
        const count = Math.min(left, own.examples)
        examples.fill(own, drawn.subarray(at, at + count))
        if (noise.length > 0) own.batch.draw(random)
        const out = await own.program.run(own.feeds)
        trained.forEach((w, i) => {
          // Both are powers of two, so this is exact.
          const step = own.steps[i]! / grid
          addTo(sums[i]!, out[sumOf(w)]!.data as Float64Array, step)
        })
        at += count
      }
    },
    async update(means) {
      slopes.forEach(({ content }, i) => void content.data.set(means[i]!))
      await mover.run(feeds)
      shareWeights()
    },
    weights() {
      const now: Record<string, Tensor> = { ...weights }
      for (const w of trained) {
        now[w.name!] = mover.read(w)
      }
      return now
    },
    moments: () => Object.fromEntries(remembered.map((v) => [v.name!, mover.read(v)])),
    restore({ weights: at, moments }) {
      for (const v of [...trained, ...remembered]) {
        const content = at[v.name!] ?? moments[v.name!]
        if (!content)
          throw new FrostglassError(
            'input',
            `the checkpoint keeps nothing of '${v.name}'`,
            'Go on with the model that it began with.',
          )
        mover.write(v, content)
      }
      shareWeights()
    },
    async close() {
      for (const program of opened) await program.close()
    },
  }
}

/** A graph that measures, with what is looked up held to its table: rows that are held out are of the same people. */
function tolerant({ inputs, outputs }: Graph): Graph {
  const names = Object.keys(outputs)
  const roots = withinTables(inputs[0]!, Object.values(outputs))
  return graph({ inputs, outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]!])) })
}

function addTo(sum: Float64Array, part: ArrayLike<number>, step: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]! * step
}
