// The figure of encrypted training: held-out accuracy in the plain and under encryption.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { TrainingRow } from './results.ts'

export function accuracyFigure(rows: readonly TrainingRow[]): FigureSpec {
  const values = rows.flatMap((row) =>
    (
      [
        ['in the plain', row.sigmoid],
        ['in the plain, as encrypted', row.polynomial],
        ['under encryption', row.underEncryption],
      ] as const
    ).map(([training, { value, interval }]) => ({
      data: `${row.data}, ${row.model}, ${row.encrypted} encrypted`,
      training,
      value,
      low: interval[0],
      high: interval[1],
    })),
  )
  const x = {
    type: 'quantitative',
    scale: { domain: [0.5, 1] },
    title: 'held-out rows answered rightly',
    axis: { format: '.0%' },
  }
  const y = { field: 'data', type: 'nominal', title: null }
  const yOffset = { field: 'training', sort: values.slice(0, 3).map((v) => v.training) }
  const color = {
    field: 'training',
    type: 'nominal',
    title: null,
    sort: values.slice(0, 3).map((v) => v.training),
    scale: { range: [palette[0], palette[2], palette[1]] },
  }
  return {
    config: { legend: { labelLimit: 260 }, axis: { labelLimit: 320 } },
    width: 420,
    height: { step: 22 },
    title: {
      text: 'Trained in the plain and under CKKS',
      subtitle: 'with 95% intervals of the test sample',
    },
    data: { values },
    layer: [
      { mark: 'rule', encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y, yOffset, color } },
      {
        mark: { type: 'point', filled: true, size: 70 },
        encoding: { x: { field: 'value', ...x }, y, yOffset, color },
      },
    ],
  }
}
