// The threshold attack: whoever the model is surer of was trained on. One threshold for all, or one a class.
// Source: Yeom et al. 2018 (loss threshold); Song and Mittal 2021 (thresholds by class).
// It takes no model of its own; what it misses, an attack with shadow models may find.

import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { spread } from '../../statistics/moments.ts'

/** Scores of some of the candidates. */
export interface PartScores {
  readonly scores: Float64Array
  /** The candidates that they are of. */
  readonly rows: Int32Array
}

/**
 * Scores relative to what others of the same class get, so that one threshold is one for each class. Half of the rows
 * that were not trained on are the adversary's to learn that from, and are not among the answer's.
 * @param scores one a candidate, see `trueClassLogits`
 * @param seed draws the half
 */
export function classScores(
  scores: Float64Array,
  labels: ArrayLike<number>,
  member: Uint8Array,
  seed: number,
): PartScores {
  const others = upTo(scores.length).filter((row) => !member[row])
  const known = shuffle(others, seededStream(seed, 'known others')).subarray(0, others.length >> 1)
  const of = (label: number | undefined) => {
    const values = Array.from(known)
      .filter((row) => label === undefined || labels[row] === label)
      .map((row) => scores[row]!)
    const { mean, deviation } = spread(values)
    return { count: values.length, mean, deviation: deviation > 1e-9 ? deviation : 1 }
  }
  const all = of(undefined)
  const classes = new Map(
    Array.from(new Set(Array.from(labels)), (label) => {
      const ofClass = of(label)
      // Of a class that is hardly known, what all others get has to do.
      return [label, ofClass.count < 5 ? all : ofClass] as const
    }),
  )
  const set = new Set(known)
  const rows = upTo(scores.length).filter((row) => !set.has(row))
  return {
    rows,
    scores: Float64Array.from(rows, (row) => {
      const { mean, deviation } = classes.get(labels[row]!)!
      return (scores[row]! - mean) / deviation
    }),
  }
}
