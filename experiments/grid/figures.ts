// The figure of the grid search: optimiser, rate and batch.
// Source: results.ts.

import type { FigureSpec } from '../../src/figures/index.ts'
import type { Cell } from './results.ts'

export function gridFigure(cells: readonly Cell[]): FigureSpec {
  const values = cells.map((c) => ({
    optimiser: c.optimizer,
    rate: `${c.rate}`,
    batch: c.batch,
    accuracy: 100 * c.accuracy,
  }))
  const x = { field: 'rate', type: 'nominal', title: 'learning rate', sort: null, axis: { labelAngle: 0 } }
  const y = { field: 'optimiser', type: 'nominal', title: 'optimiser', sort: null }
  return {
    title: {
      text: 'Optimiser, learning rate and batch',
      subtitle: 'mean accuracy on the first fold over activations, neurons and layers, %',
    },
    data: { values },
    facet: { column: { field: 'batch', title: 'rows in a batch', header: { titleFontWeight: 'normal' } } },
    spec: {
      width: { step: 44 },
      height: { step: 34 },
      layer: [
        {
          mark: 'rect',
          encoding: {
            x,
            y,
            color: {
              field: 'accuracy',
              type: 'quantitative',
              title: 'accuracy, %',
              scale: { domain: [30, 100], scheme: 'blues' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 12 },
          encoding: {
            x,
            y,
            text: { field: 'accuracy', type: 'quantitative', format: '.0f' },
            color: {
              condition: { test: 'datum.accuracy > 70', value: 'white' },
              value: '#222',
            },
          },
        },
      ],
    },
  }
}
