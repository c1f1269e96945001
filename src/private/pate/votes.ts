// Who votes and on what: disjoint parts of the private rows, a teacher each, and their votes counted.
// Source: Papernot et al. 2017, section 2.1.
// Adjacent data differ in one row that is changed, or left out without renumbering the others: then one teacher differs.

import { requireCount, requirePositive } from '../accounting/check.ts'
import { between } from '../mechanisms/rational.ts'

/**
 * Row numbers of each teacher's part: row r goes to teacher r modulo `teachers`, whatever is in it.
 *
 * @param rows how many private rows there are.
 * @param teachers a whole number from 1 to `rows`.
 * @returns `teachers` arrays whose lengths differ by one at most; no row is in two.
 * @throws FrostglassError 'usage' for counts that are not whole and positive, or more teachers than rows.
 */
export function disjointParts(rows: number, teachers: number): Int32Array[] {
  requireCount('the number of rows', rows, 2 ** 31)
  requireCount('the number of teachers', teachers)
  requireCount('the number of rows for each teacher', Math.floor(rows / teachers))
  return Array.from({ length: teachers }, (_, teacher) =>
    Int32Array.from({ length: Math.ceil((rows - teacher) / teachers) }, (_, i) => teacher + teachers * i),
  )
}

/**
 * How many votes each class got.
 *
 * @param votes a class from 0 to `classes` − 1 for each teacher.
 * @throws RangeError for a vote that is not a class. @throws FrostglassError 'usage' for what is no number of classes.
 */
export function tally(votes: ArrayLike<number>, classes: number): number[] {
  requireCount('the number of classes', classes, 1e6)
  if (!(Array.isArray(votes) || ArrayBuffer.isView(votes)))
    throw new RangeError('votes are a list of classes')
  const counts = new Array<number>(classes).fill(0)
  for (let i = 0; i < votes.length; i++) {
    const vote = votes[i] as number
    if (!(Number.isInteger(vote) && vote >= 0 && vote < classes))
      throw new RangeError(`votes are classes from 0 to ${classes - 1}`)
    counts[vote] = counts[vote]! + 1
  }
  return counts
}

/** The σ, in votes, that laws of answers are computed for. @throws FrostglassError 'usage' outside of 10⁻³ to 10⁶. */
export function requireSigma(name: string, sigma: number): void {
  requirePositive(name, sigma)
  between(name, sigma, 1e-3, 1e6)
}

/** @throws RangeError unless these are counts of at least two classes. */
export function requireVotes(votes: readonly number[]): void {
  if (!Array.isArray(votes) || votes.length < 2 || !votes.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new RangeError('votes are whole numbers of at least 0, for two classes or more')
}

/** The class with most votes, the first of equal ones. */
export const mostVoted = (votes: readonly number[]): number =>
  votes.reduce((best, n, i) => (n > votes[best]! ? i : best), 0)
