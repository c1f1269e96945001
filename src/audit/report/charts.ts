// Drawings of the page: an interval on a scale from 0 to 1, and the curves of recovery against known rows.
// Source: docs/architecture.md#the-audit; Vega-Lite draws the curves. Colours are the style sheet's variables, so both modes fit.
// A drawing repeats what a table beside it says in numbers.

import { type FigureSpec, svgOf } from '../../figures/index.ts'
import type { Curves, LeakReport } from '../tables/reportSchema.ts'
import { seriesColours } from './style.ts'

interface Interval {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
  readonly chance: number
  readonly baseline?: number | undefined
  readonly ceiling?: number | undefined
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

/** What stands before the name of a line in the key of the curves: its place in the report, or what it is. */
export function curveKey(
  curves: Curves,
): { readonly drawing: string; readonly line: number | 'baseline' | 'chance' }[] {
  const { lines, reference } = curves
  const sample = (stroke: string, dash: readonly number[], width: number) =>
    `<svg class="bar" aria-hidden="true" focusable="false"><line x1="0" x2="26" y1="7" y2="7" stroke="${stroke}" stroke-width="${width}" stroke-dasharray="${dash.join(' ')}"/></svg>`
  return [
    ...ordered(curves).map((line, i) => ({
      drawing: sample(colours[i % colours.length]!, dashes[i % dashes.length]!, i === 0 ? 4 : 2),
      line: lines.indexOf(line),
    })),
    ...(reference.some(({ baseline }) => baseline !== undefined)
      ? [{ drawing: sample(referenceColour, baselineDash, 2), line: 'baseline' as const }]
      : []),
    { drawing: sample(referenceColour, chanceDash, 2), line: 'chance' as const },
  ]
}

const colours = Array.from({ length: seriesColours }, (_, i) => `var(--series-${i})`)
/** Told apart without colour as well. */
const dashes = [
  [1, 0],
  [10, 3],
  [6, 2, 1, 2],
  [12, 2, 2, 2, 2, 2],
  [4, 2],
  [14, 4],
] as const
const referenceColour = 'var(--quiet)'
const baselineDash = [8, 4]
const chanceDash = [2, 3]

/** The best attack's line first. */
function ordered({ lines, best }: Curves): Curves['lines'] {
  return [...lines].sort((a, b) => Number(b.attack === best) - Number(a.attack === best))
}

function curvesSpec(curves: Curves, audited: number, width: number): FigureSpec {
  const { reference } = curves
  const lines = ordered(curves)
  const series = [...lines.map(({ attack }) => attack), 'the baseline', 'chance']
  const values = [
    ...lines.flatMap(({ attack, points }) =>
      points.map(({ known, value, interval: [low, high] }) => ({ series: attack, known, value, low, high })),
    ),
    ...reference.flatMap(({ known, chance, baseline }) => [
      { series: 'chance', known, value: chance },
      ...(baseline === undefined ? [] : [{ series: 'the baseline', known, value: Math.max(0, baseline) }]),
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
    scale: { domain: series, range },
    legend: null,
  })
  const best = { filter: { field: 'series', equal: series[0] } }
  const strongest = colours[0]!
  const quiet = { labelColor: 'var(--quiet)', titleColor: 'var(--quiet)' }
  return {
    background: 'transparent',
    padding: { left: 2, right: 14, top: 8, bottom: 2 },
    width: width - 80,
    height: width < 400 ? 240 : 320,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: 'var(--quiet)', strokeWidth: 1, strokeDash: [1, 3] },
        data: { values: [{ known: audited }] },
        encoding: { x },
      },
      {
        transform: [best],
        mark: { type: 'area', color: strongest, opacity: 0.16 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x,
          y,
          color: by([...lines.map((_, i) => colours[i % colours.length]), referenceColour, referenceColour]),
          strokeDash: by([...lines.map((_, i) => dashes[i % dashes.length]), baselineDash, chanceDash]),
        },
      },
      {
        transform: [best],
        mark: { type: 'line', color: strongest, strokeWidth: 4, point: { size: 60, color: strongest } },
        encoding: { x, y },
      },
    ],
    config: {
      axis: { ...quiet, gridColor: 'var(--grid)', domainColor: 'var(--line)', tickColor: 'var(--line)' },
      view: { stroke: 'transparent' },
    },
  }
}
