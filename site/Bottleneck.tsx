// The slider: how many numbers the pane squeezes a digit through.
// Source: ObfNet's bottleneck n; the range input of the HTML standard, so that keys, touch and screen readers work.
// A stop that is not trained yet can be taken: the page then waits for it.

import type { GalleryIndex } from '../src/demo/galleryIndex.ts'

interface BottleneckProps {
  readonly index: GalleryIndex
  readonly value: number
  onChange(bottleneck: number): void
}

/** The slider and its scale. */
export function Bottleneck({ index, value, onChange }: BottleneckProps) {
  const stops = index.bottlenecks
  const there = index.first ? [index.first.pane, ...index.panes] : index.panes
  const ready = new Set(there.map((pane) => pane.bottleneck))
  const at = Math.max(0, stops.indexOf(value))
  const share = stops.length > 1 ? at / (stops.length - 1) : 0
  const waits = !ready.has(value)
  return (
    <div class="bottleneck" style={{ '--at': share }}>
      <label for="bottleneck">
        <span class="name">Bottleneck of the pane</span>
        <output for="bottleneck">
          <b>{value}</b> numbers <span class="pixels">for 784 pixels</span>
          {waits && ', still being trained'}
        </output>
      </label>
      <input
        id="bottleneck"
        type="range"
        min={0}
        max={stops.length - 1}
        step={1}
        value={at}
        aria-valuetext={`${value} units${waits ? ', still being trained' : ''}`}
        onInput={(event) => onChange(stops[Number(event.currentTarget.value)] ?? value)}
      />
      <div class="scale" aria-hidden="true">
        {stops.map((stop, i) => (
          <button
            key={stop}
            type="button"
            tabIndex={-1}
            class={`${stop === value ? 'on' : ''} ${ready.has(stop) ? '' : 'waits'}`}
            style={{ '--of': stops.length > 1 ? i / (stops.length - 1) : 0 }}
            onClick={() => onChange(stop)}
          >
            {stop}
          </button>
        ))}
      </div>
    </div>
  )
}
