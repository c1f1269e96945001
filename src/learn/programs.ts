// The compiled programs of a training run: steps at the batch's size, the last short batch, the evaluation.
// Source: docs/architecture.md#the-engine: graphs of known shape run faster natively; the plain executor plans by itself.
// The programs of a run do not share memory: the newest contents are carried over where they change hands.

import { chooseExecutor } from '../graph/compile.ts'
import type { Graph } from '../graph/contract.ts'
import {
  bindDims,
  compile,
  type ExecutorName,
  type Program,
  sizeOf,
  type Tensors,
  type Value,
} from '../graph/index.ts'
import type { Loss } from './losses.ts'
import { repeatSteps, stepsPerCall } from './manySteps.ts'
import type { Model, ModelType, Weights } from './model.ts'
import type { Optimizer } from './optimizers/index.ts'
import { evaluationGraph, type TrainingGraph, trainingGraph } from './trainingGraph.ts'

/** Where and how wide a run computes. */
export interface Machine {
  /** Named, or chosen by estimated cost. */
  readonly executor?: ExecutorName | undefined
  /** Threads of the native executor. */
  readonly threads?: number | undefined
  /** Let the native executor's idle threads spin: fastest on a machine that does nothing else. */
  readonly spin?: boolean | undefined
}

/** What a training run computes with. */
export interface Programs {
  readonly executor: ExecutorName
  readonly dtype: ModelType
  readonly training: TrainingGraph
  /** How many full batches `step` can take in one call, stacked. */
  readonly group: number
  /** `steps` steps of `rows` rows each: 1, or `group` full batches with feeds `[group, rows, …]`. */
  step(feeds: Tensors, rows: number, steps: number): Tensors | Promise<Tensors>
  /** Loss and prediction at the weights as they are now. Call `refresh` after steps, then this as often as needed. */
  evaluate(feeds: Tensors): Tensors | Promise<Tensors>
  /** Gives the evaluation the newest weights. */
  refresh(): void
  read(variable: Value): ReturnType<Program['read']>
  write(variable: Value, content: ReturnType<Program['read']>): void
  close(): Promise<void>
}

/**
 * Compiles a run. On the plain executor everything is float64, on the native one float32.
 * @param options.rows rows of training data: a last batch of another size gets a program of its own
 * @param options.pixels whether rows come as bytes
 * @param options.evaluation the same of the rows to measure; without it nothing is compiled for them
 */
export async function compilePrograms(
  model: Model,
  weights: Weights,
  options: {
    loss: Loss
    optimizer: Optimizer
    batch: number
    rows: number
    machine: Machine
    pixels?: boolean | undefined
    evaluation?: { readonly pixels: boolean } | undefined
  },
): Promise<Programs> {
  const { loss, optimizer, machine, pixels = false, evaluation: measured } = options
  const batch = Math.min(options.batch, options.rows)
  const build = (dtype: ModelType) => trainingGraph(model, weights, { loss, optimizer, dtype, pixels })
  let training = build(machine.executor === 'plain' ? 'float64' : 'float32')
  const executor = machine.executor ?? chooseExecutor(bindDims(training.graph, { N: batch }))
  const dtype: ModelType = executor === 'plain' ? 'float64' : 'float32'
  if (executor === 'plain' && machine.executor === undefined) training = build(dtype)

  const opened: Program[] = []
  const open = async (g: Graph, keepMemory: boolean): Promise<Program> => {
    const program = await compile(g, { ...machine, executor, keepMemory })
    opened.push(program)
    return program
  }

  // The plain executor plans for every size it meets; the native one gets a graph of each known size, in pieces.
  const sized = (rows: number): Graph =>
    executor === 'plain'
      ? training.graph
      : trainingGraph(model, weights, { loss, optimizer, dtype, pixels, rows, share: training }).graph
  const bound = sized(batch)
  const short = options.rows % batch
  const group =
    executor === 'plain' ? 1 : stepsPerCall(bytesOf(bound.inputs), Math.floor(options.rows / batch))
  // What runs most keeps its memory: 1.4 GB for MobileNet v2 at batch 16, which nobody wants three times.
  const full = await open(bound, group === 1)
  const many = group > 1 ? await open(repeatSteps(bound, group), true) : undefined
  const last = executor === 'plain' || short === 0 ? full : await open(sized(short), false)
  const parameters = [...training.parameters.values()]
  const changing = [...parameters, ...training.memory.values()]
  const evaluation =
    measured &&
    (await open(
      evaluationGraph(model, weights, {
        loss,
        dtype,
        parameters: training.parameters,
        pixels: measured.pixels,
      }),
      true,
    ))

  let newest = full
  const use = (program: Program): Program => {
    if (program !== newest) for (const v of changing) program.write(v, newest.read(v))
    newest = program
    return program
  }
  return {
    executor,
    dtype,
    training,
    group,
    step: (feeds, rows, steps) => use(steps > 1 && many ? many : rows === batch ? full : last).run(feeds),
    evaluate(feeds) {
      if (!evaluation) throw new TypeError('nothing was compiled for evaluation')
      return evaluation.run(feeds)
    },
    refresh() {
      for (const v of parameters) evaluation?.write(v, newest.read(v))
    },
    read: (v) => newest.read(v),
    write: (v, content) => newest.write(v, content),
    async close() {
      for (const program of opened) await program.close()
    },
  }
}

const bytesOf = (inputs: readonly Value[]): number =>
  inputs.reduce((sum, v) => sum + sizeOf(v.shape as number[]) * (v.dtype === 'uint8' ? 1 : 4), 0)
