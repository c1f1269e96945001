// The training loop: epochs of steps, evaluation, callbacks, checkpoints. The same code drives both executors.
// Source: Keras 3, Model.fit (order of events in an epoch; a loss is the mean over rows; the short batch trains too).
// Every draw comes from (seed, use, epoch), so a run that is resumed at an epoch repeats the uninterrupted one.

import { FrostglassError, throwIfAborted } from '../errors.ts'
import type { Tensor } from '../graph/index.ts'
import { shuffle } from '../random/order.ts'
import { seededStream } from '../random/seeded.ts'
import { type Callback, type CallbackState, freshState, react } from './callbacks.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Dataset } from './dataset.ts'
import type { EpochRecord } from './epochRecord.ts'
import { countRight, evaluationPass, mean, type Part, partsOf } from './evaluation.ts'
import { batchOf } from './feeder.ts'
import { type Loss, type LossName, lossOf } from './losses.ts'
import { initialWeights, type Model, type Weights } from './model.ts'
import type { Optimizer } from './optimizers/index.ts'
import { pauses } from './pauses.ts'
import { compilePrograms, type Machine, type Programs } from './programs.ts'

/** How far training is; called at most some twenty times a second. */
export interface Progress {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Steps of this epoch that are done, of how many. */
  readonly step: number
  readonly steps: number
}

/** The part of the options that JSON can hold: what a grid search varies. */
export interface Recipe {
  readonly loss: LossName
  readonly optimizer: Optimizer
  /** Rows a step; 32 by default. The last batch of an epoch may be shorter. */
  readonly batch?: number | undefined
  /** At most this many epochs. */
  readonly epochs: number
  readonly callbacks?: readonly Callback[] | undefined
  /** Another order in each epoch; true by default. */
  readonly shuffle?: boolean | undefined
  /** For first weights, orders, noise and the validation part; 0 by default. */
  readonly seed?: number | undefined
}

