// The figure of trainings of a fleet: accuracy by rounds, a line each.
// Source: McMahan et al. 2017, figures 2 to 4.

import { type FigureSpec, palette } from '../../src/figures/index.ts'

/** One training; `accuracies[k]` is that after round k + 1. */
export interface Curve {
  readonly name: string
  readonly accuracies: readonly number[]
}

/** @param mark an accuracy that was wanted: a dashed line */
export function accuracyFigure(
  curves: readonly Curve[],
  { title, subtitle, mark }: { readonly title: string; readonly subtitle: string; readonly mark?: number },
): FigureSpec {
  const y = { field: 'accuracy', type: 'quantitative' }
  return {
    width: 480,
    height: 300,
    title: { text: title, subtitle },
    layer: [
      {
        data: {
          values: curves.flatMap(({ name, accuracies }) =>
            accuracies.map((accuracy, k) => ({ name, round: k + 1, accuracy })),
          ),
        },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: {
          x: { field: 'round', type: 'quantitative', title: 'round', axis: { tickMinStep: 1, grid: false } },
          y: { ...y, scale: { zero: false }, axis: { format: '.0%' }, title: 'test images told rightly' },
          color: {
            field: 'name',
            type: 'nominal',
            title: null,
            scale: { domain: curves.map(({ name }) => name), range: palette.slice(0, curves.length) },
            legend: { orient: 'right' },
          },
        },
      },
      ...(mark === undefined
        ? []
        : [
            {
              data: { values: [{ accuracy: mark }] },
              mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
              encoding: { y },
            },
          ]),
    ],
  }
}
