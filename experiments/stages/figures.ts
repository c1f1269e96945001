// The figure of the stages: what each change costs, with its interval.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { points } from '../textTables.ts'
import type { StagePoint } from './results.ts'
import { stageChanges, unchanged } from './stages.ts'

export function stagesFigure(all: readonly StagePoint[]): FigureSpec {
  const order = Object.keys(stageChanges)
  const base = all.find((p) => p.layers === 0)!.accuracy
  const values = all
    .filter((p) => p.layers > 0)
    .map((p) => ({
      change: p.change === unchanged ? `${unchanged} (all stages)` : p.change,
      layers: `${p.layers}`,
      mean: 100 * p.toBase.value,
      low: 100 * p.toBase.interval[0],
      high: 100 * p.toBase.interval[1],
    }))
  const layers = [...new Set(values.map((v) => v.layers))]
  const y = {
    field: 'change',
    type: 'nominal',
    title: null,
    sort: order.map((name) => (name === unchanged ? `${unchanged} (all stages)` : name)),
    axis: { grid: true, labelLimit: 400 },
  }
  const yOffset = { field: 'layers', scale: { domain: layers } }
  const color = {
    field: 'layers',
    title: 'layers',
    scale: { domain: layers, range: palette.slice(0, layers.length) },
  }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: 'accuracy against no protection, percentage points',
    scale: { zero: true },
  })
  return {
    title: {
      text: 'What each stage costs',
      subtitle: `95% intervals over seeds; no protection: ${points(base.mean)} ± ${points(base.deviation)}%`,
    },
    data: { values },
    width: 520,
    height: { step: 12 },
    layer: [
      { mark: 'rule', encoding: { y, yOffset, x: x('low'), x2: { field: 'high' }, color } },
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: { y, yOffset, x: x('mean'), color, shape: { field: 'layers', title: 'layers' } },
      },
    ],
  }
}
