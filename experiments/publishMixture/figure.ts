// Accuracy by ε, of clusters and of one network.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { MixtureResults } from './results.ts'

export function mixtureFigure({ rows }: MixtureResults): FigureSpec {
  const private_ = rows.filter(({ epsilon }) => epsilon > 0)
  const open = rows.filter(({ epsilon, arm }) => epsilon === 0 && arm !== 'real')
  const y = {
    field: 'accuracy',
    type: 'quantitative',
    title: 'right, on real test pictures',
    scale: { domain: [0, 1] },
    axis: { format: '.0%' },
  }
  const color = {
    field: 'arm',
    type: 'nominal',
    title: null,
    scale: { domain: ['clusters', 'one network'], range: [palette[0], palette[1]] },
  }
  const x = {
    field: 'epsilon',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'ε',
    axis: { values: [1, 3, 8], grid: false },
  }
  const values = (some: MixtureResults['rows']) => ({
    values: some.map(({ arm, epsilon, accuracy, spread }) => ({
      arm,
      epsilon,
      accuracy,
      low: accuracy - spread,
      high: accuracy + spread,
    })),
  })
  return {
    width: 320,
    height: 220,
    title: {
      text: 'A classifier taught drawn digits',
      subtitle: 'MNIST at 14 × 14; dashed: networks that are not private',
    },
    layer: [
      {
        data: values(private_),
        mark: { type: 'line', strokeWidth: 1.6, point: true },
        encoding: { x, y, color },
      },
      {
        data: values(private_),
        mark: { type: 'rule' },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { data: values(open), mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { y, color } },
    ],
  }
}
