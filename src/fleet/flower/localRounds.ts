// The two ways in which a node's training becomes private: its whole table behind noise on the update, or each row behind DP-SGD.
// Source: McMahan et al. 2018 (updates); Abadi et al. 2016 (rows), as src/private/training has it; PROOF.md of src/fleet/privacy.
// By tables, a step that the server sent may do what it likes with the rows; by rows, the model must be the node's own.

import { FrostglassError } from '../../errors.ts'
import { type Dataset, type LossName, type Model, sgd } from '../../learn/index.ts'
import { pauses } from '../../learn/pauses.ts'
import { type RandomSource, systemRandom } from '../../private/index.ts'
import type { Clipping } from '../../private/training/clipping.ts'
import { secretStream } from '../../private/training/secretStream.ts'
import { type PrivateTrainOptions, trainPrivately } from '../../private/training/trainPrivately.ts'
import { fromVector, type Layout, layoutOfModel, weightsToVector } from '../layout.ts'
import type { Trainer } from '../learner/learner.ts'
import type { StepCard, StepFile } from '../learner/stepFile.ts'
import { type StepThread, stepThread } from '../learner/stepThread.ts'
import { openTrainer } from '../learner/trainer.ts'
import { addNoise, type UpdateNoise, wholeUpdate } from '../privacy/updateNoise.ts'
import type { PrepareRound } from './privateNode.ts'
import { matchArrays, type TrainRequest, unfit } from './trainRequest.ts'

/** The node's own settings: taken where a server says none. */
export interface OwnSettings {
  readonly rate: number
  readonly epochs: number
  readonly batch: number
}

/** A model that the node knows, and its rows. */
export interface NodeTask {
  readonly model: Model
  readonly loss: LossName
  /** x [rows, …], y [rows, outputs] */
  readonly data: Dataset
  /** Whose each row is, where rows are protected with all others of the same person. */
  readonly people?: PrivateTrainOptions['people']
  readonly own: OwnSettings
  /** Holds a step's card against what the node's columns mean. @throws FrostglassError in words for the operator */
  readonly requireMeaning: (card: StepCard) => void
  /** The file that an operator sends for this very model (`writeStep`). */
  readonly ownStep: () => Uint8Array
}

/** Numbers that are given their noise at a time. */
const piece = 2 ** 14

/** Rounds whose unit is the whole table. */
export interface TableRounds {
  readonly prepare: PrepareRound
  close(): Promise<void>
}

/**
 * Rounds whose replies are noisy weights.
 * @param random of the noise; orders of rows come from the system's generator
 */
export function tableRounds(
  task: NodeTask,
  noise: UpdateNoise,
  random: RandomSource = systemRandom,
): TableRounds {
  return roundsOf(task, async (update, weights) => {
    const whole = wholeUpdate(update, noise)
    const pause = pauses()
    // A piece at a time: a million draws take five seconds, and heartbeats go on.
    for (let at = 0; at < whole.length; at += piece) {
      addNoise(whole.subarray(at, at + piece), noise, random)
      if (pause.due()) await pause.take()
    }
    // The server's weights and steps of the noisy update: all that a reply has of the rows.
    return whole.map((steps, i) => weights[i]! + steps * 2 ** noise.exponent)
  })
}

/** Rounds that come to updates as they are, SECRET, for who adds noise to them behind. */
export const updateRounds = (task: NodeTask): TableRounds => roundsOf(task, async (update) => update)

