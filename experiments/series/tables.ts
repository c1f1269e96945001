// The tables on the page of the time-series experiment.
// Source: results.ts.

import type { Optimizer } from '../../src/learn/index.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { SeriesCell } from './cells.ts'
import type { Reference, SeriesData } from './results.ts'
import {
  activations,
  armNames,
  armsOf,
  cellOf,
  cellTable,
  cellText,
  depthsOf,
  shareText,
  sizeText,
} from './text.ts'
import type { SeriesRecipe } from './training.ts'

type Arm = keyof typeof armNames

/** A table with its heading for each variant of a choice. */
export const variantTables = (
  data: SeriesData,
  choice: string,
  arms: readonly Arm[],
  part: 'test' | 'validation',
) => arms.map((arm) => ({ variant: armNames[arm], table: cellTable(data, choice, arm, part) }))

export const choiceTable = ({ choices, references }: SeriesData): string =>
  markdownTable(
    ['series', 'target', 'competitors', 'adjoint classes', 'first month', 'mean of target', 'why'],
    choices.map((choice, i) => [
      choice.name,
      choice.target,
      choice.competitors.join(', '),
      choice.adjoint.join(', '),
      choice.from,
      references[i]!.level.toFixed(0),
      choice.why,
    ]),
  )

/** The eight best recipes and the two worst. */
export function gridTable({ grid }: SeriesData): string {
  const number = (value: number | undefined) => (value === undefined ? 'failed' : value.toFixed(0))
  return markdownTable(
    ['recipe', 'validation RMSE', 'test RMSE', 'epochs'],
    [...grid.slice(0, 8), ...grid.slice(-2)].map((row) => [
      recipeText(row.recipe),
      number(row.validation),
      number(row.test),
      number(row.epochs),
    ]),
  )
}

const optimizers: Readonly<Record<Optimizer['kind'], string>> = {
  adadelta: 'Adadelta',
  adagrad: 'Adagrad',
  adam: 'Adam',
  rmsprop: 'RMSprop',
  sgd: 'SGD with momentum',
}

export function recipeText({ optimizer, activation }: SeriesRecipe): string {
  return `${optimizers[optimizer.kind]}, rate ${optimizer.learningRate}, ${activation} cells`
}

/** Whether exp fails, and why. */
export function expTable(data: SeriesData): string {
  const main = data.choices[0]!.name
  const arms = armsOf(data, main)
  const rows = depthsOf(data, main).map((layers) => {
    const paper = cellOf(data, main, 'paper', 'exp', layers)
    return [
      `${layers}`,
      ...arms.map((arm) => {
        const { trained, trainings } = cellOf(data, main, arm, 'exp', layers)
        return shareText(trained / trainings)
      }),
      sizeText(paper.largest),
      paper.peak === undefined ? '–' : shareText(paper.peak),
      sizeText(cellOf(data, main, 'full', 'exp', layers).largest),
      shareText(lostLater(data, layers)),
    ]
  })
  return markdownTable(
    [
      'layers',
      ...arms.map((arm) => `${arm}: forecasts`),
      'paper: largest',
      'paper: largest month',
      'full: largest',
      'full: lost later',
    ],
    rows,
  )
}

/** Share of trainings of the full scheme that are lost to months after the training block. */
export function lostLater(data: SeriesData, layers: number): number {
  const { lost, trainings } = cellOf(data, data.choices[0]!.name, 'full', 'exp', layers)
  return lost.later / trainings
}

export function growthTable({ growth }: SeriesData): string {
  const depths = [...new Set(growth.map((g) => g.layers))]
  const scalings = [...new Set(growth.map((g) => g.scaling))]
  return markdownTable(
    ['layers', ...scalings.flatMap((s) => [`${s}: float32`, 'float64', 'largest'])],
    depths.map((layers) => [
      `${layers}`,
      ...scalings.flatMap((s) => {
        const grown = growth.find((g) => g.scaling === s && g.layers === layers)!
        return [shareText(grown.float32), shareText(grown.float64), sizeText(grown.largest)]
      }),
    ]),
  )
}

/** The errors of simple rules beside the network's: all windows / those that nothing was chosen on. */
export function ruleTable({ references, cells }: SeriesData): string {
  const find = (choice: string, arm: SeriesCell['arm']) =>
    cells.find((c) => c.choice === choice && c.arm === arm && c.layers === 0)!
  const pair = (test: number, strict: number) => `${test.toFixed(0)} / ${strict.toFixed(0)}`
  const rule = ({ test, strict }: Reference['last']) => pair(test, strict)
  const network = ({ test, strict }: SeriesCell) => pair(test!.mean, strict!.mean)
  return markdownTable(
    ['series', 'no layers', 'zeros', 'last month repeated', 'same month a year before', 'training mean'],
    references.map((r) => [
      r.choice,
      network(find(r.choice, 'full')),
      network(find(r.choice, 'blind')),
      rule(r.last),
      rule(r.seasonal),
      rule(r.mean),
    ]),
  )
}

const bothHead = ['layers', ...activations.map((a) => `paper ${a}`), ...activations.map((a) => `full ${a}`)]

/** Both variants of a choice side by side. */
function bothRows(data: SeriesData, choice: string): string[][] {
  return depthsOf(data, choice).map((layers) => [
    `${layers}`,
    ...(['paper', 'full'] as const).flatMap((arm) =>
      activations.map((a) => cellText(cellOf(data, choice, arm, a, layers), 'test')),
    ),
  ])
}

export const bothTable = (data: SeriesData, choice: string): string =>
  markdownTable(bothHead, bothRows(data, choice))

export const bothPlainTable = (data: SeriesData, choice: string): string =>
  plainTable(bothHead, bothRows(data, choice))
