// The two ways in which a node's training becomes private: its whole table behind noise on the update, or each row behind DP-SGD.
// Source: McMahan et al. 2018 (updates); Abadi et al. 2016 (rows), as src/private/training has it; PROOF.md of src/fleet/privacy.
// By tables, a step that the server sent may do what it likes with the rows; by rows, the model must be the node's own.
// Rows are worked on in threads alone: what is here waits, and reads what has its noise on it.

import { FrostglassError } from '../../errors.ts'
import type { Dataset, LossName, Model } from '../../learn/index.ts'
import type { PrivateTrainOptions } from '../../private/training/trainPrivately.ts'
import { type Layout, layoutOfModel } from '../layout.ts'
import type { StepCard } from '../learner/stepFile.ts'
import type { Finish, Finished } from '../privacy/finish.ts'
import type { UpdateNoise } from '../privacy/updateNoise.ts'
import type { Vector } from '../secure/contract.ts'
import type { PrepareRound, ReadyRound } from './privateNode.ts'
import { type RowPrivacy, rowThreads } from './rowWork.ts'
import { inThreads, type StepFacts, type TableAnswer, type TableTurn, type Workplace } from './tableWork.ts'
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

/**
 * Rounds whose unit is the whole table, and whose replies are noisy weights.
 * @param workplace where rows are worked on
 */
export function tableRounds(
  task: NodeTask,
  noise: UpdateNoise,
  workplace: Workplace = inThreads,
): PrepareRound {
  const prepare = roundsOf(task, workplace)
  return async (request, signal) => {
    const { from, arraysOf, ...round } = await prepare(request, { own: noise }, signal)
    return {
      ...round,
      // The server's weights and steps of the noisy update: all that a reply has of the rows.
      arraysOf: (whole) => arraysOf(from.map((w, i) => w + (whole[i] as number) * 2 ** noise.exponent)),
    }
  }
}

/** Rounds that come to whole numbers for a secure sum, with this node's share of its noise on them. */
export function shareRounds(
  task: NodeTask,
  workplace: Workplace = inThreads,
): (finish: Extract<Finish, { share: unknown }>) => PrepareRound<ReadyRound<Vector>> {
  const prepare = roundsOf(task, workplace)
  return (finish) => async (request, signal) => {
    const { run, close } = await prepare(request, finish, signal)
    return { close, run: (until) => run(until) as Promise<Vector> }
  }
}

/** Rounds that come to updates, finished in their thread. */
function roundsOf(task: NodeTask, workplace: Workplace) {
  const open = workplace(task.data)
  const own = layoutOfModel(task.model)
  let ownStep: Uint8Array | undefined
  return async (request: TrainRequest, finish: Finish, signal: AbortSignal) => {
    const { rate, epochs, batch } = settingsOf(request, task.own)
    const work = open()
    // What a server made up may break more than it should, and whatever it breaks is this message's.
    const judged = (turn: TableTurn): Promise<TableAnswer> =>
      work.ask(turn, signal).catch((error: Error) => {
        if (error instanceof FrostglassError && error.code !== 'aborted') throw error
        throw tooLong()
      })
    try {
      ownStep ??= request.step ? undefined : task.ownStep()
      const facts = factsOf(await judged({ read: { bytes: request.step ?? ownStep!, batch } }))
      const layout = request.step ? sentLayout(facts, request, task) : reordered(facts.layout, own)
      const { weights: from, arraysOf } = matchArrays(request.arrays, layout)
      // Only now something runs: a step on zeros, and the noise, which takes as long as it takes before a row is touched.
      const noise = numbersOf(await judged({ draw: finish }))
      const proximal = request.proximal ? { proximal: { strength: request.proximal } } : {}
      const train = { rate, epochs, batch, ...proximal, from }
      return {
        from,
        arraysOf,
        // Cut off, out of memory, ended: an update of nothing, whose noise is drawn already.
        run: (until: AbortSignal): Promise<Finished> =>
          work.ask({ train }, until).then(numbersOf, () => noise),
        close: () => work.end(),
      }
    } catch (error) {
      work.end()
      throw error
    }
  }
}

const factsOf = (answer: TableAnswer): StepFacts => {
  if ('facts' in answer) return answer.facts
  throw new TypeError('a thread answered another question')
}
const numbersOf = (answer: TableAnswer): Finished => {
  if ('numbers' in answer) return answer.numbers
  throw new TypeError('a thread answered another question')
}

/** Where a sent step's weights lie. @throws FrostglassError 'input' where it is for other rows, or is asked for what it has not */
function sentLayout(facts: StepFacts, { proximal }: TrainRequest, task: NodeTask): Layout {
  requireRows(facts, task.data)
  task.requireMeaning(facts.card)
  if (proximal && !facts.pulled) throw unfit('proximal-mu is asked for, and its step has no pull')
  return facts.layout
}

/** A layout whose slots are in another one's order, each where it lies: by place, arrays are the model's. */
function reordered({ slots, size }: Layout, order: Layout): Layout {
  const byName = new Map(slots.map((slot) => [slot.name, slot]))
  return { size, slots: order.slots.map(({ name }) => byName.get(name)!) }
}

const tooLong = (): FrostglassError =>
  new FrostglassError(
    'unsupported',
    'the step, and the noise for its weights, take more time or memory than this node gives a round before it pays for it',
    'Send a smaller model, or have the node’s owner give rounds more time (--limit).',
  )

/**
 * Rounds whose unit is a row: private training from the server's weights on. A step that is sent is not run: it says which
 * model the fleet learns, and has to be the file of this node's own.
 */
export function rowRounds(task: NodeTask, privacy: RowPrivacy): PrepareRound {
  const { model, loss, own } = task
  const layout = layoutOfModel(model)
  const open = rowThreads(task)
  let ownStep: Uint8Array | undefined
  return async (request) => {
    ownStep ??= request.step && task.ownStep()
    if (request.step && Buffer.compare(request.step, ownStep!) !== 0) throw otherModel(request, layout)
    if (request.proximal)
      throw unfit('proximal-mu is asked for, and this node’s private training has no pull')
    const { weights: from, arraysOf } = matchArrays(request.arrays, layout)
    const { rate } = settingsOf(request, own)
    const { batch, epochs } = own
    const thread = open()
    return {
      arraysOf: (weights) => arraysOf(weights as Float64Array),
      run: (signal) => thread.ask({ ...privacy, model, loss, rate, epochs, batch, from }, signal),
      close: () => thread.end(),
    }
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
function requireRows({ input, target }: StepFacts, { x, y }: Dataset): void {
  if (String(input) === String(x.shape.slice(1)) && String(target) === String(y.shape.slice(1))) return
  throw unfit(`its step takes rows of [${input}] with targets of [${target}], and this node has others`)
}

const settingsOf = ({ rate, epochs, batch }: TrainRequest, own: OwnSettings): OwnSettings => ({
  rate: rate ?? own.rate,
  epochs: epochs ?? own.epochs,
  batch: batch ?? own.batch,
})
