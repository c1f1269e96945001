// Figure 12 and its companions: forecast error by number of frozen layers.
// Source: SPG Figure 12 (error bars by activation, the unprotected series beside them), as far as its layout is known.
// A point stands only where every training gave a forecast; elsewhere the figure says how many did.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { SeriesCell } from './cells.ts'
import type { SeriesData } from './results.ts'
import { activations } from './text.ts'

type Part = 'test' | 'validation'

const armTitles = {
  paper: 'paper: Glorot, float32',
  standardised: 'paper, standardised',
  full: 'full: all stages',
} as const

type Shown = keyof typeof armTitles

/** Figures by the name of their file. */
export function seriesFigures(data: SeriesData): Readonly<Record<string, FigureSpec>> {
  return {
    'figure-12': mainFigure(data),
    'figure-12-validation': validationFigure(data),
    'figure-12-control': controlFigure(data),
    ...(data.choices.length > 1 ? { 'figure-12-choices': choicesFigure(data) } : {}),
  }
}

/** Figure 12: the first choice, a panel a variant. */
function mainFigure(data: SeriesData): FigureSpec {
  const { name, target } = data.choices[0]!
  return {
    title: {
      text: `Figure 12 measured again: forecast of ${target}`,
      subtitle: [`${name}; RMSE over the test windows, mean ± sd over splits and seeds`, legend],
    },
    ...panels(data, name, ['paper', 'full'], 'test'),
  }
}

/** The same by the validation error, with the paper's layers under a service that standardises. */
function validationFigure(data: SeriesData): FigureSpec {
  const { name, target } = data.choices[0]!
  return {
    title: {
      text: `What the forecast of ${target} takes from its predictors`,
      subtitle: ['RMSE over the validation windows, by which training stops, mean ± sd', legend],
    },
    ...panels(data, name, ['paper', 'standardised', 'full'], 'validation'),
  }
}

/** Figure 12 for a longer series on which predictors matter. */
function controlFigure(data: SeriesData): FigureSpec {
  const { name, target, months } = data.control
  return {
    title: {
      text: `A control: ${target} over ${months} months`,
      subtitle: ['RMSE over the test windows, mean ± sd over splits and seeds', legend],
    },
    ...panels(data, name, ['paper', 'standardised', 'full'], 'test'),
  }
}

/** Figure 12 for the other choices of sales, a row each. */
function choicesFigure(data: SeriesData): FigureSpec {
  return {
    title: {
      text: 'Figure 12 for three other choices of sales',
      subtitle: ['RMSE over the test windows, mean ± sd over splits and seeds', legend],
    },
    vconcat: data.choices.slice(1).map(({ name, target }) => ({
      title: { text: `${target} (${name})`, fontSize: 13 },
      ...panels(data, name, ['paper', 'full'], 'test'),
    })),
    resolve: { scale: { y: 'independent' } },
  }
}

const legend =
  'Band: no frozen layers. Dashed: a service that gets zeros. Percentages: trainings that gave a forecast, where not all did'

function panels(data: SeriesData, choice: string, arms: readonly Shown[], part: Part): FigureSpec {
  const width = arms.length > 2 ? 300 : 400
  return {
    hconcat: arms
      .filter((arm) => data.cells.some((cell) => cell.choice === choice && cell.arm === arm))
      .map((arm) => ({ ...panel(data, choice, arm, part), width, height: 240 })),
    resolve: { scale: { y: 'shared' } },
  }
}

// Each layer has values of its own, since filters over shared ones make Vega-Lite warn about its optimiser.
function panel(data: SeriesData, choice: string, arm: Shown, part: Part): FigureSpec {
  const cells = data.cells.filter((cell) => cell.choice === choice && cell.arm === arm)
  const blind = data.cells.find((cell) => cell.choice === choice && cell.arm === 'blind')!
  const base = [bounds(cells.find((cell) => cell.layers === 0)!, part)]
  const frozen = cells.filter((cell) => cell.layers > 0)
  const place = ({ activation, layers }: SeriesCell) => ({ activation, layers: layers + shift(activation) })
  const points = frozen
    .filter((cell) => cell.trained === cell.trainings)
    .map((cell) => ({ ...place(cell), ...bounds(cell, part) }))
  const missing = frozen
    .filter((cell) => cell.trained < cell.trainings)
    .map((cell) => ({ ...place(cell), share: `${Math.round((100 * cell.trained) / cell.trainings)}%` }))
  const x = {
    field: 'layers',
    type: 'quantitative',
    title: 'frozen layers',
    scale: { domain: [0.5, 10.7], nice: false },
    axis: { values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], grid: false, format: 'd' },
  }
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: 'RMSE (registrations a month)',
    scale: { zero: false },
  }
  const low = { ...y, field: 'low' }
  const high = { field: 'high' }
  const color = {
    field: 'activation',
    type: 'nominal',
    title: 'frozen activation',
    scale: { domain: activations, range: palette.slice(0, activations.length) },
  }
  return {
    title: { text: armTitles[arm], fontSize: 13, fontWeight: 'normal', offset: -12 },
    layer: [
      {
        data: { values: base },
        mark: { type: 'rect', color: '#999', opacity: 0.2 },
        encoding: { y: low, y2: high },
      },
      { data: { values: base }, mark: { type: 'rule', color: '#666' }, encoding: { y } },
      {
        data: { values: [bounds(blind, part)] },
        mark: { type: 'rule', color: '#222', strokeDash: [5, 4] },
        encoding: { y },
      },
      {
        data: { values: points },
        mark: { type: 'line', point: { size: 40 } },
        encoding: { x, y, color },
      },
      {
        data: { values: points },
        mark: { type: 'rule', opacity: 0.5 },
        encoding: { x, y: low, y2: high, color },
      },
      {
        data: { values: missing },
        mark: { type: 'text', fontSize: 11 },
        encoding: { x, y: { value: 10 }, text: { field: 'share' }, color },
      },
    ],
  }
}

function bounds(cell: SeriesCell, part: Part) {
  const { mean, deviation } = cell[part]!
  return { mean, low: mean - deviation, high: mean + deviation }
}

// Error bars of three activations at one depth would hide each other.
function shift(activation: string): number {
  return 0.16 * (activations.indexOf(activation) - 1)
}
