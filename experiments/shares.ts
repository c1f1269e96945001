// Shares of right answers with their intervals.
// Source: Wilson 1927, score interval at 95%: it stays within 0 … 1 and is right for shares near 1.

import { wilson } from '../src/statistics/binomial.ts'
import { sum } from '../src/statistics/moments.ts'

/** A share with its interval. JSON. */
export interface Share {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
  readonly of: number
}

/** The share of `right` in `of`. @throws RangeError for none */
export function share(right: number, of: number): Share {
  if (of <= 0) throw new RangeError('a share of nothing')
  return { value: right / of, interval: wilson(right / of, of), of }
}

/** Shares of several parts as one of the whole. */
export function mergedShares(parts: readonly Share[]): Share {
  return share(sum(parts.map((part) => Math.round(part.value * part.of))), sum(parts.map((part) => part.of)))
}

/** How many answers are those of the labels. */
export function rightOf(answers: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0
  for (let i = 0; i < labels.length; i++) if (answers[i] === labels[i]) right++
  return right
}

/** As a percentage with two digits and its interval, e.g. `98.98% [98.76, 99.16]`. */
export function shareText({ value, interval: [low, high] }: Share): string {
  const text = (v: number) => (100 * v).toFixed(2)
  return `${text(value)}% [${text(low)}, ${text(high)}]`
}
