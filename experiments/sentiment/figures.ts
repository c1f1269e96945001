// The figure of the encrypted network: right answers while it learns.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { SentimentRow } from './results.ts'
import { block } from './sentiment.ts'
import { activations } from './tables.ts'

export function courseFigure(rows: readonly SentimentRow[]): FigureSpec {
  const values = rows
    .filter((row) => row.encryption !== 'with noise')
    .flatMap((row) =>
      row.course.map((value, i) => ({
        reviews: (i + 1) * block,
        value,
        weights: row.encryption === 'plain' ? 'in the plain' : 'encrypted',
        activation: activations[row.activation],
      })),
    )
  return {
    config: { legend: { labelLimit: 260, titleLimit: 260 } },
    title: {
      text: 'Right answers while learning, in one pass',
      subtitle: `each point ${block} reviews; a line ends where the values are lost`,
    },
    data: { values },
    facet: {
      row: {
        field: 'activation',
        type: 'nominal',
        title: null,
        header: { labelAngle: 0, labelAnchor: 'start', labelOrient: 'top', labelFontWeight: 'bold' },
      },
    },
    spec: {
      width: 560,
      height: 130,
      // Where both agree the thin line lies on the broad one.
      mark: { type: 'line' },
      encoding: {
        x: { field: 'reviews', type: 'quantitative', title: 'reviews learnt', axis: { format: ',d' } },
        y: {
          field: 'value',
          type: 'quantitative',
          title: 'answered rightly',
          scale: { domain: [0.6, 1] },
          axis: { format: '.0%', tickCount: 4 },
        },
        color: {
          field: 'weights',
          type: 'ordinal',
          title: 'weights',
          scale: { domain: ['in the plain', 'encrypted'], range: ['#B9D6EA', palette[1]] },
        },
        strokeWidth: {
          field: 'weights',
          type: 'ordinal',
          scale: { domain: ['in the plain', 'encrypted'], range: [7, 1.5] },
        },
        order: { field: 'reviews' },
      },
    },
  }
}
