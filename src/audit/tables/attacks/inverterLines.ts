// Lines from a release to the original: several forms of the released columns, each weighted by the error expected of it.
// Source: stacked regressions, Breiman (1996), here with weights that fall with the square of the expected error.
// With little more rows than columns the expected errors are rough, so no single line is chosen.

import { fitLeastSquares, fitRidge, type Line } from '../ridge.ts'

/** The released columns in several forms: columns of the known and of the asked rows. */
export interface Form {
  readonly known: readonly Float64Array[]
  readonly asked: readonly Float64Array[]
}

/** What the lines say together. */
export interface LinesGuess {
  /** Of the asked rows, one array a target. */
  readonly asked: Float64Array[]
  /** Of the known rows, that the lines were fitted to. */
  readonly known: Float64Array[]
  /** Squared error expected on another row, of standardised targets; Infinity where the rows cannot tell. */
  readonly expected: number
}

/** Below this the line is exact, and what is left is rounding. */
const rounding = 1e-24

/**
 * The plain line through the undone activation counts as if it erred this much less, where it explains the rows: few
 * layers are nearly straight there, and their narrow directions are no noise, which penalties cannot know. Measured on
 * wheat, heart disease and Adult, 10 to 50 rows, 2 to 10 layers: without it this attack fell behind linear inversion
 * by up to 0.01 in R².
 */
const trust = 0.2

/** @param expected squared error relative to the variance: from 1 on the line explains nothing. */
const trusted = (expected: number) => expected * Math.min(1, trust + (1 - trust) * expected)

/**
 * @param forms at least one; `straight` is the one whose plain line is trusted more.
 * @param targets of the known rows, at least two.
 */
export function guessByLines(
  forms: readonly Form[],
  straight: number,
  targets: readonly Float64Array[],
): LinesGuess {
  const fitted = forms.flatMap((form, i): { form: Form; line: Line; error: number }[] => {
    const [penalised, plain] = [fitRidge(form.known, targets), fitLeastSquares(form.known, targets)]
    return [
      { form, line: penalised, error: penalised.expected },
      { form, line: plain, error: i === straight ? trusted(plain.expected) : plain.expected },
    ]
  })
  const errors = fitted.map(({ error }) => Math.max(error, rounding))
  const least = Math.min(...errors)
  // Two or three rows say nothing of any line: all count alike.
  const shares = errors.map((error) => (least < Number.POSITIVE_INFINITY ? (least / error) ** 2 : 1))
  const total = shares.reduce((a, b) => a + b, 0)
  const mix = (which: keyof Form) => {
    const rows = forms[0]![which][0]?.length ?? 0
    const out = targets.map(() => new Float64Array(rows))
    fitted.forEach(({ form, line }, i) => {
      const share = shares[i]! / total
      // A line that hardly counts may still hold numbers beyond all measure.
      if (share < 1e-12) return
      line.predict(form[which]).forEach((column, t) => {
        const sum = out[t]!
        for (let r = 0; r < rows; r++) sum[r] = sum[r]! + share * column[r]!
      })
    })
    return out
  }
  return {
    asked: mix('asked'),
    known: mix('known'),
    expected: least,
  }
}
