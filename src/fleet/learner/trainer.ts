// A model of learn/ that nodes train: compiled once, used by each node on rows of its own.
// Source: McMahan et al. 2017, algorithm 1 (ClientUpdate). Both executors; the plain one for the small models of many nodes.
// Weights go in and out as one vector: what a step leaves behind of one node's round the next one's first write replaces.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { chooseExecutor } from '../../graph/compile.ts'
import {
  bindDims,
  compile,
  type ExecutorName,
  type Graph,
  type Program,
  sizeOf,
  type Tensor,
  tensor,
  type Value,
} from '../../graph/index.ts'
import { type Prepared, prepare } from '../../learn/dataset.ts'
import { countRight, mean } from '../../learn/evaluation.ts'
import { type Batch, batchOf } from '../../learn/feeder.ts'
import {
  type Dataset,
  initialWeights,
  type Loss,
  type LossName,
  type Model,
  type Weights,
} from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { repeatSteps, stepsPerCall } from '../../learn/manySteps.ts'
import type { ModelType } from '../../learn/model.ts'
import { pauses } from '../../learn/pauses.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { type Layout, layoutOf, requireLength, type Slot } from '../layout.ts'
import type { Evaluated, Learner, LocalWork, Trained, Trainer } from './learner.ts'
import { type LocalStep, localStep } from './localStep.ts'

/** How {@link openTrainer} compiles. */
export interface TrainerOptions {
  readonly loss: LossName | Loss
  /** Rows of a usual batch: the executor is chosen for it. 32 unless given. */
  readonly batch?: number | undefined
  /** Whether rows come as bytes. */
  readonly pixels?: boolean | undefined
  readonly executor?: ExecutorName | undefined
  /** Threads of the native executor. */
  readonly threads?: number | undefined
  /** Of layers that are frozen; those that are trained come with each round. */
  readonly weights?: Weights | undefined
}

/**
 * Compiles a model for nodes.
 * @throws FrostglassError 'usage' where nothing is left to train
 */
export async function openTrainer(model: Model, options: TrainerOptions): Promise<Trainer<Dataset>> {
  const { batch = 32, pixels = false, threads } = options
  const loss = lossOf(options.loss)
  const weights = initialWeights(model, 0, options.weights)
  const stepIn = (dtype: ModelType) => localStep(model, weights, { loss, dtype, pixels })
  const plainStep = stepIn('float64')
  const executor =
    options.executor ?? chooseExecutor(bindDims(plainStep.step({ pulled: false }), { N: batch }))
  const dtype: ModelType = executor === 'plain' ? 'float64' : 'float32'
  const step = executor === 'plain' ? plainStep : stepIn('float32')
  const programs = createPrograms(step, { executor, threads })
  const layout = layoutOf(
    [...step.parameters].map(([name, { shape }]) => [name, { shape: shape as number[], dtype }]),
  )
  const context: Context = { model, loss, step, layout, dtype, programs, pixels, batches: new Map() }
  return {
    // Weights travel as float32, whatever they are computed in.
    layout: { ...layout, slots: layout.slots.map((slot) => ({ ...slot, dtype: 'float32' })) },
    learner: (data) => learnerOf(context, prepare(data, model, loss)),
    close: () => programs.close(),
  }
}

interface Context {
  readonly model: Model
  readonly loss: Loss
  readonly step: LocalStep
  readonly layout: Layout
  readonly dtype: ModelType
  readonly pixels: boolean
  readonly programs: Programs
  /** Feeds of each size that occurs, filled again and again. */
  readonly batches: Map<string, Batch>
}

/** Programs by what they are asked for, each compiled when it is first needed. */
interface Programs {
  readonly executor: ExecutorName
  step(rows: number, rounds: number, pulled: boolean): Promise<Program>
  gradient(): Promise<Program>
  evaluation(): Promise<Program>
  close(): Promise<void>
}