/** Rounds of new − old weights, and what is made of these. */
function roundsOf(
  task: NodeTask,
  made: (update: Float64Array, weights: Float64Array) => Promise<Float64Array>,
): TableRounds {
  const { model, loss, data } = task
  let known: Promise<Trainer<Dataset>> | undefined
  let thread: StepThread | undefined
  const own = layoutOfModel(model)
  const layoutFor = async ({ step, proximal }: TrainRequest, batch: number): Promise<Layout> => {
    if (step === undefined) return own
    thread ??= stepThread(data)
    const file = await thread.open(step, batch)
    requireRows(file, data)
    task.requireMeaning(file.card)
    if (proximal && !file.pulled) throw unfit('proximal-mu is asked for, and its step has no pull')
    return file.layout
  }
  return {
    async prepare(request) {
      const { rate, epochs, batch } = settingsOf(request, task.own)
      const { weights: from, arraysOf } = matchArrays(request.arrays, await layoutFor(request, batch))
      const proximal = request.proximal ? { proximal: { strength: request.proximal } } : {}
      const work = { rate, epochs, batch, ...proximal }
      const trained = async (signal: AbortSignal): Promise<Float64Array | undefined> => {
        if (request.step && thread)
          return thread.train({ bytes: request.step, batch, train: { ...work, from } }, signal)
        known ??= openTrainer(model, { loss, batch })
        const learner = (await known).learner(data)
        const random = secretStream(systemRandom)
        return (await learner.train(from, { ...work, random, signal })).weights
      }
      return { arraysOf, run: async (signal) => made(await updateOf(trained(signal), from), from) }
    },
    async close() {
      await (await known)?.close()
      await thread?.close()
    },
  }
}

/** New − old weights. What goes wrong with these rows counts as an update of nothing: noise leaves all the same. */
async function updateOf(
  trained: Promise<Float64Array | undefined>,
  from: Float64Array,
): Promise<Float64Array> {
  const weights = await trained.catch(() => undefined)
  return weights?.map((w, i) => w - from[i]!) ?? new Float64Array(from.length)
}

/** How rows are protected. What sets the price is the node's own, whatever a server asks for. */
export interface RowPrivacy {
  readonly clip: number
  readonly clipping: Clipping
  readonly noiseMultiplier: number
  readonly delta: number
}

/**
 * Rounds whose unit is a row: private training from the server's weights on. A step that is sent is not run: it says which
 * model the fleet learns, and has to be the file of this node's own.
 */
export function rowRounds(task: NodeTask, privacy: RowPrivacy): { readonly prepare: PrepareRound } {
  const layout = layoutOfModel(task.model)
  let own: Uint8Array | undefined
  return {
    async prepare(request) {
      own ??= request.step && task.ownStep()
      if (request.step && Buffer.compare(request.step, own!) !== 0) throw otherModel(request, layout)
      if (request.proximal)
        throw unfit('proximal-mu is asked for, and this node’s private training has no pull')
      const { weights, arraysOf } = matchArrays(request.arrays, layout)
      const { rate } = settingsOf(request, task.own)
      return {
        arraysOf,
        async run(signal) {
          const { batch, epochs } = task.own
          const first = Object.fromEntries(fromVector(weights, layout))
          for await (const epoch of trainPrivately(task.model, task.data, {
            ...privacy,
            loss: task.loss,
            optimizer: sgd({ learningRate: rate }),
            epochs,
            batch,
            people: task.people,
            weights: first,
            signal,
          }))
            if (epoch.last) return weightsToVector(epoch.weights(), layout)
          throw new FrostglassError('usage', 'training ended without an epoch')
        },
      }
    },
  }
}

/** What of a step's model is not this node's: by the shapes of the weights that came with it, where these tell. */
function otherModel({ arrays }: TrainRequest, layout: Layout): FrostglassError {
  const brought = 'it brings the training step of another model than this node knows, which protects rows'
  try {
    matchArrays(arrays, layout)
  } catch (error) {
    const why = (error as Error).message.replace(/^a training message: /, '')
    return unfit(`${brought}: ${why} (--hidden has the units of hidden layers, the same for all)`)
  }
  return unfit(`${brought} (the same columns, in order, and --activation make the same file)`)
}

/** Rows of the step's shapes. How many there are is not told. @throws FrostglassError 'input' */
function requireRows({ input, target }: Pick<StepFile, 'input' | 'target'>, { x, y }: Dataset): void {
  if (String(input) === String(x.shape.slice(1)) && String(target) === String(y.shape.slice(1))) return
  throw unfit(`its step takes rows of [${input}] with targets of [${target}], and this node has others`)
}

const settingsOf = ({ rate, epochs, batch }: TrainRequest, own: OwnSettings): OwnSettings => ({
  rate: rate ?? own.rate,
  epochs: epochs ?? own.epochs,
  batch: batch ?? own.batch,
})
