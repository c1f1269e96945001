// Shares of right answers with their intervals.
// Source: Wilson 1927, score interval at 95%: it stays within 0 … 1 and is right for shares near 1.

/** A share with its interval. JSON. */
export interface Share {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
  readonly of: number
}

/** The share of `right` in `of`. @throws RangeError for none */
export function share(right: number, of: number): Share {
  if (of <= 0) throw new RangeError('a share of nothing')
  // To these digits, and not wilson() of src/statistics: results that are published have the bits of it.
  const z = 1.959964
  const p = right / of
  const centre = (p + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const reach = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))
  return { value: p, interval: [Math.max(0, centre - reach), Math.min(1, centre + reach)], of }
}

/** Shares of several parts as one of the whole. */
export function mergedShares(parts: readonly Share[]): Share {
  const of = parts.reduce((sum, part) => sum + part.of, 0)
  return share(
    parts.reduce((sum, part) => sum + Math.round(part.value * part.of), 0),
    of,
  )
}

/** How many answers are those of the labels. */
export function rightOf(answers: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0
  for (let i = 0; i < labels.length; i++) if (answers[i] === labels[i]) right++
  return right
}

/** As a percentage with two digits and its interval, e.g. `98.98% [98.76, 99.16]`. */
export function percentAndInterval({ value, interval: [low, high] }: Share): string {
  const text = (v: number) => (100 * v).toFixed(2)
  return `${text(value)}% [${text(low)}, ${text(high)}]`
}
