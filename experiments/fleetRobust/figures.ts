// The figure of liars: accuracy by their number, a line for each aggregator, a field for each lie.
// Source: Blanchard et al. 2017, figure 4.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { lies } from './fleetRobust.ts'
import type { RobustResults } from './results.ts'

/** The lies in words. */
export const lieNames = {
  reversed: 'ten times the update, backwards',
  together: 'one random vector of all liars',
  labels: 'honest work on labels 9 − y',
} as const

export function liarsFigure({ rows, provided }: RobustResults): FigureSpec {
  const names = rows.map(({ aggregator }) => aggregator)
  return {
    title: {
      text: 'What is left under liars',
      subtitle: `aggregators are made for ${provided} liars (dashed)`,
    },
    data: {
      values: rows.flatMap(({ aggregator, honest, under }) =>
        lies.flatMap((lie) => [
          { aggregator, lie: lieNames[lie], liars: 0, accuracy: honest.value, provided },
          ...under
            .filter((one) => one.lie === lie)
            .map(({ liars, accuracy }) => ({
              aggregator,
              lie: lieNames[lie],
              liars,
              accuracy: accuracy.value,
              provided,
            })),
        ]),
      ),
    },
    facet: { column: { field: 'lie', type: 'nominal', title: null, sort: lies.map((lie) => lieNames[lie]) } },
    spec: {
      width: 230,
      height: 240,
      layer: [
        {
          mark: { type: 'rule', strokeDash: [4, 3], color: '#888' },
          encoding: { x: { aggregate: 'max', field: 'provided', type: 'quantitative' } },
        },
        {
          mark: { type: 'line', strokeWidth: 1.6, point: true },
          encoding: {
            x: {
              field: 'liars',
              type: 'quantitative',
              title: 'liars',
              axis: { tickMinStep: 1, grid: false },
            },
            y: {
              field: 'accuracy',
              type: 'quantitative',
              scale: { domain: [0, 1] },
              axis: { format: '.0%' },
              title: 'test images told rightly',
            },
            color: {
              field: 'aggregator',
              type: 'nominal',
              title: null,
              scale: { domain: names, range: palette.slice(0, names.length) },
            },
          },
        },
      ],
    },
  }
}
