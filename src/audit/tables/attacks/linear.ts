// Linear inversion: an adversary with n known (original, protected) rows undoes the public activation and fits a line.
// Source: known-input attacks on linear perturbation, Liu, Giannella & Kargupta (PKDD 2006); standpoint `leak`.
// It is the simplest attack with known rows: what it fails to recover may still fall to a better one.

import { type Evidence, joined, pick, splitRows, type View, viewOf } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { fitLeastSquares } from '../ridge.ts'
import { withoutActivation } from './whitening.ts'

/** The fewest rows that a line is fitted to. */
const fewest = 2

/** Fits `original = M · inverse(released) + c` by least squares: exact for one layer of k columns from k + 1 rows. */
export const linearInversion = recoveryAttack({
  name: 'linear-inversion',
  title: 'Linear inversion',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs: 'the activation, which is public, and some rows in both forms',
  source: 'Liu, Giannella and Kargupta, PKDD 2006',
  fewest,
  recover: (view) => ({ features: invertLinearly(view) }),
})

/**
 * The fewest known rows from which linear inversion recovers every unseen number within `tolerance` of its column's
 * range, or undefined when `most` rows do not suffice. Against one keyed layer of k columns it is k + 1.
 * @param options `seed` draws the known rows as an attack's seed does.
 * @throws RangeError unless `most` leaves rows to judge.
 */
export function rowsThatBreak(
  evidence: Evidence,
  {
    tolerance = 1e-6,
    most,
    seed,
  }: { readonly tolerance?: number | undefined; readonly most: number; readonly seed: number },
): number | undefined {
  const bounds = evidence.features.map((column) => {
    const sorted = column.toSorted()
    return tolerance * (sorted.at(-1)! - sorted[0]!)
  })
  for (let known = fewest; known <= most; known++) {
    const split = splitRows(evidence.features[0]?.length ?? 0, known, seed)
    const guess = invertLinearly(viewOf(evidence, split))
    const truth = pick(evidence.features, split.unseen)
    const exact = truth.every((x, f) => x.every((value, r) => Math.abs(guess[f]![r]! - value) <= bounds[f]!))
    if (exact) return known
  }
  return undefined
}

/** Guesses of all features of the unseen rows: a line from the released columns, their activation undone. */
export function invertLinearly(view: View): Float64Array[] {
  const { known, unseen } = undone(view)
  return fitLeastSquares(known, view.known.original).predict(unseen)
}

/**
 * The released columns of a view through the inverse of the public activation. Both sides pass together, so that a
 * value at the end of the activation's range is moved to the same place in both.
 */
export function undone({ known, unseen, scheme }: View): { known: Float64Array[]; unseen: Float64Array[] } {
  const count = known.released[0]?.length ?? 0
  const all = withoutActivation(joined(known.released, unseen), scheme)
  return {
    known: all.map((column) => column.subarray(0, count)),
    unseen: all.map((column) => column.subarray(count)),
  }
}
