// The figures of ObfNet before LeNet: right answers on raw and obfuscated digits, and a sheet of samples.
// Source: Zheng et al. 2019, Figs. 3 and 4; results.ts.

import { contactSheet } from '../../src/data/images/sheet.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { rowOf } from '../images/shown.ts'
import type { Share } from '../shares.ts'
import type { ObfnetAnswer, ObfnetTask } from './obfnet.ts'
import { type ObfnetResults, type Of, type PaneResult, panesOf } from './results.ts'

/** Ten digits, and below what each obfuscator makes of them. */
export function samplesSheet(_: readonly ObfnetTask[], answers: readonly ObfnetAnswer[]) {
  const { originals } = answers.find((a): a is Of<'classifier'> => a.kind === 'classifier')!
  const shown = panesOf(answers).flatMap((pane) => (pane.constant ? [] : [pane.shown]))
  return { pictures: { 'figure-3': contactSheet([originals, ...shown].map(rowOf), { scale: 2, gap: 2 }) } }
}

export function accuracyFigure(
  raw: Share,
  panes: readonly PaneResult[],
  many: ObfnetResults['many'],
): FigureSpec {
  const all = [
    { name: 'raw', kind: 'raw', ...raw },
    ...panes.map((pane) => ({
      name: pane.name,
      kind: pane.name === 'ObfNet1' ? 'ObfNet1' : 'ObfNet2',
      ...pane.obfuscated,
    })),
    { name: 'one at random', kind: 'one of them at random', ...many.obfuscated },
  ]
  const values = all.map(({ interval: [low, high], ...rest }) => ({ ...rest, low, high }))
  const bottom = Math.floor(100 * Math.min(...values.map((v) => v.low)) - 0.2) / 100
  const x = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelAngle: -35 } }
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    sort: null,
    scale: { range: [palette[5], palette[1], palette[0], palette[2]] },
    legend: null,
  }
  return {
    title: {
      text: 'LeNet on raw and on obfuscated digits',
      subtitle: 'share of right answers on the test images, with 95% intervals; dashed: raw',
    },
    data: { values },
    width: Math.max(360, 46 * values.length),
    height: 260,
    layer: [
      {
        transform: [{ filter: 'datum.name === "raw"' }],
        mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
        encoding: { y: { field: 'value', type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          x,
          y: {
            field: 'low',
            type: 'quantitative',
            title: 'right answers',
            scale: { domain: [Math.max(0, bottom), 1], zero: false },
            axis: { format: '.1%' },
          },
          y2: { field: 'high' },
          color,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1 },
        encoding: { x, y: { field: 'value', type: 'quantitative' }, color },
      },
    ],
  }
}
