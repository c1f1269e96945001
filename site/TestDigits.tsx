// Ten test digits to take, one of each class where there are such, and ten others at a press.
// Source: the gallery's test digits, on which nothing was trained or chosen.

import type { TestDigit } from './gallery.ts'
import { inkOfBytes, Picture } from './Picture.tsx'

interface TestDigitsProps {
  readonly digits: readonly TestDigit[]
  readonly page: number
  readonly taken: TestDigit | undefined
  onTake(digit: TestDigit): void
  onMore(): void
}

/** How many there are on a page. */
export const shown = 10

/** The strip. */
export function TestDigits({ digits, page, taken, onTake, onMore }: TestDigitsProps) {
  const pages = Math.max(1, Math.floor(digits.length / shown))
  const start = (page % pages) * shown
  return (
    <div class="digits">
      <p>
        Or take a test digit.{' '}
        <button type="button" class="quiet" onClick={onMore} disabled={pages < 2}>
          Show others
        </button>
      </p>
      <fieldset class="strip" aria-label="Test digits">
        {digits.slice(start, start + shown).map((digit, i) => (
          <button
            key={`${start}-${i}`}
            type="button"
            aria-pressed={digit === taken}
            aria-label={`Test digit: a ${digit.label}`}
            onClick={() => onTake(digit)}
          >
            <Picture ink={inkOfBytes(digit.pixels)} label="" />
          </button>
        ))}
      </fieldset>
    </div>
  )
}