/** How {@link train} trains. */
export interface TrainOptions extends Omit<Recipe, 'loss'>, Machine {
  readonly loss: LossName | Loss
  /** Rows to measure after each epoch: a share of the data (drawn by the seed, not trained on) or a data set. */
  readonly validation?: number | Dataset | undefined
  /** Weights to start from; what is missing is drawn. Frozen layers take theirs from here. */
  readonly weights?: Weights | undefined
  /** Goes on from a checkpoint of the same model, data and options. */
  readonly resume?: Checkpoint | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each epoch, and now and then within one. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** One epoch of {@link train}. */
export interface Epoch {
  readonly record: EpochRecord
  /** Whether training ends here: by its length or by a callback. */
  readonly last: boolean
  /** Number of the epoch whose weights `weights()` gives: this one, or the best one at the end when it is restored. */
  readonly weightsOf: number
  /** The weights (copied). Call it before asking for the next epoch. */
  weights(): Weights
  /** What is needed to go on from here. Call it before asking for the next epoch. */
  checkpoint(): Checkpoint
}

/**
 * Trains, an epoch at a time. Leaving the loop early is allowed and frees everything.
 * @throws FrostglassError `shape` or `input` when data and model do not fit, `usage` for options that do not,
 * `usage` when the loss is no longer finite, `aborted` between two steps after the signal fired
 * @example for await (const epoch of train(model, data, { loss: 'categoricalCrossEntropy', optimizer: adam(), epochs: 5 })) console.log(epoch.record.loss)
 */
export async function* train(
  model: Model,
  data: Dataset,
  options: TrainOptions,
): AsyncGenerator<Epoch, void, undefined> {
  const { epochs, batch = 32, seed = 0, signal, resume, callbacks = [] } = options
  requireCount('epochs', epochs)
  requireCount('batch', batch)
  throwIfAborted(signal)
  const loss = lossOf(options.loss)
  const { rows, held } = partsOf(model, data, options.validation, loss, seed)
  const weights = initialWeights(model, seed, options.weights)
  const programs = await compilePrograms(model, weights, {
    loss,
    optimizer: options.optimizer,
    batch,
    rows: rows.order.length,
    pixels: rows.data.pixels,
    evaluation: held && { pixels: held.data.pixels },
    machine: machineOf(options),
  })
  try {
    const pass = trainingPass(model, rows, programs, loss, { ...options, batch, seed })
    const measure = held && evaluationPass(model, held, programs, loss, batch)
    let states: readonly CallbackState[] = callbacks.map(() => freshState)
    let best: { epoch: number; weights: Weights } | undefined
    const history: EpochRecord[] = [...(resume?.history ?? [])]
    let learningRate = options.optimizer.learningRate
    if (resume) {
      restore(resume, programs, { seed, callbacks: callbacks.length })
      ;({ states, best, learningRate } = resume)
      if (resume.finished) return
    }
    for (let epoch = history.length + 1; epoch <= epochs; epoch++) {
      const record: EpochRecord = {
        epoch,
        ...(await pass(epoch)),
        ...(measure ? await measure() : {}),
        learningRate,
      }
      requireFinite(record)
      history.push(record)
      let stop = epoch === epochs
      let rate = learningRate
      states = callbacks.map((callback, i) => {
        const reaction = react(callback, states[i]!, epoch, record, rate)
        if (reaction.keep) best = { epoch, weights: readWeights(weights, programs) }
        if (reaction.stop) stop = true
        rate = reaction.learningRate
        return reaction.state
      })
      if (rate !== learningRate) programs.write(programs.training.learningRate, scalar(rate))
      learningRate = rate
      const restored = stop ? best : undefined
      const now = { states, best, learningRate }
      yield {
        record,
        last: stop,
        weightsOf: restored?.epoch ?? epoch,
        weights: () => restored?.weights ?? readWeights(weights, programs),
        checkpoint: () => ({
          ...now,
          seed,
          history: history.slice(0, epoch),
          finished: stop && epoch < epochs,
          variables: readVariables(programs),
        }),
      }
      if (stop) return
    }
  } finally {
    await programs.close()
  }
}

/** One epoch's steps: answers the mean loss and accuracy. */
function trainingPass(
  model: Model,
  { data, order: every }: Part,
  programs: Programs,
  loss: Loss,
  options: TrainOptions & { batch: number; seed: number },
): (epoch: number) => Promise<Pick<EpochRecord, 'loss' | 'accuracy'>> {
  const { seed, signal, onProgress, epochs } = options
  const rows = every.length
  const size = Math.min(options.batch, rows)
  const steps = Math.ceil(rows / size)
  const { noise } = programs.training
  const { group } = programs
  const feeds = (count: number, times = 1) =>
    batchOf(model, count, programs.dtype, noise, { steps: times, pixels: data.pixels })
  const single = feeds(size)
  const many = group > 1 ? feeds(size, group) : single
  const short = rows % size === 0 ? single : feeds(rows % size)
  const fullSteps = Math.floor(rows / size)
  const order = every.slice()
  const pause = pauses()
  return async (epoch) => {
    if (options.shuffle !== false) {
      order.set(every)
      shuffle(order, seededStream(seed, 'shuffle', epoch))
    }
    const source = noise.length ? seededStream(seed, 'noise', epoch) : undefined
    let total = 0
    let right = 0
    for (let step = 0; step < steps; ) {
      if (signal?.aborted) throwIfAborted(signal)
      const start = step * size
      const batch = step + group <= fullSteps ? many : step < fullSteps ? single : short
      batch.fill(data, order, start)
      if (source) batch.draw(source)
      const answer = programs.step(batch.feeds, batch.rows, batch.steps)
      const outputs = answer instanceof Promise ? await answer : answer
      const losses = outputs['loss']!.data
      for (let i = 0; i < batch.steps; i++) total += (losses[i] as number) * batch.rows
      right += countRight(outputs, data, loss, order, start, batch.rows * batch.steps)
      step += batch.steps
      if (pause.due()) {
        onProgress?.({ epoch, epochs, step, steps })
        await pause.take()
      }
    }
    return mean(total, right, rows * data.y.width, rows, loss)
  }
}

function machineOf(options: Machine): Machine {
  const { executor, threads, spin } = options
  return {
    executor,
    threads,
    spin,
  }
}

function requireCount(what: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return
  throw new FrostglassError('usage', `${what} is ${count}`, 'Use a whole number of at least 1.')
}

function requireFinite(record: EpochRecord): void {
  if (Number.isFinite(record.loss) && Number.isFinite(record.valLoss ?? 0)) return
  const what = Number.isFinite(record.loss) ? 'validation loss' : 'loss'
  throw new FrostglassError(
    'usage',
    `training diverged in epoch ${record.epoch}: the ${what} is not finite`,
    `Lower the learning rate (it was ${record.learningRate}), or scale the inputs to about −1 to 1.`,
  )
}

const scalar = (value: number): Tensor => ({ dtype: 'float64', shape: [], data: Float64Array.of(value) })

function readWeights(all: Weights, programs: Programs): Weights {
  const now: Record<string, Tensor> = { ...all }
  for (const [name, v] of programs.training.parameters) now[name] = programs.read(v)
  return now
}

function readVariables(programs: Programs): Weights {
  const { parameters, memory } = programs.training
  return Object.fromEntries([...parameters, ...memory].map(([name, v]) => [name, programs.read(v)]))
}

function restore(checkpoint: Checkpoint, programs: Programs, run: { seed: number; callbacks: number }): void {
  const refuse = (why: string): never => {
    throw new FrostglassError(
      'usage',
      `the checkpoint is of another run: ${why}`,
      'Resume with the model and the options that it was made with.',
    )
  }
  if (checkpoint.seed !== run.seed) refuse(`its seed is ${checkpoint.seed}, not ${run.seed}`)
  if (checkpoint.states.length !== run.callbacks) refuse(`it has ${checkpoint.states.length} callbacks`)
  const { parameters, memory } = programs.training
  const variables = new Map([...parameters, ...memory])
  const extra = Object.keys(checkpoint.variables).find((name) => !variables.has(name))
  if (extra) refuse(`it holds '${extra}'`)
  for (const [name, v] of variables) {
    const content = checkpoint.variables[name]
    if (!content) refuse(`it lacks '${name}'`)
    else programs.write(v, content)
  }
}
