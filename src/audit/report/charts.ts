// Drawings of the page: an interval on a scale from 0 to 1, and the curves of recovery against known rows.
// Source: issue 9, section 4; Vega-Lite draws the curves. Colours are the style sheet's variables, so both modes fit.
// A drawing repeats what a table beside it says in numbers.

import { type FigureSpec, svgOf } from '../../figures/index.ts'
import type { Curves, LeakReport } from './schema.ts'
import { seriesColours } from './style.ts'

interface Interval {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
  readonly chance: number
  readonly baseline?: number
  readonly ceiling?: number
}

/** One metric to scale: what a table's row says, for the eye alone. */
export function intervalBar({ value, interval, chance, baseline, ceiling }: Interval): string {
  const [low, high] = interval.map(place) as [number, number]
  const tick = (at: number, kind: string) =>
    `<line class="${kind}" x1="${place(at)}%" x2="${place(at)}%" y1="0" y2="14"/>`
  return (
    '<svg class="bar" aria-hidden="true" focusable="false"><rect class="track" x="0" y="5" width="100%" height="4" rx="2"/>' +
    `<rect class="range" x="${low}%" y="2" width="${Math.max(high - low, 0.5).toFixed(2)}%" height="10"/>` +
    tick(chance, 'chance') +
    (baseline === undefined ? '' : tick(baseline, 'baseline')) +
    (ceiling === undefined ? '' : tick(ceiling, 'ceiling')) +
    `<circle class="value" cx="${place(value)}%" cy="7" r="4"/></svg>`
  )
}

function place(share: number): number {
  return Number((100 * Math.min(1, Math.max(0, share))).toFixed(2))
}

/** The curves of a report, drawn `width` pixels wide. */
export function curvesSvg(report: LeakReport, curves: Curves, width: number): Promise<string> {
  return svgOf(curvesSpec(curves, report.run.known, width))
}

function curvesSpec({ lines, best, reference }: Curves, audited: number, width: number): FigureSpec {
  const ordered = [...lines].sort((a, b) => Number(b.attack === best) - Number(a.attack === best))
  const names = ordered.map(({ title }) => title)
  const [baseline, chance] = ['baseline: guess from the row’s other cells', 'chance: guess without the file']
  const series = [...names, baseline, chance]
  const values = [
    ...ordered.flatMap(({ title, points }) =>
      points.map(({ known, value, interval: [low, high] }) => ({ series: title, known, value, low, high })),
    ),
    ...reference.flatMap(({ known, chance: value, baseline: linear }) => [
      { series: chance, known, value },
      ...(linear === undefined ? [] : [{ series: baseline, known, value: Math.max(0, linear) }]),
    ]),
  ]
  const counts = reference.map(({ known }) => known)
  const x = {
    field: 'known',
    type: 'quantitative',
    title: 'known rows (logarithmic)',
    scale: { type: 'log', domain: [Math.min(...counts), Math.max(...counts, 2)], nice: false },
    axis: { values: counts, format: 'd', grid: false, labelOverlap: 'greedy' },
  }
  const y = {
    field: 'value',
    type: 'quantitative',
    title: 'unseen cells within 5% of range',
    scale: { domain: [0, 1] },
    axis: { format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
  }
  const by = (range: readonly unknown[]) => ({
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: series, range },
    legend: { orient: 'bottom', direction: 'vertical', columns: 1, labelLimit: 0, symbolSize: 400 },
  })
  const colour = by([
    ...names.map((_, i) => `var(--series-${i % seriesColours})`),
    'var(--baseline)',
    'var(--chance)',
  ])
  const quiet = { labelColor: 'var(--quiet)', titleColor: 'var(--quiet)' }
  return {
    background: 'transparent',
    padding: { left: 2, right: 14, top: 8, bottom: 2 },
    width: width - 80,
    height: width < 400 ? 230 : 320,
    autosize: { type: 'pad', contains: 'content' },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: 'var(--quiet)', strokeWidth: 1, strokeDash: [1, 3] },
        data: { values: [{ known: audited }] },
        encoding: { x },
      },
      {
        transform: [{ filter: { field: 'series', equal: names[0] } }],
        mark: { type: 'area', color: 'var(--series-0)', opacity: 0.16 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x,
          y,
          color: colour,
          strokeDash: by([...names.map((_, i) => dashes[i % dashes.length]), [8, 4], [2, 3]]),
        },
      },
      {
        transform: [{ filter: { field: 'series', equal: names[0] } }],
        mark: { type: 'line', color: 'var(--series-0)', strokeWidth: 4, point: { size: 60, color: 'var(--series-0)' } },
        encoding: { x, y },
      },
    ],
    config: {
      axis: { ...quiet, gridColor: 'var(--grid)', domainColor: 'var(--line)', tickColor: 'var(--line)' },
      legend: { labelColor: 'var(--ink)' },
      view: { stroke: 'transparent' },
    },
  }
}

/** Told apart without colour. */
const dashes = [[1, 0], [10, 3], [6, 2, 1, 2], [12, 2, 2, 2, 2, 2], [4, 2], [14, 4]] as const
