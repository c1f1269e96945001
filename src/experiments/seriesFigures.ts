// Figure 12 and its companions: forecast error by number of frozen layers.
// Source: SPG Figure 12 (error bars by activation, the unprotected series beside them), as far as its layout is known.
// A point stands only where every training gave a forecast; elsewhere the figure says how many did.

import { type FigureSpec, palette } from '../figures/index.ts'
import type { SeriesCell } from './seriesCells.ts'
import type { SeriesData } from './seriesReport.ts'

type Part = 'test' | 'validation'

const armTitles = {
  paper: 'the paper’s layers (Glorot, float32)',
  standardised: 'the paper’s layers, service standardises',
  full: 'all stages (bounded, bias, order)',
} as const

type Shown = keyof typeof armTitles

const activations = ['tanh', 'sigmoid', 'exp']

/** Figure 12: the first choice, a panel a variant. */
export function mainFigure(data: SeriesData): FigureSpec {
  const { name, target } = data.choices[0]!
  return {
    title: {
      text: `Figure 12 measured again: forecast of ${target}`,
      subtitle: `${name}; RMSE over the test windows, mean ± sd over splits and seeds. ${legend}`,
    },
    ...panels(data, name, ['paper', 'full'], 'test'),
  }
}

/** The same by the validation error, with the paper's layers under a service that standardises. */
export function validationFigure(data: SeriesData): FigureSpec {
  const { name, target } = data.choices[0]!
  return {
    title: {
      text: `What the forecast of ${target} takes from its predictors`,
      subtitle: `RMSE over the validation windows, by which training stops. ${legend}`,
    },
    ...panels(data, name, ['paper', 'standardised', 'full'], 'validation'),
  }
}

/** Figure 12 for the other choices of sales, a row each. */
export function choicesFigure(data: SeriesData): FigureSpec {
  return {
    title: {
      text: 'Figure 12 for three other choices of sales',
      subtitle: `RMSE over the test windows, mean ± sd over splits and seeds. ${legend}`,
    },
    vconcat: data.choices.slice(1).map(({ name, target }) => ({
      title: { text: `${target} (${name})`, fontSize: 13 },
      ...panels(data, name, ['paper', 'full'], 'test'),
    })),
    resolve: { scale: { y: 'independent' } },
  }
}

const legend = 'Band: no frozen layers; dashed: a service that gets zeros'

function panels(data: SeriesData, choice: string, arms: readonly Shown[], part: Part): FigureSpec {
  const all = data.cells.filter((cell) => cell.choice === choice)
  const blind = all.find((cell) => cell.arm === 'blind')![part]!
  const values = all.flatMap((cell): object[] => {
    if (!arms.includes(cell.arm as Shown)) return []
    const panel = armTitles[cell.arm as Shown]
    if (cell.layers === 0) return [{ panel, kind: 'base', ...bounds(cell, part) }]
    const at = { panel, activation: cell.activation, layers: cell.layers + shift(cell.activation) }
    if (cell.trained === cell.trainings) return [{ ...at, kind: 'point', ...bounds(cell, part) }]
    const share = `${Math.round((100 * cell.trained) / cell.trainings)}%`
    return [{ ...at, kind: 'missing', share }]
  })
  const kind = (name: string) => ({ filter: `datum.kind === '${name}'` })
  const x = {
    field: 'layers',
    type: 'quantitative',
    title: 'frozen layers',
    scale: { domain: [0.5, 10.5], nice: false },
    axis: { values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], grid: false, format: 'd' },
  }
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: 'RMSE (registrations a month)',
    scale: { zero: false },
  }
  const color = {
    field: 'activation',
    type: 'nominal',
    title: 'frozen activation',
    sort: activations,
    scale: { domain: activations, range: palette.slice(0, activations.length) },
  }
  return {
    data: { values },
    facet: {
      column: { field: 'panel', title: null, sort: arms.map((arm) => armTitles[arm]) },
    },
    spec: {
      width: arms.length > 2 ? 300 : 400,
      height: 240,
      layer: [
        {
          transform: [kind('base')],
          mark: { type: 'rect', color: '#999', opacity: 0.2 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          transform: [kind('base')],
          mark: { type: 'rule', color: '#666' },
          encoding: { y },
        },
        {
          mark: { type: 'rule', color: '#222', strokeDash: [5, 4] },
          encoding: { y: { datum: blind.mean } },
        },
        {
          transform: [kind('point')],
          mark: { type: 'rule', opacity: 0.6 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
        {
          transform: [kind('point')],
          mark: { type: 'line', point: { size: 40 } },
          encoding: { x, y, color },
        },
        {
          transform: [kind('missing')],
          mark: { type: 'text', fontSize: 11 },
          encoding: { x, y: { value: 10 }, text: { field: 'share' }, color },
        },
      ],
    },
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
