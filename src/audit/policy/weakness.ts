// Which measurements say nothing, because a guess that looks at nothing does as well as the attack.
// Source: the rule of three (Hanley and Lippman-Hand, 1983) for shares of which nothing was hit.
// An attack that is not too weak by this is no strong one: a better attack may get more.

import type { Metric, MetricName } from '../finding.ts'

/**
 * Whose chance is a constant answer that needs no luck, given to the very rows that the attack is judged on; or, of
 * labels, no more than that gets, as the largest of n classes is no smaller than one in n. Of the others chance is a
 * random draw, or the largest class of the rows that happen to be judged: half of all attacks on pure noise fall below
 * it, or more.
 */
const constantGuess: readonly MetricName[] = ['cells5', 'cells1', 'explained', 'labels', 'ssim']

/** Whose chance is just what one answer for everybody gets: who hits it exactly has most likely given that answer. */
const oneAnswer: readonly MetricName[] = ['attribute', 'pane', 'member']

/** What floating-point sums of shares may be off by. */
export const rounding = 1e-9

/** Fewer rows than this are nothing to count shares of: of none hit, up to all of them may be, with 95% confidence. */
const fewest = 3

/**
 * Whether a constant guess does as well: then what the attack got is no measure of what the release gives away. Where
 * chance is a draw of luck itself, it must do better by three standard errors, or have done the same without any doubt,
 * as where all candidates look alike.
 * @param rows judged rows: of none hit, up to 3 in `rows` may be, with 95% confidence.
 */
export function tooWeak(
  { name, value, interval, chance, proved, unprotected }: Metric,
  rows: number,
): boolean {
  if (proved) return false
  if (unprotected !== undefined) return unprotected <= chance + rounding
  if (constantGuess.includes(name)) return value <= chance + rounding
  const doubt = interval[1] - interval[0]
  if (Math.abs(value - chance) <= rounding && (oneAnswer.includes(name) || doubt <= rounding)) return true
  // The interval ends two standard errors away.
  const most = value + 1.5 * (interval[1] - value)
  return Math.max(most, value === 0 ? 3 / rows : 0) < chance - rounding
}

/** Whether an attack gave one attribute the constant guess of everybody: then it has not tried. */
export function repeatsGuess({ value, chance, beyond }: Metric): boolean {
  return beyond ? beyond[0] === 0 && beyond[1] === 0 : Math.abs(value - chance) <= rounding
}

/**
 * Whether chance leaves enough of what was judged to tell how much of it was taken.
 * @param count of judged rows, people or cells.
 */
export function resolves({ chance, missed }: Metric, count: number): boolean {
  return missed ? missed.rows >= fewest : (1 - chance) * count >= fewest - rounding
}
