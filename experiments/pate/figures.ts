// The figure of PATE: what a student learns for how much.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { QueriesRow } from './results.ts'

/** @param seeds how many students each point is the mean of */
export function priceFigure(rows: readonly QueriesRow[], teachers: number, seeds: number): FigureSpec {
  const mean = {
    field: 'mean',
    type: 'quantitative',
    title: 'accuracy',
    axis: { format: '.1%' },
    scale: { zero: false },
  }
  return {
    width: 420,
    height: 260,
    title: {
      text: 'What a student learns for how much',
      subtitle: `${teachers} teachers, δ = 10⁻⁵, mean of ${seeds} students`,
    },
    data: {
      values: rows.flatMap((row) =>
        (
          [
            ['these votes', row.dependent],
            ['published', row.epsilonPublished],
          ] as const
        ).flatMap(([account, epsilon]) =>
          (
            [
              ['plain', row.plain],
              ['with consistency', row.consistent],
            ] as const
          ).map(([student, point]) => ({ account, student, epsilon, ...point })),
        ),
      ),
    },
    layer: [
      {
        mark: { type: 'rule', opacity: 0.5 },
        encoding: { y2: { field: 'most' }, y: { field: 'least', type: 'quantitative' } },
      },
      {
        mark: { type: 'line', opacity: 0.5 },
        encoding: { y: mean, detail: { field: 'account', type: 'nominal' } },
      },
      {
        mark: { type: 'point', filled: true, opacity: 1, size: 90 },
        encoding: { y: mean, shape: { field: 'account', type: 'nominal', title: 'ε of' } },
      },
    ],
    encoding: {
      x: { field: 'epsilon', type: 'quantitative', title: 'ε', scale: { zero: false } },
      color: { field: 'student', type: 'nominal', title: 'student', scale: { range: [...palette] } },
    },
  }
}
