// What is done with a node's table for one message, in turns: the step is read, tried, its noise drawn; then rows are touched.
// Source: src/fleet/privacy/PROOF.md, lemmas 1 to 4. It runs in a thread of its own, which is made for the message and ended after it.
// All but the last turn is the message's alone. The last one ends in whole numbers with noise on them, whatever the rows do.

import type { Dataset } from '../../learn/index.ts'
import { inSharedMemory } from '../../learn/sharedMemory.ts'
import { workerFile } from '../../learn/workers.ts'
import { secretStream } from '../../private/training/secretStream.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import type { LocalWork } from '../learner/learner.ts'
import { ownThread } from '../learner/ownThread.ts'
import type { StepFile } from '../learner/stepFile.ts'
import { openStepTrainer, type StepTrainer } from '../learner/stepTrainer.ts'
import { drawNoise, type Finish, type Finished, finished } from '../privacy/finish.ts'

/** What a step says of itself, without what it computes. */
export type StepFacts = Omit<StepFile, 'graph'>

/** A turn of the work. */
export type TableTurn =
  | { readonly read: { readonly bytes: Uint8Array; readonly batch: number } }
  | { readonly draw: Finish }
  | { readonly train: Omit<LocalWork, 'random' | 'signal'> & { readonly from: Float64Array } }

/** What it comes to: the noise by itself, which is what leaves where training is cut off; and an update with it. */
export type TableAnswer = { readonly facts: StepFacts } | { readonly numbers: Finished }

/** One message's work. Turns are one after another, in the order of {@link TableTurn}. */
export interface TableWork {
  /** @throws FrostglassError those of steps, 'aborted' when the signal fires; an Error where the thread ended */
  ask(turn: TableTurn, signal: AbortSignal): Promise<TableAnswer>
  /** Ends it, wherever it is. */
  end(): void
}

/** Where work on a table is done, a message at a time. */
export type Workplace = (data: Dataset) => () => TableWork

/** Threads: a new one for each message. The rows are copied here and now, and not when somebody asks for something. */
export const inThreads: Workplace = (table) => {
  const data = inSharedMemory(table)
  const file = workerFile('tableWorker', import.meta.url)
  return () => ownThread<TableTurn, TableAnswer>(file, data)
}

/** This thread: what a thread of {@link inThreads} does. @param random of the noise; orders of rows come from the system's generator */
export function tableTurns(
  data: Dataset,
  random: RandomSource = systemRandom,
): (turn: TableTurn) => Promise<TableAnswer> {
  let trainer: StepTrainer | undefined
  let drawn: { readonly finish: Finish; readonly noise: Finished } | undefined
  return async (turn) => {
    if ('read' in turn) {
      trainer = await openStepTrainer(turn.read.bytes, turn.read)
      const { card, input, target, layout, pulled } = trainer.file
      return { facts: { card, input, target, layout, pulled } }
    }
    if (!trainer) throw new TypeError('no step was read')
    if ('draw' in turn) {
      await trainer.trial()
      drawn = { finish: turn.draw, noise: drawNoise(turn.draw, trainer.layout.size, random) }
      return { numbers: drawn.noise }
    }
    if (!drawn) throw new TypeError('no noise was drawn')
    const { from, ...work } = turn.train
    const update = await updateOf(trainer, data, from, work)
    return { numbers: finished(drawn.finish, update, drawn.noise) }
  }
}

/** New − old weights. What goes wrong with these rows is told to nobody, and counts as an update of nothing. */
async function updateOf(
  trainer: StepTrainer,
  data: Dataset,
  from: Float64Array,
  work: Omit<LocalWork, 'random'>,
): Promise<Float64Array> {
  try {
    const { weights } = await trainer
      .learner(data)
      .train(from, { ...work, random: secretStream(systemRandom) })
    return weights.map((w, i) => w - from[i]!)
  } catch {
    return new Float64Array(from.length)
  }
}
