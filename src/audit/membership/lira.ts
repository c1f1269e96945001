// The likelihood-ratio attack: is the target's confidence in a row that of models that saw it, or of those that did not?
// Source: Carlini, Chien, Nasr, Song, Terzis, Tramèr 2022 (arXiv 2112.03570), algorithms 1 (online) and 2 (offline).
// As strong as the shadow models are like the target: other data or another recipe weaken it, and prove nothing.

import { mean } from '../../statistics/moments.ts'

/** What shadow models made of the candidates. */
export interface ShadowScores {
  /** One array a shadow model: the score of every candidate. */
  readonly scores: readonly Float64Array[]
  /** One array a shadow model: 1 where it was trained on the candidate. */
  readonly included: readonly Uint8Array[]
  /** What training them took. */
  readonly seconds: number
}

/** From so many models on either side on, a row's own variance is better than one for all (the paper's figure 9). */
const enough = 32

/**
 * How much likelier a member each candidate is.
 * @param target the target model's score of each candidate, see `trueClassLogits`
 * @param mode `online`: log of the ratio of two normal densities, fitted to the shadow models that saw the row and to
 * those that did not; `offline`: how far the target lies above the latter, in deviations, so that shadow models may be
 * trained before the candidates are known
 * @throws RangeError for a candidate that fewer than two shadow models of a needed kind saw or left out
 */
export function likelihoodRatio(
  target: Float64Array,
  { scores, included }: Omit<ShadowScores, 'seconds'>,
  mode: 'online' | 'offline',
): Float64Array<ArrayBuffer> {
  const densities = (kind: 0 | 1) =>
    Array.from(target, (_, row) => {
      const seen = scores.flatMap((of, s) => (included[s]![row] === kind ? [of[row]!] : []))
      if (seen.length < 2)
        throw new RangeError(
          `candidate ${row} ${kind === 1 ? 'was seen' : 'was left out'} by ${seen.length} shadow models`,
        )
      return moments(seen)
    })
  const out = densities(0)
  const variance = varianceOf(out)
  if (mode === 'offline')
    return target.map((score, row) => (score - out[row]!.mean) / Math.sqrt(variance(row)))
  const within = densities(1)
  const inner = varianceOf(within)
  return target.map((score, row) => {
    const density = (mean: number, spread: number) =>
      -0.5 * Math.log(spread) - (score - mean) ** 2 / (2 * spread)
    return density(within[row]!.mean, inner(row)) - density(out[row]!.mean, variance(row))
  })
}

interface Moments {
  readonly count: number
  readonly mean: number
  /** Sum of squared differences from the mean. */
  readonly squares: number
}

function moments(values: readonly number[]): Moments {
  const centre = mean(values)
  return {
    count: values.length,
    mean: centre,
    squares: values.reduce((sum, v) => sum + (v - centre) ** 2, 0),
  }
}

/** The variance to take for each row: its own from enough models, else the mean one of all rows. */
function varianceOf(rows: readonly Moments[]): (row: number) => number {
  // A model that answers every row with certainty spreads not at all.
  const floor = 1e-12
  const squares = rows.reduce((sum, row) => sum + row.squares, 0)
  const degrees = rows.reduce((sum, row) => sum + row.count - 1, 0)
  const common = Math.max(squares / degrees, floor)
  if (rows.some(({ count }) => count < enough)) return () => common
  return (row) => Math.max(rows[row]!.squares / (rows[row]!.count - 1), floor)
}
