// The figure of accuracy by bottleneck.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { bottleneckAxis } from '../images/bottleneckAxis.ts'
import type { Point } from './results.ts'

export function accuracyFigure(points: readonly Point[]): FigureSpec {
  const values = points.map((p) => ({
    classifier: `before ${p.classifier}`,
    obfuscator: p.obfuscator,
    bottleneck: p.bottleneck,
    value: p.obfuscated.value,
    low: p.obfuscated.interval[0],
    high: p.obfuscated.interval[1],
    raw: p.raw.value,
  }))
  const bottom = Math.floor(100 * Math.min(...values.map((v) => v.low)) - 0.5) / 100
  const x = bottleneckAxis
  const color = {
    field: 'obfuscator',
    type: 'nominal',
    title: null,
    scale: { range: [palette[1], palette[0]] },
  }
  const y = {
    type: 'quantitative',
    title: 'right answers',
    scale: { domain: [Math.max(0, bottom), 1], zero: false },
    axis: { format: '.0%' },
  }
  return {
    title: {
      text: 'What the service still tells, by bottleneck',
      subtitle: 'test accuracy with 95% intervals; dashed: raw samples; shaded: within 1 point of raw',
    },
    data: { values },
    facet: { column: { field: 'classifier', title: null } },
    spec: {
      width: 300,
      height: 240,
      layer: [
        {
          transform: [
            { aggregate: [{ op: 'mean', field: 'raw', as: 'raw' }] },
            { calculate: 'datum.raw - 0.01', as: 'near' },
          ],
          mark: { type: 'rect', opacity: 0.08, color: '#000' },
          encoding: { y: { field: 'near', ...y }, y2: { field: 'raw' } },
        },
        {
          mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
          encoding: { y: { field: 'raw', aggregate: 'mean', ...y } },
        },
        { mark: { type: 'rule' }, encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color } },
        {
          mark: { type: 'line', point: { filled: true, size: 50 } },
          encoding: { x, y: { field: 'value', aggregate: 'mean', ...y }, color },
        },
      ],
    },
  }
}
