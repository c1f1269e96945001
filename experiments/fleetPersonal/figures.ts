// The figure of personalisation: each user's accuracy under its fitted model, against those of the other two.
// Source: Servia-Rodríguez et al. 2018, figure 5.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { Group } from './results.ts'

export function usersFigure({ users }: Group): FigureSpec {
  const others = ['global', 'local'] as const
  const axis = { format: '.0%' }
  return {
    width: 320,
    height: 320,
    title: {
      text: 'A model for each user',
      subtitle: 'each user twice; above the line the fitted model is better',
    },
    layer: [
      {
        data: {
          values: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
        },
        mark: { type: 'line', color: '#888', strokeDash: [4, 3] },
        encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
      },
      {
        data: {
          values: users.flatMap(({ right, windows }) =>
            others.map((other) => ({
              other,
              x: right[other]! / windows,
              y: right.personalised! / windows,
            })),
          ),
        },
        mark: { type: 'point', filled: true, size: 45, opacity: 0.8 },
        encoding: {
          x: { field: 'x', type: 'quantitative', axis, title: 'global or local model' },
          y: { field: 'y', type: 'quantitative', axis, title: 'personalised model' },
          color: {
            field: 'other',
            type: 'nominal',
            title: 'against',
            scale: { domain: others, range: palette.slice(0, 2) },
          },
        },
      },
    ],
  }
}
