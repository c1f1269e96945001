// One training run of a code pane, compiled: its schedule, its feeds, its epochs.
// Source: ours: the noise grows over the first 35 % of the steps, the rate falls by a cosine.
// All draws are of (seed, use, epoch), so a run that is resumed at an epoch repeats the uninterrupted one.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { compile, type Program, sizeOf, type Tensor, type Tensors } from '../../graph/index.ts'
import type { Checkpoint, Weights } from '../../learn/index.ts'
import { repeatSteps } from '../../learn/manySteps.ts'
import { pauses } from '../../learn/pauses.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { softCentres } from './cells.ts'
import type { CodeNetwork } from './codeNetwork.ts'
import { type CodeRows, fillOneHot, fillRows } from './codeRows.ts'
import { type CodeStep, codeStep, type Leak } from './codeStep.ts'
import type { CodeEpoch, CodeTraining, CodeTrainingOptions, LeakOptions } from './codeTraining.ts'

/** A run that stands ready. */
export interface CodeRun {
  /** Trains one epoch, from 1. */
  epoch(epoch: number): Promise<CodeEpoch>
  /** Weights and what the optimiser remembers, copied. */
  variables(): Weights
  /** Weights alone. */
  weights(): Weights
  /** @throws FrostglassError `usage` for a checkpoint of another run */
  restore(state: Checkpoint): void
  close(): Promise<void>
}

/** Shares of the classes. @throws FrostglassError `input` for a class that no row has */
function priorOf({ attribute, classes }: LeakOptions): readonly number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const value of attribute) counts[value]!++
  const missing = counts.indexOf(0)
  if (missing >= 0) {
    throw new FrostglassError(
      'input',
      `no training row has class ${missing} of the attribute`,
      'Number the classes that occur, from 0 on.',
    )
  }
  return counts.map((count) => count / attribute.length)
}

/** Steps an epoch and steps a call: as few rows as can be are left out of an epoch, others in each. */
function callsOf(rows: number, batch: number): { readonly steps: number; readonly group: number } {
  const whole = Math.floor(rows / batch)
  const best = [8, 7, 6, 5, 4].reduce((a, b) => (whole % b < whole % a ? b : a))
  const group = whole < 8 ? whole : best
  return { steps: whole - (whole % group), group }
}

// Cells a label that the soft codes stand for, and their temperature: it falls from wide to narrow, in squared units of z.
const softCells = 8
const hottest = 4
const coldest = 0.05
/** The share of the steps in which the noise grows. */
const ramp = 0.35