function createPrograms(
  step: LocalStep,
  machine: { executor: ExecutorName; threads: number | undefined },
): Programs {
  const opened = new Map<string, Promise<Program>>()
  const open = (key: string, build: () => Graph): Promise<Program> => {
    const known = opened.get(key) ?? compile(build(), machine)
    opened.set(key, known)
    return known
  }
  return {
    executor: machine.executor,
    step(rows, rounds, pulled) {
      // The plain executor plans for every size it meets; the native one gets a graph of each size.
      if (machine.executor === 'plain') return open(`step ${pulled}`, () => step.step({ pulled }))
      return open(`step ${pulled} ${rows} ${rounds}`, () => {
        const one = step.step({ rows, pulled })
        return rounds > 1 ? repeatSteps(one, rounds) : one
      })
    },
    gradient: () => open('gradient', () => step.gradient),
    evaluation: () => open('evaluation', () => step.evaluation),
    async close() {
      for (const program of opened.values()) await (await program).close()
    },
  }
}

function learnerOf(context: Context, data: Prepared): Learner {
  return {
    rows: data.rows,
    train: (from, work) => trainLocally(context, data, from, work),
    gradient: (at, rows) => gradientAt(context, data, at, rows ?? upTo(data.rows)),
    measure: (at, rows) => measureAt(context, data, at, rows ?? upTo(data.rows)),
  }
}

async function trainLocally(
  context: Context,
  data: Prepared,
  from: Float64Array,
  work: LocalWork,
): Promise<Trained> {
  const { step, layout, programs } = context
  requireLength(from, layout)
  const size = Math.min(work.batch ?? data.rows, data.rows)
  const perPass = Math.ceil(data.rows / size)
  const steps = work.steps ?? (work.epochs ?? 1) * perPass
  const pulled = work.proximal !== undefined || work.correction !== undefined
  // All programs of a round hold weights of their own: the newest are carried over where they change hands.
  let newest: Program | undefined
  const parameters = [...step.parameters.values()]
  const use = (program: Program): Program => {
    if (program === newest) return program
    if (newest) for (const v of parameters) program.write(v, newest.read(v))
    else writeAll(program, step.parameters, from, layout)
    program.write(step.rate, scalar(work.rate, context))
    if (pulled) writePull(program, context, work, from)
    newest = program
    return program
  }
  const order = upTo(data.rows)
  const group =
    programs.executor === 'plain' ? 1 : stepsPerCall(bytesOf(context, size), Math.floor(data.rows / size))
  let total = 0
  let seen = 0
  // A node's heartbeat goes on while it trains.
  const pause = pauses()
  for (let done = 0; done < steps; ) {
    throwIfAborted(work.signal)
    if (pause.due()) await pause.take()
    const at = done % perPass
    if (at === 0) shuffle(order, work.random)
    const left = steps - done
    const many = group > 1 && left >= group && at + group <= Math.floor(data.rows / size)
    const rows = Math.min(size, data.rows - at * size)
    const batch = batchFor(context, rows, many ? group : 1)
    batch.fill(data, order, at * size)
    batch.draw(work.random)
    const program = use(await programs.step(rows, batch.steps, pulled))
    const answer = program.run(batch.feeds)
    const outputs = answer instanceof Promise ? await answer : answer
    for (let i = 0; i < batch.steps; i++) total += (outputs['loss']!.data[i] as number) * rows
    seen += rows * batch.steps
    done += batch.steps
  }
  const weights = newest ? readAll(newest, step.parameters, layout) : from.slice()
  if (!weights.every(Number.isFinite)) {
    throw new FrostglassError(
      'usage',
      `training diverged: weights are no longer finite after ${steps} steps`,
      `Lower the learning rate (it was ${work.rate}), or scale the inputs to about −1 to 1.`,
    )
  }
  return { weights, steps, loss: seen > 0 ? total / seen : Number.NaN }
}

