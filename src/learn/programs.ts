// The compiled programs of a training run: one step at the batch's size, the last short batch, the evaluation.
// Source: ARCHITECTURE, "The engine": graphs of known shape run faster natively; the plain executor plans by itself.
// The programs of a run do not share memory: the newest contents are carried over where they change hands.

import {
  bindDims,
  chooseExecutor,
  compile,
  type ExecutorName,
  type Graph,
  type Program,
  type Tensors,
  type Value,
} from '../graph/index.ts'
import type { Loss } from './losses.ts'
import type { Model, ModelType, Weights } from './model.ts'
import type { Optimizer } from './optimizers/index.ts'
import { evaluationGraph, type TrainingGraph, trainingGraph } from './trainingGraph.ts'

/** Where and how wide a run computes. */
export interface Machine {
  /** Named, or chosen by estimated cost. */
  readonly executor?: ExecutorName
  /** Threads of the native executor. */
  readonly threads?: number
  /** Let the native executor's idle threads spin: fastest on a machine that does nothing else. */
  readonly spin?: boolean
}

/** What a training run computes with. */
export interface Programs {
  readonly executor: ExecutorName
  readonly dtype: ModelType
  readonly training: TrainingGraph
  /** One step; the feeds' row count chooses the program. */
  step(feeds: Tensors, rows: number): Tensors | Promise<Tensors>
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
 */
export async function compilePrograms(
  model: Model,
  weights: Weights,
  options: { loss: Loss; optimizer: Optimizer; batch: number; rows: number; machine: Machine },
): Promise<Programs> {
  const { loss, optimizer, machine } = options
  const batch = Math.min(options.batch, options.rows)
  const build = (dtype: ModelType) => trainingGraph(model, weights, { loss, optimizer, dtype })
  let training = build(machine.executor === 'plain' ? 'float64' : 'float32')
  const executor = machine.executor ?? chooseExecutor(bindDims(training.graph, { N: batch }))
  const dtype: ModelType = executor === 'plain' ? 'float64' : 'float32'
  if (executor === 'plain' && machine.executor === undefined) training = build(dtype)

  const compileFor = (g: Graph, dims: Record<string, number>) => compile(g, { ...machine, executor, dims })
  const opened: Program[] = []
  const open = async (g: Graph, dims: Record<string, number>): Promise<Program> => {
    const program = await compileFor(g, dims)
    opened.push(program)
    return program
  }

  // The plain executor plans for every size it meets; the native one gets a graph of each known size.
  const full = await open(training.graph, executor === 'plain' ? {} : { N: batch })
  const short = options.rows % batch
  const last = executor === 'plain' || short === 0 ? full : await open(training.graph, { N: short })
  const parameters = [...training.parameters.values()]
  const changing = [...parameters, ...training.memory.values()]
  const evaluation = await open(
    evaluationGraph(model, weights, { loss, dtype, parameters: training.parameters }),
    {},
  )

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
    step: (feeds, rows) => use(rows === batch ? full : last).run(feeds),
    evaluate: (feeds) => evaluation.run(feeds),
    refresh() {
      for (const v of parameters) evaluation.write(v, newest.read(v))
    },
    read: (v) => newest.read(v),
    write: (v, content) => newest.write(v, content),
    async close() {
      for (const program of opened) await program.close()
    },
  }
}
