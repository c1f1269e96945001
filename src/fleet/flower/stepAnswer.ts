// Answers by the training step that a server sends, on rows that are here: nothing has to be known of the model beforehand.
// Source: McMahan et al. 2017 (FedAvg); stepFile.ts has the file, trainRequest.ts what a message asks.
// NOT PRIVATE: weights, loss and the number of rows leave as they are, and updates show rows. privateNode.ts adds noise, on Node.

import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { secretStream } from '../../private/training/secretStream.ts'
import { systemRandom } from '../../random/source.ts'
import { openStepTrainer, type StepTrainer } from '../learner/stepTrainer.ts'
import type { Content, FlowerRecord } from './content.ts'
import type { MetricValue } from './records.ts'
import { matchArrays, readTrainRequest } from './trainRequest.ts'

/** Rows: x [rows, …], y [rows, outputs], as the step wants them. */
export interface StepRows {
  readonly x: Tensor
  readonly y: Tensor
}

/** What is taken where the server says nothing of it. */
export interface StepSettings {
  readonly rate: number
  /** Passes over the rows. */
  readonly epochs: number
  /** Rows a step. */
  readonly batch: number
}

/** Answers one message of a type. @throws FrostglassError for a message that asks for what these rows or this step cannot give */
export type StepAnswer = (
  type: string,
  content: Content,
  signal?: AbortSignal,
) => Promise<{ readonly content: Content } | { readonly refused: string }>

/** The step that came last: evaluations come without one. */
interface Opened {
  readonly bytes: Uint8Array
  readonly batch: number
  readonly trainer: StepTrainer
}

/**
 * Trains and measures on rows.
 * @param settings that hold unless the server gives others. Default: rate 0.01, one epoch, batches of 32
 */
export function stepAnswer(rows: StepRows, settings: Partial<StepSettings> = {}): StepAnswer {
  const own: StepSettings = { rate: 0.01, epochs: 1, batch: 32, ...settings }
  const random = secretStream(systemRandom)
  let opened: Opened | undefined
  const trainerOf = async (bytes: Uint8Array | undefined, batch: number): Promise<Opened> => {
    if (bytes !== undefined && !(opened?.batch === batch && same(opened.bytes, bytes)))
      return { bytes, batch, trainer: await openStepTrainer(bytes, { batch }) }
    if (opened) return opened
    throw new FrostglassError(
      'input',
      'the message brings no training step, and none came before',
      'Send one as `training-step` in the settings (`frostglass fleet step`).',
    )
  }
  return async (type, content, signal) => {
    if (type !== 'train' && type !== 'evaluate')
      return { refused: `this node answers no messages of the type '${type}'` }
    const asked = readTrainRequest(content)
    const batch = asked.batch ?? own.batch
    const asks = await trainerOf(asked.step, batch)
    const { trainer } = asks
    const { weights, arraysOf } = matchArrays(asked.arrays, trainer.layout)
    const learner = trainer.learner(rows)
    if (asks !== opened) {
      // Nothing of it runs for arrays that are not its own.
      await trainer.trial()
      await opened?.trainer.close()
      opened = asks
    }
    if (type === 'evaluate')
      return { content: new Map([['metrics', told((await learner.measure(weights)).loss, learner.rows)]]) }
    const trained = await learner.train(weights, {
      rate: asked.rate ?? own.rate,
      epochs: asked.epochs ?? own.epochs,
      batch,
      ...(asked.proximal ? { proximal: { strength: asked.proximal } } : {}),
      random,
      signal,
    })
    return {
      content: new Map<string, FlowerRecord>([
        [asked.record, { arrays: arraysOf(trained.weights) }],
        [asked.record === 'metrics' ? 'numbers' : 'metrics', told(trained.loss, learner.rows)],
      ]),
    }
  }
}

const told = (loss: number, rows: number): FlowerRecord => ({
  metrics: new Map<string, MetricValue>([
    ['loss', { double: loss }],
    ['num-examples', { integer: BigInt(rows) }],
  ]),
})

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i])
