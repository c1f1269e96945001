// The time-series experiment: a forecast of car sales from protected months, by number of frozen layers.
// Source: SPG section 5.2, Figure 12; issue 9, section 1.
// 13 windows train a forecast: its errors say little about what the layers destroy. The page says what does.

import { adam, rmsprop, sgd } from '../learn/index.ts'
import { columnsOfChoice, monthsOfChoice, salesChoices } from './carSales.ts'
import { experiment, type Settings } from './experiment.ts'
import { secretOf } from './seeds.ts'
import { seriesReport } from './seriesReport.ts'
import { seriesSplits } from './seriesSplits.ts'
import { type Arm, type Forecast, type Frozen, forecast, type SeriesRecipe } from './seriesTraining.ts'

/**
 * `paper`: Glorot matrices, no bias, float32, and the service takes the numbers as they come. `full`: bounded matrices,
 * bias and order of columns, float64, and the service standardises. `standardised`: the paper's layers, and the service
 * standardises. `blind`: the service gets zeros.
 */
export const arms = {
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

export const frozenActivations = ['tanh', 'sigmoid', 'exp'] as const

const lengths = { epochs: 300, patience: 30 }

/** The recipe with the smallest validation error in the grid on the unprotected series of the first choice. */
export const chosenRecipe: SeriesRecipe = {
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
export const seriesExperiment = experiment<SeriesTask, SeriesAnswer>({
  name: 'series',
  title: 'car sales from protected months',
  tasks({ quick, seed, seeds = quick ? 1 : 4 }: Settings) {
    const all = seriesSplits(monthsOfChoice).map((_, i) => i)
    const splits = quick ? all.filter((i) => i % 3 === 0) : all
    const depths = quick ? [1, 2, 3, 4, 6, 10] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const choices = quick ? salesChoices.slice(0, 1) : salesChoices
    const common = { recipe: chosenRecipe, splits }
    const grid = quick ? [] : gridRecipes
    return [
      ...grid.map((recipe) => ({
        purpose: 'grid' as const,
        choice: choices[0]!.name,
        arm: 'full' as const,
        frozen: unprotected,
        recipe,
        splits,
        seed,
      })),
      ...choices.flatMap(({ name }, c) => {
        // The first choice is the figure; the others only show whether it depends on the choice.
        const names: readonly ArmName[] =
          c === 0 && !quick ? ['paper', 'full', 'standardised'] : ['paper', 'full']
        const cells = [
          ...names.map((arm) => ({ arm, frozen: unprotected })),
          { arm: 'blind' as const, frozen: unprotected },
          ...names.flatMap((arm) =>
            frozenActivations.flatMap((activation) =>
              depths.map((layers) => ({ arm, frozen: { layers, activation } })),
            ),
          ),
        ]
        return Array.from({ length: c === 0 ? seeds : Math.ceil(seeds / 4) }, (_, i) =>
          cells.map((cell) => ({
            purpose: 'layers' as const,
            choice: name,
            ...cell,
            ...common,
            seed: seed + i,
          })),
        ).flat()
      }),
    ]
  },
  async run({ choice, arm, frozen, recipe, splits, seed }) {
    const columns = columnsOfChoice(salesChoices.find(({ name }) => name === choice)!)
    const all = seriesSplits(monthsOfChoice)
    const forecasts: Forecast[] = []
    for (const i of splits) {
      // As in the paper, each split draws its own layers; all arms and depths of a split and seed share one secret.
      const secret = secretOf(seed, `figure 12, split ${i}`)
      const options = { arm: arms[arm], frozen, secret, recipe, seed: seed * all.length + i }
      forecasts.push(await forecast(columns, all[i]!, options))
    }
    return forecasts
  },
  report: seriesReport,
})
