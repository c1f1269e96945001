// The paper's grid search on raw wheat, as a command: activation, optimiser, rate, neurons, layers, batch.
// Source: SPG section 5.1 for what is varied; halving as in Jamieson and Talwalkar (2016), on folds instead of epochs.
// Each block of one activation, optimiser and batch halves for itself, so that blocks can run at once and start anew.

import {
  type ActivationName,
  adadelta,
  adagrad,
  adam,
  type Configuration,
  dense,
  type Optimizer,
  rmsprop,
  sgd,
} from '../../src/learn/index.ts'
import { average } from '../estimates.ts'
import type { Settings, Work } from '../experiment.ts'
import {
  type ClassifiedRows,
  paperModel,
  paperTraining,
  protectedWheat,
  type Trial,
  trials,
  wheatRows,
} from '../wheat.ts'

const optimizers: Readonly<Record<string, (learningRate: number) => Optimizer>> = {
  sgd: (learningRate) => sgd({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate }),
  adagrad: (learningRate) => adagrad({ learningRate }),
  adadelta: (learningRate) => adadelta({ learningRate }),
  adam: (learningRate) => adam({ learningRate }),
}

/** One configuration of the grid. */
export interface Choice {
  readonly activation: ActivationName
  readonly optimizer: string
  readonly rate: number
  /** Units of each hidden layer. */
  readonly neurons: number
  /** Hidden layers. */
  readonly layers: number
  readonly batch: number
}

/** What is varied. */
export type Space = { readonly [F in keyof Choice]: readonly Choice[F][] }

const space: Space = {
  activation: ['relu', 'elu', 'sigmoid', 'tanh'],
  optimizer: Object.keys(optimizers),
  rate: [1, 0.1, 0.01, 0.001],
  neurons: [8, 9, 10, 11, 12, 13],
  layers: [1, 2, 3],
  batch: [1, 10, 21, 70],
}

const quickSpace: Space = {
  activation: ['relu', 'tanh'],
  optimizer: Object.keys(optimizers),
  rate: [0.1, 0.01],
  neurons: [8, 13],
  layers: [1, 2],
  batch: [10, 70],
}

/** At most this many epochs for each size of a batch: small batches take more steps in an epoch. */
export const epochLimits: Readonly<Record<number, number>> = { 1: 40, 10: 200, 21: 250, 70: 300 }

/** Our own recipe, as a choice of the grid. */
export const ownChoice: Choice = {
  activation: 'tanh',
  optimizer: 'adam',
  rate: 0.1,
  neurons: 8,
  layers: 1,
  batch: 10,
}

/** A block of the grid; without choices, our own recipe. */
export interface GridTask {
  readonly choices: readonly Choice[]
  /** Seed of the folds and first weights of the search. */
  readonly seed: number
  /** Seeds of the champion's own measurement, none of them the search's. */
  readonly fresh: readonly number[]
}

/** A choice on the first fold. */
export interface Searched extends Trial {
  readonly choice: Choice
}

export interface GridAnswer {
  /** Every choice of the block, on the first fold. */
  readonly searched: readonly Searched[]
  readonly champion: Choice
  /** Mean accuracy over the five folds that chose it. */
  readonly chosenBy: number
  /** Five folds for each fresh seed. */
  readonly trials: readonly (readonly Trial[])[]
  readonly trainings: number
}

/** The grid search. */
export const gridWork: Work<GridTask, GridAnswer> = {
  tasks({ quick, seed, seeds = quick ? 2 : 5 }: Settings) {
    const { activation, optimizer, rate, neurons, layers, batch } = quick ? quickSpace : space
    const fresh = Array.from({ length: seeds }, (_, i) => seed + 1 + i)
    const blocks = batch.flatMap((b) =>
      optimizer.flatMap((o) =>
        activation.map((a): GridTask => {
          const choices = rate.flatMap((r) =>
            neurons.flatMap((n) =>
              layers.map((l) => ({ activation: a, optimizer: o, rate: r, neurons: n, layers: l, batch: b })),
            ),
          )
          return { choices, seed, fresh }
        }),
      ),
    )
    return [...blocks, { choices: [], seed, fresh }]
  },
  async run({ choices, seed, fresh }, signal) {
    const raw = await wheatRows()
    const byItself = choices.length === 0
    const found = byItself ? await alone(raw, seed, signal) : await halved(raw, choices, seed, signal)
    const measured: Trial[][] = []
    for (const s of fresh) measured.push(await onFolds(raw, found.champion, s, [0, 1, 2, 3, 4], signal))
    return { ...found, trials: measured, trainings: found.trainings + 5 * fresh.length }
  },
}

type Search = Omit<GridAnswer, 'trials'>

async function alone(raw: ClassifiedRows, seed: number, signal?: AbortSignal): Promise<Search> {
  const trialsOfOwn = await onFolds(raw, ownChoice, seed, [0, 1, 2, 3, 4], signal)
  return {
    searched: [],
    champion: ownChoice,
    chosenBy: average(trialsOfOwn, (t) => t.accuracy),
    trainings: trialsOfOwn.length,
  }
}

/** One fold for all, two more for the best third, the last two for the best third of those. */
async function halved(
  raw: ClassifiedRows,
  choices: readonly Choice[],
  seed: number,
  signal?: AbortSignal,
): Promise<Search> {
  let open = choices.map((choice) => ({ choice, trials: [] as Trial[] }))
  let searched: Searched[] = []
  let trainings = 0
  for (const folds of [[0], [1, 2], [3, 4]]) {
    if (trainings > 0) open = open.toSorted(byMerit).slice(0, Math.max(2, Math.ceil(open.length / 3)))
    for (const candidate of open)
      candidate.trials.push(...(await onFolds(raw, candidate.choice, seed, folds, signal)))
    if (trainings === 0) searched = open.map(({ choice, trials }) => ({ choice, ...trials[0]! }))
    trainings += open.length * folds.length
  }
  const best = open.toSorted(byMerit)[0]!
  return { searched, champion: best.choice, chosenBy: average(best.trials, (t) => t.accuracy), trainings }
}

interface Candidate {
  readonly choice: Choice
  readonly trials: readonly Trial[]
}

/** More right answers first; of equals, fewer epochs. */
function byMerit(a: Candidate, b: Candidate): number {
  const accuracy = (c: Candidate) => average(c.trials, (t) => t.accuracy)
  const epochs = (c: Candidate) => average(c.trials, (t) => t.epochs)
  return accuracy(b) - accuracy(a) || epochs(a) - epochs(b)
}

async function onFolds(
  raw: ClassifiedRows,
  choice: Choice,
  seed: number,
  which: readonly number[],
  signal?: AbortSignal,
): Promise<Trial[]> {
  const { rows, folds } = protectedWheat(
    raw,
    {
      layers: 0,
      activation: 'identity',
      matrix: 'bounded',
      relabelling: false,
      rowOrder: false,
    },
    seed,
  )
  const found: Trial[] = []
  for (const f of which) {
    const fold = [folds[f]!]
    found.push(
      ...(await trials(rows, fold, 'standard', { ...configurationOf(choice), seed: seed + f }, signal)),
    )
  }
  return found
}

function configurationOf({ activation, optimizer, rate, neurons, layers, batch }: Choice): Configuration {
  const classes = paperModel.at(-1)!
  const hidden = Array.from({ length: layers }, (_, i) =>
    dense({ units: neurons, activation, name: `hidden.${i}` }),
  )
  return {
    ...paperTraining,
    layers: [...hidden, classes],
    optimizer: optimizers[optimizer]!(rate),
    batch,
    epochs: epochLimits[batch]!,
  }
}
