// Walk-forward splits of a short series: overlapping blocks of months, moved on by one, and the windows in them.
// Source: SPG section 5.2: 44 months, blocks of 21, 12 and 12, 18 splits. 21 + 12 + 12 = 45 months do not fit 44.
// Only blocks that overlap by 18 months in all give 18 splits: 45 − 18 = 27 months, 44 − 27 + 1 = 18 of them.

/** Sizes in months. */
export interface SeriesShape {
  /** Months that go in, and months that come out: one window. */
  readonly past: number
  readonly ahead: number
  /** Months of each block. */
  readonly train: number
  readonly validation: number
  readonly test: number
  /** Months that two neighbouring blocks share. */
  readonly overlap: number
}

/**
 * The paper's sizes. Each pair of blocks shares 9 months, which is one window: the last training window is the first
 * validation window, and the last validation window the first test window. (The paper states no overlap; 9 and 9 is the
 * even way to 18.)
 */
export const paperShape: SeriesShape = {
  past: 6,
  ahead: 3,
  train: 21,
  validation: 12,
  test: 12,
  overlap: 9,
}

/** One split: for each block the first months of its windows. */
export interface SeriesSplit {
  /** The training block: `[from, to)`. */
  readonly months: readonly [from: number, to: number]
  readonly train: readonly number[]
  readonly validation: readonly number[]
  readonly test: readonly number[]
  /** Test windows none of whose foretold months was a foretold month in training or validation. */
  readonly strict: readonly number[]
}

/** All splits of a series, the earliest first. @throws RangeError when not one fits. */
export function seriesSplits(months: number, shape: SeriesShape = paperShape): SeriesSplit[] {
  const { past, ahead, overlap } = shape
  const span = shape.train + shape.validation + shape.test - 2 * overlap
  if (span > months) throw new RangeError(`a split of ${span} months does not fit ${months}`)
  const windowsOf = (from: number, length: number) =>
    Array.from({ length: length - past - ahead + 1 }, (_, i) => from + i)
  return Array.from({ length: months - span + 1 }, (_, start) => {
    const second = start + shape.train - overlap
    const third = second + shape.validation - overlap
    const validation = windowsOf(second, shape.validation)
    const test = windowsOf(third, shape.test)
    const lastSeen = validation.at(-1)! + ahead
    return {
      months: [start, start + shape.train],
      train: windowsOf(start, shape.train),
      validation,
      test,
      strict: test.filter((first) => first >= lastSeen),
    }
  })
}
