// The figures of private training: accuracy against ε, one for each set of images.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { PriceRow } from './results.ts'
import { names } from './tables.ts'

export function priceFigure(set: string, rows: readonly PriceRow[]): FigureSpec {
  const priced = rows.filter((row) => row.epsilon !== undefined)
  const points = priced.flatMap((row) =>
    row.accuracies.map((accuracy) => ({ epsilon: row.epsilon, accuracy, model: names[row.recipe] })),
  )
  const means = priced.map((row) => ({ epsilon: row.epsilon, accuracy: row.mean, model: names[row.recipe] }))
  const open = rows.filter((row) => row.epsilon === undefined).map((row) => ({ accuracy: row.mean }))
  const x = {
    field: 'epsilon',
    type: 'quantitative',
    scale: { type: 'log' },
    axis: { values: [0.5, 1, 2, 3, 8], grid: false },
    title: 'ε (δ = 1e-5)',
  }
  const y = {
    field: 'accuracy',
    type: 'quantitative',
    scale: { zero: false },
    axis: { format: '.1%' },
    title: 'test images told rightly',
  }
  const color = {
    field: 'model',
    type: 'nominal',
    title: null,
    scale: { domain: Object.values(names), range: palette.slice(0, 2) },
    legend: { orient: 'bottom' },
  }
  return {
    config: { legend: { labelLimit: 260 } },
    width: 460,
    height: 280,
    title: {
      text: `Private training on ${set}`,
      subtitle: 'each run a point; dashed: the linear head without privacy',
    },
    layer: [
      { data: { values: means }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y, color },
      },
      {
        data: { values: open },
        mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
        encoding: { y: { field: 'accuracy', type: 'quantitative' } },
      },
    ],
  }
}
