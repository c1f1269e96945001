// A training step of a file as a trainer: a node needs no model of its own to learn what a server wants learned.
// Source: McMahan et al. 2017, algorithm 1 (ClientUpdate), with the graph of stepFile.ts in place of the gradient step.
// It runs on our own kernels alone, in float64: nothing that a server sends reaches native code.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Program } from '../../graph/executor.ts'
import { compilePlain } from '../../graph/plain/program.ts'
import { sizeOf, type Tensor, toFloat64 } from '../../graph/tensor.ts'
import type { Dataset } from '../../learn/index.ts'
import { pauses } from '../../learn/pauses.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { requireLength } from '../layout.ts'
import type { Learner, LocalWork, Trained, Trainer } from './learner.ts'
import { nextOf, nowOf, readStep, requireBounded, type StepFile, wrong } from './stepFile.ts'
import { mostNumbers } from './stepWork.ts'

/** A trainer that was sent as a file. */
export interface StepTrainer extends Trainer<Dataset> {
  readonly file: StepFile
  /** Takes one step on a row of zeros: what cannot run at all says so before rows are shown to it. @throws FrostglassError where it does not run */
  trial(): Promise<void>
}

/**
 * Opens a step that somebody sent: nothing of it runs yet.
 * @param batch rows of a usual batch
 * @throws FrostglassError as `readStep`
 */
export async function openStepTrainer(
  bytes: Uint8Array,
  { batch = 32 }: { readonly batch?: number | undefined } = {},
): Promise<StepTrainer> {
  const file = readStep(bytes, batch)
  // However many weights it has, and so many inputs: whoever made the step says how much is given.
  const compiled = () => compilePlain(file.graph, { inexactIntegers: 'round', mostElements: mostNumbers })
  const program = compiled()
  return {
    file,
    layout: file.layout,
    async trial() {
      const zeros = {
        x: { data: new Float64Array(sizeOf(file.input)), shape: [1, ...file.input], dtype: 'float64' },
        y: { data: new Float64Array(sizeOf(file.target)), shape: [1, ...file.target], dtype: 'float64' },
      } as const
      // A program of its own, so that its memory is not kept.
      const steps = stepsOf(file, compiled(), new Float64Array(file.layout.size), { rate: 0 })
      await steps.take(rowsOf(zeros, file), upTo(1), 0, 1)
    },
    learner: (data) => learnerOf(file, program, rowsOf(data, file)),
    close: () => program.close(),
  }
}

/** Rows as numbers, one behind the other. */
interface Rows {
  readonly count: number
  readonly x: Float64Array
  readonly y: Float64Array
}

function rowsOf({ x, y }: Dataset, { input, target }: StepFile): Rows {
  const count = x.shape[0] ?? 0
  const fits = (t: Tensor, row: readonly number[]) => String(t.shape) === String([count, ...row])
  if (count < 1 || !fits(x, input) || !fits(y, target))
    throw new FrostglassError(
      'shape',
      `the training step takes rows of [${input}] with targets of [${target}], and there are [${x.shape}] with [${y.shape}]`,
      'State the columns that the fleet learns from.',
    )
  return { count, x: toFloat64(x), y: toFloat64(y) }
}

/** Rows that are measured at a time. */
const piece = 256

/** Sizes that occur where rows are taken so many at a time: whole ones, and what is left. */
const sizesOf = (rows: number, most: number): number[] =>
  [Math.min(most, rows), rows % most].filter((count) => count > 0)

const learnerOf = (file: StepFile, program: Program, rows: Rows): Learner => ({
  rows: rows.count,
  train: (from, work) => train(file, program, rows, from, work),
  gradient: () =>
    Promise.reject(
      new FrostglassError(
        'unsupported',
        'a training step tells no gradient: it answers the weights after it',
        'Take an algorithm that trains, such as FedAvg.',
      ),
    ),
  async measure(at) {
    let total = 0
    const order = upTo(rows.count)
    requireBounded(file, sizesOf(rows.count, piece))
    for (let start = 0; start < rows.count; start += piece) {
      const count = Math.min(piece, rows.count - start)
      // Anew for each: what a step changes even at a rate of 0 (statistics) is not kept.
      total += (await stepsOf(file, program, at, { rate: 0 }).take(rows, order, start, count)) * count
    }
    return { loss: total / rows.count, rows: rows.count }
  },
})

