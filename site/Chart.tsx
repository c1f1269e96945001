// The exchange that every bottleneck makes: right answers of the service against likeness of the attacker's pictures.
// Source: measured on the test digits when the gallery was trained; study Figs. 7 to 10 ask the same of their panes.
// Drawn by hand as SVG: two lines, two levels, the pane that is chosen.

import { useEffect, useState } from 'preact/hooks'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { percent } from '../src/statistics/figures.ts'
import { ChartNumbers } from './ChartNumbers.tsx'
import { bandOf, lineOf, namesOf, type Plot, plotOf } from './plot.ts'

interface ChartProps {
  readonly index: GalleryIndex
  readonly value: number
  onChange(bottleneck: number): void
}

/** The chart, and its numbers as a table for those who want them. */
export function Chart({ index, value, onChange }: ChartProps) {
  const isNarrow = useNarrow()
  const { panes, bottlenecks } = index
  const plot = plotOf(bottlenecks, isNarrow)
  const { width, height, left, top, inner, x } = plot
  const names = namesOf(plot, index)
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(index)}>
        <title>{describe(index)}</title>
        <Axes plot={plot} stops={bottlenecks} value={value} />
        {panes.some((pane) => pane.bottleneck === value) && (
          <line class="chosen" x1={x(value)} x2={x(value)} y1={top} y2={top + inner.height} />
        )}
        <Lines plot={plot} index={index} />
        {panes.map((pane) => (
          <Points
            key={pane.name}
            plot={plot}
            pane={pane}
            on={pane.bottleneck === value}
            width={inner.width / bottlenecks.length}
            onClick={() => onChange(pane.bottleneck)}
          />
        ))}
        {!isNarrow &&
          names.map(({ at, text, class: name }) => (
            <text key={text} class={`name ${name}`} x={left + inner.width + 12} y={at + 4}>
              {text}
            </text>
          ))}
      </svg>
      {isNarrow && (
        <ul class="legend">
          {names.map(({ text, class: name }) => (
            <li key={text} class={name}>
              {text}
            </li>
          ))}
        </ul>
      )}
      <ChartNumbers index={index} />
    </figure>
  )
}

interface AxesProps {
  readonly plot: Plot
  readonly stops: readonly number[]
  readonly value: number
}

function Axes({ plot: { height, left, inner, x, y }, stops, value }: AxesProps) {
  return (
    <>
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <g key={share} class="grid">
          <line x1={left} x2={left + inner.width} y1={y(share)} y2={y(share)} />
          <text x={left - 8} y={y(share) + 4} text-anchor="end">
            {share}
          </text>
        </g>
      ))}
      <text class="axis" x={0} y={10}>
        share of right answers, and likeness (SSIM)
      </text>
      {stops.map((stop) => (
        <text
          key={stop}
          class={stop === value ? 'tick on' : 'tick'}
          x={x(stop)}
          y={height - 18}
          text-anchor="middle"
        >
          {stop}
        </text>
      ))}
      <text class="axis" x={left + inner.width} y={height - 3} text-anchor="end">
        bottleneck n
      </text>
    </>
  )
}

/** Two levels, and two lines over all panes. */
function Lines({ plot, index }: { readonly plot: Plot; readonly index: GalleryIndex }) {
  const { left, inner, y } = plot
  const { panes, classifier, answerAlone } = index
  return (
    <>
      {classifier && <path class="level raw" d={`M${left} ${y(classifier.accuracy)}h${inner.width}`} />}
      {answerAlone && <path class="level alone" d={`M${left} ${y(answerAlone.ssim)}h${inner.width}`} />}
      {panes.length > 1 && <polygon class="band" points={bandOf(plot, panes)} />}
      <path class="line obfuscated" d={lineOf(plot, panes, (pane) => pane.accuracy)} />
      <path class="line attack" d={lineOf(plot, panes, (pane) => pane.likeness.ssim)} />
    </>
  )
}

interface PointsProps {
  readonly plot: Plot
  readonly pane: GalleryPane
  readonly on: boolean
  /** Of what catches a click. */
  readonly width: number
  onClick(): void
}

/** A pane's two points, and the strip that chooses it. */
function Points({ plot: { top, inner, x, y }, pane, on, width, onClick }: PointsProps) {
  const radius = on ? 5.5 : 3.5
  return (
    <g class={on ? 'points on' : 'points'}>
      <circle class="obfuscated" cx={x(pane.bottleneck)} cy={y(pane.accuracy)} r={radius} />
      <circle class="attack" cx={x(pane.bottleneck)} cy={y(pane.likeness.ssim)} r={radius} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: for pointers; the slider does the same for everyone */}
      <rect
        class="catch"
        x={x(pane.bottleneck) - width / 2}
        y={top}
        width={width}
        height={inner.height + 30}
        onClick={onClick}
      />
    </g>
  )
}

function useNarrow(): boolean {
  const [query] = useState(() => matchMedia('(max-width: 34rem)'))
  const [is, setIs] = useState(query.matches)
  useEffect(() => {
    const onChange = () => setIs(query.matches)
    query.addEventListener('change', onChange)
    return () => query.removeEventListener('change', onChange)
  }, [query])
  return is
}

function describe({ panes, classifier, answerAlone }: GalleryIndex): string {
  const each = panes.map(
    (p) => `n ${p.bottleneck}: ${percent(p.accuracy)} right, SSIM ${p.likeness.ssim.toFixed(2)}`,
  )
  const levels = [
    classifier ? `raw digits ${percent(classifier.accuracy)} right` : '',
    answerAlone ? `the answer alone SSIM ${answerAlone.ssim.toFixed(2)}` : '',
  ].filter(Boolean)
  return `Right answers and likeness of the attacker’s pictures by bottleneck. ${[...levels, ...each].join('; ')}.`
}
