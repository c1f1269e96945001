// The figures of private training over users: accuracy by rounds, and where the adaptive norm goes.
// Source: Andrew et al. 2021, figure 3.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { accuracyFigure } from '../fleet/accuracyFigure.ts'
import type { PrivateResults, PrivateRow } from './results.ts'

/** How a row clips, in words. */
export const nameOf = ({ clipping }: PrivateRow): string =>
  clipping === 'none' ? 'not private' : clipping === 'adaptive' ? 'adaptive' : `fixed, ${clipping}`

export const roundsFigure = ({ rows, epsilon, users }: PrivateResults): FigureSpec =>
  accuracyFigure(
    rows.map((row) => ({ name: nameOf(row), accuracies: row.accuracies })),
    { title: 'What privacy of users costs', subtitle: `${users} users, ε = ${epsilon}, by clipping norm` },
  )

export const normsFigure = ({ rows }: PrivateResults): FigureSpec => ({
  width: 480,
  height: 180,
  title: { text: 'The adaptive clipping norm' },
  data: {
    values: rows.flatMap(({ clips }) => (clips ?? []).map((clip, k) => ({ round: k + 1, clip }))),
  },
  mark: { type: 'line', strokeWidth: 1.6, color: palette[1] },
  encoding: {
    x: { field: 'round', type: 'quantitative', title: 'round', axis: { tickMinStep: 1, grid: false } },
    y: { field: 'clip', type: 'quantitative', title: 'norm' },
  },
})