async function train(
  file: StepFile,
  program: Program,
  rows: Rows,
  from: Float64Array,
  work: LocalWork,
): Promise<Trained> {
  const size = Math.min(work.batch ?? rows.count, rows.count)
  const perPass = Math.ceil(rows.count / size)
  const count = work.steps ?? (work.epochs ?? 1) * perPass
  requireBounded(file, sizesOf(rows.count, size))
  const steps = stepsOf(file, program, from, work)
  const order = upTo(rows.count)
  const pause = pauses()
  let [total, seen] = [0, 0]
  for (let done = 0; done < count; done++) {
    throwIfAborted(work.signal)
    if (pause.due()) await pause.take()
    const start = (done % perPass) * size
    if (start === 0) shuffle(order, work.random)
    const taken = Math.min(size, rows.count - start)
    total += (await steps.take(rows, order, start, taken)) * taken
    seen += taken
  }
  if (!steps.weights.every(Number.isFinite))
    throw new FrostglassError(
      'usage',
      `training diverged: weights are no longer finite after ${count} steps`,
      `Lower the learning rate (it was ${work.rate}), or scale the inputs to about −1 to 1.`,
    )
  return { weights: steps.weights, steps: count, loss: seen > 0 ? total / seen : Number.NaN }
}

/** Steps one after another from given weights. */
function stepsOf(
  file: StepFile,
  program: Program,
  from: Float64Array,
  { rate, proximal, correction }: Pick<LocalWork, 'rate' | 'proximal' | 'correction'>,
): {
  readonly weights: Float64Array
  /** @returns the loss at the weights before it */
  take(rows: Rows, order: Int32Array, start: number, count: number): Promise<number>
} {
  const { layout, input, target, pulled } = file
  requireLength(from, layout)
  if (!pulled && (proximal !== undefined || correction !== undefined))
    throw wrong('it has no pull and no correction, which this algorithm asks for')
  const weights = from.slice()
  const parts = (of: Float64Array, name: (slot: string) => string) =>
    layout.slots.map(({ name: slot, shape, start, size }): [string, Tensor] => [
      name(slot),
      { data: of.subarray(start, start + size), shape, dtype: 'float64' },
    ])
  const one = (value: number): Tensor => ({ data: Float64Array.of(value), shape: [], dtype: 'float64' })
  const fixed = Object.fromEntries([
    ...parts(weights, nowOf),
    [nowOf('rate'), one(rate)],
    ...(pulled
      ? [
          [nowOf('strength'), one(proximal?.strength ?? 0)] as const,
          ...parts(proximal?.towards ?? from, (slot) => nowOf(`towards.${slot}`)),
          ...parts(correction ?? new Float64Array(layout.size), (slot) => nowOf(`correction.${slot}`)),
        ]
      : []),
  ])
  return {
    weights,
    async take(rows, order, start, count) {
      const feed = (of: Float64Array, row: readonly number[]): Tensor => {
        const width = sizeOf(row)
        const data = new Float64Array(count * width)
        for (let i = 0; i < count; i++) {
          const at = order[start + i]! * width
          data.set(of.subarray(at, at + width), i * width)
        }
        return { data, shape: [count, ...row], dtype: 'float64' }
      }
      const outputs = await program.run({
        ...fixed,
        input: feed(rows.x, input),
        target: feed(rows.y, target),
      })
      for (const { name, start, size } of layout.slots) {
        const next = outputs[nextOf(name)]!.data as Float64Array
        if (next.length !== size) throw wrong(`'${name}' changes its size`)
        weights.set(next, start)
      }
      return outputs['loss']!.data[0] as number
    },
  }
}