function writePull(program: Program, context: Context, work: LocalWork, from: Float64Array): void {
  const { step, layout } = context
  program.write(step.strength, scalar(work.proximal?.strength ?? 0, context))
  writeAll(program, step.towards, work.proximal?.towards ?? from, layout)
  writeAll(program, step.correction, work.correction ?? new Float64Array(layout.size), layout)
}

async function gradientAt(
  context: Context,
  data: Prepared,
  at: Float64Array,
  rows: Int32Array,
): Promise<{ gradient: Float64Array; loss: number }> {
  const { step, layout } = context
  requireLength(at, layout)
  if (step.noise.length > 0)
    throw new FrostglassError(
      'unsupported',
      'a model with dropout or noise has no gradient of its own: each draw gives another',
      'Train one step instead.',
    )
  const program = await context.programs.gradient()
  writeAll(program, step.parameters, at, layout)
  const gradient = new Float64Array(layout.size)
  let loss = 0
  for (const { batch, share } of piecesOf(context, data, rows)) {
    const outputs = await program.run(batch.feeds)
    loss += (outputs['loss']!.data[0] as number) * share
    for (const { name, start, size } of layout.slots) {
      const part = outputs[`gradient.${name}`]?.data as Float64Array | undefined
      if (part) for (let i = 0; i < size; i++) gradient[start + i]! += part[i]! * share
    }
  }
  return { gradient, loss }
}

async function measureAt(
  context: Context,
  data: Prepared,
  at: Float64Array,
  order: Int32Array,
): Promise<Evaluated> {
  const { step, layout, loss } = context
  requireLength(at, layout)
  const program = await context.programs.evaluation()
  writeAll(program, step.parameters, at, layout)
  let total = 0
  let right = 0
  for (const { batch, start } of piecesOf(context, data, order, false)) {
    const outputs = await program.run(batch.feeds)
    total += (outputs['loss']!.data[0] as number) * batch.rows
    right += countRight(outputs, data, loss, order, start, batch.rows)
  }
  const rows = order.length
  return { ...mean(total, right, rows * data.y.width, rows, loss), rows }
}

/** Rows in pieces, so that memory does not grow with them. */
function* piecesOf(
  context: Context,
  data: Prepared,
  order: Int32Array,
  noisy = true,
): Generator<{ batch: Batch; start: number; share: number }> {
  const most = Math.max(4, Math.floor(2 ** 18 / Math.max(data.x.width, data.y.width)))
  for (let start = 0; start < order.length; start += most) {
    const rows = Math.min(most, order.length - start)
    const batch = batchFor(context, rows, 1, noisy)
    batch.fill(data, order, start)
    yield { batch, start, share: rows / order.length }
  }
}

function batchFor(context: Context, rows: number, steps: number, noisy = true): Batch {
  const { model, dtype, step, pixels, batches } = context
  const key = `${rows} ${steps} ${noisy}`
  const batch = batches.get(key) ?? batchOf(model, rows, dtype, noisy ? step.noise : [], { steps, pixels })
  batches.set(key, batch)
  return batch
}

const bytesOf = ({ model, pixels }: Context, rows: number): number =>
  rows * (sizeOf(model.input) * (pixels ? 1 : 4) + sizeOf(model.output) * 4)

const scalar = (value: number, { dtype }: Context): Tensor => tensor([value], [], dtype)

function writeAll(
  program: Program,
  variables: ReadonlyMap<string, Value>,
  flat: Float64Array,
  layout: Layout,
): void {
  for (const slot of layout.slots) {
    const v = variables.get(slot.name)
    if (v) program.write(v, contentOf(flat, slot))
  }
}

const contentOf = (flat: Float64Array, { start, size, shape, dtype }: Slot): Tensor =>
  tensor(flat.subarray(start, start + size), shape, dtype)

function readAll(program: Program, variables: ReadonlyMap<string, Value>, layout: Layout): Float64Array {
  const flat = new Float64Array(layout.size)
  for (const { name, start } of layout.slots)
    flat.set(program.read(variables.get(name)!).data as Float64Array, start)
  return flat
}
