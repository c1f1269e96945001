// For tests of private training: twelve networks, what one row adds to their sums, and rows that an adversary would choose.
// Source: PROOF.md, lemma 3; columns that cancel are from attackers from outside, who broke norms by products of columns so.
// It searches; it proves nothing.

import {
  compile,
  type ExecutorName,
  gradients,
  graph,
  log,
  type Program,
  reduceSum,
  sizeOf,
  slice,
  type Tensors,
  tensor,
  type Value,
} from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import {
  activation,
  averagePool2d,
  conv2d,
  dense,
  embedding,
  flatten,
  groupNorm,
  initialWeights,
  type LossName,
  lstm,
  type Model,
  maxPool2d,
  reshapeTo,
  sequential,
  type Weights,
} from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { type Random, seededStream } from '../../random/seeded.ts'
import { type ClippedGraph, clippedGraph, sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'

export interface Architecture {
  readonly name: string
  readonly model: Model
  readonly loss: LossName
}

/** Twelve networks in which every rule for a weight occurs, and weights that are used at many places. */
export const architectures: readonly Architecture[] = [
  {
    name: 'a dense layer',
    model: sequential([dense({ units: 3 })], { input: [6] }),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'dense layers',
    model: sequential([dense({ units: 9, activation: 'tanh' }), dense({ units: 2 })], { input: [5] }),
    loss: 'meanSquaredError',
  },
  {
    name: 'dense layers over sequences',
    model: sequential(
      [
        dense({ units: 6, activation: 'relu' }),
        dense({ units: 4, bias: false }),
        flatten(),
        dense({ units: 1 }),
      ],
      { input: [5, 7] },
    ),
    loss: 'meanSquaredError',
  },
  {
    name: 'filters of one pixel before a mean',
    model: sequential(
      [conv2d({ filters: 32, kernel: 1 }), averagePool2d({ size: [1, 2] }), flatten(), dense({ units: 3 })],
      { input: [64, 1, 2] },
    ),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'filters of one channel',
    model: sequential(
      [conv2d({ filters: 3, kernel: 5, stride: 2, activation: 'tanh' }), flatten(), dense({ units: 2 })],
      { input: [1, 11, 11] },
    ),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'filters, largest values and filters',
    model: sequential(
      [
        conv2d({ filters: 8, kernel: 3, padding: 'same', activation: 'relu' }),
        maxPool2d({ size: 2, stride: 1 }),
        conv2d({ filters: 9, kernel: 2, activation: 'tanh' }),
        flatten(),
        dense({ units: 2 }),
      ],
      { input: [2, 6, 6] },
    ),
    loss: 'binaryCrossEntropy',
  },
  {
    name: 'filters in groups',
    model: sequential(
      [
        conv2d({ filters: 6, kernel: 3, groups: 2 }),
        averagePool2d({ size: 2 }),
        flatten(),
        dense({ units: 2 }),
      ],
      { input: [4, 6, 6] },
    ),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'filters that see all',
    model: sequential(
      [conv2d({ filters: 12, kernel: 4, activation: 'tanh' }), flatten(), dense({ units: 2 })],
      {
        input: [3, 4, 4],
      },
    ),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'an embedding',
    model: sequential([embedding({ words: 6, units: 4 }), flatten(), dense({ units: 2 })], { input: [8] }),
    loss: 'categoricalCrossEntropy',
  },
  {
    name: 'an LSTM',
    model: sequential([reshapeTo([5, 3]), lstm({ units: 4 }), activation('tanh'), dense({ units: 2 })], {
      input: [15],
    }),
    loss: 'meanAbsoluteError',
  },
  {
    name: 'an LSTM with all its steps',
    model: sequential(
      [
        reshapeTo([6, 2]),
        lstm({ units: 3, returnSequences: true }),
        dense({ units: 2 }),
        flatten(),
        dense({ units: 2 }),
      ],
      { input: [12] },
    ),
    loss: 'meanSquaredError',
  },
  {
    name: 'group normalisation',
    model: sequential(
      [
        conv2d({ filters: 4, kernel: 3 }),
        groupNorm({ groups: 2 }),
        activation('tanh'),
        flatten(),
        dense({ units: 3 }),
      ],
      { input: [2, 5, 5] },
    ),
    loss: 'categoricalCrossEntropy',
  },
]

export const clippings = ['flat', 'per-layer', 'automatic'] as const satisfies readonly Clipping[]
export const executors = ['native', 'plain'] as const satisfies readonly ExecutorName[]

/** One row: what goes in, and its target. */
export interface Row {
  readonly x: Float64Array
  readonly y: Float64Array
}

/** A network whose sums are looked at before the noise. */
export interface Subject {
  readonly model: Model
  /** Whole numbers of grid steps that one row adds to each weight, alone in a batch, and their length over C. */
  contribution(row: Row): Promise<{ sums: readonly Float64Array[]; length: number; norm: number }>
  /** The direction in which a row's own gradient grows, by its inputs. Plain executor only. */
  ascent(row: Row): Promise<Float64Array>
  close(): Promise<void>
}

const examples = 3

/** Opens a network. @param grid the step of whole numbers, far below the noise's by default */
export async function openSubject(
  { model, loss }: Architecture,
  options: {
    clipping: Clipping
    executor: ExecutorName
    clip: number
    grid?: number | undefined
    weights?: Weights | undefined
  },
): Promise<Subject> {
  const { clipping, executor, clip, grid = clip * 2 ** -30, weights = initialWeights(model, 1) } = options
  const dtype = executor === 'plain' ? 'float64' : 'float32'
  const built = clippedGraph(model, weights, {
    loss: lossOf(loss),
    dtype,
    examples,
    rowsEach: 1,
    clip,
    clipping,
    grid,
    pixels: false,
  })
  const program = await compile(built.graph, { executor, inexactIntegers: 'round' })
  let climbing: Program | undefined
  const feedsOf = (row: Row): Tensors => {
    const fill = (one: Float64Array, shape: readonly number[]) => {
      const all = new Float64Array(examples * one.length)
      all.set(one)
      return tensor(all, [examples, ...shape], dtype)
    }
    const taken = tensor([1, 0, 0], [examples], dtype)
    return { input: fill(row.x, model.input), target: fill(row.y, model.output), taken }
  }
  return {
    model,
    async contribution(row) {
      const out = await program.run(feedsOf(row))
      const sums = built.trained.map((w, i) =>
        toFloat64(out[sumOf(w)]!).map((v) => (v * built.steps[i]!) / grid),
      )
      const norm = toFloat64(out['norms']!)[0]!
      return { sums, length: (lengthOf(sums) * grid) / clip, norm }
    },
    async ascent(row) {
      // What is looked up has no slope.
      if (model.layers[0]?.kind === 'embedding') return new Float64Array(row.x.length)
      climbing ??= await compile(climbingGraph(built), { executor: 'plain', inexactIntegers: 'round' })
      const feeds = feedsOf(row)
      const { slope } = await climbing.run(feeds)
      return toFloat64(slope!).slice(0, row.x.length)
    },
    async close() {
      await program.close()
      await climbing?.close()
    },
  }
}

/** The gradient of the logarithm of the first row's norm by the inputs. */
function climbingGraph(built: ClippedGraph) {
  const [x, target, taken] = built.graph.inputs as [Value, Value, Value]
  const norm = slice(built.graph.outputs['norms']!, [0], [1], [0])
  const [slope] = gradients(reduceSum(log(norm)), [x])
  return graph({ inputs: [x, target, taken], outputs: { slope: slope! } })
}

export function lengthOf(parts: readonly Float64Array[]): number {
  let squares = 0
  for (const part of parts) for (const v of part) squares += v * v
  return Math.sqrt(squares)
}

/** Rows as an adversary would begin with: columns that cancel, numbers at both ends of their range, what is no number. */
export function chosenRows(model: Model, source: Random): Row[] {
  const width = sizeOf(model.input)
  const y = () => {
    const target = new Float64Array(sizeOf(model.output))
    target[source.below(target.length)] = 1
    return target
  }
  const numbers = (of: (i: number) => number): Row => ({
    x: Float64Array.from({ length: width }, (_, i) => of(i)),
    y: y(),
  })
  const random = Float64Array.from({ length: width }, () => source.normal())
  // Neighbours along the last axis are the columns of filters of one pixel; along the first, of sequences.
  const steps = model.input.length > 1 ? [model.input.at(-1)!, width / model.input[0]!] : [2]
  const rows: Row[] = []
  for (const scale of [1e-42, 1e-20, 1e-6, 1, 30, 3e3, 3e5, 1e8, 1e15, 1e30, 3e38]) {
    rows.push(numbers((i) => scale * random[i]!))
    for (const step of steps)
      for (const rest of [1e-7, 1e-3])
        rows.push(
          numbers((i) => {
            const pair = Math.floor(i / step) % 2 === 0 ? 1 : -1
            const own = step === 2 ? i - (i % 2) : i % step
            return scale * (pair * random[own % width]! + rest * random[i]!)
          }),
        )
    rows.push(numbers((i) => (i === 0 ? scale : 0)))
  }
  rows.push(numbers((i) => (i === 0 ? Number.NaN : 1)))
  rows.push(numbers((i) => (i === width - 1 ? Number.NEGATIVE_INFINITY : 1)))
  rows.push(numbers(() => 0))
  rows.push({ ...numbers(() => 1), y: Float64Array.from({ length: sizeOf(model.output) }, () => 1e30) })
  return rows
}

/**
 * The row among chosen ones that adds most, over C, with steps that make its gradient longer and shorter, where products
 * of columns would cancel.
 */
export async function worstRow(
  subject: Subject,
  climber: Subject,
  source: Random,
  rounds: number,
): Promise<{ row: Row; length: number }> {
  let worst: { row: Row; length: number } | undefined
  const look = async (row: Row) => {
    const { length } = await subject.contribution(row)
    if (worst === undefined || !(length <= worst.length)) worst = { row, length }
  }
  const begun = chosenRows(subject.model, source)
  for (const row of begun) await look(row)
  for (let round = 0; round < rounds; round++) {
    const from = begun[source.below(begun.length)]!
    let x = from.x.slice()
    const size = Math.hypot(...x) || 1
    const way = source.uniform() < 0.5 ? 1 : -1
    for (let step = 0; step < 4; step++) {
      const slope = await climber.ascent({ ...from, x })
      const steep = Math.hypot(...slope)
      if (!(steep > 0 && steep < Number.POSITIVE_INFINITY)) break
      x = x.map((v, i) => v + (way * 0.1 * size * slope[i]!) / steep)
      await look({ ...from, x })
    }
  }
  return worst!
}

/** A stream of its own for one search. */
export const searchStream = (name: string): Random => seededStream(11, name)