/** Compiles a run. */
export async function startRun(
  network: CodeNetwork,
  weights: Weights,
  rows: CodeRows,
  recipe: CodeTraining,
  options: CodeTrainingOptions,
): Promise<CodeRun> {
  const { leak, threads, executor = 'native', signal, onProgress } = options
  const labels = network.head.output[0]!
  const count = rows.labels.length
  const batch = Math.min(recipe.batch, count)
  const { steps, group } = callsOf(count, batch)
  const soft = leak?.penalty === 'codes'
  const held: Leak | undefined = leak && {
    penalty: leak.penalty ?? 'kernel',
    prior: priorOf(leak),
    centres: labels * softCells,
  }
  const step = codeStep(network, weights, {
    batch,
    pixels: rows.x.dtype === 'uint8',
    deviation: recipe.deviation,
    leak: held,
  })
  const program = await compile(repeatSteps(step.graph, group), { executor, threads })
  const feeds = feedsOf(step, group)
  const order = upTo(count)
  const total = steps * recipe.epochs
  const pause = pauses()

  const schedule = (at: number) => {
    const done = at / total
    const grown = Math.min(1, done / ramp)
    return {
      deviation: recipe.deviation * grown,
      rate: (recipe.learningRate * (1 + Math.cos(Math.PI * done))) / 2,
      // Soft codes wait until the noise has grown: before that there are no cells to speak of.
      weight: (leak?.lambda ?? 0) * (soft && grown < 1 ? 0 : grown),
      temperature: hottest * (coldest / hottest) ** done,
    }
  }
  const fill = (start: number, first: number, streams: Streams) => {
    fillRows(rows, order, start, feeds['row']!.data as Uint8Array, recipe.shift, streams.moves)
    fillOneHot(rows.labels, order, start, feeds['label']!.data as Float32Array, labels)
    const noise = feeds['noise']!.data as Float32Array
    for (let i = 0; i < noise.length; i++) noise[i] = streams.noise.normal()
    if (leak) fillOneHot(leak.attribute, order, start, feeds['attribute']!.data as Float32Array, leak.classes)
    for (let i = 0; i < group; i++) {
      for (const [name, value] of Object.entries(schedule(first + i))) {
        const feed = feeds[name]
        if (feed) (feed.data as Float32Array)[i] = value
      }
    }
  }
  return {
    async epoch(epoch: number): Promise<CodeEpoch> {
      order.set(upTo(count))
      shuffle(order, seededStream(recipe.seed, 'shuffle', epoch))
      const streams = {
        moves: seededStream(recipe.seed, 'moves', epoch),
        noise: seededStream(recipe.seed, 'noise', epoch),
      }
      if (soft) await giveCentres(feeds, network, program, step, rows, recipe.seed + epoch, group)
      const sums = { loss: 0, right: 0, leak: 0 }
      for (let at = 0; at < steps; at += group) {
        throwIfAborted(signal)
        const first = (epoch - 1) * steps + at
        fill(at * batch, first, streams)
        const answer = await program.run(feeds)
        for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
          for (const value of (answer[name]?.data ?? []) as Float32Array) sums[name] += value
        }
        if (pause.due()) {
          onProgress?.((first + group) / total)
          await pause.take()
        }
      }
      requireFinite(sums.loss, epoch, recipe.learningRate)
      return {
        epoch,
        loss: sums.loss / steps,
        accuracy: sums.right / steps,
        learningRate: schedule((epoch - 1) * steps).rate,
        ...(leak ? { leak: sums.leak / steps } : {}),
      }
    },
    variables: (): Weights =>
      Object.fromEntries([...step.parameters, ...step.memory].map(([name, v]) => [name, program.read(v)])),
    weights: (): Weights =>
      Object.fromEntries([...step.parameters].map(([name, v]) => [name, program.read(v)])),
    restore: (state: Checkpoint) => restore(state, program, step, recipe.seed),
    close: () => program.close(),
  }
}

interface Streams {
  readonly moves: ReturnType<typeof seededStream>
  readonly noise: ReturnType<typeof seededStream>
}

/** Room for the feeds of a call, by the shapes of the step's inputs. */
function feedsOf(step: CodeStep, group: number): Tensors {
  return Object.fromEntries(
    step.graph.inputs.map(({ name, shape, dtype }): [string, Tensor] => {
      const stacked = [group, ...(shape as number[])]
      const data = new (dtype === 'uint8' ? Uint8Array : Float32Array)(sizeOf(stacked))
      return [name!, { dtype, shape: stacked, data }]
    }),
  )
}

/** Centres of the codes as they are at the weights so far, the same for all steps of the epoch. */
async function giveCentres(
  feeds: Tensors,
  network: CodeNetwork,
  program: Program,
  step: CodeStep,
  rows: CodeRows,
  seed: number,
  group: number,
): Promise<void> {
  const weights = Object.fromEntries([...step.parameters].map(([name, v]) => [name, program.read(v)]))
  const centres = await softCentres(network, weights, rows, softCells, seed)
  const into = feeds['centres']!.data as Float32Array
  for (let i = 0; i < group; i++) into.set(centres, i * centres.length)
}

function restore(state: Checkpoint, program: Program, step: CodeStep, seed: number): void {
  const variables = new Map([...step.parameters, ...step.memory])
  const same =
    state.seed === seed &&
    variables.size === Object.keys(state.variables).length &&
    [...variables].every(([name, v]) => `${state.variables[name]?.shape}` === `${v.shape}`)
  if (!same) {
    throw new FrostglassError(
      'usage',
      'the checkpoint is of another run',
      'Resume with the rows and the options that it was made with.',
    )
  }
  for (const [name, v] of variables) program.write(v, state.variables[name]!)
}

function requireFinite(loss: number, epoch: number, rate: number): void {
  if (Number.isFinite(loss)) return
  throw new FrostglassError(
    'usage',
    `training diverged in epoch ${epoch}: the loss is not finite`,
    `Lower the learning rate (it was ${rate}), or scale the features to about −1 to 1.`,
  )
}
