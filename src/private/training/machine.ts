// The compiled programs of a private training: clipped sums at two sizes of batch, the update, the evaluation.
// Source: docs/architecture.md, "The engine"; graphs of known size run faster, and a Poisson sample has none: examples that are
// missing to a size are zeros that count for nothing. It adds whole numbers, of which no order or place changes the sum.

import type { Graph } from '../../graph/contract.ts'
import { compile, graph, type Program, type Tensor, type Value } from '../../graph/index.ts'
import type { Loss, Model, Optimizer, Weights } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import type { Machine, Programs } from '../../learn/programs.ts'
import { evaluationGraph } from '../../learn/trainingGraph.ts'
import type { Random } from '../../random/seeded.ts'
import { type ClippedGraph, clippedGraph, sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import type { Examples } from './examples.ts'
import { machinePlan } from './machinePlan.ts'
import { openMover } from './mover.ts'
import { type Open, openSized, type Sized } from './sized.ts'
import { withinTables } from './withinTables.ts'

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

/** What is trained, and how. */
export interface MachineOptions extends Machine {
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Examples that are expected in a step. */
  readonly batch: number
  readonly rowsEach: number
  readonly clip: number
  readonly clipping: Clipping
  /** What sums are whole multiples of, a power of two. */
  readonly grid: number
  /** Whether rows to train on are bytes. */
  readonly pixels: boolean
  /** Whether rows to measure are bytes; undefined where there are none. */
  readonly held: boolean | undefined
}

/** Compiles it. */
export async function openMachine(
  model: Model,
  weights: Weights,
  options: MachineOptions,
): Promise<PrivateMachine> {
  const { rowsEach, loss, optimizer, pixels, held, grid } = options
  const build = (dtype: ModelType, examples: number, share?: ClippedGraph) =>
    clippedGraph(model, weights, { ...options, dtype, examples, ...(share ? { share } : {}) })
  const { executor, dtype, main, tail, clipped } = machinePlan(options, build)
  const { trained, parameters, noise, penalties } = clipped

  const opened: Program[] = []
  const open: Open = async (g) => {
    // A refusal would tell of a row.
    const inexactIntegers = 'round'
    const program = await compile(g, { ...options, executor, keepMemory: true, inexactIntegers })
    opened.push(program)
    return program
  }
  const sized = (clipped: ClippedGraph, examples: number) =>
    openSized(clipped, open, { model, examples, rowsEach, dtype, pixels })
  const largest = await sized(clipped, main)
  const smaller = tail < main ? await sized(build(dtype, tail, clipped), tail) : largest
  const sizes = [...new Set([largest, smaller])]
  const mover = await openMover(optimizer, trained, penalties, dtype, open)
  const measurer =
    held === undefined
      ? undefined
      : await open(tolerant(evaluationGraph(model, weights, { loss, dtype, parameters, pixels: held })))
  const shareWeights = () => {
    for (const w of trained) {
      const now = mover.read(w)
      for (const { program } of sizes) program.write(w, now)
    }
  }

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
        const size = Math.ceil(left / tail) * tail < main ? smaller : largest
        const count = Math.min(left, size.examples)
        examples.fill(size, drawn.subarray(at, at + count))
        if (noise.length > 0) size.batch.draw(random)
        await addSums(size, trained, grid, sums)
        at += count
      }
    },
    async update(slopes) {
      await mover.move(slopes)
      shareWeights()
    },
    weights() {
      const now: Record<string, Tensor> = { ...weights }
      for (const w of trained) now[w.name!] = mover.read(w)
      return now
    },
    moments: mover.moments,
    restore(state) {
      mover.restore(state)
      shareWeights()
    },
    async close() {
      for (const program of opened) await program.close()
    },
  }
}

/** Runs a program and adds its sums, in whole grid steps, to `sums`, one array a weight. */
async function addSums(
  { program, feeds, steps }: Sized,
  trained: readonly Value[],
  grid: number,
  sums: readonly Float64Array[],
): Promise<void> {
  const out = await program.run(feeds)
  trained.forEach((w, i) => {
    const sum = sums[i]!
    const part = out[sumOf(w)]!.data as Float64Array
    // Both are powers of two, so this is exact.
    const step = steps[i]! / grid
    for (let k = 0; k < sum.length; k++) sum[k] = sum[k]! + part[k]! * step
  })
}

/** A graph that measures, with what is looked up held to its table: rows that are held out are of the same people. */
function tolerant({ inputs, outputs }: Graph): Graph {
  const names = Object.keys(outputs)
  const roots = withinTables(inputs[0]!, Object.values(outputs))
  return graph({ inputs, outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]!])) })
}
