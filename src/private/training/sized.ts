// One compiled graph of clipped sums: for so many examples, with the arrays that it is fed from.
// Source: graphs of known size run faster, and a Poisson sample has none: examples that are missing are zeros.
// It chooses no size: machinePlan.ts does.

import type { Graph } from '../../graph/contract.ts'
import type { Program, Tensors } from '../../graph/index.ts'
import { type Batch, batchOf } from '../../learn/feeder.ts'
import type { Model } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import type { ClippedGraph } from './clippedGraph.ts'

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

/** Compiles a graph on the machine's executor; the machine closes it. */
export type Open = (graph: Graph) => Promise<Program>

/** @param clipped a graph for so many examples */
export async function openSized(
  clipped: ClippedGraph,
  open: Open,
  options: {
    readonly model: Model
    readonly examples: number
    readonly rowsEach: number
    readonly dtype: ModelType
    readonly pixels: boolean
  },
): Promise<Sized> {
  const { model, examples, rowsEach, dtype, pixels } = options
  const rows = examples * rowsEach
  const batch = batchOf(model, rows, dtype, clipped.noise, { pixels })
  const taken = zeros(dtype, examples)
  const share = rowsEach > 1 ? zeros(dtype, rows) : undefined
  return {
    program: await open(clipped.graph),
    batch,
    examples,
    taken,
    share,
    feeds: {
      ...batch.feeds,
      taken: { dtype, shape: [examples], data: taken },
      ...(share ? { share: { dtype, shape: [rows], data: share } } : {}),
    },
    steps: clipped.steps,
    cut: clipped.cut,
  }
}

/** So many zeros of a type that models compute in. */
export const zeros = (dtype: ModelType, size: number) =>
  dtype === 'float64' ? new Float64Array(size) : new Float32Array(size)
