// The exchange that every bottleneck makes: right answers of the service against likeness of the attacker's pictures.
// Source: measured on the test digits when the gallery was trained; study Figs. 7 to 10 ask the same of their panes.
// Drawn by hand as SVG: two lines, two levels, the pane that is chosen.

import { useEffect, useState } from 'preact/hooks'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { percent } from './words.ts'

interface ChartProps {
  readonly index: GalleryIndex
  readonly value: number
  onChange(bottleneck: number): void
}

/** Sizes: beside the lines there is room for their names, or there is not. */
const wide = { width: 640, height: 300, left: 40, right: 146, top: 26, bottom: 40 }
const narrow = { width: 340, height: 260, left: 34, right: 10, top: 26, bottom: 40 }

/** The chart, and its numbers as a table for those who want them. */
export function Chart({ index, value, onChange }: ChartProps) {
  const stops = index.bottlenecks
  const isNarrow = useNarrow()
  const plot = isNarrow ? narrow : wide
  const { width, height } = plot
  const inner = { width: width - plot.left - plot.right, height: height - plot.top - plot.bottom }
  const x = (n: number) =>
    plot.left + (stops.length > 1 ? stops.indexOf(n) / (stops.length - 1) : 0.5) * inner.width
  const y = (share: number) => plot.top + (1 - Math.min(1, Math.max(0, share))) * inner.height
  const line = (of: (pane: GalleryPane) => number) =>
    index.panes.map((pane, i) => `${i ? 'L' : 'M'}${x(pane.bottleneck)} ${y(of(pane))}`).join('')
  const band = [
    ...index.panes.map((p) => `${x(p.bottleneck)} ${y(p.likeness.interval[1])}`),
    ...index.panes.toReversed().map((p) => `${x(p.bottleneck)} ${y(p.likeness.interval[0])}`),
  ].join(' ')
  const chosen = index.panes.find((pane) => pane.bottleneck === value)
  const last = index.panes.at(-1)
  const { classifier, answerAlone } = index
  const names = apart(
    [
      ...(classifier ? [{ at: y(classifier.accuracy), text: 'answers, raw', class: 'raw' }] : []),
      ...(last ? [{ at: y(last.accuracy), text: 'answers, obfuscated', class: 'obfuscated' }] : []),
      ...(last ? [{ at: y(last.likeness.ssim), text: 'likeness, attacker', class: 'attack' }] : []),
      ...(answerAlone ? [{ at: y(answerAlone.ssim), text: 'likeness, answer alone', class: 'alone' }] : []),
    ],
    15,
  )
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(index)}>
        <title>{describe(index)}</title>
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <g key={share} class="grid">
            <line x1={plot.left} x2={plot.left + inner.width} y1={y(share)} y2={y(share)} />
            <text x={plot.left - 8} y={y(share) + 4} text-anchor="end">
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
        <text class="axis" x={plot.left + inner.width} y={height - 3} text-anchor="end">
          bottleneck n
        </text>
        {chosen && (
          <line class="chosen" x1={x(value)} x2={x(value)} y1={plot.top} y2={plot.top + inner.height} />
        )}
        {classifier && (
          <path class="level raw" d={`M${plot.left} ${y(classifier.accuracy)}h${inner.width}`} />
        )}
        {answerAlone && (
          <path class="level alone" d={`M${plot.left} ${y(answerAlone.ssim)}h${inner.width}`} />
        )}
        {index.panes.length > 1 && <polygon class="band" points={band} />}
        <path class="line obfuscated" d={line((pane) => pane.accuracy)} />
        <path class="line attack" d={line((pane) => pane.likeness.ssim)} />
        {index.panes.map((pane) => (
          <g key={pane.name} class={pane.bottleneck === value ? 'points on' : 'points'}>
            <circle
              class="obfuscated"
              cx={x(pane.bottleneck)}
              cy={y(pane.accuracy)}
              r={pane.bottleneck === value ? 5.5 : 3.5}
            />
            <circle
              class="attack"
              cx={x(pane.bottleneck)}
              cy={y(pane.likeness.ssim)}
              r={pane.bottleneck === value ? 5.5 : 3.5}
            />
            {/* biome-ignore lint/a11y/noStaticElementInteractions: for pointers; the slider does the same for everyone */}
            <rect
              class="catch"
              x={x(pane.bottleneck) - inner.width / stops.length / 2}
              y={plot.top}
              width={inner.width / stops.length}
              height={inner.height + 30}
              onClick={() => onChange(pane.bottleneck)}
            />
          </g>
        ))}
        {!isNarrow &&
          names.map(({ at, text, class: name }) => (
            <text key={text} class={`name ${name}`} x={plot.left + inner.width + 12} y={at + 4}>
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
      <details>
        <summary>The numbers</summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">n</th>
                <th scope="col">right answers</th>
                <th scope="col">SSIM (95% interval)</th>
                <th scope="col">PSNR</th>
                <th scope="col">read</th>
                <th scope="col">pane</th>
              </tr>
            </thead>
            <tbody>
              {index.panes.map((pane) => (
                <tr key={pane.name}>
                  <th scope="row">{pane.bottleneck}</th>
                  <td>{percent(pane.accuracy)}</td>
                  <td>
                    {pane.likeness.ssim.toFixed(3)} (
                    {pane.likeness.interval.map((v) => v.toFixed(3)).join('–')})
                  </td>
                  <td>{pane.likeness.psnr.toFixed(1)} dB</td>
                  <td>{percent(pane.read, 0)}</td>
                  <td>{(pane.bytes / 1024).toFixed(0)} kB</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p>
          “Read”: share of the attacker’s pictures that the classifier, made for raw digits, reads as the
          truth.
          {classifier && ` Raw digits: ${percent(classifier.accuracy)}.`}
          {answerAlone &&
            ` The mean picture of the right class: SSIM ${answerAlone.ssim.toFixed(3)}, ${answerAlone.psnr.toFixed(1)} dB.`}
        </p>
      </details>
    </figure>
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

/** Names moved apart so that none covers another, each as near to its line as that allows. */
function apart<T extends { readonly at: number }>(all: readonly T[], gap: number): T[] {
  const sorted = all.toSorted((a, b) => a.at - b.at)
  for (let round = 0; round < 20; round++) {
    for (let i = 1; i < sorted.length; i++) {
      const lack = gap - (sorted[i]!.at - sorted[i - 1]!.at)
      if (lack <= 0) continue
      sorted[i - 1] = { ...sorted[i - 1]!, at: sorted[i - 1]!.at - lack / 2 }
      sorted[i] = { ...sorted[i]!, at: sorted[i]!.at + lack / 2 }
    }
  }
  return sorted
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
