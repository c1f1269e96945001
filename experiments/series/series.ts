// The time-series experiment: a forecast of car sales from protected months, by number of frozen layers.
// Source: SPG section 5.2, Figure 12; docs/architecture.md#experiments.
// 13 windows train a forecast: its errors say little about what the layers destroy. The page says what does.

import { adam, rmsprop, sgd } from '../../src/learn/index.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import type { Settings, Work } from '../experiment.ts'
import {
  choiceOf,
  columnsOfChoice,
  controlChoice,
  type SalesChoice,
  salesChoices,
  splitsOfChoice,
} from './carSales.ts'
import { type Arm, type Forecast, type Frozen, forecast, type SeriesRecipe } from './training.ts'

/**
 * `paper`: Glorot matrices, no bias, float32, and the service takes the numbers as they come. `full`: bounded matrices,
 * bias and order of columns, float64, and the service standardises. `standardised`: the paper's layers, and the service
 * standardises. `blind`: the service gets zeros.
 */
const arms = {
  paper: { matrix: 'glorot', precision: 'float32', standardise: false },
  full: { matrix: 'bounded', precision: 'float64', standardise: true },
  standardised: { matrix: 'glorot', precision: 'float32', standardise: true },
  blind: 'blind',
} as const satisfies Record<string, Arm>

export type ArmName = keyof typeof arms

/** One cell of a figure with one seed: a training for each split. */
export interface SeriesTask {
  readonly purpose: 'grid' | 'layers'
  /** Name of the choice of sales. */
  readonly choice: string
  readonly arm: ArmName
  /** 0 layers: the unprotected series; the activation is then `identity`. */
  readonly frozen: Frozen
  readonly recipe: SeriesRecipe
  /** Numbers of the splits. */
  readonly splits: readonly number[]
  readonly seed: number
}

/** One forecast a split. */
export type SeriesAnswer = readonly Forecast[]

const frozenActivations = ['tanh', 'sigmoid', 'exp'] as const

const lengths = { epochs: 300, patience: 30 }

/** The recipe with the smallest validation error in the grid on the unprotected series of the first choice. */
const chosenRecipe: SeriesRecipe = {
  optimizer: rmsprop({ learningRate: 0.1 }),
  activation: 'sigmoid',
  ...lengths,
}

const gridRecipes: readonly SeriesRecipe[] = [0.001, 0.01, 0.1].flatMap((learningRate) =>
  [sgd({ learningRate, momentum: 0.9 }), rmsprop({ learningRate }), adam({ learningRate })].flatMap(
    (optimizer) =>
      (['sigmoid', 'softsign', 'tanh'] as const).map((activation) => ({ optimizer, activation, ...lengths })),
  ),
)

const unprotected: Frozen = { layers: 0, activation: 'identity' }

/** Figure 12 and what explains it. */
export const seriesWork: Work<SeriesTask, SeriesAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 8 }: Settings) {
    const [main, ...others] = salesChoices
    const depths = quick ? [1, 2, 3, 4, 6, 10] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const few = Math.ceil(seeds / 4)
    const both = ['paper', 'full'] as const
    const all = ['paper', 'full', 'standardised'] as const
    return [
      ...cells(controlChoice, quick ? both : all, quick ? [3] : [1, 3, 10], {
        every: quick ? 16 : 4,
        seed,
        seeds: few,
      }),
      ...(quick ? [] : gridTasks(seed)),
      ...cells(main, quick ? both : all, depths, { every: quick ? 3 : 1, seed, seeds }),
      ...(quick
        ? []
        : others.flatMap((choice) => cells(choice, both, depths, { every: 1, seed, seeds: few }))),
    ]
  },
  async run({ choice: name, arm, frozen, recipe, splits, seed }) {
    const choice = choiceOf(name)
    const columns = columnsOfChoice(choice)
    const all = splitsOfChoice(choice)
    const forecasts: Forecast[] = []
    for (const i of splits) {
      // Each split draws its own layers, as if they were initialised with its model. All arms and depths of a split
      // and seed share one secret.
      const secret = seededSecret(seed, `figure 12, split ${i}`)
      const options = { arm: arms[arm], frozen, secret, recipe, seed: seed * all.length + i }
      forecasts.push(await forecast(columns, all[i]!, options))
    }
    return forecasts
  },
}

function gridTasks(seed: number): SeriesTask[] {
  const [main] = salesChoices
  const common = { purpose: 'grid', choice: main.name, arm: 'full', frozen: unprotected, seed } as const
  return gridRecipes.map((recipe) => ({ ...common, recipe, splits: everyOf(main, 1) }))
}

function cells(
  choice: SalesChoice,
  names: readonly ArmName[],
  depths: readonly number[],
  { every, seed, seeds }: { readonly every: number; readonly seed: number; readonly seeds: number },
): SeriesTask[] {
  const kinds = [
    ...[...names, 'blind' as const].map((arm) => ({ arm, frozen: unprotected })),
    ...names.flatMap((arm) =>
      frozenActivations.flatMap((activation) =>
        depths.map((layers) => ({ arm, frozen: { layers, activation } })),
      ),
    ),
  ]
  const common = {
    purpose: 'layers' as const,
    choice: choice.name,
    recipe: chosenRecipe,
    splits: everyOf(choice, every),
  }
  return Array.from({ length: seeds }, (_, i) =>
    kinds.map((kind) => ({ ...common, ...kind, seed: seed + i })),
  ).flat()
}

function everyOf(choice: SalesChoice, every: number): number[] {
  return splitsOfChoice(choice).flatMap((_, i) => (i % every === 0 ? [i] : []))
}
