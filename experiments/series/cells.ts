// What the forecasts of one cell of Figure 12 amount to: means, spreads, and the change from the unprotected series.
// Source: SPG section 5.2 reports a mean with its standard deviation over splits.
// Splits overlap, so the deviation over them is no standard error; the one over seeds is of training and keys alone.

import { lowerMedian } from '../../src/statistics/median.ts'
import { meanAndSpread } from '../../src/statistics/moments.ts'
import type { ArmName, SeriesAnswer, SeriesTask } from './series.ts'
import type { Forecast } from './training.ts'

/** Mean and sample standard deviation, in registrations. */
export interface Spread {
  readonly mean: number
  readonly deviation: number
}

/** One point of the figure. */
export interface SeriesCell {
  readonly choice: string
  readonly arm: ArmName
  readonly activation: string
  readonly layers: number
  /** Splits times seeds, and how many of them gave a forecast. The numbers below are over those. */
  readonly trainings: number
  readonly trained: number
  /** Root mean square errors over the test windows, and over those that nothing was trained or chosen on. */
  readonly test?: Spread | undefined
  readonly strict?: Spread | undefined
  readonly validation?: Spread | undefined
  readonly epochs?: Spread | undefined
  /** Deviation over seeds of the mean over splits of the test error; absent for one seed or missing forecasts. */
  readonly noise?: number | undefined
  /** Error over that of the unprotected series of the same splits and seeds. */
  readonly ratio?: { readonly test: number; readonly validation: number } | undefined
  /** Trainings in which numbers were not finite: already in the training block, or only in later months. */
  readonly lost: { readonly training: number; readonly later: number }
  /** Medians over trainings, `null` beyond the precision. */
  readonly largest: number | null
  readonly largestLater: number | null
  /** Means over trainings whose training block is finite. */
  readonly flat?: number | undefined
  readonly peak?: number | undefined
}

/** Sums up the tasks of a purpose, a cell for each choice, arm, activation and number of layers. */
export function seriesCells(tasks: readonly SeriesTask[], answers: readonly SeriesAnswer[]): SeriesCell[] {
  const groups = new Map<string, number[]>()
  tasks.forEach(({ purpose, choice, arm, frozen }, i) => {
    if (purpose !== 'layers') return
    const id = JSON.stringify([choice, arm, frozen])
    groups.set(id, [...(groups.get(id) ?? []), i])
  })
  return [...groups.values()].map((of) => {
    const { choice, arm, frozen } = tasks[of[0]!]!
    // The service that gets zeros is held against the one that gets everything.
    const base = groups.get(
      JSON.stringify([choice, arm === 'blind' ? 'full' : arm, { layers: 0, activation: 'identity' }]),
    )!
    const chosen = of.map((i) => answers[i]!)
    return {
      choice,
      arm,
      ...frozen,
      ...summary(
        chosen,
        base.map((i) => answers[i]!),
      ),
    }
  })
}

/** @param answers one list of forecasts a seed; @param base those of the unprotected series, in the same order */
function summary(answers: readonly SeriesAnswer[], base: readonly SeriesAnswer[]) {
  const all = answers.flat()
  const pairs = all.flatMap(({ trained }, i) => {
    const plain = base.flat()[i]!.trained
    return trained && plain ? [{ trained, plain }] : []
  })
  const kept = pairs.map(({ trained }) => trained)
  const spread = (pick: (t: NonNullable<Forecast['trained']>) => number) => meanAndSpread(kept.map(pick))
  const shapes = all.map(({ shape }) => shape)
  const finite = shapes.filter(({ largest }) => largest !== null)
  const ratio = (part: 'test' | 'validation') =>
    sumOf(pairs, (p) => p.trained[part]) / sumOf(pairs, (p) => p.plain[part])
  const whole = kept.length === all.length
  return {
    trainings: all.length,
    trained: kept.length,
    ...(kept.length > 0
      ? {
          test: spread((t) => t.test),
          strict: spread((t) => t.strict),
          validation: spread((t) => t.validation),
          epochs: spread((t) => t.epochs),
          ratio: { test: ratio('test'), validation: ratio('validation') },
        }
      : {}),
    noise:
      whole && answers.length > 1
        ? meanAndSpread(answers.map((forecasts) => meanAndSpread(forecasts.map((f) => f.trained!.test)).mean))
            .deviation
        : undefined,
    lost: {
      training: shapes.length - finite.length,
      later: finite.filter(({ later }) => later === null).length,
    },
    largest: lowerMedian(shapes.map((s) => s.largest)),
    largestLater: lowerMedian(shapes.map((s) => s.later)),
    ...(finite.length > 0
      ? {
          flat: meanAndSpread(finite.map((s) => s.flat)).mean,
          peak: meanAndSpread(finite.map((s) => s.peak)).mean,
        }
      : {}),
  }
}

function sumOf<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((sum, item) => sum + pick(item), 0)
}
