// Which measurements say nothing, because a guess that looks at nothing does better than the attack.
// Source: the rule of three (Hanley and Lippman-Hand, 1983) for shares of which nothing was hit.
// An attack that is not too weak by this is no strong one: a better attack may get more.

import type { Metric, MetricName } from './attack.ts'

/**
 * Whose chance is a constant answer that needs no luck, given to the very rows that the attack is judged on; or, of
 * labels, no more than that gets, as the largest of n classes is no smaller than one in n. Of the others chance is a
 * random draw, or the largest class of the rows that happen to be judged: half of all attacks on pure noise fall below
 * it, or more.
 */
const constantGuess: readonly MetricName[] = ['cells5', 'cells1', 'explained', 'labels', 'ssim']

/** What floating-point sums of shares may be off by. */
const rounding = 1e-9

/**
 * Whether a constant guess does better: then what the attack got is no measure of what the release gives away. Where
 * chance is a draw of luck itself, it must do better by three standard errors.
 * @param rows judged rows: of none hit, up to 3 in `rows` may be, with 95% confidence.
 */
export function tooWeak({ name, value, interval, chance }: Metric, rows: number): boolean {
  if (constantGuess.includes(name)) return value < chance - rounding
  // The interval ends two standard errors away.
  const most = value + 1.5 * (interval[1] - value)
  return Math.max(most, value === 0 ? 3 / rows : 0) < chance - rounding
}
