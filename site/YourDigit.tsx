// The first tile of both pages: a digit that is drawn, or taken from the test digits.
// Source: docs/how-to/see-a-pane-at-work.md.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { DrawingPad } from './DrawingPad.tsx'
import type { TestDigit } from './gallery.ts'
import { digitOf, type Stroke } from './strokes.ts'
import { shown, TestDigits } from './TestDigits.tsx'

/** The digit that is worked on. A page starts with one, so that there is something to see before anything is drawn. */
export function useDigit(digits: readonly TestDigit[]) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([])
  const [taken, setTaken] = useState<TestDigit>()
  const pixels = useMemo(() => digitOf(strokes) ?? taken?.pixels, [strokes, taken])
  const started = useRef(false)
  useEffect(() => {
    if (started.current || digits.length === 0) return
    started.current = true
    setTaken(digits[Math.min(digits.length - 1, 7)])
  }, [digits])
  return {
    pixels,
    strokes,
    /** The test digit that is shown; none where one is drawn. */
    taken: strokes.length > 0 ? undefined : taken,
    draw: setStrokes,
    take(digit: TestDigit | undefined) {
      setStrokes([])
      setTaken(digit)
    },
  }
}

interface YourDigitProps {
  readonly digit: ReturnType<typeof useDigit>
  readonly digits: readonly TestDigit[]
}

/** The tile. */
export function YourDigit({ digit, digits }: YourDigitProps) {
  const { pixels, strokes, taken, draw, take } = digit
  const [page, setPage] = useState(0)
  const clear = () => take(undefined)
  return (
    <article class="tile mine">
      <h2>
        <i>1</i> Your digit
        <button type="button" class="quiet" onClick={clear} disabled={!pixels}>
          Clear
        </button>
      </h2>
      <DrawingPad
        strokes={strokes}
        taken={taken?.pixels}
        label="Drawing pad for a digit"
        onDraw={draw}
        onClear={clear}
      />
      <TestDigits
        digits={digits}
        page={page}
        taken={taken}
        onTake={take}
        onMore={() => setPage((page + 1) % Math.max(1, Math.floor(digits.length / shown)))}
      />
    </article>
  )
}
