// The figures of private queries: how often bars held, errors of means.
// Source: results.ts.

import { palette } from '../../src/figures/index.ts'
import { share } from '../shares.ts'
import type { BarsAnswer, MeanAnswer } from './queries.ts'

export function barsFigure(bars: readonly BarsAnswer[], runs: number) {
  const values = bars.map((bar) => {
    const { value, interval } = share(bar.held, bar.of)
    return { answer: `${bar.query + 1}. ${bar.name}`, value, low: interval[0], high: interval[1] }
  })
  const y = { field: 'answer', type: 'nominal', title: null, sort: null, axis: { labelLimit: 260 } }
  const scale = { domain: [0.9, 1], zero: false, clamp: true }
  return {
    width: 420,
    height: { step: 22 },
    title: {
      text: 'How often 95% error bars held',
      subtitle: `${runs.toLocaleString('en')} draws of the noise; the line is what they state`,
    },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: palette[1], strokeDash: [4, 3] },
        encoding: { x: { datum: 0.95, type: 'quantitative', scale } },
      },
      {
        mark: { type: 'rule', color: palette[0], strokeWidth: 2 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', scale, title: 'share that held', axis: { format: '.0%' } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 60, color: palette[0], opacity: 1 },
        encoding: { y, x: { field: 'value', type: 'quantitative', scale } },
      },
    ],
  }
}

export function meansFigure(means: readonly MeanAnswer[]) {
  const values = means.flatMap(({ what, epsilon, shared, centred, naive }) =>
    Object.entries({ ours: shared, 'centred sum / count': centred, 'sum / count': naive }).map(
      ([by, error]) => ({
        what,
        epsilon,
        by,
        error,
      }),
    ),
  )
  return {
    config: { legend: { labelLimit: 260 } },
    title: { text: 'Means with a private count, at equal ε', subtitle: 'root mean square error' },
    data: { values },
    facet: { field: 'what', type: 'nominal', title: null, columns: 2, sort: null },
    columns: 2,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 260,
      height: 180,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'epsilon', type: 'quantitative', scale: { type: 'log' }, title: 'ε' },
        y: { field: 'error', type: 'quantitative', scale: { type: 'log' }, title: null },
        color: { field: 'by', type: 'nominal', title: null, sort: null },
      },
    },
  }
}
