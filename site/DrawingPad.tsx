// Where a digit is drawn: with a pointer of any kind, or with the arrow keys and the space bar.
// Source: Pointer Events; WAI-ARIA for the keyboard (the pad takes keys while it has the focus, and only those it names).
// It keeps lines, not pixels: strokes.ts makes the digit.

import { useRef, useState } from 'preact/hooks'
import { inkOfBytes, Picture } from './Picture.tsx'
import type { Point, Stroke } from './strokes.ts'

interface DrawingPadProps {
  readonly strokes: readonly Stroke[]
  /** Shown while nothing is drawn: the test digit that was taken. */
  readonly taken: Uint8Array | undefined
  readonly label: string
  onDraw(strokes: readonly Stroke[]): void
  onClear(): void
}

const step = 1 / 24
const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
}

const within = (v: number) => Math.min(0.96, Math.max(0.04, v))

/** The pad. */
export function DrawingPad({ strokes, taken, label, onDraw, onClear }: DrawingPadProps) {
  const surface = useRef<SVGSVGElement>(null)
  // What is being drawn by pointer: the property may lag behind fast events.
  const drawing = useRef<{ id: number; strokes: readonly Stroke[] } | undefined>(undefined)
  const [cursor, setCursor] = useState<Point>({ x: 0.5, y: 0.25 })
  const [penDown, setPenDown] = useState(false)

  const place = (event: PointerEvent): Point => {
    const box = surface.current!.getBoundingClientRect()
    return {
      x: within((event.clientX - box.left) / box.width),
      y: within((event.clientY - box.top) / box.height),
    }
  }
  const extended = (all: readonly Stroke[], points: readonly Point[]): readonly Stroke[] => [
    ...all.slice(0, -1),
    [...(all.at(-1) ?? []), ...points],
  ]

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || drawing.current) return
    surface.current!.setPointerCapture(event.pointerId)
    drawing.current = { id: event.pointerId, strokes: [...strokes, [place(event)]] }
    setPenDown(false)
    onDraw(drawing.current.strokes)
  }
  const onPointerMove = (event: PointerEvent) => {
    const now = drawing.current
    if (now?.id !== event.pointerId) return
    const between = event.getCoalescedEvents?.() ?? []
    now.strokes = extended(now.strokes, (between.length ? between : [event]).map(place))
    onDraw(now.strokes)
  }
  const onPointerUp = (event: PointerEvent) => {
    if (drawing.current?.id === event.pointerId) drawing.current = undefined
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = moves[event.key]
    if (move) {
      const far = event.shiftKey ? 3 : 1
      const next = { x: within(cursor.x + far * move[0]), y: within(cursor.y + far * move[1]) }
      setCursor(next)
      if (penDown) onDraw(extended(strokes, [next]))
    } else if (event.key === ' ' || event.key === 'Enter') {
      setPenDown(!penDown)
      if (!penDown) onDraw([...strokes, [cursor]])
    } else if (event.key === 'Backspace') {
      setPenDown(false)
      onDraw(strokes.slice(0, -1))
    } else if (event.key === 'Delete') {
      setPenDown(false)
      onClear()
    } else return
    event.preventDefault()
  }

  const empty = strokes.length === 0 && !taken
  return (
    <div class="pad">
      {strokes.length === 0 && taken && <Picture ink={inkOfBytes(taken)} label="" class="taken" />}
      <svg
        ref={surface}
        viewBox="0 0 1 1"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the role makes it take keys
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby="pad-keys"
        data-pen={penDown ? 'down' : 'up'}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onKeyDown={onKeyDown}
        onBlur={() => setPenDown(false)}
      >
        <title>{label}</title>
        {strokes.map((stroke, i) => (
          // Strokes only ever come and go at the end: their place is their name.
          <path key={i} class="ink" d={pathOf(stroke)} />
        ))}
        <circle class="cursor" cx={cursor.x} cy={cursor.y} r={penDown ? 0.05 : 0.032} />
      </svg>
      {empty && <p class="invitation">Draw a digit</p>}
      <p id="pad-keys" class="keys">
        <span class="unseen">Keyboard: </span>
        <kbd>space</kbd> pen {penDown ? 'up' : 'down'} <kbd>arrows</kbd> move <kbd>⌫</kbd> undo
      </p>
    </div>
  )
}

// A line to the same place is a dot with round ends.
function pathOf(stroke: Stroke): string {
  const [first, ...rest] = stroke
  if (!first) return ''
  const at = ({ x, y }: Point) => `${x.toFixed(4)} ${y.toFixed(4)}`
  return `M${at(first)}L${(rest.length ? rest : [first]).map(at).join('L')}`
}
